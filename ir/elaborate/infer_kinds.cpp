// Kinds of indices from the axes they stand on, by the kind algebra, and the mix-ups.
#include "ir/elaborate/infer_kinds.h"

#include <algorithm>
#include <cstdlib>

#include "ir/analysis/index_kind.h"
#include "ir/elaborate/suggestions.h"

namespace ricci::ir {
namespace {

/// Calls visit(use, axis number, axis, position) for each axis of known kind.
template <typename Visit>
void each_axis(const Draft& draft, const Visit& visit) {
    for (const Use& use : draft.uses) {
        if (!use.type) continue;
        for (std::size_t axis = 0; axis < use.at.size(); ++axis) {
            visit(use, static_cast<int>(axis), use.type->axes[axis], use.at[axis]);
        }
    }
}

class Inference {
  public:
    explicit Inference(Draft& draft) : draft_(draft) {}

    void infer_all() {
        do {
            while (propagate()) {
            }
        } while (guess());
    }

  private:
    bool assign(IndexId id, Kind kind) {
        std::optional<Kind>& known = draft_.index(id).kind;
        if (known) return false;
        known = kind;
        return true;
    }

    bool propagate() {
        bool changed = false;
        // Indices alone on an axis first: what is said plainly goes before what is concluded. Taps before positions: an
        // index of both is a tap that lacks its position.
        for (bool taps : {true, false}) {
            each_axis(draft_, [&](const Use&, int, const Axis& axis, const Position& at) {
                if (axis.kind.position().has_value() != taps) return;
                std::vector<IndexId> ids = at.indices();
                if (at.tuple.empty() ? ids.size() == 1 : axis.kind != kinds::feature()) {
                    for (IndexId id : ids) changed |= assign(id, axis.kind);
                }
            });
        }
        if (changed) return true;
        each_axis(draft_, [&](const Use&, int, const Axis& axis, const Position& at) {
            if (at.tuple.empty() && at.affine.terms.size() > 1) changed |= conclude(axis.kind, at);
        });
        return changed;
    }

    /// position + taps = position: one of them says what the others are.
    bool conclude(Kind kind, const Position& at) {
        std::vector<IndexId> open;
        bool has_position = false;
        bool only_taps = true;
        bool of_a_tap = kind.position().has_value();
        for (IndexId id : at.indices()) {
            const std::optional<Kind>& known = draft_.index(id).kind;
            if (!known) {
                open.push_back(id);
            } else {
                has_position |= *known == kind;
                only_taps &= known->position() == kind;
            }
        }
        bool changed = false;
        for (IndexId id : open) {
            if (of_a_tap)
                changed |= assign(id, kind);
            else if (has_position)
                changed |= assign(id, kind.tap());
            else if (open.size() == 1 && only_taps)
                changed |= assign(id, kind);
        }
        return changed;
    }

    /// Goes by use in one sum of several open indices: the one that is bare on the other side is the position.
    bool guess() {
        bool changed = false;
        each_axis(draft_, [&](const Use& use, int, const Axis& axis, const Position& at) {
            if (changed || !at.tuple.empty() || at.affine.terms.size() < 2) return;
            std::vector<IndexId> positions;
            std::vector<IndexId> taps;
            for (IndexId id : at.indices()) {
                const DraftIndex& index = draft_.index(id);
                bool position = use.left ? index.bare_right : index.bare_left;
                if (!index.kind) (position ? positions : taps).push_back(id);
            }
            if (positions.size() > 1) return;
            for (IndexId id : positions) changed |= assign(id, axis.kind);
            if (positions.empty()) return;
            for (IndexId id : taps) changed |= assign(id, axis.kind.tap());
        });
        return changed;
    }

