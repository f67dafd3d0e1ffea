// Promises of runtime/execute/executable.h, with hand-written kernels in place of compiled ones.
#include "runtime/execute/executable.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "runtime/call/abi.h"
#include "tests/runtime/refusal.h"

namespace ricci::runtime {
namespace {

// hidden[b, i] = x[b, i] + w[i];  y[b] = sum(i) hidden[b, i] + t[b];  w' += 1
constexpr SlotId kX = 0, kT = 1, kW = 2, kHidden = 3, kY = 4, kNewW = 5;

template <typename T>
T* at(void* const* buffers, SlotId slot) {
    return static_cast<T*>(buffers[slot.place()]);
}

void add(void* const* buffers, std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b)
        for (std::int64_t i = 0; i < 3; ++i)
            at<float>(buffers, kHidden)[b * 3 + i] = at<float>(buffers, kX)[b * 3 + i] + at<float>(buffers, kW)[i];
}

void sum(void* const* buffers, std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
        const float* row = at<float>(buffers, kHidden) + b * 3;
        at<float>(buffers, kY)[b] = row[0] + row[1] + row[2] + static_cast<float>(at<std::int32_t>(buffers, kT)[b]);
    }
}

void update(void* const* buffers, std::int64_t, std::int64_t, std::int64_t) {
    for (std::int64_t i = 0; i < 3; ++i) at<float>(buffers, kNewW)[i] = at<float>(buffers, kW)[i] + 1;
}

Program small_program() {
    Program program;
    program.name = "small step";
    const auto slot = [](BufferSpec spec, Role role) { return Slot{.spec = std::move(spec), .role = role}; };
    program.slots = {
        slot({"x", f32, {"batch", "feature"}, {kOpen, 3}}, Role::input),
        slot({"t", i32, {"batch"}, {kOpen}}, Role::input),
        slot({"w", f32, {"feature"}, {3}}, Role::parameter),
        slot({"hidden", f32, {"batch", "feature"}, {kOpen, 3}}, Role::temporary),
        slot({"y", f32, {"batch"}, {kOpen}}, Role::output),
        slot({"w", f32, {"feature"}, {3}}, Role::output),
    };
    program.outputs = {kY, kNewW};
    program.slots[kHidden].scope = Scope::per_sample;
    program.slots[kNewW].alias = kW;
    program.per_sample_bytes = 64;
    program.kernels = {{"add", add, kOpen, 0, 1e6}, {"sum", sum, kOpen, 0, 1e6}, {"update", update, 1, 0, 0}};
    return program;
}

struct Inputs {
    std::vector<float> x;
    std::vector<std::int32_t> t;
    std::vector<std::int64_t> x_extents;
    std::vector<std::int64_t> t_extents;

    explicit Inputs(std::int64_t batch)
        : x(static_cast<std::size_t>(batch * 3)),
          t(static_cast<std::size_t>(batch)),
          x_extents{batch, 3},
          t_extents{batch} {
        std::iota(x.begin(), x.end(), 0.0F);
        std::iota(t.begin(), t.end(), 100);
    }
    Binding x_binding() const { return {"x", f32, x_extents, x.data()}; }
    Binding t_binding() const { return {"t", i32, t_extents, t.data()}; }
};

std::string message_of(std::vector<Binding> bindings) {
    Executable step(small_program());
    step.attach_zeros();
    ThreadTeam team(1);
    return refusal([&] { step.run(bindings, team); });
}

