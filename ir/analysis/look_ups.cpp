// Reads ids off the conditions around a body.
#include "ir/analysis/look_ups.h"

#include <algorithm>
#include <limits>

namespace ricci::ir {
namespace {

bool is_call(const Expr& node, Scalar function) { return node.form == Expr::Form::call && node.function == function; }

/// The index whose number this is, in any type that holds it; -1 for another expression.
IndexId number_of(const Equation& equation, const ExprRef& node) {
    const bool converted = node->form == Expr::Form::cast && is_integer(node->dtype);
    const Expr& number = converted ? *node->args[0] : *node;
    if (number.form != Expr::Form::index || number.affine.bare() < 0) return -1;
    const IndexId index = number.affine.bare();
    const std::int64_t extent = equation.indices[index].extent;
    const bool fits = node->dtype == i64 || (extent != kOpen && extent <= std::numeric_limits<std::int32_t>::max());
    return fits ? index : IndexId(-1);
}

bool uses(const ExprRef& expr, IndexId index) {
    bool found = false;
    walk(expr, [&](const Expr& node) {
        found = found || std::ranges::any_of(node.access.at, [&](const Affine& at) { return at.uses(index); }) ||
                node.affine.uses(index);
    });
    return found;
}

/// True when the ids are positions of an axis of so many.
bool stays_inside(const Graph& graph, const ExprRef& id, std::int64_t extent) {
    const bool converted = id->form == Expr::Form::cast && is_integer(id->args[0]->dtype);
    const Expr& read = converted ? *id->args[0] : *id;
    if (read.form != Expr::Form::access || read.access.pad || extent == kOpen) return false;
    const Value& ids = graph.value(read.access.tensor);
    return ids.numbers && !ids.ignored && ids.numbers->extent != kOpen && ids.numbers->extent <= extent;
}

class Search {
  public:
    Search(const Graph& graph, const Equation& equation) : graph_(graph), equation_(equation) {}

    std::vector<LookUp> find() {
        const Reduce reduce = equation_.reduce;
        if (reduce == Reduce::none || reduce == Reduce::argmax) return {};
        const Number none = identity(reduce, equation_.body->dtype);
        ExprRef body = equation_.body;
        while (is_call(*body, Scalar::select) && is_constant(body->args[2], none)) {
            condition(body->args[0]);
            body = body->args[1];
        }
        return std::move(found_);
    }

  private:
    void condition(const ExprRef& node) {
        if (is_call(*node, Scalar::logical_and)) {
            for (const ExprRef& part : node->args) condition(part);
        }
        if (!is_call(*node, Scalar::equal)) return;
        for (std::size_t side = 0; side < 2; ++side) {
            if (add(number_of(equation_, node->args[side]), node->args[1 - side])) return;
        }
    }

    bool add(IndexId index, const ExprRef& id) {
        if (index < 0 || equation_.indices[index].extent == 1 || !is_integer(id->dtype) || uses(id, index)) return false;
        bool reads = false;
        walk(id, [&](const Expr& node) { reads = reads || node.form == Expr::Form::access; });
        if (!reads) return false;  // where two indices meet: no data
        const bool apart = std::ranges::none_of(found_, [&](const LookUp& other) {
            return other.index == index || uses(id, other.index) || uses(other.id, index);
        });
        if (!apart) return false;
        found_.push_back({index, id, stays_inside(graph_, id, equation_.indices[index].extent)});
        return true;
    }

    const Graph& graph_;
    const Equation& equation_;
    std::vector<LookUp> found_;
};

}  // namespace

std::vector<LookUp> look_ups(const Graph& graph, const Equation& equation) { return Search(graph, equation).find(); }

bool scatters_by_ids(const Graph& graph, const Equation& equation) {
    if (equation.tile >= 0 || equation.reduced().empty()) return false;
    return std::ranges::any_of(look_ups(graph, equation), [&](const LookUp& found) {
        return std::ranges::any_of(equation.left, [&](const Affine& at) { return at.uses(found.index); });
    });
}

}  // namespace ricci::ir
