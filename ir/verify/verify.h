/// \file ir/verify/verify.h
/// The rules every graph keeps, numbered, and those each stage adds.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/core/graph.h"

namespace ricci::ir {

struct Rule {
    std::string_view number;  // "V1"
    Stage from;               // the first stage at which it holds; it holds at all later ones
    std::string_view promise;
};
std::span<const Rule> rules();

/// A broken rule, such as "V8 c[b, y]: index y + dy of axis 2 runs from 0 to 31, but the axis is height 28".
struct Violation {
    std::string text;
    Location location;
};

/// Every rule that is broken, in the order of the rules; empty for a graph that keeps them.
std::vector<Violation> violations(const Graph& graph);

/// \throws InternalError naming `after` (a pass), the rules and the equations when a rule is broken; shows the graph.
void verify(const Graph& graph, std::string_view after);

}  // namespace ricci::ir
