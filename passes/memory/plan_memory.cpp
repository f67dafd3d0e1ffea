// Lifetimes at the grain of kernels, then greedy placement by size.
#include "passes/memory/plan_memory.h"

#include <algorithm>
#include <array>
#include <limits>

#include "ir/base/checked.h"
#include "ir/core/tile.h"
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
    int first = 0;
    int last = 0;
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

/// The first and last equation of the kernel, or the tile, of each equation.
std::vector<std::pair<int, int>> block_spans(const Graph& graph, int Equation::*block) {
    std::vector<std::pair<int, int>> spans(graph.equations.size());
    for (int i = 0; i < static_cast<int>(spans.size());) {
        const int number = graph.equations[static_cast<std::size_t>(i)].*block;
        int end = i + 1;
        while (number >= 0 && end < static_cast<int>(spans.size()) &&
               graph.equations[static_cast<std::size_t>(end)].*block == number) {
            ++end;
        }
        for (int member = i; member < end; ++member) spans[static_cast<std::size_t>(member)] = {i, end - 1};
        i = end;
    }
    return spans;
}

/// The equations that write and last read each value; what leaves the program is read at its end.
std::vector<std::pair<int, int>> lives(const Graph& graph) {
    std::vector<std::pair<int, int>> lives;
    std::vector<std::vector<int>> readers = graph.readers();
    for (int producer : graph.producers()) {
        const std::vector<int>& of = readers[lives.size()];
        lives.push_back({producer, of.empty() ? producer : std::max(producer, of.back())});
    }
    const int end = static_cast<int>(graph.equations.size()) - 1;
    for (const Output& output : graph.outputs) lives[static_cast<std::size_t>(output.value)].second = end;
    for (const Update& update : graph.updates) lives[static_cast<std::size_t>(update.source)].second = end;
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

/// Where the smallest gap begins that takes the block between those of `others` that live with it.
std::int64_t best_offset(const Allocation& block, const std::vector<Allocation>& others) {
    std::vector<const Allocation*> together;
    for (const Allocation& other : others) {
        bool meets = other.scope == block.scope && other.first <= block.last && block.first <= other.last;
        if (meets && other.offset >= 0) together.push_back(&other);
    }
    std::ranges::sort(together, {}, &Allocation::offset);
    std::int64_t best = -1;
    std::int64_t smallest = std::numeric_limits<std::int64_t>::max();
    std::int64_t end = 0;
    for (const Allocation* other : together) {
        std::int64_t gap = other->offset - end;
        if (gap >= block.bytes && gap < smallest) best = end, smallest = gap;
        end = std::max(end, other->offset + other->bytes);
    }
    return best >= 0 ? best : end;
}

}  // namespace

Graph plan_memory(const Graph& graph, const Options&, Remarks& remarks) {
    Graph result = graph;
    const std::vector<ValueId> shares = share_storage(graph, remarks);
    const std::vector<std::pair<int, int>> live = lives(graph);
    // What outlives one round of a tile is live in all its rounds, so in all its equations.
    const std::vector<std::pair<int, int>> kernels = block_spans(graph, &Equation::kernel);
    const std::vector<std::pair<int, int>> tiles = block_spans(graph, &Equation::tile);
    const std::vector<Crossing> crosses = crossings(graph);
    auto scope = [&](std::size_t value) { return scope_of(graph.values[value].type, crosses[value]); };
    auto bytes = [&](std::size_t value) {
        const bool local = crosses[value] == Crossing::local;
        const int tile = local ? graph.equations[static_cast<std::size_t>(live[value].first)].tile : -1;
        return bytes_of(graph.values[value].type, local ? graph.tiles[static_cast<std::size_t>(tile)].samples : 1);
    };
    auto span = [&](std::size_t value, int place) {
        const std::size_t equation = static_cast<std::size_t>(place);
        const bool rounds = graph.equations[equation].tile >= 0 && crosses[value] != Crossing::local;
        return rounds ? tiles[equation] : kernels[equation];
    };
    std::vector<bool> placeless = held_in_registers(graph);
    for (const Output& output : graph.outputs) placeless[static_cast<std::size_t>(output.value)] = true;

    std::vector<Allocation> blocks(graph.values.size());
    std::array<std::int64_t, 5> unshared{};  // by scope
    for (ValueId id = 0; id < static_cast<ValueId>(graph.values.size()); ++id) {
        const Value& value = graph.value(id);
        const std::size_t place = static_cast<std::size_t>(id);
        ValueId storage = storage_of(shares, id);
        if (value.role != Role::temporary || placeless[place]) continue;
        unshared[static_cast<std::size_t>(scope(place))] += aligned(bytes(place), scope(place));
        if (graph.value(storage).role != Role::temporary || placeless[static_cast<std::size_t>(storage)]) continue;
        Allocation& block = blocks[static_cast<std::size_t>(storage)];
        int first = span(place, live[place].first).first;
        int last = span(place, live[place].second).second;
        bool fresh = block.owner < 0;
        block = {.owner = storage,
                 .bytes = std::max(block.bytes, aligned(bytes(place), scope(place))),
                 .scope = scope(place),
                 .first = fresh ? first : std::min(block.first, first),
                 .last = fresh ? last : std::max(block.last, last)};
    }

    std::vector<std::size_t> by_size;
    for (std::size_t id = 0; id < blocks.size(); ++id) {
        if (blocks[id].owner >= 0) by_size.push_back(id);
    }
    std::ranges::stable_sort(by_size, std::greater<>(), [&](std::size_t id) { return blocks[id].bytes; });
    for (std::size_t id : by_size) {
        Allocation& block = blocks[id];
        block.offset = best_offset(block, blocks);
        std::int64_t& arena = arena_of(result, block.scope);
        arena = std::max(arena, checked_add(block.offset, block.bytes, "arena"));
    }

    for (ValueId id = 0; id < static_cast<ValueId>(graph.values.size()); ++id) {
        Value& value = result.value(id);
        const std::size_t place = static_cast<std::size_t>(id);
        if (value.role != Role::temporary || placeless[place]) continue;
        const Allocation& block = blocks[static_cast<std::size_t>(storage_of(shares, id))];
        value.placement = Placement{.offset = std::max<std::int64_t>(block.offset, 0),
                                    .bytes = bytes(place),
                                    .scope = scope(place),
                                    .first = live[place].first,
                                    .last = live[place].second,
                                    .shares = shares[place]};
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
