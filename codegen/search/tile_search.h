/// \file codegen/search/tile_search.h
/// The measured search of register tiles. The cost model only predicts: the search times the most promising tiles on
/// this machine. It keeps the best in a file (codegen/search/tile_file.h) that later runs read.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "codegen/search/timed_kernel.h"
#include "ir/loops/kernel_plan.h"

namespace ricci::codegen {

/// What a file of register tiles was good for in one compilation.
struct TileUse {
    std::size_t known = 0;     // contractions that the file had an entry for
    std::size_t measured = 0;  // contractions that were timed, and added to it
    std::string unsaved;       // why what was measured could not be added, or ""
    std::vector<std::string> remarks;
};

/// What the cost model offers for a register tile, and what times it. The search only compares.
struct TileOffers {
    KernelTimer time;
    std::int64_t registers = 0;  // vector registers of the target
    /// Tiles of a contraction, the best predicted one first; `split`: the level that threads share out, -1 for none.
    std::function<std::vector<ir::TileChoice>(const ir::Nest& nest, ir::LevelId split)> promising;
    /// Loops with another tile; nothing where it does not fit them.
    std::function<std::optional<ir::LoopNest>(const ir::TileLoops& loops, ir::LevelId split,
                                              const ir::TileChoice& choice)>
        with;
};

/// The graph with other register tiles where these are known or measured to be faster. Known are those of the file. For
/// the other contractions, if this host runs the target's code, tiles are timed, and the best are added to the file.
/// Where they cannot be added they are used all the same, and use.unsaved says why. \pre the graph has loops.
/// \throws UserError naming the file when it cannot be read.
/// Cost: some 100 ms a contraction that is not in the file; else a few milliseconds in all.
ir::Graph search_tiles(const ir::Graph& graph, const Target& target, const TileOffers& offers,
                       const std::filesystem::path& file, TileUse& use);

}  // namespace ricci::codegen
