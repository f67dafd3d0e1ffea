// Solves at = i + constant, or at = constant - i, for the index.
#include "passes/cleanup/shift_scatter.h"

#include <algorithm>

#include "ir/analysis/coverage.h"
#include "ir/analysis/substitution.h"
#include "passes/build.h"

namespace ricci::passes {
namespace {

using namespace ir;

class Shifts {
  public:
    Shifts(const Graph& graph, const Equation& equation)
        : graph_(graph), equation_(equation), type_(graph.value(equation.result).type), indices_(equation.indices) {
        for (const IndexId i : equation.indices.ids()) with_.push_back(Affine::of(i));
    }

    std::optional<Equation> solved() {
        bool changed = false;
        for (std::size_t axis = 0; axis < equation_.left.size(); ++axis) changed |= solve(axis);
        if (!changed || !equation_.reduced().empty()) return std::nullopt;
        std::optional<Equation> solved = substituted(graph_, equation_, indices_, with_);
        if (!solved) return std::nullopt;
        solved->body = where_met(*solved);
        if (solved->clipped && stays_inside(solved->left, solved->extents(), type_)) solved->clipped = false;
        order_indices(*solved);
        return solved;
    }

  private:
    bool solve(std::size_t axis) {
        const Affine& at = equation_.left[axis];
        if (at.terms.size() != 1) return false;
        const auto [index, coefficient] = at.terms[0];
        const auto users = std::ranges::count_if(equation_.left, [&](const Affine& a) { return a.uses(index); });
        const std::int64_t extent = type_.axes[axis].extent;
        const std::int64_t points = indices_[index].extent;
        if (users != 1 || extent == kOpen || points == kOpen || indices_[index].kind != type_.axes[axis].kind) return false;
        if ((coefficient != 1 && coefficient != -1) || (at.bare() >= 0 && points == extent)) return false;
        // Position e of the axis comes from index e - offset, or from offset - e.
        const std::int64_t of_first = coefficient * (0 - at.offset);
        const std::int64_t of_last = coefficient * (extent - 1 - at.offset);
        const std::int64_t low = std::min(of_first, of_last);
        const std::int64_t high = std::max(of_first, of_last);
        if (high < 0 || low >= points) return false;
        with_[index] = coefficient * (Affine::of(index) - Affine::constant(at.offset));
        indices_[index].extent = extent;
        if (low < 0) conditions_.push_back(call(Scalar::greater_equal, {index_value(with_[index]), constant(0, i64)}));
        if (high >= points) conditions_.push_back(call(Scalar::less, {index_value(with_[index]), constant(points, i64)}));
        return true;
    }

    /// The body at positions that a point meets, 0 at the others.
    ExprRef where_met(const Equation& solved) const {
        if (conditions_.empty()) return solved.body;
        ExprRef body = rewrite(solved.body, [&](const ExprRef& node) -> ExprRef {
            if (node->form != Expr::Form::access || node->access.pad) return nullptr;
            if (stays_inside(node->access.at, solved.extents(), graph_.value(node->access.tensor).type)) return nullptr;
            Access padded = node->access;
            padded.pad = 0;
            return element(std::move(padded), node->dtype);
        });
        for (const ExprRef& condition : conditions_)
            body = call(Scalar::select, {condition, body, constant(0, body->dtype)});
        return body;
    }

    const Graph& graph_;
    const Equation& equation_;
    const TensorType& type_;
    IdVector<IndexId, Index> indices_;
    IdVector<IndexId, Affine> with_;
    std::vector<ExprRef> conditions_;  // that a point meets the position
};

}  // namespace

std::optional<Equation> with_shifts_solved(const Graph& graph, const Equation& equation) {
    return Shifts(graph, equation).solved();
}

}  // namespace ricci::passes