TEST(Executable, RunsAnyBatchOnAnyTeam) {
    for (const int threads : {1, 2, 5}) {
        ThreadTeam team(threads);
        Executable step(small_program());
        step.attach_zeros();
        float added = 0;
        for (const std::int64_t batch : {4, 64, 1, 7, 300}) {
            const Inputs inputs(batch);
            const auto outputs = step.run(std::vector{inputs.x_binding(), inputs.t_binding()}, team);
            ASSERT_EQ(outputs.size(), 2U);
            const auto y = outputs[0]->span<float>();
            ASSERT_EQ(y.size(), static_cast<std::size_t>(batch));
            for (std::size_t b = 0; b < y.size(); ++b)
                EXPECT_EQ(y[b], 9.0F * static_cast<float>(b) + 3 + 3 * added + 100 + static_cast<float>(b));
            added += 1;
            EXPECT_EQ(step.output("w").span<float>()[2], added);
            EXPECT_EQ(&step.output("y"), outputs[0]);
        }
        EXPECT_EQ(step.arena_bytes(), 300 * 64);
    }
}

TEST(Executable, OutputsComeInTheOrderOfTheProgramNotOfTheSlots) {
    Program program = small_program();
    program.outputs = {kNewW, kY};
    Executable step(std::move(program));
    step.attach_zeros();
    ThreadTeam team(1);
    const Inputs inputs(2);
    const auto outputs = step.run(std::vector{inputs.x_binding(), inputs.t_binding()}, team);
    EXPECT_EQ(outputs[0], &step.output("w"));
    EXPECT_EQ(outputs[1], &step.output("y"));
}

TEST(Executable, PairsOfSamplesHaveMemoryOfTheirOwn) {
    static std::vector<std::byte*> seen;
    Program program;
    program.name = "pairs";
    program.slots = {
        {.spec = {"x", f32, {"batch"}, {kOpen}}, .role = Role::input},
        {.spec = {"single", f32, {"batch"}, {kOpen}}, .scope = Scope::per_sample},
        {.spec = {"pair", f32, {"batch", "batch"}, {kOpen, kOpen}}, .scope = Scope::per_pair},
        {.spec = {"other", f32, {"batch", "batch"}, {kOpen, kOpen}}, .scope = Scope::per_pair, .arena_offset = 4}};
    program.per_sample_bytes = 64;
    program.per_pair_bytes = 8;
    program.kernels = {{"look", [](void* const* buffers, std::int64_t, std::int64_t, std::int64_t) {
                            for (int i = 0; i < 4; ++i) seen.push_back(static_cast<std::byte*>(buffers[i]));
                        }}};
    Executable step(std::move(program));
    ThreadTeam team(1);
    const std::vector<float> x(5);
    const std::vector<std::int64_t> extents{5};
    step.run(std::vector{Binding{"x", f32, extents, x.data()}}, team);
    EXPECT_EQ(step.arena_bytes(), 5 * 64 + 64 * 8);  // 25 pairs take the room of 64
    EXPECT_EQ(seen[2] - seen[1], 5 * 64);
    EXPECT_EQ(seen[3] - seen[2], 64 * 4);
}

TEST(Executable, InputsAreTakenByPositionToo) {
    Executable step(small_program());
    step.attach_zeros();
    ThreadTeam team(1);
    const Inputs inputs(2);
    Binding x = inputs.x_binding();
    Binding t = inputs.t_binding();
    step.run(std::vector{t, x}, team);
    const float named = step.output("y").span<float>()[1];
    step.attach("w", std::make_shared<Buffer>(BufferSpec{"w", f32, {"feature"}, {3}}));
    x.name = t.name = "";
    step.run(std::vector{x, t}, team);
    EXPECT_EQ(step.output("y").span<float>()[1], named);
}

TEST(Executable, ParametersBelongToTheCallerAndMayBeShared) {
    auto weights = std::make_shared<Buffer>(BufferSpec{"w", f32, {"feature"}, {3}});
    Executable first(small_program());
    Executable second(small_program());
    first.attach("w", weights);
    second.attach("w", weights);
    ThreadTeam team(1);
    const Inputs inputs(1);
    const std::vector bindings{inputs.x_binding(), inputs.t_binding()};
    first.run(bindings, team);
    second.run(bindings, team);
    EXPECT_EQ(weights->span<float>()[0], 2.0F);
    EXPECT_EQ(first.attached("w"), weights);
}

