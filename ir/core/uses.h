/// \file ir/core/uses.h
/// Who writes and reads each value of a graph, and what leaves it: looked up once, for many questions.
#pragma once

#include <span>
#include <vector>

#include "ir/core/graph.h"

namespace ricci::ir {

/// By ValueId: true for an output and for the source of an update, whose elements outlive the last equation.
IdVector<ValueId, bool> leaving(const Graph& graph);

/// The answers are those of the graph as it was when this was made. Cost: one pass over the graph, then a step each.
class Uses {
  public:
    explicit Uses(const Graph& graph);

    /// The equation that writes the value; none for inputs, parameters and states.
    EquationId writer(ValueId value) const { return writers_[value]; }
    /// The equations that read it, in order, each once.
    std::span<const EquationId> readers(ValueId value) const;
    /// The last equation that reads it, else the one that writes it.
    EquationId last_use(ValueId value) const;
    bool leaves(ValueId value) const { return leaves_[value]; }

  private:
    IdVector<ValueId, EquationId> writers_;
    IdVector<ValueId, bool> leaves_;
    IdVector<ValueId, std::size_t> first_;  // of its readers in readers_; one more entry ends the last
    std::vector<EquationId> readers_;
};

/// Equations that follow one another.
struct EquationRange {
    EquationId first;
    EquationId last;
};
/// By EquationId: the kernel around it; itself where it is in none.
IdVector<EquationId, EquationRange> kernel_spans(const Graph& graph);
/// The same of tiles.
IdVector<EquationId, EquationRange> tile_spans(const Graph& graph);

/// By ValueId: the value whose storage each one is in the end. `shares` has the value that each one shares with, -1 for
/// its own storage. What leads into a circle has its own. Cost: one pass.
IdVector<ValueId, ValueId> ends_of_shares(const IdVector<ValueId, ValueId>& shares);

/// The same of all values, as plan-memory placed them.
IdVector<ValueId, ValueId> storages(const Graph& graph);
/// The same of one value. Cost: the length of its chain; `storages` is for many.
ValueId storage_of(const Graph& graph, ValueId value);

}  // namespace ricci::ir
