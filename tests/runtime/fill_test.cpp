// Promises of runtime/base/fill.h, which the tests run under (tests/main.cpp).
#include "runtime/base/fill.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "runtime/execute/executable.h"

namespace ricci::runtime {
namespace {

/// What the first element of the only temporary was when the kernel ran.
float seen = 0;

void look(void* const* buffers, std::int64_t, std::int64_t, std::int64_t) {
    seen = *static_cast<float*>(buffers[0]);
    *static_cast<float*>(buffers[0]) = 1;
    static_cast<float*>(buffers[1])[0] = 1;
}

TEST(Fill, WhatARunDoesNotWriteIsNan) {
    if (!fills_memory()) GTEST_SKIP() << "RICCI_FILL is not nan";
    Program program;
    program.slots = {Slot{.spec = {"hidden", f32, {"feature"}, {3}}, .role = Role::temporary},
                     Slot{.spec = {"y", f32, {"feature"}, {3}}, .role = Role::output}};
    program.outputs = {1};
    program.fixed_bytes = 64;
    program.kernels = {{"look", look, 1, 0, 0}};
    Executable step(std::move(program));
    ThreadTeam team(1);
    for (int run = 0; run < 2; ++run) {
        seen = 0;
        step.run({}, team);
        EXPECT_TRUE(std::isnan(seen)) << "run " << run;
        const std::span<const float> y = step.output("y").span<float>();
        EXPECT_EQ(y[0], 1);
        EXPECT_TRUE(std::isnan(y[1]) && std::isnan(y[2])) << "run " << run;
    }
}

TEST(Fill, ThePatternIsANanOfEitherWidth) {
    if (!fills_memory()) GTEST_SKIP() << "RICCI_FILL is not nan";
    alignas(8) unsigned char memory[15] = {};
    fill_unwritten(memory, 13);
    float single = 0;
    double wide = 0;
    std::memcpy(&single, memory, sizeof single);
    std::memcpy(&wide, memory, sizeof wide);
    EXPECT_TRUE(std::isnan(single) && std::isnan(wide));
    EXPECT_NE(memory[12], 0);
    EXPECT_EQ(memory[13], 0);
}

TEST(Fill, ANewBufferIsZeroAllTheSame) {
    const Buffer buffer({"w", f32, {"feature"}, {100}});
    for (float element : buffer.span<float>()) EXPECT_EQ(element, 0);
}

}  // namespace
}  // namespace ricci::runtime
