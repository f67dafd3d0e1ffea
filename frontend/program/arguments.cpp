// Extents of elements that came without: those of the input, and as many samples as there are.
#include "frontend/program/arguments.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ir/base/error.h"

namespace ricci::detail {
namespace {

/// The input at that place, or of that name; null where there is none, which binding refuses.
const ir::Value* input_of(const ir::Graph& graph, std::string_view name, std::size_t place) {
    for (const ir::Value& value : graph.values) {
        if (value.role != ir::Role::input) continue;
        if (name.empty() ? place-- == 0 : value.name == name) return &value;
    }
    return nullptr;
}

std::vector<std::string> names_of(const ir::Graph& graph) {
    std::vector<std::string> names;
    for (const ir::Value& value : graph.values) {
        if (value.role == ir::Role::input) names.push_back(value.name);
    }
    return names;
}

std::vector<std::int64_t> extents_for(const ir::Graph& graph, const ir::Value& input, std::int64_t elements) {
    if (input.type.open_axes() > 1) {
        user_error("{}: input \"{}\" is {}, with two open axes: give {} elements their extents, as in Array(v, {{...}})",
                   graph.name, input.name, to_string(input.type), elements);
    }
    std::int64_t sample = 1;
    for (const ir::Axis& axis : input.type.axes) sample *= axis.extent == ir::kOpen ? 1 : axis.extent;
    const bool open = input.type.is_open();
    if (open ? elements % sample != 0 : elements != sample) {
        user_error("{}: input \"{}\" is {}, which {} elements do not fill; it takes {}{}", graph.name, input.name,
                   to_string(input.type), elements, sample, open ? " a sample" : "");
    }
    std::vector<std::int64_t> extents;
    for (const ir::Axis& axis : input.type.axes) extents.push_back(axis.extent == ir::kOpen ? elements / sample : axis.extent);
    return extents;
}

}  // namespace

CallBindings::CallBindings(const ir::Graph& graph, std::span<const Argument> inputs) {
    for (const Argument& input : inputs) add(graph, {}, input);
}

CallBindings::CallBindings(const ir::Graph& graph, std::span<const NamedArgument> inputs) {
    for (const NamedArgument& input : inputs) {
        if (input.name.empty()) {
            user_error("{}: an argument of a call by name has the name \"\"; the inputs are {}", graph.name,
                       fmt::join(names_of(graph), ", "));
        }
        add(graph, input.name, input.argument);
    }
}

void CallBindings::add(const ir::Graph& graph, std::string_view name, const Argument& argument) {
    std::span<const std::int64_t> extents = argument.extents;
    if (argument.count >= 0) {
        const ir::Value* input = input_of(graph, name, bindings_.size());
        if (input != nullptr && input->type.dtype == argument.dtype)
            extents = extents_.emplace_back(extents_for(graph, *input, argument.count));
    }
    bindings_.push_back({name, argument.dtype, extents, argument.data, argument.kinds});
}

}  // namespace ricci::detail
