// Permutes the axes of image-like temporaries and of everything that mentions them.
#include "passes/layout/choose_layout.h"

#include <algorithm>

#include "ir/core/uses.h"
#include "passes/build.h"

namespace ricci::passes {
namespace {

using namespace ir;

std::vector<Kind> order_of(Layout layout) {
    if (layout == Layout::nchw) return {kinds::batch(), kinds::channel(), kinds::height(), kinds::width()};
    return {kinds::batch(), kinds::height(), kinds::width(), kinds::channel()};
}

/// For each axis in the new order its place in the old one; empty for what is no image or has the order already.
std::vector<std::size_t> permutation(const TensorType& type, const std::vector<Kind>& order) {
    std::vector<std::size_t> from;
    for (Kind kind : order) {
        std::optional<std::size_t> axis = type.axis_of(kind);
        if (!axis) return {};
        from.push_back(*axis);
    }
    bool image = type.axes.size() == order.size();
    return image && !std::ranges::is_sorted(from) ? from : std::vector<std::size_t>{};
}

}  // namespace

Graph choose_layout(const Graph& graph, const Options& options, Remarks& remarks) {
    if (options.layout == Layout::keep) return graph;
    const std::vector<Kind> order = order_of(options.layout);
    Graph result = graph;
    const IdVector<ValueId, bool> fixed = leaving(graph);

    // What reads go to, and how their axes are permuted.
    IdVector<ValueId, ValueId> instead(graph.values.size());
    IdVector<ValueId, std::vector<std::size_t>> orders(graph.values.size());
    std::vector<Equation> equations;
    int changed = 0;
    for (ValueId id : graph.values.ids()) {
        const Value& value = graph.value(id);
        std::vector<std::size_t> from = permutation(value.type, order);
        if (from.empty()) continue;
        TensorType type{value.type.dtype, permuted(value.type.axes, from)};
        if (value.role == Role::temporary && !fixed[id]) {
            result.value(id).type = std::move(type);
            instead[id] = id;
            ++changed;
        } else if (value.role == Role::input) {
            std::string name = fmt::format("{}.{}", value.name, options.layout);
            instead[id] = result.add({.name = std::move(name), .type = std::move(type), .location = value.location});
            Equation copy = pointwise(result, instead[id]);
            std::vector<Affine> at(from.size());
            for (std::size_t axis = 0; axis < from.size(); ++axis) at[from[axis]] = copy.left[axis];
            copy.body = read(graph, id, std::move(at));
            copy.schedule = Schedule::of(Copy::layout);
            copy.location = value.location;
            equations.push_back(std::move(copy));
            remarks.push_back({"choose-layout", fmt::format("{}: copied to {}", value.name,
                                                            to_string(result.value(instead[id]).type))});
        }
        if (instead[id] >= 0) orders[id] = std::move(from);
    }

    for (Equation equation : graph.equations) {
        equation.body = rewrite(equation.body, [&](const ExprRef& node) -> ExprRef {
            if (node->form != Expr::Form::access) return nullptr;
            const ValueId id = node->access.tensor;
            if (orders[id].empty()) return nullptr;
            Access access = node->access;
            access.at = permuted(access.at, orders[id]);
            access.tensor = instead[id];
            return element(std::move(access), node->dtype);
        });
        const std::vector<std::size_t>& from = orders[equation.result];
        if (!from.empty()) equation.left = permuted(equation.left, from);
        order_indices(equation);
        equations.push_back(std::move(equation));
    }
    result.equations = std::move(equations);
    remarks.push_back({"choose-layout", fmt::format("{}: {} temporaries permuted", options.layout, changed)});
    result.compact();
    return result;
}

}  // namespace ricci::passes
