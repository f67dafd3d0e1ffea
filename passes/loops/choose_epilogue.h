/// \file passes/loops/choose_epilogue.h
/// Which equations behind a sum of products are computed from its registers.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "ir/loops/epilogue.h"
#include "passes/machine.h"

namespace ricci::passes {

/// A contraction and the equations behind it that are computed from its registers.
struct FusedContraction {
    ir::Contraction plan;
    ir::Epilogue epilogue;
    std::string remark;  // why a pool behind it stays a loop of its own, or ""
};

/// Plans `first` with as many equations of its kernel behind it as can be steps of an epilogue. `behind`: these
/// equations, in order. A pool becomes a step when a tile of whole windows is predicted to cost less than one without,
/// plus loading the results once more. Nothing when no tile suits `first`.
/// `uses`: of the graph.
std::optional<FusedContraction> choose_epilogue(const ir::Graph& graph, const ir::Uses& uses, const ir::Nest& first,
                                                std::span<const ir::Equation* const> behind, const Machine& machine);

}  // namespace ricci::passes
