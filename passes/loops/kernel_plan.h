/// \file passes/loops/kernel_plan.h
/// How each kernel of a planned graph runs: the loops that its equations share, and for each equation, or run of
/// equations that pass values on in registers, a register tile, a transpose or plain loops. All choices are made here;
/// codegen/emit/ writes them down. A plan only: no LLVM here.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "passes/loops/contraction.h"
#include "passes/loops/epilogue.h"
#include "passes/loops/plain_loops.h"
#include "passes/loops/transpose.h"

namespace ricci::codegen {

/// Consecutive equations of a graph that run as one function.
struct KernelSource {
    std::string name;  // the symbol: "lenet5.conv1.tail"
    std::vector<const ir::Equation*> equations;
    std::vector<std::string> loops;  // names of the shared loops, outermost first
};

/// The kernels of a graph in the order they run: its groups, and each equation outside one by itself.
std::vector<KernelSource> kernels_of(const ir::Graph& graph);

/// What the batch tile of a kernel has room for; 0 outside of tiles.
std::int64_t samples_of(const ir::Graph& graph, const KernelSource& source);

/// What plans depend on of the target.
struct LoopTarget {
    int vector_bytes = 32;  // of a register
    passes::Machine machine{};
};

/// A sum of products in register tiles, and what is computed from its results while they are there. What is computed
/// before it is the prologue of its nest.
struct TileLoops {
    Contraction tile;
    Epilogue epilogue;  // without steps: none
};

struct TransposeLoops {
    Nest nest;
    Transpose transpose;
};

/// The own loops of one equation or more.
struct LoopStep {
    std::size_t equations = 1;  // consecutive ones of the kernel that are done with it
    std::variant<PlainLoops, TileLoops, TransposeLoops> loops;

    const Nest& nest() const;
};

/// Rows of the outermost axis of a kernel's results, which threads share out. A call does some of `extent` rows.
struct RowSplit {
    std::int64_t extent = 1;  // or kOpen
    std::int64_t axis = 1;    // rows that the results have: more than `extent` where the last row sets the others
    ir::Size inner{1, 0};     // points of the outermost own level that one row has
};

struct KernelPlan {
    enum class Form : std::uint8_t { loops, blas, library } form = Form::loops;
    std::int64_t samples = 0;         // that its batch tile has room for; 0 outside of tiles
    std::vector<std::string> shared;  // the loops around all steps, outermost first
    std::vector<Nest> nests;          // of each equation by itself: which results begin at an identity
    std::vector<LoopStep> steps;      // in order
    std::optional<RowSplit> split;    // of the outermost shared loop, or of the only step's outermost level
    double cost = 0;                  // operations of one row, or of a call where nothing is split
    std::vector<std::string> remarks; // for people
};

/// Plans a kernel. `planner` chooses the register tiles of contractions. The plan refers to the graph's equations.
KernelPlan plan_kernel(const ir::Graph& graph, const KernelSource& source, const LoopTarget& target,
                       const ContractionPlanner& planner = plan_contraction);

}  // namespace ricci::codegen
