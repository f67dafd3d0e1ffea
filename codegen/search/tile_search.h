/// \file codegen/search/tile_search.h
/// The measured search of register tiles: where the cost model of contraction.h only predicts, the most promising tiles
/// are timed on this machine, and the best are kept in a file (codegen/search/tile_file.h) that later runs read.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "codegen/emit/emit_kernel.h"

namespace ricci::codegen {

/// What a file of register tiles was good for in one compilation.
struct TileUse {
    std::size_t known = 0;     // contractions that the file had an entry for
    std::size_t measured = 0;  // contractions that were timed, and added to it
    std::string unsaved;       // why what was measured could not be added, or ""
    std::vector<std::string> remarks;
};

/// Register tiles by the shape of their contraction; all others are the cost model's.
class ChosenTiles {
  public:
    void add(const std::string& shape, TileChoice choice) { choices_[shape] = std::move(choice); }
    /// Refers to this object.
    ContractionPlanner planner() const;
    /// Tells two sets of choices apart; "" for none.
    std::string text() const;

  private:
    std::map<std::string, TileChoice> choices_;
};

/// The tiles for a program's contractions: those that the file has, and for the others, where this host runs the
/// target's code, the best measured, which are then added to the file. Where they cannot be added they are used all the
/// same, and use.unsaved says why. \throws UserError naming the file when it cannot be read. Cost: some 100 ms a
/// contraction that is not in the file; else a few milliseconds in all.
ChosenTiles search_tiles(const ir::Graph& graph, std::span<const KernelSource> kernels, const Target& target,
                         const passes::Machine& machine, const std::filesystem::path& file, TileUse& use);

}  // namespace ricci::codegen
