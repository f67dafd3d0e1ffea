// Reads from the use of indices what is independent from sample to sample.
#include "ir/core/tile.h"

#include <algorithm>

#include "ir/core/uses.h"

namespace ricci::ir {
namespace {

std::vector<IndexId> open_indices(const Equation& equation) {
    std::vector<IndexId> open;
    for (IndexId i : equation.indices.ids()) {
        if (equation.indices[i].extent == kOpen) open.push_back(i);
    }
    return open;
}

/// True when each open axis is read or written at the sample alone.
bool at_sample(const TensorType& type, const std::vector<Affine>& at, IndexId sample) {
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
        if (type.axes[axis].extent == kOpen && at[axis].bare() != sample) return false;
    }
    return true;
}

bool can_be_summed_by_chunks(DType dtype) {
    return dtype == f32 || dtype == f64 || dtype == i64;
}

}  // namespace

IndexId sample_index(const Equation& equation) {
    std::vector<IndexId> open = open_indices(equation);
    return open.size() == 1 ? open[0] : -1;
}

std::string why_not_by_samples(const Graph& graph, const Equation& equation) {
    std::vector<IndexId> open = open_indices(equation);
    if (open.empty()) return "it does not run over the batch";
    if (open.size() > 1) return "it runs over pairs of samples";
    const IndexId sample = open[0];
    for (const Access* access : accesses(equation.body)) {
        const Value& value = graph.value(access->tensor);
        if (value.type.open_axes() > 1) return fmt::format("{} has two batch axes", value.name);
        if (!at_sample(value.type, access->at, sample)) return fmt::format("it reads {} at another sample", value.name);
    }
    bool counts = false;
    walk(equation.body,
         [&](const Expr& node) { counts |= node.form == Expr::Form::index && node.affine.uses(sample); });
    if (counts) return "it asks for the number of a sample";
    const TensorType& type = graph.value(equation.result).type;
    if (type.is_open()) {
        bool own = type.open_axes() == 1 && at_sample(type, equation.left, sample);
        return own ? "" : "it writes another sample than it reads";
    }
    if (equation.reduce != Reduce::sum)
        return fmt::format("it takes the {} over the samples", name_of(equation.reduce));
    if (!can_be_summed_by_chunks(type.dtype)) return fmt::format("it sums {} over the samples", name_of(type.dtype));
    return "";
}

IdVector<ValueId, Crossing> crossings(const Graph& graph) {
    IdVector<ValueId, Crossing> found(graph.values.size(), Crossing::global);
    if (graph.tiles.empty()) return found;
    const IdVector<ValueId, bool> leaves = leaving(graph);
    IdVector<ValueId, TileId> tiles(graph.values.size(), -1);  // of the equation that writes the value
    for (const Equation& equation : graph.equations) {
        tiles[equation.result] = equation.tile;
        if (equation.tile < 0 || leaves[equation.result]) continue;
        found[equation.result] = graph.value(equation.result).type.is_open() ? Crossing::local : Crossing::partial;
    }
    for (const Equation& equation : graph.equations) {
        for (const Access* access : accesses(equation.body)) {
            Crossing& read = found[access->tensor];
            if (read == Crossing::local && equation.tile != tiles[access->tensor]) read = Crossing::global;
        }
    }
    return found;
}

StoredTypes::StoredTypes(const Graph& graph) : graph_(graph) {
    if (graph.tiles.empty()) return;
    crossings_ = crossings(graph);
    tiles_.resize(graph.values.size(), -1);
    for (const Equation& equation : graph.equations) {
        if (crossing(equation.result) != Crossing::global) tiles_[equation.result] = equation.tile;
    }
}

TensorType StoredTypes::type(ValueId value) const {
    TensorType type = graph_.value(value).type;
    const TileId tile = tile_of(value);
    if (tile < 0) return type;
    for (Axis& axis : type.axes) {
        if (axis.extent == kOpen) axis.extent = graph_.tiles[tile].samples;
    }
    return type;
}

Crossing crossing(const Graph& graph, ValueId value) { return StoredTypes(graph).crossing(value); }

TileId tile_of(const Graph& graph, ValueId value) { return StoredTypes(graph).tile_of(value); }

TensorType stored_type(const Graph& graph, ValueId value) {
    const bool moves = graph.value(value).type.is_open() && !graph.tiles.empty();
    return moves ? StoredTypes(graph).type(value) : graph.value(value).type;
}

Placement::Scope scope_of(const TensorType& type, Crossing crossing) {
    switch (crossing) {
        case Crossing::local:
            return Placement::Scope::per_thread;
        case Crossing::partial:
            return Placement::Scope::per_chunk;
        case Crossing::global:
            break;
    }
    if (type.open_axes() > 1) return Placement::Scope::per_pair;
    return type.is_open() ? Placement::Scope::per_sample : Placement::Scope::fixed;
}

}  // namespace ricci::ir
