/// \file tests/ir/elaborate_helpers.h
/// Graphs from a few declarations and equations, for tests of inference.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ir/elaborate/elaborate.h"
#include "ir/print/print.h"
#include "ir/surface/surface_parser.h"

namespace ricci::ir {

struct Declared {
    std::string name;
    TensorType type;
    Role role = Role::input;
};

inline Graph graph_of(const std::vector<Declared>& declared) {
    Graph graph;
    for (const Declared& value : declared) graph.add({.name = value.name, .type = value.type, .role = value.role});
    return graph;
}

inline TensorType type_of(const std::vector<std::pair<std::string, std::int64_t>>& axes, DType dtype = f32) {
    TensorType type{.dtype = dtype, .axes = {}};
    for (const auto& [kind, extent] : axes) type.axes.push_back({Kind::named(kind), extent});
    return type;
}

/// "name: type" of each value that the equation added, then its equations, a line each.
inline std::string elaborated(Graph& graph, const std::string& text, const Scope& scope = {}) {
    std::size_t first = graph.equations.size();
    elaborate(graph, parse_equation(text, "lenet.cpp", 20), scope);
    std::string result;
    for (std::size_t i = first; i < graph.equations.size(); ++i) {
        const Value& value = graph.value(graph.equations[i].result);
        result += value.name + ": " + to_string(value.type) + "\n" + print(graph, graph.equations[i]) + "\n";
    }
    return result;
}

inline std::string refusal(Graph& graph, const std::string& text, const Scope& scope = {}) {
    try {
        return "accepted: " + elaborated(graph, text, scope);
    } catch (const UserError& error) {
        return error.what();
    }
}

}  // namespace ricci::ir
