// Permutes the axes of image-like temporaries and of everything that mentions them.
#include "passes/layout/choose_layout.h"

#include <algorithm>

#include "ir/core/routines.h"
#include "ir/core/uses.h"
#include "passes/build.h"
#include "passes/convolution/choose_convolution.h"
#include "passes/layout/permuted_kernels.h"
#include "passes/products/product_cost.h"

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

/// `said` gets what is copied and how much is permuted.
Graph permuted_to(const Graph& graph, Layout layout, Remarks& said) {
    const std::vector<Kind> order = order_of(layout);
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
            std::string name = fmt::format("{}.{}", value.name, name_of(layout));
            instead[id] = result.add({.name = std::move(name), .type = std::move(type), .location = value.location});
            Equation copy = pointwise(result, instead[id]);
            std::vector<Affine> at(from.size());
            for (std::size_t axis = 0; axis < from.size(); ++axis) at[from[axis]] = copy.left[axis];
            copy.body = read(graph, id, std::move(at));
            copy.schedule = Schedule::of(Copy::layout);
            copy.location = value.location;
            equations.push_back(std::move(copy));
            said.push_back({"choose-layout", fmt::format("{}: copied to {}", value.name,
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
    said.push_back({"choose-layout", fmt::format("{}: {} temporaries permuted", name_of(layout), changed)});
    result.compact();
    return result;
}

/// Predicted seconds of what the order of axes decides, of a batch of typical size.
struct LayoutCost {
    double seconds = 0;
    bool calls = false;  // a routine of the runtime does one of the convolutions
};

/// Convolutions outside of batch tiles, whose values have an order of their own, and copies of inputs.
LayoutCost cost_of(const Graph& graph, const Options& options) {
    LayoutCost cost;
    const auto typical = static_cast<double>(graph.typical_samples());
    for (const Equation& equation : graph.equations) {
        if (equation.schedule.copy == Copy::layout) {
            const TensorType& type = graph.value(equation.result).type;
            constexpr double kPasses = 2;  // read and written
            cost.seconds += kPasses * static_cast<double>(type.count(graph.typical_samples()) * size_of(type.dtype)) /
                            options.machine.patch_bytes_per_second;
            continue;
        }
        const std::optional<Convolution> found = open_convolution(graph, equation);
        if (!found) continue;
        const ConvolutionChoice choice = choose_convolution(graph, equation, *found, options, false);
        cost.seconds += choice.seconds() * (choice.batch == 1 ? typical : std::max(choice.batch, 1.0));
        cost.calls = cost.calls || routine_named(choice.method) != nullptr;
    }
    return cost;
}

}  // namespace

Graph choose_layout(const Graph& given, const Options& options, Remarks& remarks) {
    if (options.layout == Layout::keep) return given;
    const Graph graph = without_permuted_kernels(given, remarks);
    if (options.layout != Layout::automatic) return permuted_to(graph, options.layout, remarks);

    constexpr double kWorthCopies = 0.97;  // share of the time without copies: predictions are no better than that
    const LayoutCost own = cost_of(graph, options);
    Graph best = graph;
    Remarks said;
    double least = own.seconds * kWorthCopies;
    for (Layout layout : {Layout::nchw, Layout::nhwc}) {
        Remarks theirs;
        Graph other = permuted_to(graph, layout, theirs);
        const LayoutCost cost = cost_of(other, options);
        if (!(own.calls || cost.calls) || cost.seconds >= least) continue;
        least = cost.seconds;
        theirs.push_back({"choose-layout", fmt::format("{}: convolutions are predicted to take {} a step, {} as they are",
                                                       name_of(layout), time_text(cost.seconds), time_text(own.seconds))});
        best = std::move(other);
        said = std::move(theirs);
    }
    std::ranges::move(said, std::back_inserter(remarks));
    return best;
}

}  // namespace ricci::passes
