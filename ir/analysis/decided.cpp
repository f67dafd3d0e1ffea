// Bounds of index expressions over ranges of their indices, and what follows from them.
#include "ir/analysis/decided.h"

#include <algorithm>

#include "ir/analysis/coverage.h"

namespace ricci::ir {
namespace {

using Form = Expr::Form;

/// Numbers below it are added and multiplied here without a thought of 64 bits.
constexpr std::int64_t kLargest = std::int64_t{1} << 30;

bool is_small(std::int64_t number) { return number >= -kLargest && number <= kLargest; }

bool is_small(const Affine& affine) {
    return is_small(affine.offset) &&
           std::ranges::all_of(affine.terms, [](const Affine::Term& term) { return is_small(term.coefficient); });
}

/// The number that indices and constants make; nothing for other terms.
std::optional<Affine> number_of(const Expr& expr) {
    std::optional<Affine> number;
    if (expr.form == Form::index) number = expr.affine;
    if (expr.form == Form::constant && expr.dtype == i64) number = Affine::constant(expr.number.integer());
    if (expr.form == Form::call && expr.dtype == i64 && expr.args.size() == 2) {
        const std::optional<Affine> a = number_of(*expr.args[0]);
        const std::optional<Affine> b = a ? number_of(*expr.args[1]) : std::nullopt;
        if (!b) return std::nullopt;
        if (expr.function == Scalar::add) number = *a + *b;
        if (expr.function == Scalar::sub) number = *a - *b;
        if (expr.function == Scalar::mul && a->is_constant()) number = a->offset * *b;
        if (expr.function == Scalar::mul && b->is_constant()) number = b->offset * *a;
    }
    return number && is_small(*number) ? number : std::nullopt;
}

/// The smallest and the largest value; nothing when it uses an index that ends with the batch.
std::optional<std::pair<std::int64_t, std::int64_t>> bounds(const Affine& affine,
                                                            const IdVector<IndexId, IndexRange>& ranges) {
    std::int64_t low = affine.offset;
    std::int64_t high = affine.offset;
    for (const Affine::Term& term : affine.terms) {
        const IndexRange& range = ranges[term.index];
        if (range.open) return std::nullopt;
        const std::int64_t at_first = term.coefficient * range.first;
        const std::int64_t at_last = term.coefficient * range.last;
        low += std::min(at_first, at_last);
        high += std::max(at_first, at_last);
    }
    return std::pair{low, high};
}

/// Whether `difference` compared with 0 is true at every point, false at every point, or neither.
std::optional<bool> comparison(Scalar function, std::int64_t low, std::int64_t high) {
    const auto both = [](bool at_low, bool at_high) {
        return at_low == at_high ? std::optional(at_low) : std::nullopt;
    };
    switch (function) {
        case Scalar::less: return both(low < 0, high < 0);
        case Scalar::less_equal: return both(low <= 0, high <= 0);
        case Scalar::greater: return both(low > 0, high > 0);
        case Scalar::greater_equal: return both(low >= 0, high >= 0);
        case Scalar::equal:
        case Scalar::not_equal: {
            const bool is_equal = function == Scalar::equal;
            if (low > 0 || high < 0) return !is_equal;
            return low == 0 && high == 0 ? std::optional(is_equal) : std::nullopt;
        }
        default: return std::nullopt;
    }
}

class Decision {
  public:
    Decision(const Graph& graph, const Equation& equation, const IdVector<IndexId, IndexRange>& ranges)
        : graph_(graph), equation_(equation), ranges_(ranges), extents_(equation.extents()) {}

    ExprRef body() const {
        return rewrite(equation_.body, [&](const ExprRef& node) -> ExprRef {
            if (node->form == Form::access) return read(*node);
            return node->form == Form::call ? call(*node) : nullptr;
        });
    }

  private:
    ExprRef read(const Expr& node) const {
        if (!node.access.pad) return nullptr;
        const TensorType& type = graph_.value(node.access.tensor).type;
        bool inside = true;
        for (std::size_t axis = 0; axis < node.access.at.size(); ++axis) {
            const Affine& at = node.access.at[axis];
            if (stays_inside(at, extents_, type.axes[axis])) continue;
            const auto range = bounds(at, ranges_);
            const std::int64_t extent = type.axes[axis].extent;
            if (range && (range->second < 0 || (extent != kOpen && range->first >= extent)))
                return constant(*node.access.pad, node.dtype);
            inside &= range && range->first >= 0 && extent != kOpen && range->second < extent;
        }
        if (!inside) return nullptr;
        Access plain = node.access;
        plain.pad.reset();
        return element(std::move(plain), node.dtype);
    }

    ExprRef call(const Expr& node) const {
        if (const std::optional<Affine> difference = compared(node)) {
            const auto range = bounds(*difference, ranges_);
            const std::optional<bool> truth = range ? comparison(node.function, range->first, range->second)
                                                    : std::nullopt;
            return truth ? constant(*truth ? 1 : 0, boolean) : nullptr;
        }
        const auto is_truth = [&](std::size_t i) { return node.args[i]->form == Form::constant; };
        const auto truth = [&](std::size_t i) { return !is_constant(node.args[i], 0); };
        switch (node.function) {
            case Scalar::select: return is_truth(0) ? node.args[truth(0) ? 1 : 2] : nullptr;
            case Scalar::logical_not: return is_truth(0) ? constant(truth(0) ? 0 : 1, boolean) : nullptr;
            case Scalar::logical_and:
            case Scalar::logical_or:
                for (std::size_t i = 0; i < 2; ++i) {
                    if (!is_truth(i)) continue;
                    const bool settles = truth(i) == (node.function == Scalar::logical_or);
                    return node.args[settles ? i : 1 - i];
                }
                return nullptr;
            default: return nullptr;
        }
    }

    const Graph& graph_;
    const Equation& equation_;
    const IdVector<IndexId, IndexRange>& ranges_;
    const IdVector<IndexId, std::int64_t> extents_;
};

}  // namespace

IdVector<IndexId, IndexRange> ranges_of(const Equation& equation) {
    IdVector<IndexId, IndexRange> ranges;
    for (const Index& index : equation.indices)
        ranges.push_back({.last = index.extent - 1, .open = index.extent == kOpen});
    return ranges;
}

std::optional<Affine> compared(const Expr& comparison) {
    switch (comparison.function) {
        case Scalar::less:
        case Scalar::less_equal:
        case Scalar::greater:
        case Scalar::greater_equal:
        case Scalar::equal:
        case Scalar::not_equal: break;
        default: return std::nullopt;
    }
    if (comparison.form != Form::call) return std::nullopt;
    const std::optional<Affine> a = number_of(*comparison.args[0]);
    const std::optional<Affine> b = number_of(*comparison.args[1]);
    return a && b ? std::optional(*a - *b) : std::nullopt;
}

ExprRef decided(const Graph& graph, const Equation& equation, const IdVector<IndexId, IndexRange>& ranges) {
    return Decision(graph, equation, ranges).body();
}

}  // namespace ricci::ir
