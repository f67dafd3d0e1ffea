// Lifetimes at the grain of kernels, then greedy placement by size.
#include "passes/plan_memory.h"

#include <algorithm>
#include <limits>

#include "ir/base/checked.h"
#include "passes/share_storage.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// Storage that one value or several sharing ones take, and the equations between whose kernels it is live.
struct Block {
    ValueId owner = -1;
    std::int64_t bytes = 0;  // a multiple of kAlignment
    bool per_sample = false;
    int first = 0;
    int last = 0;
    std::int64_t offset = -1;
};

std::int64_t aligned(std::int64_t bytes) {
    return checked_add(bytes, kAlignment - 1, "arena") / kAlignment * kAlignment;
}

std::int64_t bytes_of(const TensorType& type) {
    return checked_mul(type.count(), static_cast<std::int64_t>(size_of(type.dtype)), "bytes of a tensor");
}

/// The first and last equation of the kernel of each equation.
std::vector<std::pair<int, int>> kernel_spans(const Graph& graph) {
    std::vector<std::pair<int, int>> spans(graph.equations.size());
    for (int i = 0; i < static_cast<int>(spans.size());) {
        int kernel = graph.equations[static_cast<std::size_t>(i)].kernel;
        int end = i + 1;
        while (kernel >= 0 && end < static_cast<int>(spans.size()) &&
               graph.equations[static_cast<std::size_t>(end)].kernel == kernel) {
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

/// Where the smallest gap begins that takes the block between those of `others` that live with it.
std::int64_t best_offset(const Block& block, const std::vector<Block>& others) {
    std::vector<const Block*> together;
    for (const Block& other : others) {
        bool meets = other.per_sample == block.per_sample && other.first <= block.last && block.first <= other.last;
        if (meets && other.offset >= 0) together.push_back(&other);
    }
    std::ranges::sort(together, {}, &Block::offset);
    std::int64_t best = -1;
    std::int64_t smallest = std::numeric_limits<std::int64_t>::max();
    std::int64_t end = 0;
    for (const Block* other : together) {
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
    const std::vector<std::pair<int, int>> spans = kernel_spans(graph);
    std::vector<bool> is_output(graph.values.size(), false);
    for (const Output& output : graph.outputs) is_output[static_cast<std::size_t>(output.value)] = true;

    std::vector<Block> blocks(graph.values.size());
    std::int64_t unshared_fixed = 0;
    std::int64_t unshared_per_sample = 0;
    for (ValueId id = 0; id < static_cast<ValueId>(graph.values.size()); ++id) {
        const Value& value = graph.value(id);
        const std::size_t place = static_cast<std::size_t>(id);
        ValueId storage = storage_of(shares, id);
        if (value.role != Role::temporary || is_output[place]) continue;
        (value.type.is_open() ? unshared_per_sample : unshared_fixed) += aligned(bytes_of(value.type));
        if (graph.value(storage).role != Role::temporary || is_output[static_cast<std::size_t>(storage)]) continue;
        Block& block = blocks[static_cast<std::size_t>(storage)];
        int first = spans[static_cast<std::size_t>(live[place].first)].first;
        int last = spans[static_cast<std::size_t>(live[place].second)].second;
        bool fresh = block.owner < 0;
        block = {.owner = storage,
                 .bytes = std::max(block.bytes, aligned(bytes_of(value.type))),
                 .per_sample = value.type.is_open(),
                 .first = fresh ? first : std::min(block.first, first),
                 .last = fresh ? last : std::max(block.last, last)};
    }

    std::vector<std::size_t> by_size;
    for (std::size_t id = 0; id < blocks.size(); ++id) {
        if (blocks[id].owner >= 0) by_size.push_back(id);
    }
    std::ranges::stable_sort(by_size, std::greater<>(), [&](std::size_t id) { return blocks[id].bytes; });
    for (std::size_t id : by_size) {
        Block& block = blocks[id];
        block.offset = best_offset(block, blocks);
        std::int64_t& arena = block.per_sample ? result.arena_per_sample : result.arena_fixed;
        arena = std::max(arena, checked_add(block.offset, block.bytes, "arena"));
    }

    for (ValueId id = 0; id < static_cast<ValueId>(graph.values.size()); ++id) {
        Value& value = result.value(id);
        const std::size_t place = static_cast<std::size_t>(id);
        if (value.role != Role::temporary || is_output[place]) continue;
        const Block& block = blocks[static_cast<std::size_t>(storage_of(shares, id))];
        value.placement = Placement{.offset = std::max<std::int64_t>(block.offset, 0),
                                    .bytes = bytes_of(value.type),
                                    .per_sample = value.type.is_open(),
                                    .first = live[place].first,
                                    .last = live[place].second,
                                    .shares = shares[place]};
    }
    std::size_t views = 0;
    for (ValueId share : shares) views += share >= 0;
    remarks.push_back(
        {"plan-memory",
         fmt::format("arena of {} bytes + {} per sample; {} + {} without reuse; {} values share the "
                     "storage of others",
                     result.arena_fixed, result.arena_per_sample, unshared_fixed, unshared_per_sample, views)});
    result.stage = std::max(result.stage, Stage::planned);
    return result;
}

}  // namespace ricci::passes
