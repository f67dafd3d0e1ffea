// Extents of indices from the axes they run over, and the reads that leave their tensors.
#include "ir/elaborate/infer_extents.h"

#include <algorithm>

#include "ir/base/checked.h"
#include "ir/elaborate/infer_kinds.h"

namespace ricci::ir {
namespace {

/// An axis of a tensor that an equation reads or writes.
struct AxisUse {
    const Use* use;
    std::size_t axis;
    const Position& at() const { return use->at[axis]; }
    std::int64_t extent() const { return use->type->axes[axis].extent; }
    std::string where() const {
        return fmt::format("in {} (axis {}, {})", use->name, axis,
                           use->type->axes[axis].kind.name());
    }
};

/// Every axis where an index stands, of tensors whose type is known.
IdVector<IndexId, std::vector<AxisUse>> uses_by_index(const Draft& draft) {
    IdVector<IndexId, std::vector<AxisUse>> uses(draft.indices.size());
    for (const Use& use : draft.uses) {
        if (!use.type) continue;
        for (std::size_t axis = 0; axis < use.at.size(); ++axis) {
            for (IndexId id : use.at[axis].indices()) {
                uses[id].push_back({&use, axis});
            }
        }
    }
    return uses;
}

/// Floor of a / b for b > 0.
std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a / b - (a % b < 0 ? 1 : 0);
}

/// The largest extent with which `id` stays inside at this axis, when all others there are known.
std::optional<std::int64_t> solve(const Draft& draft, IndexId id, const AxisUse& met) {
    const Position& at = met.at();
    if (met.extent() == kOpen) return std::nullopt;
    auto known = [&](IndexId other) { return other == id || draft.index(other).extent.value_or(kOpen) != kOpen; };
    std::vector<IndexId> ids = at.indices();
    if (!std::ranges::all_of(ids, known)) return std::nullopt;
    if (!at.tuple.empty()) {
        std::int64_t others = 1;
        for (IndexId other : ids) {
            if (other != id) others = checked_mul(others, *draft.index(other).extent, "elements of a tuple");
        }
        return others > 0 ? met.extent() / others : 0;
    }
    // low and high: where the other indices take the expression while `id` is 0.
    std::int64_t low = at.affine.offset;
    std::int64_t high = low;
    for (const Affine::Term& term : at.affine.terms) {
        if (term.index == id) continue;
        std::int64_t span = checked_mul(term.coefficient, *draft.index(term.index).extent - 1, "index range");
        std::int64_t& bound = span > 0 ? high : low;
        bound = checked_add(bound, span, "index range");
    }
    std::int64_t last = met.extent() - 1;
    std::int64_t coefficient = at.affine.coefficient(id);
    bool padded = met.use->may_leave;
    if (coefficient > 0) {
        std::int64_t padding = padded ? std::max<std::int64_t>(0, -low) : 0;
        return std::max<std::int64_t>(
            0,
            floor_div(checked_add(checked_add(last, padding, "index range"), -high, "index range"), coefficient) + 1);
    }
    std::int64_t padding = padded ? std::max<std::int64_t>(0, high - last) : 0;
    return std::max<std::int64_t>(0, floor_div(checked_add(low, padding, "index range"), -coefficient) + 1);
}

/// The extent that all solvable axes allow; nothing when there are none, or when some are open and `all` is asked.
std::optional<std::int64_t> smallest(const Draft& draft, IndexId id, const std::vector<AxisUse>& uses, bool all) {
    std::optional<std::int64_t> extent;
    for (const AxisUse& met : uses) {
        std::optional<std::int64_t> here = solve(draft, id, met);
        if (!here && all) return std::nullopt;
        if (here) extent = extent ? std::min(*extent, *here) : *here;
    }
    return extent;
}

void check_bare(const Draft& draft) {
    for (const Use& use : draft.uses) {
        if (!use.type) continue;
        for (std::size_t axis = 0; axis < use.at.size(); ++axis) {
            AxisUse met{&use, axis};
            IndexId id = met.at().whole;
            if (id < 0 || *draft.index(id).extent == met.extent()) continue;
            const DraftIndex& index = draft.index(id);
            const bool padded = use.pad.has_value() && *index.extent != kOpen && met.extent() != kOpen;
            draft.fail("index {} is {} but {} {}{}", index.name, index.extent_from, extent_text(met.extent()), met.where(),
                       padded ? fmt::format("; where pad is to fill this axis, write {} + 0", index.name) : "");
        }
    }
}

/// The elements of a flattened tuple; kOpen for the open batch extent alone.
std::int64_t elements(const Draft& draft, const Position& at) {
    std::int64_t product = 1;
    for (std::size_t m = at.tuple.size(); m-- > 0;) {
        const DraftIndex& index = draft.index(at.tuple[m]);
        if (product == kOpen || (*index.extent == kOpen && product != 1)) {
            draft.fail("{} flattens the open batch extent with others; bind the batch extent, or keep the batch axis",
                       at.text);
        }
        product = *index.extent == kOpen ? kOpen : checked_mul(product, *index.extent, "elements of a tuple");
    }
    return product;
}

bool runs_over_open(const Draft& draft, const Position& at) {
    return std::ranges::any_of(at.indices(), [&](IndexId id) { return *draft.index(id).extent == kOpen; });
}

void check_bounds(const Draft& draft, const AxisUse& met) {
    const Position& at = met.at();
    const Use& use = *met.use;
    const Axis& axis = use.type->axes[met.axis];
    if (!at.tuple.empty()) {
        if (std::int64_t product = elements(draft, at); product != axis.extent) {
            draft.fail("{} has {} elements, but axis {} of {} is {}", at.text, extent_text(product), met.axis,
                       use.name, to_string(axis));
        }
        return;
    }
    if (axis.extent == kOpen || runs_over_open(draft, at)) {
        bool alone = at.whole >= 0 && *draft.index(at.whole).extent == axis.extent;
        // Of an open axis only the first element is sure to be there (V7).
        bool first = !runs_over_open(draft, at) && range(at.affine, draft.extents()) == std::pair(0L, 0L);
        if (alone || first) return;
        draft.fail("{} on axis {} of {} ({}): an open batch axis is read by a batch index alone", at.text, met.axis,
                   use.name, to_string(axis));
    }
    if (use.may_leave) return;
    auto [low, high] = range(at.affine, draft.extents());
    if (low >= 0 && high < axis.extent) return;
    std::string outside =
        low < 0 ? fmt::format("before the first element") : fmt::format("past the last element {}", axis.extent - 1);
    draft.fail("{} on axis {} of {} ({}) runs from {} to {}, {}; {}", at.text, met.axis, use.name, to_string(axis),
               low, high, outside,
               use.left ? "clip drops what falls outside" : fmt::format("pad({}[...], 0) reads 0 there", use.name));
}

void complete_result(Draft& draft) {
    complete_left_kinds(draft);
    Use& left = draft.uses[0];
    for (std::size_t axis = 0; axis < left.at.size(); ++axis) {
        const Position& at = left.at[axis];
        std::int64_t& extent = left.type->axes[axis].extent;
        if (left.may_leave) draft.fail("declare the type of {}: clip leaves its extents open", left.name);
        if (!at.tuple.empty()) {
            extent = elements(draft, at);
        } else if (at.whole >= 0) {
            extent = *draft.index(at.whole).extent;
        } else if (runs_over_open(draft, at)) {
            draft.fail("{}: an open batch axis is written by a batch index alone", at.text);
        } else {
            extent = checked_add(range(at.affine, draft.extents()).second, 1, "extent");
        }
    }
}

}  // namespace

