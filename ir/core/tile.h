/// \file ir/core/tile.h
/// Batch tiles: which equations can run on a few samples of the open batch at a time, and what their values are then.
///
/// A tile of T samples runs all its equations on samples 0 .. T-1, then on the next T, and so on. What lives only
/// inside is stored once a thread, T samples wide, its batch axis innermost. A sum over the samples is stored once a
/// chunk of tiles, and is complete only after the last chunk. So nothing inside may read it.
#pragma once

#include <string>
#include <vector>

#include "ir/core/graph.h"

namespace ricci::ir {

/// What a value is to the tile that writes it.
enum class Crossing : std::uint8_t {
    global,   // everything else: what is written outside of tiles, outputs, and batched values that leave the tile
    local,    // a batched temporary that only equations of the tile read
    partial,  // a temporary without a batch axis: the sum over the samples
};

/// The index that runs over the samples of the open batch; -1 when there is none or more than one.
IndexId sample_index(const Equation& equation);

/// Why an equation cannot run on a few samples at a time; "" when it can. It can when one index over the open batch
/// stands bare on the batch axis of each batched value that is read. That index also stands bare on the result's batch
/// axis, or is summed into a result without one.
std::string why_not_by_samples(const Graph& graph, const Equation& equation);

/// By ValueId. Cost: one pass over the graph.
IdVector<ValueId, Crossing> crossings(const Graph& graph);

/// Crossings, and how the elements of each value lie in memory. The tiles are those of the equations that the graph had
/// when this was made; its types are read when they are asked for. Cost: one pass over the graph, then a step each.
class StoredTypes {
  public:
    explicit StoredTypes(const Graph& graph);
    /// As if no value lived in a tile. Cost: none.
    struct AllGlobal {};
    static constexpr AllGlobal kAllGlobal{};
    StoredTypes(const Graph& graph, AllGlobal) : graph_(graph) {}

    const Graph& graph() const { return graph_; }
    Crossing crossing(ValueId value) const { return value < crossings_.next() ? crossings_[value] : Crossing::global; }
    /// The tile whose memory the value lies in: that of the equation that writes it, for local and partial; else -1.
    TileId tile_of(ValueId value) const { return value < tiles_.next() ? tiles_[value] : TileId(); }
    /// The type as its elements lie in memory: the batch axis of a local value has the extent of its tile.
    TensorType type(ValueId value) const;

  private:
    const Graph& graph_;
    IdVector<ValueId, Crossing> crossings_;  // both are empty for a graph without tiles
    IdVector<ValueId, TileId> tiles_;
};

/// Of one value. Cost: one pass over the graph; StoredTypes is for several.
Crossing crossing(const Graph& graph, ValueId value);
TileId tile_of(const Graph& graph, ValueId value);
TensorType stored_type(const Graph& graph, ValueId value);

/// The part of the arena that a temporary belongs to.
Placement::Scope scope_of(const TensorType& type, Crossing crossing);

}  // namespace ricci::ir
