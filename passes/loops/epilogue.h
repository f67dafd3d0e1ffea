/// \file passes/loops/epilogue.h
/// What is computed from the sums of a contraction while they are in registers: bias and activation point by point, and
/// a pool whose windows lie whole in a register tile. A plan only: no LLVM here.
#pragma once

#include <span>

#include "passes/loops/contraction.h"

namespace ricci::codegen {

/// The nest of an equation that takes the results of another nest, each once, alone or in windows. Its levels are those
/// of the first nest's left, counting windows, and behind them those inside a window.
struct Follower {
    Nest nest;
    std::size_t read = 0;  // which of its reads is the result that it takes
    std::vector<int>
        inside;        // by level of the first nest's left, the level inside its windows; -1 where there are none
    bool kept = true;  // whether its own result is stored: somebody else than the next follower reads it

    bool pools() const { return nest.levels.size() > inside.size(); }
    /// Points of a level of the first nest that one point takes.
    std::int64_t window(std::size_t level) const;
};

/// The follower of `first` that `reader` is; nothing when it takes something else than each of its results once, or
/// asks for the number of an index, or when what `first` runs through as one level is not one for it.
std::optional<Follower> plan_follower(const ir::Graph& graph, const Nest& first, const ir::Equation& reader);

struct Epilogue {
    bool keeps_sum = true;  // others than the first step read the sums, which are stored as well
    std::vector<Follower> steps;
};

/// A contraction and the equations behind it that are computed from its registers.
struct FusedContraction {
    Contraction plan;
    Epilogue epilogue;
    std::string remark;  // why a pool behind it stays a loop of its own, or ""
};

/// Plans `first` with as many of the equations `behind` it, which follow it in its kernel, as can be steps of an
/// epilogue. A pool is one when a tile that holds whole windows is predicted to cost less than a tile without, and
/// loading the results once more. Nothing when no tile suits it.
std::optional<FusedContraction> plan_fused(const ir::Graph& graph, const Nest& first,
                                           std::span<const ir::Equation* const> behind,
                                           const ContractionPlanner& planner, const passes::Machine& machine);

}  // namespace ricci::codegen
