// Extents against extents: what a left covers, and what stays inside of an axis.
#include "ir/analysis/coverage.h"

#include <algorithm>
#include <cstdlib>

#include "ir/base/checked.h"

namespace ricci::ir {
namespace {

/// The extents with those of the given indices set to 1.
IdVector<IndexId, Index> held_fixed(IdVector<IndexId, Index> indices, const std::vector<IndexId>& fixed) {
    for (IndexId i : fixed) indices[i].extent = 1;
    return indices;
}

/// True when the value of the expression tells the value of each of its terms: every term steps over all that the
/// smaller ones reach. An open extent reaches any distance, so nothing may step over it.
bool tells_apart(std::vector<Affine::Term> terms, const IdVector<IndexId, Index>& indices) {
    std::ranges::sort(terms, {}, [](const Affine::Term& term) { return std::abs(term.coefficient); });
    std::int64_t reach = 0;
    bool open = false;
    for (const Affine::Term& term : terms) {
        const std::int64_t extent = indices[term.index].extent;
        const std::int64_t step = std::abs(term.coefficient);
        if (open || step <= reach) return false;
        open = extent == kOpen;
        if (open) continue;
        reach = checked_add(reach, checked_mul(step, extent - 1, "index range"), "index range");
    }
    return true;
}

}  // namespace

bool covers_once(const Equation& equation, const TensorType& result) {
    return !equation.clipped &&
           is_bijection(equation.left, held_fixed(equation.indices, equation.reduced()), result.extents());
}

bool meets_at_most_once(const Equation& equation) {
    // An axis tells its indices, those known from other axes set aside; each new one may help to tell the rest.
    IdVector<IndexId, bool> known;
    for (const Index& index : equation.indices) known.push_back(index.extent == 1);
    for (IndexId i : equation.reduced()) known[i] = true;
    for (bool more = true; more;) {
        more = false;
        for (const Affine& at : equation.left) {
            std::vector<Affine::Term> unknown = at.terms;
            std::erase_if(unknown,
                          [&](const Affine::Term& term) { return known[term.index]; });
            if (unknown.empty() || !tells_apart(unknown, equation.indices)) continue;
            for (const Affine::Term& term : unknown) known[term.index] = true;
            more = true;
        }
    }
    return std::ranges::all_of(known, [](bool told) { return told; });
}

bool stays_inside(const Affine& at, IdSpan<IndexId, const std::int64_t> extents, const Axis& axis,
                  std::int64_t samples) {
    const bool open = std::ranges::any_of(
        at.terms, [&](const Affine::Term& term) { return extents[term.index] == kOpen; });
    if (open && axis.extent == kOpen) return at.bare() >= 0;
    if (open && samples == 0) return false;
    const auto [low, high] = range(at, extents, samples);
    // Of an open axis only the first sample is sure to be there.
    return low >= 0 && high < (axis.extent == kOpen ? 1 : axis.extent);
}

bool stays_inside(std::span<const Affine> at, IdSpan<IndexId, const std::int64_t> extents, const TensorType& type) {
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
        if (!stays_inside(at[axis], extents, type.axes[axis])) return false;
    }
    return true;
}

}  // namespace ricci::ir