TEST(Executable, GrainFixesTheRowsOfEveryCall) {
    static std::vector<std::int64_t> calls(40);
    Program program;
    program.name = "grains";
    program.slots = {{.spec = {"x", f32, {"batch"}, {kOpen}}, .role = Role::input}};
    program.kernels = {{"rows",
                        [](void* const*, std::int64_t, std::int64_t begin, std::int64_t end) {
                            calls[static_cast<std::size_t>(begin)] = end - begin;
                        },
                        kOpen, 16, 1e9}};
    const std::vector<float> x(40);
    const std::vector<std::int64_t> extents{40};
    for (const int threads : {1, 2, 3, 8}) {
        std::ranges::fill(calls, 0);
        Executable executable(program);
        ThreadTeam team(threads);
        executable.run(std::vector{Binding{"x", f32, extents, x.data()}}, team);
        EXPECT_EQ(calls[0], 16);
        EXPECT_EQ(calls[16], 16);
        EXPECT_EQ(calls[32], 8);
        EXPECT_EQ(std::accumulate(calls.begin(), calls.end(), 0LL), 40);
    }
}

TEST(Executable, EachThreadHasItsOwnScratch) {
    static std::vector<void*> seen(4);
    Program program;
    program.name = "scratch";
    program.slots = {{.spec = {"s", f32, {}, {16}}, .scope = Scope::per_thread}};
    program.per_thread_bytes = 64;
    program.kernels = {{"touch",
                        [](void* const* buffers, std::int64_t, std::int64_t begin, std::int64_t) {
                            seen[static_cast<std::size_t>(begin)] = buffers[0];
                        },
                        4, 0, 1e9}};
    Executable executable(std::move(program));
    ThreadTeam team(4);
    executable.run({}, team);
    EXPECT_EQ(std::set<void*>(seen.begin(), seen.end()).size(), 4U);
    EXPECT_EQ(executable.arena_bytes(), 4 * 64);
}

TEST(Executable, AddressesAreAligned) {
    static std::vector<void*> seen;
    Program program = small_program();
    program.kernels = {{"look", [](void* const* buffers, std::int64_t, std::int64_t, std::int64_t) {
                            seen.assign(buffers, buffers + 6);
                        }}};
    Executable step(std::move(program));
    step.attach_zeros();
    ThreadTeam team(1);
    const Inputs inputs(5);
    step.run(std::vector{inputs.x_binding(), inputs.t_binding()}, team);
    for (const SlotId slot : {kW, kHidden, kY, kNewW})
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(seen[slot.place()]) % 64, 0U) << slot;
    EXPECT_EQ(seen[kNewW.place()], seen[kW.place()]);
}

TEST(Executable, ProfileCountsCallsOnlyWhileOn) {
    Executable step(small_program());
    step.attach_zeros();
    ThreadTeam team(1);
    const Inputs inputs(2);
    const std::vector bindings{inputs.x_binding(), inputs.t_binding()};
    step.run(bindings, team);
    EXPECT_TRUE(step.profile().empty());
    step.set_profiling(true);
    step.run(bindings, team);
    step.run(bindings, team);
    step.set_profiling(false);
    step.run(bindings, team);
    ASSERT_EQ(step.profile().size(), 3U);
    EXPECT_EQ(step.profile()[1].name, "sum");
    EXPECT_EQ(step.profile()[1].calls, 2);
    EXPECT_GE(step.profile()[1].nanoseconds, 0);
}

TEST(Executable, AKernelsErrorNamesTheProgramAndTheKernel) {
    Program program = small_program();
    program.kernels = {{"big gemm",
                        [](void* const*, std::int64_t, std::int64_t, std::int64_t) {
                            ricci_gemm_f32(0, 0, 1LL << 31, 1, 1, 1, nullptr, 1, nullptr, 1, 0, nullptr, 1);
                        },
                        kOpen, 0, 1e9}};
    Executable step(std::move(program));
    step.attach_zeros();
    ThreadTeam team(2);
    const Inputs inputs(8);
    EXPECT_EQ(refusal([&] {
                  step.run(std::vector{inputs.x_binding(), inputs.t_binding()}, team);
              }),
              "small step: kernel big gemm: gemm of 2147483648 x 1 x 1: m is 2147483648, which BLAS cannot take (0 to "
              "2147483647); make the batch smaller");
}

