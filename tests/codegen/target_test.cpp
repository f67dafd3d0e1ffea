// Names of targets: which are known, how wide they are, and what the host refuses to run.
#include "codegen/jit/target.h"

#include <gtest/gtest.h>

#include <string>

#include "ir/base/error.h"

namespace ricci::codegen {
namespace {

std::string refusal(std::string_view name) {
    try {
        Target::named(name);
    } catch (const UserError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(Target, WidthFollowsTheInstructionSet) {
    EXPECT_EQ(Target::named("avx2").vector_bytes, 32);
    EXPECT_EQ(Target::named("haswell").vector_bytes, 32);
    EXPECT_EQ(Target::named("avx512").vector_bytes, 64);
    EXPECT_EQ(Target::named("skylake-avx512").vector_bytes, 64);
    EXPECT_EQ(Target::named("znver4").vector_bytes, 64);
    EXPECT_EQ(Target::named("znver4").lanes(f32), 16);
    EXPECT_EQ(Target::named("haswell").lanes(f64), 4);
}

TEST(Target, HostCanRunItself) {
    EXPECT_TRUE(Target::host().missing_on_host().empty());
    EXPECT_EQ(Target::named("host"), Target::host());
}

TEST(Target, UnknownNameListsNearOnes) {
    EXPECT_EQ(refusal("haswel"),
              "unknown target \"haswel\"; did you mean haswell, avx2 or broadwell? "
              "(host, avx2, avx512, or an LLVM CPU name)");
    EXPECT_NE(refusal("avx51").find("did you mean avx512, avx2"), std::string::npos) << refusal("avx51");
}

TEST(Target, LesserThanAvx2IsRefused) {
    EXPECT_EQ(refusal("sse4"), "target sse4 has no AVX2 and FMA; the least target is avx2 (x86-64-v3)");
    EXPECT_EQ(refusal("nehalem"), "target nehalem has no AVX2 and FMA; the least target is avx2 (x86-64-v3)");
}

TEST(Target, RunningNeedsTheInstructionSets) {
    Target target = Target::named("avx2");
    EXPECT_NO_THROW(target.require_runnable());
    target.features = "+fma4,+xop";  // no CPU with AVX-512, and none of Intel's, has these
    try {
        target.require_runnable();
        FAIL() << "the host claims to run FMA4 code";
    } catch (const UserError& error) {
        EXPECT_NE(std::string(error.what()).find("target x86-64-v3 needs fma4, xop, which this CPU"), std::string::npos)
            << error.what();
    }
}

}  // namespace
}  // namespace ricci::codegen
