// Queries on equations.
#include "ir/core/equation.h"

#include <algorithm>
#include <limits>

#include "ir/core/type.h"

namespace ricci::ir {

IdVector<IndexId, std::int64_t> Equation::extents() const {
    IdVector<IndexId, std::int64_t> extents;
    for (const Index& index : indices) extents.push_back(index.extent);
    return extents;
}

std::vector<IndexId> Equation::reduced() const {
    std::vector<IndexId> reduced;
    for (IndexId i = 0; i < static_cast<IndexId>(indices.size()); ++i) {
        if (std::ranges::none_of(left, [&](const Affine& at) { return at.uses(i); })) reduced.push_back(i);
    }
    return reduced;
}

IndexId Equation::index_named(std::string_view name) const {
    auto found = std::ranges::find(indices, name, &Index::name);
    return found == indices.end() ? -1 : static_cast<IndexId>(found - indices.begin());
}

std::string_view name_of(Reduce reduce) {
    switch (reduce) {
        case Reduce::none: return "";
        case Reduce::sum: return "sum";
        case Reduce::prod: return "prod";
        case Reduce::max: return "max";
        case Reduce::min: return "min";
        case Reduce::argmax: return "argmax";
    }
    return "";
}

Number identity(Reduce reduce, DType dtype) {
    constexpr double kInf = std::numeric_limits<double>::infinity();
    switch (reduce) {
        case Reduce::prod: return 1;
        case Reduce::max:
            if (dtype == i32) return std::numeric_limits<std::int32_t>::min();
            return dtype == i64 ? Number(std::numeric_limits<std::int64_t>::min()) : Number(-kInf);
        case Reduce::min:
            if (dtype == i32) return std::numeric_limits<std::int32_t>::max();
            return dtype == i64 ? Number(std::numeric_limits<std::int64_t>::max()) : Number(kInf);
        default: return 0;
    }
}

Scalar combiner(Reduce reduce) {
    switch (reduce) {
        case Reduce::sum: return Scalar::add;
        case Reduce::prod: return Scalar::mul;
        case Reduce::max: return Scalar::max;
        case Reduce::min: return Scalar::min;
        default: RICCI_CHECK(false, "\"{}\" combines no two elements", name_of(reduce));
    }
    return Scalar::add;
}

bool is_bijection(const std::vector<Affine>& left, const std::vector<Index>& indices,
                  const std::vector<std::int64_t>& axis_extents) {
    IdVector<IndexId, bool> used(indices.size(), false);
    for (std::size_t axis = 0; axis < left.size(); ++axis) {
        const Affine& at = left[axis];
        if (at.offset != 0) return false;
        // Mixed radix: by rising coefficient, each coefficient is the product of the extents below it.
        std::vector<Affine::Term> terms = at.terms;
        std::ranges::sort(terms, {}, &Affine::Term::coefficient);
        std::int64_t radix = 1;
        for (std::size_t t = 0; t < terms.size(); ++t) {
            const std::size_t index = terms[t].index.place();
            if (used[index]) return false;
            used[index] = true;
            // An extent of 1 has one point, whatever its coefficient.
            if (indices[index].extent == 1) continue;
            if (terms[t].coefficient != radix) return false;
            if (indices[index].extent == kOpen) {
                if (radix != 1 || axis_extents[axis] != kOpen || t + 1 != terms.size()) return false;
                radix = kOpen;
            } else {
                radix *= indices[index].extent;
            }
        }
        if (radix != axis_extents[axis]) return false;
    }
    // An index that the left does not use would write each element once per point.
    for (std::size_t i = 0; i < indices.size(); ++i) {
        if (!used[i] && indices[i].extent != 1) return false;
    }
    return true;
}

IndexId add_index(Equation& equation, std::string name, Kind kind, std::int64_t extent) {
    std::string unique = name;
    for (int i = 2; equation.index_named(unique) >= 0; ++i) unique = name + std::to_string(i);
    equation.indices.push_back({std::move(unique), kind, extent});
    return static_cast<IndexId>(equation.indices.size()) - 1;
}

std::string print(const Affine& affine, IdSpan<IndexId, const Index> indices) {
    std::string text;
    // Each term brings its sign; a first one only when it is negative. Magnitudes are unsigned: -2^63 has one too.
    auto add = [&](std::int64_t factor, std::string_view name) {
        std::uint64_t magnitude =
            factor < 0 ? 0 - static_cast<std::uint64_t>(factor) : static_cast<std::uint64_t>(factor);
        if (text.empty()) {
            text += factor < 0 ? "-" : "";
        } else {
            text += factor < 0 ? " - " : " + ";
        }
        if (name.empty() || magnitude != 1) text += std::to_string(magnitude);
        if (!name.empty()) text += fmt::format("{}{}", magnitude != 1 ? "*" : "", name);
    };
    for (const Affine::Term& term : affine.terms) add(term.coefficient, indices[term.index].name);
    if (affine.offset != 0 || text.empty()) add(affine.offset, "");
    return text;
}

}  // namespace ricci::ir
