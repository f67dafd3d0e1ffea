// Promises of sweeps: kernels that do not depend on each other run as one, and the sums they read are added up on the
// way. The kernels are written by hand, not compiled.
#include "runtime/execute/sweeps.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "runtime/execute/executable.h"
#include "runtime/execute/traffic.h"
#include "tests/runtime/refusal.h"

namespace ricci::runtime {
namespace {

// In tiles of 4 samples: wide[r,c] = sum(b) x[b] / (1 + r*C + c), few = sum(b) x[b].
// Behind them: a[r,c] += wide[r,c], b += few; the rows are 100 floats, no multiple of 64 bytes.
constexpr std::int64_t kSamples = 4;
constexpr std::int64_t kRows = 101;
constexpr std::int64_t kColumns = 100;
constexpr SlotId kX = 0, kWide = 1, kFew = 2, kA = 3, kB = 4, kNextA = 5, kNextB = 6;

float* numbers(void* const* buffers, SlotId slot) {
    return static_cast<float*>(buffers[slot.place()]);
}

void sum_samples(void* const* buffers, std::int64_t samples, std::int64_t later, std::int64_t) {
    const float* x = numbers(buffers, 0);
    for (std::int64_t i = 0; i < kRows * kColumns; ++i) {
        float& wide = numbers(buffers, 1)[i];
        if (later == 0) wide = 0;
        for (std::int64_t b = 0; b < samples; ++b) wide += x[b] / static_cast<float>(1 + i);
    }
    float& few = *numbers(buffers, 2);
    if (later == 0) few = 0;
    for (std::int64_t b = 0; b < samples; ++b) few += x[b];
}

void update_a(void* const* buffers, std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin * kColumns; i < end * kColumns; ++i) numbers(buffers, 0)[i] += numbers(buffers, 1)[i];
}

void update_b(void* const* buffers, std::int64_t, std::int64_t, std::int64_t) {
    *numbers(buffers, 0) += *numbers(buffers, 1);
}

Program program_with_sweep() {
    Program program;
    program.name = "step";
    program.slots = {
        {.spec = {"x", f32, {"batch"}, {kOpen}}, .role = Role::input},
        {.spec = {"wide", f32, {}, {kRows, kColumns}}, .scope = Scope::per_chunk, .arena_offset = 64},
        {.spec = {"few", f32, {}, {}}, .scope = Scope::per_chunk, .arena_offset = 0},
        {.spec = {"a", f32, {}, {kRows, kColumns}}, .role = Role::parameter},
        {.spec = {"b", f32, {}, {}}, .role = Role::parameter},
        {.spec = {"next a", f32, {}, {kRows, kColumns}}, .alias = kA},
        {.spec = {"next b", f32, {}, {}}, .alias = kB},
    };
    program.per_chunk_bytes = 64 + (kRows * kColumns * 4 + 63) / 64 * 64;
    program.kernels = {
        {.name = "tile", .fn = sum_samples, .cost = 1e6, .slots = {kX, kWide, kFew}, .writes = {kWide, kFew}},
        {.name = "update a",
         .fn = update_a,
         .parallel_extent = kRows,
         .cost = 1e6,
         .slots = {kNextA, kWide, kA},
         .writes = {kNextA},
         .by_rows = {kWide, kA}},
        {.name = "update b",
         .fn = update_b,
         .cost = 10,
         .slots = {kNextB, kFew},
         .writes = {kNextB},
         .by_rows = {kFew}},
    };
    program.tiles = {{"region", kSamples, 0, 1}};
    return program;
}

std::vector<float> run(Executable& step, std::int64_t batch, int threads) {
    step.attach_zeros();
    std::vector<float> x;
    for (std::int64_t b = 0; b < batch; ++b) x.push_back(1.0F / static_cast<float>(3 + b % 17) + static_cast<float>(b));
    const std::vector<std::int64_t> extents{batch};
    ThreadTeam team(threads);
    step.run(std::vector{Binding{"x", f32, extents, x.data()}}, team);
    const auto a = step.attached("a")->span<float>();
    std::vector<float> result(a.begin(), a.end());
    result.push_back(step.attached("b")->span<float>()[0]);
    return result;
}

std::vector<float> run(const Program& program, std::int64_t batch, int threads) {
    Executable step(program);
    return run(step, batch, threads);
}

/// The same without sweeps: nothing is known of the kernels.
Program one_by_one() {
    Program program = program_with_sweep();
    for (Kernel& kernel : program.kernels) kernel.writes.clear(), kernel.by_rows.clear();
    return program;
}

TEST(Sweeps, GiveTheBitsOfOneKernelAfterTheOtherForAnyBatchAndTeam) {
    for (const std::int64_t batch : {1, 4, 9, 16, 33, 64, 200}) {  // 1 to 8 chunks
        const std::vector<float> plain = run(one_by_one(), batch, 1);
        ASSERT_GT(plain[0], 0);
        for (const int threads : {1, 2, 3, 8}) {
            const std::vector<float> swept = run(program_with_sweep(), batch, threads);
            EXPECT_EQ(std::memcmp(plain.data(), swept.data(), plain.size() * sizeof(float)), 0)
                << batch << " samples, " << threads << " threads";
        }
    }
}

std::int64_t calls(const Program& program, std::string_view name, int threads = 2) {
    Executable step(program);
    step.set_profiling(true);
    run(step, 64, threads);
    for (const KernelProfile& kernel : step.profile()) {
        if (kernel.name == name) return kernel.calls;
    }
    return -1;
}

TEST(Sweeps, TakeTheSumsOverFromTheTile) {
    EXPECT_EQ(calls(program_with_sweep(), "region.sum"), 0);
    EXPECT_EQ(calls(one_by_one(), "region.sum"), 1);
}

TEST(Sweeps, GiveOutRowsAFewAtATime) {
    EXPECT_EQ(calls(program_with_sweep(), "update a"), 4);  // 16 KiB are 40 rows: 40 and 10, 40 and 11
    EXPECT_EQ(calls(program_with_sweep(), "update a", 1), 3);
    EXPECT_EQ(calls(program_with_sweep(), "update b"), 1);
    EXPECT_EQ(calls(one_by_one(), "update a"), 1);
}

// In the program below: rows of a that were updated, whether b was, and what the slow thread saw of that.
struct Progress {
    std::atomic<std::int64_t> rows = 0;
    std::atomic<bool> b_updated = false;
    std::atomic<bool> staying = false;
    std::atomic<bool> all_rows_seen = false;
    std::atomic<bool> b_seen = false;
};
Progress progress;

template <typename Arrived>
void wait_a_minute_for(const Arrived& arrived) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!arrived() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

// A second kernel of the tile. In the last tile of its chunk, the first of two threads stays here until the other one
// has updated all of a. The other one goes on as soon as the first has arrived.
void stay(void* const* buffers, std::int64_t, std::int64_t later, std::int64_t) {
    if (later == 0) return;
    const bool first_chunk = numbers(buffers, 0)[0] < 8;  // samples 0 to 7
    if (!first_chunk) return wait_a_minute_for([] { return progress.staying.load(); });
    progress.staying = true;
    wait_a_minute_for([] { return progress.rows == kRows; });
    progress.all_rows_seen = progress.rows == kRows;
    progress.b_seen = progress.b_updated.load();
}

TEST(Sweeps, AThreadThatIsEarlyDoesWhatIsReadyAndLeavesTheRest) {
    Program program = program_with_sweep();
    program.kernels.insert(program.kernels.begin() + 1,
                           {.name = "stay", .fn = stay, .cost = 1e6, .slots = {kX, kB}, .writes = {}});
    program.tiles[0].last = 2;
    program.kernels[2].fn = [](void* const* buffers, std::int64_t batch, std::int64_t begin, std::int64_t end) {
        update_a(buffers, batch, begin, end);
        progress.rows += end - begin;
    };
    program.kernels[3].fn = [](void* const* buffers, std::int64_t batch, std::int64_t begin, std::int64_t end) {
        update_b(buffers, batch, begin, end);
        progress.b_updated = true;
    };
    EXPECT_EQ(run(program, 16, 2), run(one_by_one(), 16, 1));
    EXPECT_TRUE(progress.all_rows_seen) << "nobody updated a while a thread was in its tile";
    EXPECT_FALSE(progress.b_seen) << "b was updated while a thread still read it";
    EXPECT_TRUE(progress.b_updated);
}

TEST(Sweeps, LeaveASumThatAnotherKernelReadsToTheTile) {
    Program program = program_with_sweep();
    program.kernels.push_back(program.kernels[2]);
    program.kernels.back().name = "also b";
    EXPECT_EQ(calls(program, "region.sum"), 1);
    EXPECT_EQ(run(program, 64, 2).back(), 2 * run(program_with_sweep(), 64, 2).back());
}

TEST(Sweeps, LeaveASumThatIsNotReadByRowsToTheTile) {
    Program program = program_with_sweep();
    program.kernels[1].by_rows = {kA};
    program.kernels[2].by_rows = {};
    EXPECT_EQ(calls(program, "region.sum"), 1);
    EXPECT_EQ(run(program, 64, 2), run(one_by_one(), 64, 1));
}

// a2 += a in a kernel behind "update a": not before all of a is there.
TEST(Sweeps, KeepAKernelBehindTheOneItReadsFrom) {
    Program program = program_with_sweep();
    program.slots.push_back({.spec = {"a2", f32, {}, {kRows, kColumns}}, .role = Role::parameter});
    program.kernels.push_back({.name = "mirror",
                               .fn =
                                   [](void* const* buffers, std::int64_t, std::int64_t begin, std::int64_t end) {
                                       for (std::int64_t row = begin; row < end; ++row)
                                           std::memcpy(numbers(buffers, 0) + row * kColumns,
                                                       numbers(buffers, 1) + (kRows - 1 - row) * kColumns,
                                                       kColumns * sizeof(float));
                                   },
                               .parallel_extent = kRows,
                               .cost = 1e6,
                               .slots = {7, kA},
                               .writes = {7}});
    for (const int threads : {2, 4}) {
        Executable step(program);
        const std::vector<float> a = run(step, 64, threads);
        const auto mirror = step.attached("a2")->span<float>();
        for (std::int64_t row = 0; row < kRows; ++row)
            ASSERT_EQ(mirror[static_cast<std::size_t>(row * kColumns)],
                      a[static_cast<std::size_t>((kRows - 1 - row) * kColumns)]);
    }
}

TEST(Sweeps, StayWithTheThreadsThatHadChunksWhereTheyAreSmall) {
    static std::set<std::thread::id> seen;
    static std::mutex guard;
    seen.clear();
    Program program = program_with_sweep();
    program.kernels[1].cost = 1e4;  // of 101 rows: worth waking a thread, not worth moving the sums
    program.kernels[1].fn = [](void* const* buffers, std::int64_t batch, std::int64_t begin, std::int64_t end) {
        update_a(buffers, batch, begin, end);
        const std::lock_guard lock(guard);
        seen.insert(std::this_thread::get_id());
    };
    EXPECT_EQ(run(program, 4, 2), run(one_by_one(), 4, 1));
    EXPECT_EQ(seen, std::set{std::this_thread::get_id()}) << "a batch of one tile has one chunk, which the caller does";
}

// Two temporaries whose lives do not overlap may have the same place in the arena: their kernels stay apart.
TEST(Sweeps, KeepKernelsApartThatShareMemory) {
    const auto program_at = [](std::int64_t offset) {
        Program program = one_by_one();
        for (const std::int64_t at : {std::int64_t{0}, offset})
            program.slots.push_back(
                {.spec = {fmt::format("t{}", program.slots.size()), f32, {}, {16}}, .arena_offset = at});
        program.fixed_bytes = 128;
        const auto fill = [](void* const* buffers, std::int64_t, std::int64_t begin, std::int64_t end) {
            for (std::int64_t row = begin; row < end; ++row) numbers(buffers, 0)[row] = 1;
        };
        for (const SlotId slot : {SlotId(7), SlotId(8)})
            program.kernels.push_back({.name = fmt::format("fill {}", slot),
                                       .fn = fill,
                                       .parallel_extent = 16,
                                       .cost = 1e6,
                                       .slots = {slot},
                                       .writes = {slot}});
        return program;
    };
    EXPECT_EQ(calls(program_at(64), "fill 8"), 16);  // a row at a time: each costs as much as waking a thread
    EXPECT_EQ(calls(program_at(0), "fill 8"), 1);    // a run of its own
}

TEST(SweepsRefuse, SlotsThatAKernelDoesNotTake) {
    const auto complaint = [](void (*spoil)(Program&)) {
        Program program = program_with_sweep();
        spoil(program);
        return defect([&] { Executable executable(program); });
    };
    EXPECT_TRUE(contains(complaint([](Program& p) { p.kernels[2].writes = {kA}; }),
                         "kernel update b uses slot 3 but does not take it"));
    EXPECT_TRUE(contains(complaint([](Program& p) { p.kernels[1].parallel_extent = 103; }),
                         "kernel update a has 103 rows, but reads slot"));
}

TEST(PrefetchQueue, GivesWholeBlocksOneAfterTheOtherFromTheirKernelOn) {
    constexpr std::int64_t kBlock = Ahead::kLine * Ahead::kLines;
    std::vector<std::byte> memory(static_cast<std::size_t>(8 * kBlock));
    const std::byte* at = memory.data();
    PrefetchQueue queue;
    queue.add(false, 5, at, at + kBlock);
    queue.add(false, 2, at + kBlock, at + 3 * kBlock + 63);
    queue.add(false, 0, at, at + kBlock - 1);  // less than a block
    queue.add(true, 0, at + 4 * kBlock, at + 5 * kBlock);
    EXPECT_EQ(queue.before(1)->read.at, nullptr);
    EXPECT_EQ(queue.before(1)->write.at, at + 4 * kBlock);
    Ahead* ahead = queue.before(5);
    EXPECT_EQ(ahead->read.at, at);
    ahead->read.at = ahead->read.end;  // as a kernel leaves it
    ahead = queue.before(6);
    EXPECT_EQ(ahead->read.at, at + kBlock);
    EXPECT_EQ(ahead->read.end, at + 3 * kBlock);
    queue.clear();
    EXPECT_EQ(queue.before(6)->read.at, nullptr);
}

/// What the kernels of the second of two chunks were given, by (kernel, last tile or first).
struct Given {
    std::map<std::pair<int, bool>, Ahead> ahead;
    const std::byte* own_sums = nullptr;
    const std::byte* other_sums = nullptr;
};
Given given;
std::mutex mutex;

/// Kernel 0 uses the parameter a and the sum, kernel 1 neither; each does 2 tiles of the 4.
template <int kernel>
void look(void* const* buffers, std::int64_t samples, std::int64_t later, std::int64_t batch) {
    if (kernel == 0) sum_samples(buffers, samples, later, batch);
    const std::lock_guard lock(mutex);
    const bool second = numbers(buffers, 0)[0] >= 8;  // samples 8 and up
    const auto* sums = reinterpret_cast<const std::byte*>(numbers(buffers, 1));
    if (kernel == 0) (second ? given.own_sums : given.other_sums) = sums;
    if (second) given.ahead[{kernel, later != 0}] = *static_cast<Ahead*>(buffers[kernel == 0 ? 4 : 1]);
}

TEST(Traffic, AsksForWhatTheOtherThreadHasAndGetsReadyWhatItWillWrite) {
    Program program = program_with_sweep();
    program.kernels[0].slots.push_back(kA);
    program.kernels[0].fn = look<0>;
    program.kernels.insert(program.kernels.begin() + 1, {.name = "look", .fn = look<1>, .cost = 1e6, .slots = {kX}});
    program.tiles[0].last = 2;
    given = {};
    Executable step(program);
    run(step, 16, 2);
    const auto* a = reinterpret_cast<const std::byte*>(step.attached("a")->data());
    constexpr std::int64_t kBlock = Ahead::kLine * Ahead::kLines;
    constexpr std::int64_t kTheirs = 50 * kColumns * 4;  // bytes: rows 0 to 49 of 101
    EXPECT_EQ((given.ahead[{0, false}].read.at), a);
    EXPECT_EQ((given.ahead[{0, false}].read.end), a + kTheirs / kBlock * kBlock);
    EXPECT_EQ((given.ahead[{0, false}].write.at), given.own_sums);
    EXPECT_EQ((given.ahead[{0, true}].read.at), nullptr) << "the kernel itself still writes the sum";
    EXPECT_EQ((given.ahead[{1, true}].read.at), given.other_sums + kTheirs);
    EXPECT_EQ((given.ahead[{1, true}].write.at), a + kTheirs);

    given = {};
    run(step, 64, 2);  // eight chunks: what one thread needs of the other comes and goes
    for (const auto& [call, ahead] : given.ahead) EXPECT_EQ(ahead.read.at, nullptr);
}

}  // namespace
}  // namespace ricci::runtime
