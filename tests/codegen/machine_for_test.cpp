/// \file tests/codegen/machine_for_test.cpp
/// Each target has a row of the table of machines that agrees with it.
#include <gtest/gtest.h>

#include "codegen/jit/target.h"
#include "passes/machine.h"

namespace ricci::codegen {
namespace {

passes::Machine machine_of(const Target& target) {
    return passes::machine_for(target.cpu, target.lanes(f32));
}

TEST(MachineOf, TheRowHasTheVectorsOfTheTarget) {
    for (const char* cpu : {"host", "avx2", "avx512", "haswell", "skylake-avx512", "sapphirerapids", "znver2", "znver4"}) {
        const Target target = Target::named(cpu);
        const passes::Machine machine = machine_of(target);
        EXPECT_EQ(machine.f32_lanes, target.lanes(f32)) << cpu;
        EXPECT_EQ(machine.vector_registers, target.registers()) << cpu;
    }
}

TEST(MachineOf, WhoMadeAProcessorWithAvx512DecidesItsRow) {
    EXPECT_EQ(machine_of(Target::named("znver4")).name, "avx512-amd");
    EXPECT_EQ(machine_of(Target::named("znver5")).name, "avx512-zen5");
    EXPECT_EQ(machine_of(Target::named("sapphirerapids")).name, "avx512-intel");
    EXPECT_EQ(machine_of(Target::named("znver2")).name, "avx2");
}

}  // namespace
}  // namespace ricci::codegen
