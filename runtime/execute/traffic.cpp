// Finds what the threads of a team pass to each other, and asks for it where there is time.
#include "runtime/execute/traffic.h"

#include <algorithm>
#include <optional>

namespace ricci::runtime {
namespace {

// Less than this is there before a request would be.
constexpr std::int64_t kWorthAsking = 4096;

// The last kernel of a tile that touches a slot's memory.
std::optional<std::size_t> last_use(const Program& program, const Addresses& addresses, const TileRun& tile,
                                    SlotId slot) {
    for (std::size_t kernel = tile.last; kernel-- > tile.first;) {
        const std::vector<SlotId>& slots = program.kernels[kernel].slots;
        if (std::ranges::any_of(slots, [&](SlotId used) { return addresses.root(used) == slot; })) return kernel;
    }
    return std::nullopt;
}

}  // namespace

void PrefetchQueue::add(bool write, std::size_t from, const std::byte* begin, const std::byte* end) {
    const std::int64_t whole = (end - begin) / (Ahead::kLine * Ahead::kLines) * (Ahead::kLine * Ahead::kLines);
    if (whole > 0) (write ? write_ : read_).push_back({from, {begin, begin + whole}});
}

void PrefetchQueue::refill(std::vector<Item>& items, std::size_t kernel, Ahead::Lines& lines) {
    if (lines.at < lines.end) return;
    const auto due = std::ranges::find_if(items, [&](const Item& item) { return item.from <= kernel; });
    if (due == items.end()) return;
    lines = due->lines;
    items.erase(due);
}

Ahead* PrefetchQueue::before(std::size_t kernel) {
    refill(read_, kernel, ahead_.read);
    refill(write_, kernel, ahead_.write);
    return &ahead_;
}

Traffic::Traffic(const Program& program, const Addresses& addresses, const Sweeps& sweeps)
    : program_(program), addresses_(addresses) {
    for (const TileId number : program.tiles.ids()) {
        const TileRun& tile = program.tiles[number];
        std::vector<Shared>& parameters = parameters_.emplace_back();
        std::vector<Shared>& sums = sums_.emplace_back();
        for (const Sweeps::Rows& shared : sweeps.rows()) {
            const Slot& slot = program.slots[shared.slot];
            const bool sum = slot.role == Role::temporary;
            if (sum && slot.tile != number) continue;
            const std::optional<std::size_t> last = last_use(program, addresses, tile, shared.slot);
            if (!last || shared.rows * shared.row_bytes < kWorthAsking) continue;
            (sum ? sums : parameters).push_back({shared.slot, shared.rows, shared.row_bytes, *last});
        }
        // The largest first: they take longest.
        for (std::vector<Shared>* list : {&parameters, &sums})
            std::ranges::stable_sort(*list, std::ranges::greater(),
                                     [](const Shared& shared) { return shared.rows * shared.row_bytes; });
    }
}

const std::byte* Traffic::parameter(const Shared& shared) const {
    return static_cast<const std::byte*>(addresses_.table(0)[shared.slot]);
}

const std::byte* Traffic::part(const Shared& shared, int chunk) const {
    return addresses_.chunk(chunk) + program_.slots[shared.slot].arena_offset;
}

Traffic::Span Traffic::rows_of(const Shared& shared, const std::byte* first, int worker, int threads) {
    return {first + shared.rows * worker / threads * shared.row_bytes,
            first + shared.rows * (worker + 1) / threads * shared.row_bytes};
}

void Traffic::begin(TileId tile, int worker, int threads, PrefetchQueue& queue) const {
    queue.clear();
    for (int other = 0; other < threads; ++other) {
        if (other == worker) continue;
        for (const Shared& shared : parameters_[tile]) {
            const Span theirs = rows_of(shared, parameter(shared), other, threads);
            queue.add(false, 0, theirs.begin, theirs.end);
        }
        for (const Shared& shared : sums_[tile]) {
            const Span theirs = rows_of(shared, part(shared, worker), other, threads);
            queue.add(true, 0, theirs.begin, theirs.end);
        }
    }
}

void Traffic::end(TileId tile, int worker, int threads, PrefetchQueue& queue) const {
    queue.clear();
    for (const Shared& shared : parameters_[tile]) {
        const Span own = rows_of(shared, parameter(shared), worker, threads);
        queue.add(true, shared.after + 1, own.begin, own.end);
    }
    for (int other = 0; other < threads; ++other) {
        if (other == worker) continue;
        for (const Shared& shared : sums_[tile]) {
            const Span own = rows_of(shared, part(shared, other), worker, threads);
            queue.add(false, shared.after + 1, own.begin, own.end);
        }
    }
}

}  // namespace ricci::runtime
