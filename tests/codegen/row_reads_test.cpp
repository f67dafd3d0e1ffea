// Promises of codegen/emit/row_reads.h: the runtime learns of each kernel what it writes and what it reads row by row.
#include "codegen/emit/row_reads.h"

#include <gtest/gtest.h>

#include <set>

#include "codegen/compile.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"

namespace ricci::codegen {
namespace {

/// The kernels of a text, each equation one of its own.
runtime::Program program_of(const std::string& equations) {
    passes::Remarks remarks;
    const std::string text = "ricci 1 model t\n" + equations;
    return compile(passes::run_to(ir::parse(text), ir::Stage::planned, {.gemm = "auto", .fuse = false}, remarks))
        .program();
}

std::set<std::string> names(const runtime::Program& program, const std::vector<runtime::SlotId>& slots) {
    std::set<std::string> found;
    for (const runtime::SlotId slot : slots) found.insert(program.slots[slot].spec.name);
    return found;
}

std::set<std::string> read_by_rows(const std::string& equation) {
    const runtime::Program program = program_of(R"(input v: f32[feature 7]
input w: f32[feature 7, class 9]
input t: f32[class 7, feature 7]
input s: f32[]
)" + equation + "\noutput y\n");
    return names(program, program.kernels.at(0).by_rows);
}

using Names = std::set<std::string>;

TEST(RowReads, AreThoseOfTheSameRowAlone) {
    EXPECT_EQ(read_by_rows("y[f, c] = w[f, c] * v[f]"), (Names{"v", "w"}));
    EXPECT_EQ(read_by_rows("y[f, c] = w[f, c] * s[]"), (Names{"w"})) << "every row reads s";
    EXPECT_EQ(read_by_rows("y[c, f] = w[f, c] * v[f]"), Names{}) << "rows are classes there";
    EXPECT_EQ(read_by_rows("y[f] = sum(c: class 9) w[f, c]"), (Names{"w"}));
    EXPECT_EQ(read_by_rows("y[c] = sum(f: feature 7) t[c, f] * v[f]"), (Names{"t"})) << "every row reads all of v";
}

TEST(RowReads, OfOneRowAreAllThatItReads) {
    EXPECT_EQ(read_by_rows("y[] = sum(f: feature 7) v[f]"), (Names{"v"}));
}

TEST(RowReads, OfAnOpenBatchAreNotTold) {
    const runtime::Program program = program_of("input x: f32[batch ?, class 9]\ny[b, c] = tanh(x[b, c])\noutput y\n");
    EXPECT_TRUE(program.kernels.at(0).by_rows.empty());
    EXPECT_EQ(names(program, program.kernels.at(0).writes), (Names{"y"}));
}

}  // namespace
}  // namespace ricci::codegen
