/// \file ir/print/print.h
/// The text form (.ein) of a graph. docs/language.md is its reference; ir/text/parser.h reads it back.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "ir/core/graph.h"

namespace ricci::ir {

/// The whole graph, at any stage; parse(print(g)) prints the same text.
std::string print(const Graph& graph);
/// One equation as a line: "conv1[b, o, y, x] = sum(i: channel 1, ...) images[...] * conv1.kernel[...]  @conv2d".
std::string print(const Graph& graph, const Equation& equation);
/// An optimizer, as it stands behind "with": "sgd(learning_rate = 0.05) schedule cosine()".
std::string print(const Training& training);
/// A body on its own, for messages and remarks.
std::string print(const Graph& graph, const Equation& equation, const ExprRef& expr);

}  // namespace ricci::ir

template <>
struct fmt::formatter<ricci::ir::Graph> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const ricci::ir::Graph& graph, Context& context) const {
        return fmt::formatter<std::string_view>::format(ricci::ir::print(graph), context);
    }
};
