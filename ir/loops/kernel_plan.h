/// \file ir/loops/kernel_plan.h
/// What the text of a kernel's loops means: the levels, streams and guards of each equation, register tiles, epilogues.
/// Nothing is decided here: everything follows from the equations and the loops that a graph has from stage loops on.
/// Code generation writes it down.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/core/graph.h"
#include "ir/core/uses.h"
#include "ir/loops/call_split.h"
#include "ir/loops/contraction.h"
#include "ir/loops/epilogue.h"
#include "ir/loops/plain_loops.h"
#include "ir/loops/transpose.h"

namespace ricci::ir {

/// Consecutive equations of a graph that run as one function.
struct KernelSource {
    std::string name;                 // the symbol: "lenet5.conv1.tail"
    std::vector<const Equation*> equations;
    const KernelGroup* group = nullptr;  // null for an equation without a kernel
};

/// The kernels of a graph in the order they run: its groups, and each equation outside one by itself.
std::vector<KernelSource> kernels_of(const Graph& graph);

/// What only registers hold and so needs no memory. Cost: one pass over the kernels.
/// - A factor that is computed where it is multiplied.
/// - A result that only the equations behind it in the same loops read.
IdVector<ValueId, bool> held_in_registers(const Graph& graph);
/// Those of them that one kernel's loops keep out of memory, in no order.
std::vector<ValueId> held_in_registers(const KernelSource& kernel);

/// What the batch tile of a kernel has room for; 0 outside of tiles.
std::int64_t samples_of(const Graph& graph, const KernelSource& source);

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
    Size inner{1, 0};         // points of the outermost own level that one row has
};

/// The rows that the index of a loop numbers, where threads can share them out: what writes with it writes rows of its
/// own. \return nothing where they cannot. `shared`: whether it is a loop around all equations, else that of the only
/// one, of which RowSplit::inner is left to points_of_row().
std::optional<RowSplit> row_split(const Graph& graph, const KernelSource& kernel, const std::string& index, bool shared);

/// Points of a nest's outermost level that one row has: a level of several indices counts those of the inner ones too.
Size points_of_row(const Nest& nest);

struct KernelPlan {
    enum class Form : std::uint8_t { loops, blas, library } form = Form::loops;
    std::int64_t samples = 0;         // that its batch tile has room for; 0 outside of tiles
    std::vector<std::string> shared;  // the loops around all steps, outermost first
    std::vector<Nest> nests;          // of each equation by itself: which results begin at an identity
    std::vector<LoopStep> steps;      // in order
    std::optional<RowSplit> split;    // of the outermost shared loop, or of the only step's outermost level
    std::optional<CallSplit> calls;   // of a product that is a call
    double cost = 0;                  // operations of one row, or of a call where nothing is split
};

/// Why loops cannot be, and where they stand.
class RefusedLoops : public UserError {
  public:
    RefusedLoops(const std::string& why, Location loops) : UserError(why), where(std::move(loops)) {}
    Location where;
};

/// The plan that the loops of a kernel say. It refers to the graph's equations. \throws RefusedLoops naming the kernel
/// and the result, with the reason, where its equations do not allow its loops. `graph`: as ir/loops/tile_view.h shows it.
/// `uses`: of the graph.
KernelPlan plan_of(const Graph& graph, const Uses& uses, const KernelSource& kernel);
/// The same of one kernel alone. Cost: one pass over the graph more.
KernelPlan plan_of(const Graph& graph, const KernelSource& kernel);

/// The kernel's loops as indices of the equation, -1 where it does not have one; and its batch tile.
Surroundings surroundings(const Graph& graph, const KernelSource& kernel, const Equation& equation);

}  // namespace ricci::ir
