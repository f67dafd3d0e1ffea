// Finds runs of independent kernels, and does each thread's rows of all of them in one go.
#include "runtime/execute/sweeps.h"

#include <algorithm>

#include "runtime/execute/chunk_sum.h"
#include "runtime/execute/tile_counts.h"

namespace ricci::runtime {
namespace {

// Bytes of a sum that a thread takes at a time, and that are added up before the kernel reads them. They stay in the
// first-level cache, and take a few microseconds.
constexpr std::int64_t kBlockBytes = 16384;

// Rows longer than this are added up in place, behind the tile.
constexpr std::int64_t kLongestRow = 262144;

// Whether two slots may have bytes in common. Each parameter, output or input has memory of its own.
bool overlap(const Program& program, const Addresses& addresses, SlotId one, SlotId other) {
    one = addresses.root(one), other = addresses.root(other);
    if (one == other) return true;
    const Slot& a = program.slots[one];
    const Slot& b = program.slots[other];
    if (a.role != Role::temporary || b.role != Role::temporary || a.scope != b.scope) return false;
    return a.arena_offset < b.arena_offset + b.spec.bytes() && b.arena_offset < a.arena_offset + a.spec.bytes();
}

// Its rows are known, and so is all that it touches; none of that grows with the batch.
bool may_sweep(const Program& program, const Addresses& addresses, const Kernel& kernel) {
    if (kernel.parallel_extent == kOpen || kernel.grain > 0 || kernel.writes.empty()) return false;
    return std::ranges::all_of(kernel.slots, [&](SlotId slot) {
        const Slot& owner = program.slots[addresses.root(slot)];
        return owner.role != Role::temporary || owner.scope == Scope::fixed || owner.scope == Scope::per_chunk;
    });
}

// Neither writes what the other one reads or writes.
bool independent(const Program& program, const Addresses& addresses, const Kernel& one, const Kernel& other) {
    const auto touches = [&](const Kernel& kernel, SlotId written) {
        return std::ranges::any_of(kernel.slots,
                                   [&](SlotId slot) { return overlap(program, addresses, slot, written); });
    };
    return std::ranges::none_of(one.writes, [&](SlotId slot) { return touches(other, slot); }) &&
           std::ranges::none_of(other.writes, [&](SlotId slot) { return touches(one, slot); });
}

bool in_tile(const Program& program, std::size_t kernel) {
    return std::ranges::any_of(program.tiles,
                               [&](const TileRun& tile) { return tile.first <= kernel && kernel < tile.last; });
}

}  // namespace

Sweeps::Sweeps(const Program& program, const Addresses& addresses, KernelCalls& calls)
    : program_(program), addresses_(addresses), calls_(calls), added_up_(program.slots.size(), false) {
    const auto joins = [&](const Sweep& sweep, std::size_t kernel) {
        for (std::size_t before = sweep.first; before < kernel; ++before) {
            if (!independent(program, addresses, program.kernels[before], program.kernels[kernel])) return false;
        }
        return true;
    };
    for (std::size_t kernel = 0; kernel < program.kernels.size();) {
        Sweep sweep{kernel, kernel};
        while (sweep.last < program.kernels.size() && !in_tile(program, sweep.last) &&
               may_sweep(program, addresses, program.kernels[sweep.last]) && joins(sweep, sweep.last)) {
            sweep.sums.push_back(sums_of(sweep.last++));
        }
        kernel = std::max(kernel + 1, sweep.last);
        bool adds = false;
        for (const std::vector<Sum>& sums : sweep.sums) {
            for (const Sum& sum : sums) adds = added_up_[sum.slot] = true;
        }
        if (!adds && sweep.last <= sweep.first + 1) continue;
        list_rows(sweep);
        set_order(sweep);
        sweeps_.push_back(std::move(sweep));
    }
}

void Sweeps::list_rows(const Sweep& sweep) {
    for (std::size_t kernel = sweep.first; kernel < sweep.last; ++kernel) {
        const std::int64_t rows = program_.kernels[kernel].parallel_extent;
        for (const SlotId slot : program_.kernels[kernel].writes) {
            const SlotId root = addresses_.root(slot);
            if (program_.slots[root].role != Role::parameter && program_.slots[root].role != Role::state) continue;
            rows_.push_back({root, rows, program_.slots[root].spec.bytes() / rows});
        }
        for (const Sum& sum : sweep.sums[kernel - sweep.first]) rows_.push_back({sum.slot, rows, sum.row_bytes});
    }
}

// The sums that this kernel reads row by row, and no other kernel behind their tile at all.
std::vector<Sweeps::Sum> Sweeps::sums_of(std::size_t kernel) const {
    const Kernel& reader = program_.kernels[kernel];
    std::vector<Sum> sums;
    for (const SlotId slot : reader.by_rows) {
        const Slot& part = program_.slots[slot];
        if (addresses_.root(slot) != slot || part.role != Role::temporary || part.scope != Scope::per_chunk) continue;
        const TileRun& own = program_.tiles[part.tile];
        int touched = 0;
        for (std::size_t other = 0; other < program_.kernels.size(); ++other) {
            if (own.first <= other && other < own.last) continue;
            const std::vector<SlotId>& slots = program_.kernels[other].slots;
            if (slots.empty()) ++touched;  // it is given all
            touched += static_cast<int>(
                std::ranges::count_if(slots, [&](SlotId used) { return addresses_.root(used) == slot; }));
        }
        const std::int64_t row_bytes = part.spec.bytes() / reader.parallel_extent;
        if (touched != 1 || row_bytes > kLongestRow || std::ranges::count(reader.writes, slot) > 0) continue;
        sums.push_back({slot, own.samples, row_bytes});
    }
    return sums;
}

double Sweeps::work(const Sweep& sweep, std::int64_t batch) const {
    double all = 0;
    for (std::size_t kernel = sweep.first; kernel < sweep.last; ++kernel) {
        const auto rows = static_cast<double>(program_.kernels[kernel].parallel_extent);
        double row = program_.kernels[kernel].cost;
        for (const Sum& sum : sweep.sums[kernel - sweep.first])
            row += static_cast<double>(sum.row_bytes * TileCounts::of(sum.samples, batch).chunks);
        all += row * rows;
    }
    return all;
}

// A kernel of the sweep has to wait for the last kernel of the tile before it that touches the same memory.
void Sweeps::set_order(Sweep& sweep) const {
    const auto before = std::ranges::find(program_.tiles, sweep.first, &TileRun::last);
    for (std::size_t kernel = sweep.first; kernel < sweep.last; ++kernel) {
        std::size_t after = 0;
        for (std::size_t other = 0; before != program_.tiles.end() && other < before->last; ++other) {
            const Kernel& earlier = program_.kernels[other];
            const bool shares = std::ranges::any_of(program_.kernels[kernel].slots, [&](SlotId slot) {
                return std::ranges::any_of(earlier.slots,
                                           [&](SlotId used) { return overlap(program_, addresses_, slot, used); });
            });
            if (shares || earlier.slots.empty()) after = other + 1;
        }
        sweep.after.push_back(after);
        sweep.order.push_back(kernel);
    }
    std::ranges::stable_sort(sweep.order, {}, [&](std::size_t kernel) { return sweep.after[kernel - sweep.first]; });
}

const Sweeps::Sweep* Sweeps::at(std::size_t kernel) const {
    const auto sweep = std::ranges::find(sweeps_, kernel, &Sweep::first);
    return sweep == sweeps_.end() ? nullptr : &*sweep;
}

std::size_t Sweeps::run(std::size_t kernel, std::int64_t batch, ThreadTeam& team) {
    const Sweep* sweep = at(kernel);
    if (sweep == nullptr) return kernel;
    const int tasks = work(*sweep, batch) > kWorthSharing ? team.size() : 1;
    begin(*sweep, tasks, team);
    team.run(tasks, [&](std::int64_t task, WorkerId worker) {
        take(*sweep, static_cast<std::size_t>(task), worker, batch, [](std::size_t) { return true; });
    });
    return sweep->last;
}

void Sweeps::begin(const Sweep& sweep, std::size_t shares, const ThreadTeam& team) {
    shares_ = shares;
    const std::size_t kernels = sweep.last - sweep.first;
    if (own_.size() < team.workers()) own_.resize(team.workers());
    if (next_.size() < kernels * shares) next_ = std::vector<Next>(kernels * shares);
    for (std::size_t each = 0; each < kernels; ++each) {
        const std::int64_t rows = program_.kernels[sweep.first + each].parallel_extent;
        for (std::size_t share = 0; share < shares; ++share)
            next_[each * shares + share].row.store(first_row(rows, share));
    }
}

std::int64_t Sweeps::rows_at_a_time(const Sweep& sweep, std::size_t kernel) const {
    std::int64_t widest = 0;
    for (const Sum& sum : sweep.sums[kernel - sweep.first]) widest = std::max(widest, sum.row_bytes);
    if (widest > 0) return std::max<std::int64_t>(1, kBlockBytes / widest);
    const Kernel& called = program_.kernels[kernel];
    const double rows = kWorthWaking / std::max(called.cost, 1.0);
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(rows), 1,
                                    std::max<std::int64_t>(called.parallel_extent, 1));
}

