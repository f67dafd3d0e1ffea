/// \file ir/verify.h
/// The rules every graph keeps, numbered, and those each stage adds.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace ricci::ir {

struct Rule {
    std::string_view number;  // "V1"
    std::string_view promise;
};
std::span<const Rule> rules();

/// What is broken, a line each: "V4 conv1[b, o, y, x]: index y of axis 2 reaches 31, past the last element 27".
std::vector<std::string> violations(const Graph& graph);

/// \throws InternalError naming `after` (a pass), the rule and the equation when a rule is broken; shows the graph.
void verify(const Graph& graph, std::string_view after);

}  // namespace ricci::ir
