// What the table of machines says of where its numbers come from.
#include <gtest/gtest.h>

#include <map>

#include "passes/machine.h"
#include "passes/machine_sources.h"

namespace ricci::passes {
namespace {

std::map<std::string_view, int> count_of_sources(std::string_view machine) {
    std::map<std::string_view, int> count;
    for (const MachineField& field : machine_fields()) ++count[source_of(machine, field.name)];
    return count;
}

TEST(MachineSources, NamesThatAreListedExist) {
    EXPECT_EQ(count_of_sources("avx512-intel").at("documented"), 9);
    EXPECT_EQ(count_of_sources("avx512-intel").at("measured"), 10);
}

TEST(MachineSources, AllRowsButOneWereMeasured) {
    for (std::string_view machine : machine_names()) {
        EXPECT_EQ(count_of_sources(machine).contains("measured"), machine != "avx512-amd") << machine;
    }
}

TEST(MachineSources, WhatIsTakenOverIsTheNumberOfTheOtherRow) {
    const Machine intel = machine_named("avx512-intel");
    for (std::string_view name : machine_names()) {
        const Machine machine = machine_named(name);
        for (const MachineField& field : machine_fields()) {
            const std::string_view source = source_of(name, field.name);
            if (source == "avx512-intel") {
                EXPECT_EQ(field.get(machine), field.get(intel)) << name << " " << field.name;
            }
            if (source == "half of avx512-intel") {
                EXPECT_EQ(field.get(machine), field.get(intel) / 2) << name << " " << field.name;
            }
        }
    }
}

}  // namespace
}  // namespace ricci::passes