void infer_extents(Draft& draft) {
    for (const Use& use : draft.uses) {
        if (!use.type) continue;
        for (std::size_t axis = 0; axis < use.at.size(); ++axis) {
            AxisUse met{&use, axis};
            IndexId id = met.at().whole;
            if (id < 0 || draft.index(id).extent) continue;
            draft.index(id).extent = met.extent();
            draft.index(id).extent_from = fmt::format("{} {}", extent_text(met.extent()), met.where());
        }
    }
    IdVector<IndexId, std::vector<AxisUse>> all_uses = uses_by_index(draft);
    auto settle = [&](bool all) {
        bool changed = false;
        for (const IndexId id : draft.indices.ids()) {
            DraftIndex& index = draft.index(id);
            if (index.extent) continue;
            index.extent = smallest(draft, id, all_uses[id], all);
            if (!index.extent) continue;
            index.extent_from = extent_text(*index.extent) + " by its other uses";
            changed = true;
            if (!all) return true;
        }
        return changed;
    };
    // Where every use of an index is known, the smallest extent counts; only then are uses that stay open passed over.
    while (settle(true) || settle(false)) {
    }
}

void check_extents(Draft& draft) {
    IdVector<IndexId, std::vector<AxisUse>> all_uses = uses_by_index(draft);
    for (std::size_t i = 0; i < draft.indices.size(); ++i) {
        const DraftIndex& index = draft.indices[i];
        if (!index.extent || *index.extent >= 1 || *index.extent == kOpen) continue;
        for (const AxisUse& met : all_uses[i]) {
            std::optional<std::int64_t> here = solve(draft, static_cast<IndexId>(i), met);
            if (here != index.extent) continue;
            draft.fail("index {} has no room: {} does not fit into axis {} of {} ({})", index.name, met.at().text,
                       met.axis, met.use->name,
                       to_string(met.use->type->axes[met.axis]));
        }
    }
    for (const DraftIndex& index : draft.indices) {
        if (index.extent) continue;
        draft.fail("extent of index {} is not determined by any use; declare it, as in {}", index.name,
                   index.on_left ? fmt::format("where {}: {} 2", index.name, index.kind->name())
                                 : fmt::format("sum({}: {} 2)", index.name, index.kind->name()));
    }
    if (!draft.uses[0].type) complete_result(draft);
    check_bare(draft);
    for (const Use& use : draft.uses) {
        for (std::size_t axis = 0; axis < use.at.size(); ++axis) check_bounds(draft, {&use, axis});
    }
}

Affine affine_of(const Draft& draft, const Position& position) {
    if (position.tuple.empty()) return position.affine;
    Affine sum;
    std::int64_t radix = 1;
    for (std::size_t m = position.tuple.size(); m-- > 0;) {
        IndexId id = position.tuple[m];
        sum = sum + Affine::of(id, radix);
        if (*draft.index(id).extent != kOpen)
            radix = checked_mul(radix, *draft.index(id).extent, "elements of a tuple");
    }
    return sum;
}

}  // namespace ricci::ir