    Draft& draft_;
};

std::string extents_note(const Draft& draft, IndexId id, const Axis& axis) {
    const std::optional<std::int64_t>& extent = draft.index(id).extent;
    if (!extent) return "";
    if (*extent == axis.extent) return fmt::format(" (both {})", extent_text(*extent));
    return fmt::format(" ({} and {})", extent_text(*extent), extent_text(axis.extent));
}

/// The one index of that kind that is not in this access yet, else the one on the left.
std::string name_of_kind(const Draft& draft, Kind kind, const Use& use) {
    std::vector<std::string> unused;
    for (IndexId id = 0; id < static_cast<IndexId>(draft.indices.size()); ++id) {
        bool used = std::ranges::any_of(use.at, [&](const Position& at) {
            std::vector<IndexId> ids = at.indices();
            return std::ranges::find(ids, id) != ids.end();
        });
        if (draft.index(id).kind == kind && !used) unused.push_back(draft.index(id).name);
    }
    if (unused.size() == 1) return unused[0];
    for (const DraftIndex& index : draft.indices) {
        if (index.kind == kind && index.on_left) return index.name;
    }
    return "";
}

[[noreturn]] void mixed_up(const Draft& draft, const Use& use, int axis_number, const Axis& axis, IndexId id) {
    const DraftIndex& index = draft.index(id);
    std::string hint;
    std::string other = name_of_kind(draft, axis.kind, use);
    if (index.kind->position() == axis.kind) {
        hint = fmt::format("; a tap is added to a position, as in {} + {}", other.empty() ? "y" : other, index.name);
    } else if (axis.kind.position() == index.kind) {
        hint = fmt::format("; a position does not stand where an offset in a window belongs");
    } else if (!other.empty() && other != index.name) {
        hint = fmt::format("; did you mean {}?", other);
    }
    draft.fail("index {} has kind {}, but axis {} of {} is {}{}{}", index.name, index.kind->name(), axis_number,
               use.name, axis.kind.name(), extents_note(draft, id, axis), hint);
}

/// The indices with the kinds and extents that are known. An extent that is not fits nowhere, as an open one does.
std::vector<Index> known(const Draft& draft) {
    std::vector<Index> indices;
    for (const DraftIndex& index : draft.indices) {
        indices.push_back({index.name, index.kind.value_or(kinds::feature()), index.extent.value_or(kOpen)});
    }
    return indices;
}

void check_sum(const Draft& draft, const Use& use, int number, const Axis& axis, const Position& at) {
    const std::vector<Index> indices = known(draft);
    if (adds_up_to(at.affine, indices, axis.kind)) return;
    std::vector<IndexId> positions;
    std::vector<IndexId> taps;
    std::vector<IndexId> others;
    for (IndexId id : at.indices()) {
        Kind kind = *draft.index(id).kind;
        (kind == axis.kind ? positions : kind.position() == axis.kind ? taps : others).push_back(id);
    }
    bool one_kind = positions.size() == at.affine.terms.size();
    if ((one_kind || axis.kind == kinds::feature()) && is_mixed_radix(at.affine, indices)) return;
    if (!others.empty()) mixed_up(draft, use, number, axis, others[0]);
    if (positions.empty()) mixed_up(draft, use, number, axis, taps[0]);
    draft.fail(
        "indices {} and {} both have kind {}, and positions do not add up; in {} on axis {} of {} one is to be a {}",
        draft.index(positions[0]).name, draft.index(positions[1]).name, axis.kind.name(), at.text, number, use.name,
        axis.kind.tap().name());
}

/// The kind of an axis of the result, from what stands on it.
Kind kind_of(const Draft& draft, const Position& at) {
    std::vector<Kind> kinds;
    for (IndexId id : at.indices()) kinds.push_back(*draft.index(id).kind);
    if (kinds.empty())
        draft.fail("the kind of an axis at {} is not determined; declare the type of the result", at.text);
    if (!at.tuple.empty() || kinds.size() == 1) return flatten(kinds);
    for (Kind position : kinds) {
        auto adds_up = [&](Kind kind) { return kind == position || kind.position() == position; };
        if (std::ranges::count(kinds, position) == 1 && std::ranges::all_of(kinds, adds_up)) return position;
    }
    if (is_mixed_radix(at.affine, known(draft))) return flatten(kinds);
    draft.fail("{} adds {} and {}, which do not add up to a kind", at.text, kinds[0].name(), kinds[1].name());
}

}  // namespace

void infer_kinds(Draft& draft) {
    Inference(draft).infer_all();
}

void check_kinds(const Draft& draft) {
    // Plain uses first: a mix-up there is the cause of what is open elsewhere.
    each_axis(draft, [&](const Use& use, int number, const Axis& axis, const Position& at) {
        if (!at.tuple.empty() || at.affine.terms.size() != 1) return;
        IndexId id = at.affine.terms[0].index;
        if (*draft.index(id).kind != axis.kind) mixed_up(draft, use, number, axis, id);
    });
    for (const IndexId id : draft.indices.ids()) {
        const DraftIndex& index = draft.index(id);
        if (!index.kind) {
            const std::string declaration = likely_declaration(draft, id);
            draft.fail("kind of index {} is not determined by any use; declare it, as in {}", index.name,
                       fmt::format(fmt::runtime(index.on_left ? "where {}" : "sum({})"), declaration));
        }
        if (index.extent == kOpen && *index.kind != kinds::batch()) {
            draft.fail("index {} of kind {} has an open extent; only batch may be open", index.name,
                       index.kind->name());
        }
    }
    each_axis(draft, [&](const Use& use, int number, const Axis& axis, const Position& at) {
        if (!at.tuple.empty()) {
            for (IndexId id : at.tuple) {
                bool fits = axis.kind == kinds::feature() || *draft.index(id).kind == axis.kind;
                if (!fits) mixed_up(draft, use, number, axis, id);
            }
        } else if (at.affine.terms.size() > 1) {
            check_sum(draft, use, number, axis, at);
        }
    });
}

void complete_left_kinds(Draft& draft) {
    Use& left = draft.uses[0];
    if (left.type) return;
    TensorType type;
    for (const Position& at : left.at) type.axes.push_back({kind_of(draft, at), 0});
    left.type = std::move(type);
}

}  // namespace ricci::ir
