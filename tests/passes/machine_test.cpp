/// \file tests/passes/machine_test.cpp
/// The table of machines, and the list of a machine's numbers that files and keys of caches go through.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "passes/machine.h"

namespace ricci::passes {
namespace {

TEST(Machines, EachNumberIsInTheListOnceAndInTheText) {
    constexpr std::size_t kNumberBytes = 8;
    EXPECT_EQ(sizeof(Machine), sizeof(std::string) + kNumberBytes * machine_fields().size())
        << "a member of Machine is not in the list of passes/machine.cpp";
    std::set<std::string_view> names;
    for (const MachineField& field : machine_fields()) {
        EXPECT_TRUE(names.insert(field.name).second) << field.name;
        Machine changed;
        field.set(changed, field.get(changed) + 1);
        EXPECT_EQ(field.get(changed), field.get(Machine()) + 1) << field.name;
        EXPECT_NE(changed, Machine()) << field.name;
        EXPECT_NE(text_of(changed), text_of(Machine())) << field.name;
    }
}

TEST(Machines, TheTableHasARowForEachKindOfVectors) {
    for (std::string_view name : machine_names()) {
        const Machine machine = machine_named(name);
        EXPECT_EQ(machine.name, name);
        for (const MachineField& field : machine_fields()) EXPECT_GT(field.get(machine), 0) << field.name;
        EXPECT_EQ(machine.vector_registers, machine.f32_lanes == 16 ? 32 : 16);
    }
    EXPECT_EQ(machine_named("avx512-intel"), Machine());
}

TEST(Machines, HalfTheLanesMakeHalfTheOperationsOfAByteWorthIt) {
    const Machine wide = machine_named("avx512-intel");
    const Machine narrow = machine_named("avx2");
    EXPECT_EQ(narrow.f32_lanes, wide.f32_lanes / 2);
    EXPECT_EQ(narrow.least_shared_flop_per_byte, wide.least_shared_flop_per_byte / 2);
    for (const MachineField& field : machine_fields()) {
        if (field.name.ends_with("_flop_per_second")) {
            EXPECT_LT(field.get(narrow), field.get(wide)) << field.name;
        }
    }
}

}  // namespace
}  // namespace ricci::passes
