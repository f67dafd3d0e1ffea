// Where comparisons and the ends of padded tensors cut a level, and what the body is between two cuts.
#include "ir/loops/pieces.h"

#include <algorithm>

#include "ir/analysis/coverage.h"
#include "ir/analysis/decided.h"

namespace ricci::ir {
namespace {

using Cuts = IdVector<LevelId, std::vector<std::int64_t>>;

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

/// The first number i from which on `coefficient * i + offset >= 0` has another answer than before.
std::int64_t sign_change(std::int64_t coefficient, std::int64_t offset) {
    if (coefficient > 0) return -floor_div(offset, coefficient);
    return floor_div(offset, -coefficient) + 1;
}

class Cutter {
  public:
    Cutter(const Graph& graph, const Nest& nest)
        : graph_(graph), nest_(nest), equation_(*nest.equation), extents_(equation_.extents()) {
        cuts_.resize(nest.levels.size());
    }

    Cuts cuts() {
        walk(equation_.body, [&](const Expr& node) {
            if (node.form == Expr::Form::access && node.access.pad) read(node.access);
            if (node.form == Expr::Form::call) compare(node);
        });
        std::size_t pieces = 1;
        for (std::vector<std::int64_t>& cuts : cuts_) {
            std::ranges::sort(cuts);
            cuts.erase(std::ranges::unique(cuts).begin(), cuts.end());
            pieces *= cuts.size() + 1;
            const bool reduces = equation_.reduce != Reduce::none;
            if (pieces > (reduces ? kMostReducedPieces : kMostPieces)) return Cuts(cuts_.size());
        }
        return std::move(cuts_);
    }

  private:
    /// The level of an index that may be cut, else -1.
    LevelId level_of(IndexId index) const {
        const LevelId level = nest_.level_of(index);
        const bool own = level >= nest_.first_own() && level < nest_.left_end();
        const bool in_pair = nest_.pair >= 0 && (level == nest_.pair || level == nest_.vector);
        return own && !in_pair && nest_.levels[level].extent.is_fixed() ? level : LevelId();
    }

    void cut(const Affine& at, std::int64_t offset) {
        if (at.terms.size() == 1) cut(at.terms[0], offset);
    }
    void cut(const Affine::Term& term, std::int64_t offset) {
        const LevelId level = level_of(term.index);
        const bool splits_vectors = equation_.reduce != Reduce::none && level == nest_.vector;
        if (level < 0 || splits_vectors) return;
        const std::int64_t place = sign_change(term.coefficient, offset);
        if (place > 0 && place < nest_.levels[level].extent.fixed) cuts_[level].push_back(place);
    }

    void read(const Access& access) {
        const TensorType& type = graph_.value(access.tensor).type;
        for (std::size_t axis = 0; axis < access.at.size(); ++axis) {
            const Affine& at = access.at[axis];
            const std::int64_t extent = type.axes[axis].extent;
            if (extent == kOpen || stays_inside(at, extents_, type.axes[axis])) continue;
            if (at.terms.size() == 2) window(at, extent);
            cut(at, at.offset);
            cut(at, at.offset - extent);
        }
    }

    /// A window that is reduced: where it begins to lie inside as a whole, and where that ends.
    void window(const Affine& at, std::int64_t extent) {
        for (const bool second : {false, true}) {
            const Affine::Term& position = at.terms[second ? 1 : 0];
            const Affine::Term& tap = at.terms[second ? 0 : 1];
            if (level_of(position.index) < 0 || !is_reduced(tap.index)) continue;
            const std::int64_t reach = tap.coefficient * (extents_[tap.index] - 1);
            cut(position, at.offset + std::min<std::int64_t>(reach, 0));
            cut(position, at.offset + std::max<std::int64_t>(reach, 0) - extent);
            return;
        }
    }
    bool is_reduced(IndexId index) const {
        return extents_[index] != kOpen && std::ranges::none_of(equation_.left, [&](const Affine& at) { return at.uses(index); });
    }

    void compare(const Expr& node) {
        if (equation_.reduce != Reduce::none) return;  // a short code counts for more

        const std::optional<Affine> difference = compared(node);
        if (!difference) return;
        const Scalar function = node.function;
        const bool both = function == Scalar::equal || function == Scalar::not_equal;
        const bool at_zero = function == Scalar::less || function == Scalar::greater_equal;
        if (both || at_zero) cut(*difference, difference->offset);
        if (both || !at_zero) cut(*difference, difference->offset - 1);
    }

    const Graph& graph_;
    const Nest& nest_;
    const Equation& equation_;
    const IdVector<IndexId, std::int64_t> extents_;
    Cuts cuts_;
};

}  // namespace

Cuts cuts_of(const Graph& graph, const Nest& nest) {
    if (nest.accumulates || nest.fills || nest.prologue) return Cuts(nest.levels.size());
    return Cutter(graph, nest).cuts();
}

std::vector<Piece> pieces_of(const Graph& graph, const Nest& nest) {
    const Cuts cuts = cuts_of(graph, nest);
    std::vector<Piece> pieces;
    if (std::ranges::all_of(cuts, [](const auto& of_level) { return of_level.empty(); })) return pieces;
    IdVector<LevelId, std::size_t> number(cuts.size(), 0);  // of the piece along each level
    for (bool more = true; more;) {
        Piece piece;
        IdVector<IndexId, IndexRange> ranges = ranges_of(*nest.equation);
        for (const LevelId level : cuts.ids()) {
            const std::size_t at = number[level];
            const Size extent = nest.levels[level].extent;
            const std::int64_t first = at == 0 ? 0 : cuts[level][at - 1];
            const std::int64_t end = at < cuts[level].size() ? cuts[level][at] : extent.is_fixed() ? extent.fixed : kOpen;
            piece.numbers.push_back({first, end});
            if (!cuts[level].empty()) ranges[nest.levels[level].indices[0]] = {.first = first, .last = end - 1};
        }
        auto equation = std::make_shared<Equation>(*nest.equation);
        equation->body = decided(graph, *nest.equation, ranges);
        piece.nest = nest;
        piece.nest.equation = equation.get();
        piece.nest.reads.clear();
        for (const Access* access : different_reads(*equation)) {
            piece.nest.reads.push_back(
                stream_of(access->tensor, access->at, access->pad.has_value(), graph, *equation, nest.levels));
        }
        piece.equation = std::move(equation);
        pieces.push_back(std::move(piece));
        more = false;
        for (std::size_t level = cuts.size(); level-- > 0 && !more;) {
            const LevelId id(level);
            more = ++number[id] <= cuts[id].size();
            if (!more) number[id] = 0;
        }
    }
    return pieces;
}

}  // namespace ricci::ir
