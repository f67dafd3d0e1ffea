/// \file passes/pipeline.h
/// The one list of all passes, and the ways to run them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "ir/core/graph.h"
#include "passes/check/verify_values.h"
#include "passes/pass.h"

namespace ricci::passes {

/// One line of the pass list.
struct Pass {
    std::string_view name;    // "lower-conv2d"
    ir::Stage stage;          // the stage its result is at
    std::string_view reason;  // why it stands at this place
    ir::Graph (*run)(const ir::Graph&, const Options&, Remarks&);
    double tolerance = kExactTolerance;  // how far values may move, as a part of the terms that go into them
};

/// The passes in their order.
std::span<const Pass> pipeline();

/// Called after each pass with its name and result: dumps, checks.
using Observer = std::function<void(const Pass&, const ir::Graph&)>;

/// Runs the pipeline from the graph's stage to the end of stage `to`; the verifier runs after each pass.
ir::Graph run_to(ir::Graph graph, ir::Stage to, const Options& options, Remarks& remarks,
                 const Observer& observer = {});
/// Runs just the passes of these names, in the order given. \throws UserError for an unknown name, listing near ones.
ir::Graph run_only(ir::Graph graph, std::span<const std::string> names, const Options& options, Remarks& remarks,
                   const Observer& observer = {});

}  // namespace ricci::passes
