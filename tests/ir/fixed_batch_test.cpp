// The batch of a fixed size beside open types: its text, its rule, and what the interpreter makes of it.
#include <gtest/gtest.h>

#include "ir/interpret/interpreter.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"
#include "tests/ir/same_graph.h"

namespace ricci::ir {
namespace {

constexpr std::string_view kFixed = R"(ricci 1 step fixed
batch 3

input x: f64[batch ?, feature 2]

s: f64[]
s[] = sum(b: batch ?, i: feature 2) x[b, i]

output s
)";

std::string refusal(std::string_view text) {
    try {
        parse(text, "a.ein");
    } catch (const UserError& error) {
        return error.what();
    }
    return "";
}

TEST(FixedBatch, IsALineOfTheText) {
    const Graph graph = parse(kFixed);
    EXPECT_EQ(graph.fixed_batch, 3);
    EXPECT_EQ(graph.typical_samples(), 3);
    EXPECT_EQ(print(graph), kFixed);
    Graph other = graph;
    other.fixed_batch = 0;
    EXPECT_EQ(difference(graph, other), "batch");
    EXPECT_EQ(other.typical_samples(), kTypicalBatchSamples);
}

TEST(FixedBatch, ALineTooManyOrWithoutANumberIsRefused) {
    EXPECT_EQ(refusal("ricci 1 step\nbatch 3\nbatch 4\n"), "a.ein:3: a second batch statement; a graph has one");
    EXPECT_EQ(refusal("ricci 1 step\nbatch 0\n"),
              "a.ein:2: found 0, expected the samples of every call, an integer from 1 to 9223372036854775807");
}

TEST(FixedBatch, NeedsAnOpenInputAndAStageWithoutOps) {
    EXPECT_EQ(refusal("ricci 1 step\nbatch 3\ninput x: f32[batch 3]\ny[b] = -x[b]\noutput y\n"),
              "V25 every call has a batch of 3, but no input has an open batch axis");
    EXPECT_EQ(refusal("ricci 1 model\nbatch 3\ninput x: f32[batch ?]\ny[b] = -x[b]\noutput y\n"),
              "V25 stage model has a batch of 3 beside the types; write it into the batch axes of inputs");
}

TEST(FixedBatch, TheInterpreterTakesNoOther) {
    const Graph graph = parse(kFixed);
    EXPECT_EQ(interpret(graph, {{"x", {{3, 2}, {1, 2, 3, 4, 5, 6}}}}).at("s").elements, std::vector<double>{21});
    try {
        interpret(graph, {{"x", {{2, 2}, {1, 2, 3, 4}}}});
        FAIL() << "a batch of 2 was taken";
    } catch (const UserError& error) {
        EXPECT_STREQ(error.what(), "x has batch 2 but every call has batch 3; give it that many samples");
    }
}

}  // namespace
}  // namespace ricci::ir
