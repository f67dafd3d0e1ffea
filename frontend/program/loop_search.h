/// \file frontend/program/loop_search.h
/// The measured search of register tiles (codegen/search/tile_search.h) with what the cost model offers. Internal.
#pragma once

#include <string>

#include "codegen/search/tile_search.h"
#include "passes/machine.h"

namespace ricci::detail {

/// The graph with the register tiles that the file knows or that are measured now; as it is where `file` is "".
/// \pre the graph has loops. \throws UserError naming the file when it cannot be read.
ir::Graph search_loops(ir::Graph graph, const codegen::Target& target, const passes::Machine& machine,
                       const std::string& file, codegen::TileUse& use);

}  // namespace ricci::detail
