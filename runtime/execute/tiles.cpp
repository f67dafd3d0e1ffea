// Batch tiles over the thread team, and the tree that adds up the sums of their chunks.
#include "runtime/execute/tiles.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iterator>
#include <span>
#include <thread>

#include "ir/base/error.h"
#include "runtime/execute/chunk_sum.h"

namespace ricci::runtime {
namespace {

// Bytes: up to so many, room for the parts of every chunk is kept, so that batches of all sizes use the same memory.
// What a batch does not use is not even touched.
constexpr std::int64_t kRoomForAll = std::int64_t{16} << 20;

// Elements added at a time: all chunks of them stay in the first-level cache.
constexpr std::int64_t kBlock = 1024;

// Blocks that make it worth waking a thread: some ten microseconds of one core.
constexpr std::int64_t kBlocksWorthWaking = 16;

// Tiles that add to the same sums one after the other. Longer chunks begin anew after so many, and add up the sums of
// such blocks. So the error of a sum grows little with the batch.
constexpr std::int64_t kTilesInBlock = 256;

std::int64_t blocks_of(std::int64_t elements) {
    return elements / kBlock + (elements % kBlock != 0 ? 1 : 0);
}

// How long a thread that has done its chunks looks for rows of the sweep that others are about to make ready.
constexpr std::chrono::microseconds kPatience{200};

}  // namespace

TileRuns::TileRuns(const Program& program, const Addresses& addresses, KernelCalls& calls, Sweeps& sweeps)
    : program_(program), addresses_(addresses), calls_(calls), sweeps_(sweeps), traffic_(program, addresses, sweeps) {
    for (const SlotId index : program.slots.ids()) {
        const BufferSpec& spec = program.slots[index].spec;
        const SlotId root = addresses.root(index);
        const Slot& owner = program.slots[root];
        const bool temporary = owner.role == Role::temporary;
        if (temporary && owner.scope == Scope::per_chunk)
            parts_.push_back({index, owner.arena_offset, spec.elements(), spec.dtype, owner.tile, root == index,
                              root == index && !sweeps.adds_up(index)});
        else if (temporary && (owner.scope == Scope::per_thread || owner.scope == Scope::none))
            continue;
        else if (!spec.extents.empty() && spec.extents[0] == kOpen)
            moving_.push_back({index, spec.bytes()});
    }
    for (const TileRun& tile : program.tiles) {
        const std::span kernels = std::span(program.kernels).subspan(tile.first, tile.last - tile.first);
        const auto read = [&](const Moving& moving) {
            return program.slots[moving.slot].role == Role::input &&
                   std::ranges::any_of(kernels, [&](const Kernel& kernel) {
                       return std::ranges::find(kernel.slots, moving.slot) != kernel.slots.end();
                   });
        };
        std::ranges::copy_if(moving_, std::back_inserter(inputs_.emplace_back()), read);
    }
}

std::int64_t TileRuns::chunks(std::int64_t batch) const {
    if (program_.tiles.empty()) return 0;
    if (program_.per_chunk_bytes <= kRoomForAll / kMostChunks) return kMostChunks;
    std::int64_t most = 0;
    for (const TileRun& tile : program_.tiles) most = std::max(most, TileCounts::of(tile.samples, batch).chunks);
    return most;
}

std::size_t TileRuns::run(TileId tile, std::int64_t batch, ThreadTeam& team) {
    const TileRun& region = program_.tiles[tile];
    const TileCounts counts = TileCounts::of(region.samples, batch);
    if (own_.size() < team.workers()) own_.resize(team.workers());

    double cost = 0;
    for (std::size_t kernel = region.first; kernel < region.last; ++kernel) cost += program_.kernels[kernel].cost;
    const bool serial = cost * static_cast<double>(batch) < 2 * kWorthWaking;
    const bool adds = counts.chunks > 1 && adds_chunks(tile);
    const int threads = serial ? 1 : static_cast<int>(std::min<std::int64_t>(team.size(), counts.chunks));
    const Sweeps::Sweep* sweep = adds ? nullptr : sweeps_.at(region.last);
    // Threads without a chunk are worth calling for a large sweep alone, which is then a run of its own. The sums and
    // parameters of a small one are in the caches of those that had chunks.
    if (sweep != nullptr && threads < team.size() && sweeps_.work(*sweep, batch) > Sweeps::kWorthMoving)
        sweep = nullptr;
    if (sweep != nullptr) sweeps_.begin(*sweep, threads, team);
    for (Done& done : done_) done.below.store(0, std::memory_order_relaxed);
    arrived_.store(0, std::memory_order_relaxed);

    const bool one_each = threads > 1 && counts.chunks == threads;
    team.run(threads, [&](std::int64_t share, WorkerId worker) {
        run_share(tile, counts, share, {worker, threads, one_each}, sweep, batch);
    });
    if (adds) {
        const std::size_t entry = program_.kernels.size() + tile.place();
        calls_.measured(entry, 0, [&] { add_chunks(tile, counts.chunks, team); });
    }
    return sweep != nullptr ? sweep->last : region.last;
}

void TileRuns::run_share(TileId tile, const TileCounts& counts, std::int64_t share, const ChunkWorker& by,
                         const Sweeps::Sweep* sweep, std::int64_t batch) {
    const std::int64_t end = counts.chunks * (share + 1) / by.threads;
    for (std::int64_t chunk = counts.chunks * share / by.threads; chunk < end; ++chunk)
        run_chunk(tile, counts, chunk, by, batch);
    if (sweep == nullptr) return;
    // The last thread to come knows what all others have done, because each has added to the same number before. It
    // runs the chunks of workers that went to sleep.
    arrived_.fetch_add(1, std::memory_order_acq_rel);
    const auto chunks = static_cast<std::size_t>(counts.chunks);
    const auto ready = [&](std::size_t after) {
        return std::ranges::all_of(std::span(done_).first(chunks), [after](const Done& done) {
            return done.below.load(std::memory_order_acquire) >= after;
        });
    };
    const auto patience_ends = std::chrono::steady_clock::now() + kPatience;
    while (!sweeps_.take(*sweep, static_cast<std::size_t>(share), by.worker, batch, ready)) {
        if (std::chrono::steady_clock::now() >= patience_ends) return;
        std::this_thread::yield();
    }
}

void TileRuns::run_chunk(TileId tile, const TileCounts& counts, std::int64_t chunk, const ChunkWorker& by,
                         std::int64_t batch) {
    const TileRun& region = program_.tiles[tile];
    const IdSpan<SlotId, void* const> whole = addresses_.table(by.worker);
    const int worker = static_cast<int>(by.worker);
    auto& [table, ahead, totals] = own_[by.worker];
    ahead.clear();
    table.assign(whole.begin(), whole.end());
    for (const Part& part : parts_) {
        if (part.tile == tile) table[part.slot] = addresses_.chunk(chunk) + part.offset;
    }
    const std::int64_t first_tile = counts.begin(chunk);
    const std::int64_t last_tile = counts.begin(chunk + 1) - 1;
    const bool in_blocks = last_tile - first_tile >= kTilesInBlock;
    const auto release = [&](std::size_t kernels) {
        done_.begin()[chunk].below.store(kernels, std::memory_order_release);
    };
    for (std::int64_t number = first_tile; number <= last_tile; ++number) {
        if (by.one_each && number == first_tile) traffic_.begin(tile, worker, by.threads, ahead);
        if (by.one_each && number == last_tile) traffic_.end(tile, worker, by.threads, ahead);
        const std::int64_t sample = number * region.samples;
        const std::int64_t samples = std::min(region.samples, batch - sample);
        for (const Moving& moving : moving_)
            table[moving.slot] = static_cast<std::byte*>(whole[moving.slot]) + sample * moving.bytes_a_sample;
        const bool goes_on = number < last_tile || (by.threads == 1 && number + 1 < counts.tiles);
        if (goes_on) ask_for_inputs(tile, whole, sample + samples, batch, ahead);
        for (std::size_t kernel = region.first; kernel < region.last; ++kernel) {
            calls_.measured(kernel, by.worker, [&] {
                calls_.call(program_.kernels[kernel], table.data(), samples,
                            (number - first_tile) % kTilesInBlock == 0 ? 0 : 1, batch, ahead.before(kernel));
            });
            if (number == last_tile && !in_blocks) release(kernel + 1);
        }
        const bool ends = (number + 1 - first_tile) % kTilesInBlock == 0 || number == last_tile;
        if (in_blocks && ends) add_block(tile, chunk, number - first_tile < kTilesInBlock, number == last_tile, totals);
    }
    if (in_blocks) release(region.last);
}

void TileRuns::add_block(TileId tile, std::int64_t chunk, bool first, bool last,
                         std::vector<std::byte>& totals) const {
    totals.resize(static_cast<std::size_t>(program_.per_chunk_bytes));
    for (const Part& part : parts_) {
        if (!part.owner || part.tile != tile) continue;
        std::byte* block = addresses_.chunk(chunk) + part.offset;
        std::byte* total = totals.data() + part.offset;
        const auto bytes = static_cast<std::size_t>(part.elements) * size_of(part.dtype);
        if (first) {
            std::memcpy(total, block, bytes);
        } else {
            sum_chunks(part.dtype, total, total, block - total, 2, part.elements);
        }
        if (last) std::memcpy(block, total, bytes);
    }
}

void TileRuns::ask_for_inputs(TileId tile, IdSpan<SlotId, void* const> whole, std::int64_t sample, std::int64_t batch,
                              PrefetchQueue& ahead) const {
    const std::int64_t end = std::min(sample + program_.tiles[tile].samples, batch);
    for (const Moving& input : inputs_[tile]) {
        const auto* first = static_cast<const std::byte*>(whole[input.slot]);
        ahead.add(false, 0, first + sample * input.bytes_a_sample, first + end * input.bytes_a_sample);
    }
}

bool TileRuns::adds_chunks(TileId tile) const {
    return std::ranges::any_of(parts_, [&](const Part& part) { return part.added_here && part.tile == tile; });
}

void TileRuns::add_chunks(TileId tile, std::int64_t chunks, ThreadTeam& team) const {
    const auto mine = [&](const Part& part) { return part.added_here && part.tile == tile; };
    std::int64_t all_blocks = 0;
    for (const Part& part : parts_) {
        if (mine(part)) all_blocks += blocks_of(part.elements);
    }
    const std::int64_t tasks =
        std::clamp<std::int64_t>(all_blocks * chunks / kBlocksWorthWaking, 1, std::int64_t{team.size()});
    // Every element is added by itself, so any split gives the same bits. Each part is split as the rows of a kernel
    // are, so that a thread that updates parameters finds their gradients in its own cache.
    const auto add_share = [&](std::int64_t task) {
        for (const Part& part : parts_) {
            if (!mine(part)) continue;
            const std::int64_t blocks = blocks_of(part.elements);
            for (std::int64_t block = blocks * task / tasks; block < blocks * (task + 1) / tasks; ++block) {
                const std::int64_t begin = block * kBlock;
                const std::int64_t end = std::min(begin + kBlock, part.elements);
                std::byte* first =
                    addresses_.chunk(0) + part.offset + begin * static_cast<std::int64_t>(size_of(part.dtype));
                sum_chunks(part.dtype, first, first, program_.per_chunk_bytes, chunks, end - begin);
            }
        }
    };
    if (tasks == 1) return add_share(0);
    team.run(tasks, [&](std::int64_t task, WorkerId) { add_share(task); });
}

}  // namespace ricci::runtime
