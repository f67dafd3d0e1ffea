// Collects what the model asks for, makes one reverse pass a scalar, and hands the gradients on.
#include "passes/gradient/differentiate.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "ir/core/body_size.h"
#include "ir/ops/optimizer_table.h"
#include "passes/build.h"
#include "passes/gradient/reverse.h"

namespace ricci::passes {
namespace {

using namespace ir;

void require_scalar(const Graph& graph, ValueId of, std::string_view wish) {
    const Value& value = graph.value(of);
    if (value.type.rank() != 0) {
        user_error(value.location, "{}: \"{}\" is {}, but only a scalar has a gradient; reduce it with sum or mean",
                   wish, value.name, to_string(value.type));
    }
    if (!is_float(value.type.dtype)) {
        user_error(value.location, "{}: \"{}\" is {}, but only floating-point values have a gradient; cast it to f32",
                   wish, value.name, name_of(value.type.dtype));
    }
}

void require_float(const Graph& graph, const GradientRequest& request) {
    const Value& value = graph.value(request.by);
    if (is_float(value.type.dtype)) return;
    user_error(value.location, "gradient \"{}\": none by \"{}\", which is {}; only f32 and f64 values have one",
               request.name, value.name, name_of(value.type.dtype));
}

/// A derivative is larger than what it is of: too large, perhaps, for its text to be read back.
void require_readable(const Graph& graph, const Equation& equation) {
    if (fits_in_text(equation.body)) return;
    const BodySize size = size_of_body(equation.body);
    user_error(equation.location, "\"{}\": a derivative is {} operators high and nests {} constructs; at most {} and {}: "
               "give a part of the expression a name of its own", graph.value(equation.result).name, size.high,
               size.nested, kMostHighInBody, kMostNestedInBody);
}

/// The parameters that `train` asks for: all floats that are not frozen.
std::vector<ValueId> trained(const Graph& graph) {
    check_trained(graph);
    std::vector<ValueId> parameters;
    for (ValueId id : graph.values.ids()) {
        const Value& value = graph.value(id);
        if (value.role != Role::parameter || !is_float(value.type.dtype)) continue;
        if (std::ranges::find(graph.updates, id, &Update::target) != graph.updates.end()) {
            user_error(value.location, "parameter \"{}\" has an update and is to be trained too; make it a state, drop the "
                       "update, or say train ... stepping {} by its gradient", value.name, value.name);
        }
        if (!is_frozen(*graph.training, value.name)) parameters.push_back(id);
    }
    return parameters;
}

ValueId zeros(Graph& graph, ValueId by) {
    TensorType type = graph.value(by).type;
    type.dtype = computed(type.dtype);
    ValueId result = graph.add({.name = gradient_name(graph.value(by)), .type = std::move(type)});
    Equation equation = pointwise(graph, result);
    equation.body = constant(0, graph.value(by).type.dtype);
    graph.equations.push_back(std::move(equation));
    return result;
}

}  // namespace

Graph differentiate(const Graph& graph, const Options&, Remarks& remarks) {
    Graph result = graph;
    bool train = graph.training && graph.training->gradients.empty();
    if (!train && graph.gradients.empty()) return result;
    auto remark = [&]<typename... Args>(fmt::format_string<Args...> text, Args&&... args) {
        remarks.push_back({"differentiate", fmt::format(text, std::forward<Args>(args)...)});
    };

    // One reverse pass a scalar, for all that is asked of it; the training's parameters first.
    std::vector<ValueId> scalars;
    std::map<ValueId, std::vector<ValueId>> wanted;
    auto want = [&](ValueId of, ValueId by) {
        if (!wanted.contains(of)) scalars.push_back(of);
        std::vector<ValueId>& list = wanted[of];
        if (std::ranges::find(list, by) == list.end()) list.push_back(by);
    };
    std::vector<ValueId> parameters;
    if (train) {
        require_scalar(graph, graph.training->loss, "train");
        parameters = trained(graph);
        for (ValueId by : parameters) want(graph.training->loss, by);
    }
    for (const GradientRequest& request : graph.gradients) {
        require_scalar(graph, request.of, fmt::format("gradient \"{}\"", request.name));
        require_float(graph, request);
        want(request.of, request.by);
    }

    std::map<std::pair<ValueId, ValueId>, ValueId> gradients;
    for (ValueId of : scalars) {
        std::size_t before = result.equations.size();
        std::vector<ValueId> found = reverse_sweep(result, of, wanted[of]);
        for (std::size_t i = 0; i < found.size(); ++i) gradients[{of, wanted[of][i]}] = found[i];
        std::size_t added = result.equations.size() - before;
        for (std::size_t i = before; i < result.equations.size(); ++i) require_readable(result, result.equations[i]);
        remark("d {} by {} values: {} equations", result.value(of).name, found.size(), added);
    }
    for (ValueId by : parameters) {
        ValueId gradient = gradients[{graph.training->loss, by}];
        if (gradient >= 0) {
            result.training->gradients.push_back({by, gradient});
        } else {
            remark("{} does not depend on parameter {}, which is not trained", result.value(graph.training->loss).name,
                   result.value(by).name);
        }
    }
    for (const GradientRequest& request : graph.gradients) {
        ValueId& gradient = gradients[{request.of, request.by}];
        if (gradient < 0) {
            gradient = zeros(result, request.by);
            remark("{} does not depend on {}: its gradient is 0", result.value(request.of).name,
                   result.value(request.by).name);
        }
        result.outputs.push_back({request.name, gradient});
    }
    result.gradients.clear();
    return result;
}

}  // namespace ricci::passes