TEST(ExecutableRefuses, AWrongExtentWithAxisKindAndBothValues) {
    Inputs inputs(4);
    inputs.x_extents = {4, 2};
    EXPECT_EQ(message_of({inputs.x_binding(), inputs.t_binding()}),
              "small step: input \"x\" has feature 2 (axis 1) but the program takes 3; reshape it or compile for 2");
}

TEST(ExecutableRefuses, AWrongRank) {
    Inputs inputs(4);
    inputs.x_extents = {4, 3, 1};
    EXPECT_EQ(message_of({inputs.x_binding(), inputs.t_binding()}),
              "small step: input \"x\" has 3 axes but the program takes 2 (x: f32[batch ?, feature 3])");
}

TEST(ExecutableRefuses, AWrongDtype) {
    const Inputs inputs(4);
    Binding x = inputs.x_binding();
    x.dtype = f64;
    EXPECT_EQ(message_of({x, inputs.t_binding()}),
              "small step: input \"x\" is f64 but the program takes f32; convert it or compile for f64");
}

TEST(ExecutableRefuses, AxesInAnotherOrder) {
    const Inputs inputs(3);
    const std::vector<std::string> kinds = {"feature", "batch"};
    Binding x = inputs.x_binding();
    x.kinds = kinds;
    EXPECT_EQ(message_of({x, inputs.t_binding()}),
              "small step: input \"x\" has feature as axis 0 but the program takes batch there; reorder its axes to x: "
              "f32[batch ?, feature 3]");
}

TEST(ExecutableRefuses, BatchesThatDisagree) {
    const Inputs inputs(4);
    Inputs other(3);
    EXPECT_EQ(message_of({inputs.x_binding(), other.t_binding()}),
              "small step: input \"t\" has batch 3 (axis 0) but input \"x\" has 4; give every input the same batch");
}

TEST(ExecutableRefuses, AnEmptyBatch) {
    Inputs inputs(4);
    inputs.x_extents = {0, 3};
    Binding empty = inputs.x_binding();
    for (const void* data : {empty.data, static_cast<const void*>(nullptr)}) {
        empty.data = data;
        EXPECT_EQ(message_of({empty, inputs.t_binding()}),
                  "small step: input \"x\" has batch 0 (axis 0); a call needs at least one sample");
    }
}

TEST(ExecutableRefuses, MissingUnknownDoubledAndSurplusInputs) {
    const Inputs inputs(4);
    Binding stranger = inputs.x_binding();
    stranger.name = "z";
    Binding unnamed = inputs.t_binding();
    unnamed.name = "";
    EXPECT_EQ(message_of({inputs.x_binding()}), "small step: input \"t\" is not given; the inputs are x, t");
    EXPECT_EQ(message_of({stranger}), "small step: there is no input \"z\"; the inputs are x, t");
    EXPECT_EQ(message_of({inputs.x_binding(), inputs.x_binding()}), "small step: input \"x\" is given twice");
    EXPECT_EQ(message_of({inputs.x_binding(), inputs.t_binding(), unnamed}),
              "small step: 3 inputs are given but there are 2: x, t");
}

TEST(ExecutableRefuses, NoDataAndCrookedAddresses) {
    const Inputs inputs(4);
    Binding x = inputs.x_binding();
    x.data = nullptr;
    EXPECT_EQ(message_of({x, inputs.t_binding()}), "small step: input \"x\" has no data");
    x.data = reinterpret_cast<const char*>(inputs.x.data()) + 2;
    EXPECT_EQ(message_of({x, inputs.t_binding()}),
              "small step: input \"x\" lies at an address that is not a multiple of its element size 4; copy it to "
              "aligned memory");
}

