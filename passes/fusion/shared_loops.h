/// \file passes/fusion/shared_loops.h
/// Which loops the equations of a kernel can share, and what they pass to each other in one iteration of those.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ir/core/graph.h"
#include "passes/pass.h"

namespace ricci::passes {

/// Places in the groups that group-kernels grows.
using GroupId = ir::Id<struct GroupTag>;

/// A kernel as it grows.
struct Group {
    std::vector<ir::EquationId> members;  // in order
    std::vector<std::string> loops;       // all that the members can share; the kernel takes the first few of them
    bool alone = false;
    /// Of a contraction of a tile: it and those behind it that take its results one by one or, the last, in windows.
    std::size_t in_registers = 0;
    std::vector<ir::ValueId> passed{};  // what members write and others read, but for what stays in registers; sorted
};

/// Indices of the left that may be shared, in order: all but those of the last axis, of extent 1 none. In a batch tile
/// all but the samples, which are the lanes of vectors.
std::vector<std::string> loop_names(const ir::Equation& equation);

/// Indices of an equation with the names of the loops that they are.
using LoopNames = std::vector<std::pair<ir::IndexId, std::string>>;

/// Gives the indices these names, each name at most once; an index that had one of them takes another.
void rename_indices(ir::Equation& equation, const LoopNames& names);

/// Which loops the equations of a group share. What they pass on takes at most Machine::iteration_bytes an iteration of
/// these loops where there is a choice, and Machine::most_iteration_bytes where rows are long.
class SharedLoops {
  public:
    /// `producers` are those of the graph. Its indices may be renamed meanwhile.
    SharedLoops(const ir::Graph& graph, const ir::IdVector<ir::ValueId, ir::EquationId>& producers,
                const Machine& machine)
        : graph_(graph),
          producers_(producers),
          iteration_bytes_(machine.iteration_bytes),
          most_iteration_bytes_(machine.most_iteration_bytes) {}

    /// The reader's index for each of the group's loops that it can share, outermost loop first.
    LoopNames names(const Group& group, const ir::Equation& reader) const;

    /// Takes what the last member reads from the others into Group::passed.
    void pass_on(Group& group) const;
    /// The same of all members, anew.
    void pass_all_on(Group& group) const;

    /// True when the loops that are left serve all members; `most_loops` is how many there were.
    bool may_share(const Group& group, std::size_t most_loops) const;

    /// How many of the possible loops the kernel takes.
    std::size_t few_loops(const Group& group) const;

    /// Bytes that the group's equations pass to each other per iteration of these loops; the largest number there is
    /// when they grow with the batch.
    std::int64_t iteration_bytes(const Group& group, std::span<const std::string> loops) const;

  private:
    const ir::Equation& equation(ir::EquationId place) const { return graph_.equations[place]; }
    bool shares_batch(const Group& group) const;
    void pass_on(Group& group, std::size_t reader) const;

    const ir::Graph& graph_;
    const ir::IdVector<ir::ValueId, ir::EquationId>& producers_;
    std::int64_t iteration_bytes_;
    std::int64_t most_iteration_bytes_;
};

}  // namespace ricci::passes
