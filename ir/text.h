/// \file ir/text.h
/// The text form (.ein) of a graph, both ways. docs/language.md is its reference.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "ir/graph.h"

namespace ricci::ir {

/// The whole graph, at any stage; parse(print(g)) prints the same text.
std::string print(const Graph& graph);
/// One equation as a line: "conv1[b, o, y, x] = sum(i: channel 1, ...) images[...] * conv1.kernel[...]  @conv2d".
std::string print(const Graph& graph, const Equation& equation);
/// A body on its own, for messages and remarks.
std::string print(const Graph& graph, const Equation& equation, const ExprRef& expr);
/// An index expression: "2*y + dy - 1".
std::string print(const Affine& affine, const std::vector<Index>& indices);

/// Reads a text. `file` is for messages only. \throws UserError with file:line, what was found and what was expected.
Graph parse(std::string_view text, std::string_view file = "<text>");

}  // namespace ricci::ir

template <>
struct fmt::formatter<ricci::ir::Graph> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const ricci::ir::Graph& graph, Context& context) const {
        return fmt::formatter<std::string_view>::format(ricci::ir::print(graph), context);
    }
};
