/// \file ir/loops/epilogue.h
/// What is computed from the sums of a contraction while they are in registers. That is bias and activation point by
/// point, and a pool whose windows lie whole in a register tile.
#pragma once

#include <string>
#include <vector>

#include "ir/core/uses.h"
#include "ir/loops/contraction.h"

namespace ricci::ir {

/// The nest of an equation that takes the results of another nest, each once, alone or in windows. Its levels are those
/// of the first nest's left, counting windows, and behind them those inside a window.
struct EpilogueStep {
    Nest nest;
    std::size_t read = 0;     // which of its reads is the result that it takes
    /// By level of the first nest's left, the level inside its windows; -1 where none is.
    IdVector<LevelId, LevelId> inside;
    bool kept = true;         // whether its own result is stored: somebody else than the next step reads it

    bool pools() const { return nest.levels.size() > inside.size(); }
    /// Points of a level of the first nest that one point takes.
    std::int64_t window(LevelId level) const;
};

struct Epilogue {
    bool keeps_sum = true;  // others than the first step read the sums, which are stored as well
    std::vector<EpilogueStep> steps;
};

/// Adds `reader` behind the steps so far; or leaves all as it is and says why it cannot be computed from the registers.
/// \return "" where it was added. `uses`: of the graph.
std::string follow(const Graph& graph, const Uses& uses, const Contraction& plan, Epilogue& epilogue,
                   const Equation& reader);

/// True when an equation other than `but` reads the value, or it leaves the program.
bool is_read_elsewhere(const Graph& graph, const Uses& uses, ValueId value, const Equation* but);

}  // namespace ricci::ir
