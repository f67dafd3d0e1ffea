/// \file codegen/search/tile_file.h
/// The file of measured register tiles: a text with one line of JSON for each contraction of each CPU. No LLVM here.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "ir/loops/contraction.h"

namespace ricci::codegen {

/// All that the speed of a contraction depends on, in words: type, vectors, registers, loops, strides, guards. Two
/// nests of the same shape have the same vector levels and tiles. `registers`: vector registers of the target.
std::string shape_of(const ir::Nest& nest, std::int64_t registers, ir::LevelId split);

/// One line: {"cpu": ..., "vector_bytes": ..., "nest": ..., "vector": ..., "tile": [[level, count], ...],
/// "nanoseconds": ..., "first_nanoseconds": ..., "loops": ...}.
struct TileEntry {
    std::string cpu;  // as Target has it
    int vector_bytes = 0;
    std::string nest;  // from shape_of
    ir::TileChoice choice;
    double nanoseconds = 0;        // of the kernel with this choice
    double first_nanoseconds = 0;  // with that of the cost model
    std::string loops{};           // the text of the loops that were measured: for people, it is not read back

    /// Whether both are about the same contraction on the same CPU.
    bool is_about_same(const TileEntry& other) const;
};

struct TileFile {
    std::vector<TileEntry> entries;
    std::vector<std::string> other_lines;  // that are no entries, as they are
    std::vector<std::string> remarks;      // which lines those are
};

/// What is in a file; nothing when there is none. A line that is no entry is left alone, with a remark.
/// \throws UserError naming the path when it cannot be read, or begins with something else than a line of JSON.
TileFile read_tiles(const std::filesystem::path& path);

/// Adds entries, in place of those about the same. The file is replaced whole; of several runs that add to it at once
/// each keeps the entries of the others. \throws UserError naming the path when it cannot be written.
void add_tiles(const std::filesystem::path& path, std::span<const TileEntry> entries);

}  // namespace ricci::codegen
