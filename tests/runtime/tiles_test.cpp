// Promises of batch tiles (TileRun in runtime/execute/program.h), with hand-written kernels in place of compiled ones.
#include "runtime/execute/tiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <set>

#include "runtime/call/abi.h"
#include "runtime/execute/executable.h"
#include "tests/runtime/refusal.h"

namespace ricci::runtime {
namespace {

// In tiles of 4 samples: local[b] = x[b] * w;  y[b] = local[b] + 1;  sum = sum(b) local[b];  hits = sum(b) 1;
// weighed[j] = sum(b) x[b] * j.  After them: total = sum / batch + w.
constexpr std::int64_t kSamples = 4;
constexpr std::int64_t kWide = 3000;
constexpr SlotId kX = 0, kW = 1, kLocal = 2, kY = 3, kSum = 4, kHits = 5, kWeighed = 6, kTotal = 7, kView = 8;

template <typename T>
T* at(void* const* buffers, SlotId slot) {
    return static_cast<T*>(buffers[slot.place()]);
}

void scale(void* const* buffers, std::int64_t samples, std::int64_t, std::int64_t) {
    for (std::int64_t b = 0; b < samples; ++b)
        at<float>(buffers, kLocal)[b] = at<float>(buffers, kX)[b] * *at<float>(buffers, kW);
}

void add_one(void* const* buffers, std::int64_t samples, std::int64_t, std::int64_t) {
    for (std::int64_t b = 0; b < samples; ++b) at<float>(buffers, kY)[b] = at<float>(buffers, kLocal)[b] + 1;
}

void reduce(void* const* buffers, std::int64_t samples, std::int64_t later, std::int64_t) {
    float sum = later != 0 ? *at<float>(buffers, kSum) : 0;
    for (std::int64_t b = 0; b < samples; ++b) sum += at<float>(buffers, kLocal)[b];
    *at<float>(buffers, kSum) = sum;
    *at<std::int64_t>(buffers, kHits) = samples + (later != 0 ? *at<std::int64_t>(buffers, kHits) : 0);
    for (std::int64_t j = 0; j < kWide; ++j) {
        double& weighed = at<double>(buffers, kWeighed)[j];
        if (later == 0) weighed = 0;
        for (std::int64_t b = 0; b < samples; ++b)
            weighed += static_cast<double>(at<float>(buffers, kView)[b]) * static_cast<double>(j);
    }
}

void finish(void* const* buffers, std::int64_t batch, std::int64_t, std::int64_t) {
    float* total = at<float>(buffers, kTotal);
    total[0] = *at<float>(buffers, kSum) / static_cast<float>(batch) + *at<float>(buffers, kW);
    total[1] = static_cast<float>(*at<std::int64_t>(buffers, kHits));
    total[2] = static_cast<float>(at<double>(buffers, kWeighed)[kWide - 1]);
}

Program tiled_program() {
    Program program;
    program.name = "tiled step";
    const auto slot = [](BufferSpec spec, Role role) { return Slot{.spec = std::move(spec), .role = role}; };
    const auto part = [](BufferSpec spec, std::int64_t offset) {
        return Slot{.spec = std::move(spec), .scope = Scope::per_chunk, .arena_offset = offset};
    };
    program.slots = {
        slot({"x", f32, {"batch"}, {kOpen}}, Role::input),
        slot({"w", f32, {}, {}}, Role::parameter),
        Slot{.spec = {"local", f32, {"batch"}, {kOpen}}, .scope = Scope::per_thread},
        slot({"y", f32, {"batch"}, {kOpen}}, Role::output),
        part({"sum", f32, {}, {}}, 0),
        part({"hits", i64, {}, {}}, 64),
        part({"weighed", f64, {}, {kWide}}, 128),
        slot({"total", f32, {}, {3}}, Role::output),
        Slot{.spec = {"view", f32, {"batch", "channel"}, {kOpen, 1}}, .alias = kX},
    };
    program.outputs = {kY, kTotal};
    program.per_thread_bytes = 64;
    program.per_chunk_bytes = 128 + kWide * 8;
    program.kernels = {{"scale", scale, kOpen, 0, 1e6},
                       {"add one", add_one, kOpen, 0, 1e6},
                       {"reduce", reduce, 1, 0, 1e6},
                       {"finish", finish, 1, 0, 0}};
    program.tiles = {{"tile", kSamples, 0, 3}};
    return program;
}

// Values whose sum depends on the order it is made in.
std::vector<float> values(std::int64_t batch) {
    std::vector<float> x;
    for (std::int64_t b = 0; b < batch; ++b) x.push_back(1.0F / static_cast<float>(3 + b % 17) + static_cast<float>(b));
    return x;
}

struct Result {
    std::vector<float> y;
    std::vector<float> total;
    std::int64_t arena = 0;
};

Result run(std::int64_t batch, int threads) {
    Executable step(tiled_program());
    auto weight = std::make_shared<Buffer>(BufferSpec{"w", f32, {}, {}});
    weight->span<float>()[0] = 0.3F;
    step.attach("w", weight);
    const std::vector<float> x = values(batch);
    const std::vector<std::int64_t> extents{batch};
    ThreadTeam team(threads);
    step.run(std::vector{Binding{"x", f32, extents, x.data()}}, team);
    const auto y = step.output("y").span<float>();
    const auto total = step.output("total").span<float>();
    return {{y.begin(), y.end()}, {total.begin(), total.end()}, step.arena_bytes()};
}

TEST(Tiles, EverySampleIsDoneOnceForAnyBatch) {
    for (const std::int64_t batch : {1, 3, 4, 5, 8, 15, 16, 17, 37, 64, 100, 1000}) {
        const std::vector<float> x = values(batch);
        const Result done = run(batch, 2);
        ASSERT_EQ(done.y.size(), x.size());
        double sum = 0;
        double plain = 0;
        for (std::size_t b = 0; b < x.size(); ++b) {
            EXPECT_EQ(done.y[b], x[b] * 0.3F + 1) << "batch " << batch << " sample " << b;
            sum += static_cast<double>(x[b] * 0.3F);
            plain += static_cast<double>(x[b]);
        }
        EXPECT_NEAR(done.total[0], sum / static_cast<double>(batch) + 0.3, 1e-6 * sum) << batch;
        EXPECT_EQ(done.total[1], static_cast<float>(batch));
        EXPECT_NEAR(done.total[2], plain * (kWide - 1), 1e-6 * plain * kWide) << batch;
    }
}

TEST(Tiles, BitsDoNotDependOnTheTeam) {
    for (const std::int64_t batch : {5, 37, 256, 1001}) {
        const Result one = run(batch, 1);
        for (const int threads : {2, 3, 4, 8}) {
            const Result more = run(batch, threads);
            EXPECT_EQ(std::memcmp(one.total.data(), more.total.data(), 3 * sizeof(float)), 0) << threads;
            EXPECT_EQ(one.y, more.y);
        }
    }
}

TEST(Tiles, LocalAndSummedMemoryDoNotGrowWithTheBatch) {
    EXPECT_EQ(run(64, 1).arena, 64 + 8 * (128 + kWide * 8));
    EXPECT_EQ(run(4096, 1).arena, run(64, 1).arena);
    EXPECT_EQ(run(4096, 2).arena, run(64, 1).arena + 64);
    EXPECT_EQ(run(4, 1).arena, run(64, 1).arena);
}

TEST(Tiles, LargeSumsTakeMemoryForTheChunksOfTheBatchOnly) {
    Program program = tiled_program();
    program.per_chunk_bytes = std::int64_t{4} << 20;
    for (const auto& [batch, chunks] : {std::pair{4, 1}, std::pair{16, 2}, std::pair{1000, 8}}) {
        Executable step(program);
        step.attach_zeros();
        const std::vector<float> x(static_cast<std::size_t>(batch));
        const std::vector<std::int64_t> extents{batch};
        ThreadTeam team(1);
        step.run(std::vector{Binding{"x", f32, extents, x.data()}}, team);
        EXPECT_EQ(step.arena_bytes(), 64 + chunks * program.per_chunk_bytes) << batch;
    }
}

TEST(Tiles, ChunksFollowFromTheBatchAlone) {
    const auto chunks = [](std::int64_t samples, std::int64_t batch) { return TileCounts::of(samples, batch).chunks; };
    EXPECT_EQ(chunks(16, 1), 1);
    EXPECT_EQ(chunks(16, 16), 1);
    EXPECT_EQ(chunks(16, 17), 2);
    EXPECT_EQ(chunks(16, 49), 2);
    EXPECT_EQ(chunks(16, 112), 2);
    EXPECT_EQ(chunks(16, 127), 4);
    EXPECT_EQ(chunks(16, 240), 4);
    EXPECT_EQ(chunks(16, 256), 8);
    EXPECT_EQ(chunks(16, 60000), 8);
    EXPECT_EQ(TileCounts::of(16, 33).tiles, 3);
}

struct Seen {
    std::int64_t samples, later, batch;
    const void* x;
    bool operator<(const Seen& other) const { return x < other.x; }
};

TEST(Tiles, AKernelIsToldItsTile) {
    static std::mutex mutex;
    static std::set<Seen> seen;
    Program program = tiled_program();
    program.kernels[1].fn = [](void* const* buffers, std::int64_t samples, std::int64_t later, std::int64_t batch) {
        const std::lock_guard lock(mutex);
        seen.insert({samples, later, batch, buffers[kX.place()]});
    };
    Executable step(program);
    step.attach_zeros();
    const std::vector<float> x(18);
    const std::vector<std::int64_t> extents{18};
    ThreadTeam team(2);
    step.run(std::vector{Binding{"x", f32, extents, x.data()}}, team);
    ASSERT_EQ(seen.size(), 5U);  // in chunks of 2 and 3
    std::int64_t tile = 0;
    for (const Seen& call : seen) {
        EXPECT_EQ(call.x, x.data() + tile * kSamples);
        EXPECT_EQ(call.samples, tile == 4 ? 2 : 4);
        EXPECT_EQ(call.later, tile == 0 || tile == 2 ? 0 : 1);
        EXPECT_EQ(call.batch, 18);
        ++tile;
    }
}

TEST(Tiles, ASecondRegionLeavesTheSumsOfTheFirst) {
    Program program = tiled_program();
    // The second region: again[b] = hits, so it reads the sum of the first, and a count of its own.
    program.outputs.push_back(program.slots.next());
    program.slots.push_back({.spec = {"again", i64, {"batch"}, {kOpen}}, .role = Role::output});
    program.slots.push_back({.spec = {"count", i64, {}, {}},
                             .scope = Scope::per_chunk,
                             .tile = 1,
                             .arena_offset = program.per_chunk_bytes});
    program.per_chunk_bytes += 64;
    program.kernels.insert(program.kernels.begin() + 3,
                           {"again",
                            [](void* const* buffers, std::int64_t samples, std::int64_t later, std::int64_t) {
                                auto& count = *static_cast<std::int64_t*>(buffers[(kView + 2).place()]);
                                count = samples + (later != 0 ? count : 0);
                                for (std::int64_t b = 0; b < samples; ++b)
                                    static_cast<std::int64_t*>(buffers[(kView + 1).place()])[b] =
                                        *at<std::int64_t>(buffers, kHits);
                            },
                            1, 0, 1e6});
    program.kernels.push_back({"keep", [](void* const* buffers, std::int64_t, std::int64_t, std::int64_t) {
                                   static_cast<std::int64_t*>(buffers[(kView + 1).place()])[0] =
                                       *static_cast<std::int64_t*>(buffers[(kView + 2).place()]);
                               }});
    program.tiles.push_back({"second", 2, 3, 4});
    Executable step(program);
    step.attach_zeros();
    const std::vector<float> x(50);
    const std::vector<std::int64_t> extents{50};
    ThreadTeam team(2);
    step.run(std::vector{Binding{"x", f32, extents, x.data()}}, team);
    EXPECT_EQ(step.output("total").span<float>()[1], 50);
    for (const std::int64_t hits : step.output("again").span<std::int64_t>()) EXPECT_EQ(hits, 50);
}

TEST(Tiles, TheProfileCountsTilesAndTheSum) {
    Executable step(tiled_program());
    step.attach_zeros();
    const std::vector<float> x(18);
    const std::vector<std::int64_t> extents{18};
    ThreadTeam team(2);
    const std::vector bindings{Binding{"x", f32, extents, x.data()}};
    step.run(bindings, team);
    step.set_profiling(true);
    step.run(bindings, team);
    step.run(bindings, team);
    ASSERT_EQ(step.profile().size(), 5U);
    EXPECT_EQ(step.profile()[0].name, "scale");
    EXPECT_EQ(step.profile()[0].calls, 10);
    EXPECT_EQ(step.profile()[3].calls, 2);
    EXPECT_EQ(step.profile()[4].name, "tile.sum");
    EXPECT_EQ(step.profile()[4].calls, 2);
}

TEST(Tiles, AnErrorOfAnyThreadNamesTheKernelAndTheNextRunIsWhole) {
    static std::atomic<bool> fail;
    Program program = tiled_program();
    program.kernels[1].fn = [](void* const* buffers, std::int64_t samples, std::int64_t later, std::int64_t batch) {
        const bool last = samples < kSamples;  // done by the last worker
        if (fail && last) ricci_gemm_f32(0, 0, 1LL << 31, 1, 1, 1, nullptr, 1, nullptr, 1, 0, nullptr, 1);
        add_one(buffers, samples, later, batch);
    };
    Executable step(program);
    step.attach_zeros();
    const std::vector<float> x(18);
    const std::vector<std::int64_t> extents{18};
    const std::vector bindings{Binding{"x", f32, extents, x.data()}};
    ThreadTeam team(2);
    fail = true;
    EXPECT_TRUE(contains(refusal([&] { step.run(bindings, team); }),
                         "tiled step: kernel add one: gemm of 2147483648 x 1 x 1: m is 2147483648"));
    fail = false;
    step.run(bindings, team);
    EXPECT_EQ(step.output("total").span<float>()[1], 18);
}

std::string complaint(void (*spoil)(Program&)) {
    Program program = tiled_program();
    spoil(program);
    return defect([&] { Executable executable(program); });
}

TEST(TilesRefuse, RangesOfKernelsThatAreEmptyOverlapOrPassTheEnd) {
    EXPECT_TRUE(
        contains(complaint([](Program& p) { p.tiles[0].last = 0; }), "batch tile tile has kernels 0 to 0 of 4"));
    EXPECT_TRUE(contains(complaint([](Program& p) { p.tiles[0].last = 5; }), "has kernels 0 to 5 of 4"));
    EXPECT_TRUE(contains(complaint([](Program& p) {
                             p.tiles.push_back({"second", 4, 2, 4});
                         }),
                         "batch tile second has kernels 2 to 4 of 4, after one that ends at 3"));
}

TEST(TilesRefuse, NoSamples) {
    EXPECT_TRUE(contains(complaint([](Program& p) { p.tiles[0].samples = 0; }), "batch tile tile has 0 samples"));
}

TEST(TilesRefuse, SlotsThatDoNotFitTheirScope) {
    EXPECT_TRUE(contains(complaint([](Program& p) { p.slots[kSum].spec.extents = {kOpen}; }),
                         "a sum over the samples has no batch axis"));
    EXPECT_TRUE(
        contains(complaint([](Program& p) { p.slots[kSum].spec.dtype = i32; }), "chunks of i32 cannot be added up"));
    EXPECT_TRUE(contains(complaint([](Program& p) { p.slots[kSum].tile = 1; }), "it lives in batch tile 1 of 1"));
    EXPECT_TRUE(contains(complaint([](Program& p) { p.tiles.clear(); }), "it lives in batch tile 0 of 0"));
    EXPECT_TRUE(contains(complaint([](Program& p) { p.tiles[0].samples = 17; }), "ends at byte 68 of a region of 64"));
    EXPECT_TRUE(contains(complaint([](Program& p) { p.slots[kLocal].scope = Scope::fixed; }),
                         "an open temporary is per sample or per thread, not fixed"));
}

// The number of the first sample, and the samples after the tile's own that its first kernel is to ask for.
struct Asked {
    float sample;
    const float* begin;
    const float* end;
};
std::vector<Asked> asked;

void look_ahead(void* const* buffers, std::int64_t, std::int64_t, std::int64_t) {
    auto& ahead = *static_cast<Ahead*>(buffers[1]);
    asked.push_back({*at<float>(buffers, kX), reinterpret_cast<const float*>(ahead.read.at),
                     reinterpret_cast<const float*>(ahead.read.end)});
    ahead.read.at = ahead.read.end;
}

TEST(Tiles, AskForTheInputsOfTheNextTile) {
    constexpr std::int64_t kRow = 128;  // floats a sample: a whole block of lines
    Program program;
    program.name = "looking";
    program.slots = {Slot{.spec = {"x", f32, {"batch", "feature"}, {kOpen, kRow}}, .role = Role::input}};
    program.kernels = {{.name = "look", .fn = look_ahead, .cost = 0, .slots = {kX}}};
    program.tiles = {{"tile", kSamples, 0, 1}};
    Executable step(std::move(program));
    constexpr std::int64_t kBatch = 18;
    std::vector<float> x(kBatch * kRow);
    for (std::int64_t b = 0; b < kBatch; ++b) x[static_cast<std::size_t>(b * kRow)] = static_cast<float>(b);
    const std::vector<std::int64_t> extents{kBatch, kRow};
    ThreadTeam team(1);
    asked.clear();
    step.run(std::vector{Binding{"x", f32, extents, x.data()}}, team);
    ASSERT_EQ(asked.size(), 5U);
    for (std::size_t tile = 0; tile < 5; ++tile) {
        const std::int64_t next = static_cast<std::int64_t>(tile + 1) * kSamples;
        EXPECT_EQ(asked[tile].sample, static_cast<float>(next - kSamples));
        if (next >= kBatch) continue;
        EXPECT_EQ(asked[tile].begin, x.data() + next * kRow);
        EXPECT_EQ(asked[tile].end, x.data() + std::min(next + kSamples, kBatch) * kRow);
    }
    EXPECT_EQ(asked[4].begin, asked[4].end) << "nothing follows the last";
}

}  // namespace
}  // namespace ricci::runtime