TEST(ExecutableRefuses, ParametersWithoutMemoryOrOfAnotherShape) {
    Executable step(small_program());
    ThreadTeam team(1);
    const Inputs inputs(1);
    EXPECT_EQ(refusal([&] {
                  step.run(std::vector{inputs.x_binding(), inputs.t_binding()}, team);
              }),
              "small step: parameter \"w\" has no memory; attach a buffer to it before the first run");
    EXPECT_EQ(
        refusal([&] {
            step.attach("w", std::make_shared<Buffer>(BufferSpec{"w", f32, {}, {4}}));
        }),
        "small step: parameter \"w\" has feature 4 (axis 0) but the program takes 3; reshape it or compile for 4");
    EXPECT_EQ(refusal([&] {
                  step.attach("v", std::make_shared<Buffer>(BufferSpec{"v", f32, {}, {3}}));
              }),
              "small step: there is no parameter or state \"v\"; there are w");
    EXPECT_EQ(refusal([&] { static_cast<void>(step.attached("w")); }), "small step: nothing is attached to \"w\"");
}

TEST(ExecutableRefuses, OutputsBeforeTheFirstRunAndUnknownOnes) {
    Executable step(small_program());
    EXPECT_EQ(refusal([&] { static_cast<void>(step.output("y")); }),
              "small step: output \"y\" is read before the first run");
    EXPECT_EQ(refusal([&] { static_cast<void>(step.output("loss")); }),
              "small step: there is no output \"loss\"; the outputs are y, w");
}

TEST(ExecutableRefuses, ABatchWhoseArenaCannotBeCounted) {
    Inputs inputs(1);
    inputs.x_extents = {std::int64_t{1} << 60, 3};
    inputs.t_extents = {std::int64_t{1} << 60};
    EXPECT_TRUE(contains(message_of({inputs.x_binding(), inputs.t_binding()}), "does not fit in 64 bits") ||
                contains(message_of({inputs.x_binding(), inputs.t_binding()}), "cannot allocate"));
}

TEST(Program, ContradictionsAreDefects) {
    Program circle = small_program();
    circle.slots[kHidden].alias = kHidden;
    EXPECT_TRUE(contains(defect([&] { Executable e(circle); }), "go in a circle"));
    Program outside = small_program();
    outside.slots[kHidden].arena_offset = 64;
    EXPECT_TRUE(contains(defect([&] { Executable e(outside); }), "ends at byte 76 of a region of 64"));
    Program crooked = small_program();
    crooked.slots[kHidden].arena_offset = 4;
    EXPECT_TRUE(contains(defect([&] { Executable e(crooked); }), "arena offset 4 is not a multiple of 64"));
    Program empty = small_program();
    empty.kernels[0].fn = nullptr;
    EXPECT_TRUE(contains(defect([&] { Executable e(empty); }), "kernel add has no code"));
    Program twice = small_program();
    twice.slots[kT].spec.name = "x";
    EXPECT_TRUE(contains(defect([&] { Executable e(twice); }), "two slots are named x"));
    Program lent = small_program();
    lent.slots[kY].alias = kT;
    EXPECT_TRUE(contains(defect([&] { Executable e(lent); }), "cannot share the memory"));
    Program forgotten = small_program();
    forgotten.outputs = {kY};
    EXPECT_TRUE(contains(defect([&] { Executable e(forgotten); }), "is an output and listed 0 times"));
    Program cubic = small_program();
    cubic.slots[kX].spec.extents = {kOpen, kOpen, kOpen};
    cubic.slots[kX].spec.kinds = {"batch", "batch", "batch"};
    EXPECT_TRUE(contains(defect([&] { Executable e(cubic); }), "3 axes are open"));
}

}  // namespace
}  // namespace ricci::runtime
