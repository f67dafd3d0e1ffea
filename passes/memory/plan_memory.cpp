// Lifetimes at the grain of kernels, then greedy placement by size.
#include "passes/memory/plan_memory.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "ir/analysis/occupied.h"
#include "ir/base/checked.h"
#include "ir/core/tile.h"
#include "ir/core/uses.h"
#include "ir/loops/kernel_plan.h"
#include "passes/memory/share_storage.h"

namespace ricci::passes {
namespace {

using namespace ir;
using Scope = Placement::Scope;

/// Storage that one value or several sharing ones take, and the equations between whose kernels it is live.
struct Allocation {
    ValueId owner = -1;
    std::int64_t bytes = 0;  // a multiple of the alignment of its scope
    Scope scope = Scope::fixed;
    EquationId first = 0;
    EquationId last = 0;
    std::int64_t offset = -1;
};

/// What a value of that size takes. Pairs of samples come in multiples of kAlignment, so one pair needs no rounding.
std::int64_t aligned(std::int64_t bytes, Scope scope) {
    if (scope == Scope::per_pair) return bytes;
    return checked_add(bytes, kAlignment - 1, "arena") / kAlignment * kAlignment;
}

std::int64_t bytes_of(const TensorType& type, std::int64_t samples) {
    return checked_mul(type.count(samples), static_cast<std::int64_t>(size_of(type.dtype)), "bytes of a tensor");
}

/// The equations that write and last read each value; what leaves the program is read at its end.
IdVector<ValueId, EquationRange> lives(const Graph& graph) {
    const Uses uses(graph);
    IdVector<ValueId, EquationRange> lives;
    for (ValueId id : graph.values.ids()) {
        lives.push_back({uses.writer(id), uses.leaves(id) ? graph.equations.next() - 1 : uses.last_use(id)});
    }
    return lives;
}

/// Bytes by scope.
std::string sizes_text(const std::array<std::int64_t, 5>& bytes, bool tiles) {
    std::string text = fmt::format("{} bytes + {} per sample", bytes[0], bytes[1]);
    if (bytes[2] > 0) text += fmt::format(" + {} per pair", bytes[2]);
    return tiles ? text + fmt::format(" + {} per thread + {} per chunk", bytes[3], bytes[4]) : text;
}

std::int64_t& arena_of(Graph& graph, Scope scope) {
    switch (scope) {
        case Scope::per_sample:
            return graph.arena_per_sample;
        case Scope::per_pair:
            return graph.arena_per_pair;
        case Scope::per_thread:
            return graph.arena_per_thread;
        case Scope::per_chunk:
            return graph.arena_per_chunk;
        case Scope::fixed:
            break;
    }
    return graph.arena_fixed;
}

}  // namespace

Graph plan_memory(const Graph& graph, const Options&, Remarks& remarks) {
    Graph result = graph;
    const IdVector<ValueId, ValueId> shares = share_storage(graph, remarks);
    const IdVector<ValueId, ValueId> storages = ends_of_shares(shares);
    const IdVector<ValueId, EquationRange> live = lives(graph);
    // What outlives one round of a tile is live in all its rounds, so in all its equations.
    const IdVector<EquationId, EquationRange> kernels = kernel_spans(graph);
    const IdVector<EquationId, EquationRange> tiles = tile_spans(graph);
    const IdVector<ValueId, Crossing> crosses = crossings(graph);
    auto scope = [&](ValueId id) { return scope_of(graph.value(id).type, crosses[id]); };
    auto bytes = [&](ValueId id) {
        const bool local = crosses[id] == Crossing::local;
        const TileId tile = local ? graph.equations[live[id].first].tile : TileId();
        return bytes_of(graph.value(id).type, local ? graph.tiles[tile].samples : 1);
    };
    auto span = [&](ValueId id, EquationId equation) {
        const bool rounds = graph.equations[equation].tile >= 0 && crosses[id] != Crossing::local;
        return rounds ? tiles[equation] : kernels[equation];
    };
    IdVector<ValueId, bool> placeless(graph.values.size(), false);
    const IdVector<ValueId, bool> held = held_in_registers(graph);
    for (ValueId id : graph.values.ids()) placeless[id] = held[id];
    for (const Output& output : graph.outputs) placeless[output.value] = true;

    IdVector<ValueId, Allocation> blocks(graph.values.size());
    std::array<std::int64_t, 5> unshared{};  // by scope
    for (ValueId id : graph.values.ids()) {
        const ValueId storage = storages[id];
        if (graph.value(id).role != Role::temporary || placeless[id]) continue;
        unshared[std::to_underlying(scope(id))] += aligned(bytes(id), scope(id));
        if (graph.value(storage).role != Role::temporary || placeless[storage]) continue;
        Allocation& block = blocks[storage];
        const EquationId first = span(id, live[id].first).first;
        const EquationId last = span(id, live[id].last).last;
        bool fresh = block.owner < 0;
        block = {.owner = storage,
                 .bytes = std::max(block.bytes, aligned(bytes(id), scope(id))),
                 .scope = scope(id),
                 .first = fresh ? first : std::min(block.first, first),
                 .last = fresh ? last : std::max(block.last, last)};
    }

    std::vector<ValueId> by_size;
    for (ValueId id : blocks.ids()) {
        if (blocks[id].owner >= 0) by_size.push_back(id);
    }
    std::ranges::stable_sort(by_size, std::greater<>(), [&](ValueId id) { return blocks[id].bytes; });
    std::map<Scope, Occupied> arenas;
    for (ValueId id : by_size) {
        Allocation& block = blocks[id];
        Occupied& taken = arenas.try_emplace(block.scope, graph.equations.size()).first->second;
        block.offset = taken.best_offset(block.first, block.last, block.bytes);
        taken.take(block.first, block.last, block.offset, block.bytes);
        std::int64_t& arena = arena_of(result, block.scope);
        arena = std::max(arena, checked_add(block.offset, block.bytes, "arena"));
    }

    for (ValueId id : graph.values.ids()) {
        Value& value = result.value(id);
        if (value.role != Role::temporary || placeless[id]) continue;
        value.placement = Placement{.offset = std::max<std::int64_t>(blocks[storages[id]].offset, 0),
                                    .bytes = bytes(id),
                                    .scope = scope(id),
                                    .first = live[id].first,
                                    .last = live[id].last,
                                    .shares = shares[id]};
    }
    std::size_t views = 0;
    for (ValueId share : shares) views += share >= 0;
    const std::array<std::int64_t, 5> used = {result.arena_fixed, result.arena_per_sample, result.arena_per_pair,
                                              result.arena_per_thread, result.arena_per_chunk};
    const bool tiled = !graph.tiles.empty();
    remarks.push_back(
        {"plan-memory", fmt::format("arena of {}; {} without reuse; {} values share the storage of others",
                                    sizes_text(used, tiled), sizes_text(unshared, tiled), views)});
    result.stage = std::max(result.stage, Stage::planned);
    return result;
}

}  // namespace ricci::passes