void Sweeps::take_share(const Sweep& sweep, std::size_t kernel, std::size_t share, WorkerId worker,
                        std::int64_t batch) {
    const std::size_t place = (kernel - sweep.first) * shares_;
    std::atomic<std::int64_t>& next = next_[place + share].row;
    const std::int64_t end = first_row(program_.kernels[kernel].parallel_extent, share + 1);
    const std::int64_t step = rows_at_a_time(sweep, kernel);
    while (next.load(std::memory_order_relaxed) < end) {
        const std::int64_t row = next.fetch_add(step, std::memory_order_relaxed);
        if (row >= end) return;
        calls_.measured(kernel, worker,
                        [&] { run_rows(sweep, kernel, row, std::min(row + step, end), worker, batch); });
    }
}

void Sweeps::run_rows(const Sweep& sweep, std::size_t kernel, std::int64_t begin, std::int64_t end, WorkerId worker,
                      std::int64_t batch) {
    const std::vector<Sum>& sums = sweep.sums[kernel - sweep.first];
    const IdSpan<SlotId, void* const> whole = addresses_.table(worker);
    Own& own = own_[worker];
    own.table.assign(whole.begin(), whole.end());
    if (own.rows.size() < sums.size()) own.rows.resize(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const Sum& sum = sums[i];
        const std::int64_t chunks = TileCounts::of(sum.samples, batch).chunks;
        if (chunks == 1) continue;
        const Slot& part = program_.slots[sum.slot];
        const std::int64_t before = begin * sum.row_bytes;
        const std::int64_t bytes = (end - begin) * sum.row_bytes;
        // As far from a multiple of kAlignment as the rows themselves.
        std::vector<std::byte>& rows = own.rows[i];
        rows.resize(std::max(rows.size(), static_cast<std::size_t>(bytes + 2 * kAlignment)));
        const auto start = reinterpret_cast<std::uintptr_t>(rows.data());
        const std::uintptr_t aligned = (start + kAlignment - 1) / kAlignment * kAlignment;
        const std::uintptr_t to = aligned + static_cast<std::uintptr_t>(before % kAlignment);
        sum_chunks(part.spec.dtype, reinterpret_cast<std::byte*>(to), addresses_.chunk(0) + part.arena_offset + before,
                   program_.per_chunk_bytes, chunks, bytes / static_cast<std::int64_t>(size_of(part.spec.dtype)));
        // Where the slot would begin if these rows were part of it: the kernel reads no others.
        own.table[sum.slot] = reinterpret_cast<void*>(to - static_cast<std::uintptr_t>(before));
    }
    calls_.call(program_.kernels[kernel], own.table.data(), batch, begin, end);
}

}  // namespace ricci::runtime
