// Inputs that number positions: their text, and how ops of the table make them.
#include <gtest/gtest.h>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"

namespace ricci::ir {
namespace {

Graph model(const std::string& lines) {
    return parse("ricci 1 model m\n" + lines, "m.ein");
}

std::string refusal(const std::string& lines) {
    try {
        return "accepted: " + print(model(lines));
    } catch (const UserError& error) {
        return error.what();
    }
}

TEST(Positions, AreSpeltBehindTheElementType) {
    const std::string text =
        "ricci 1 model m\n\ninput tokens: i64<vocab 65>[batch ?, time 8]\n\ny: i64[batch ?, time 8]\n"
        "y[b, t] = tokens[b, t]\n\noutput y\n";
    const Graph graph = parse(text, "m.ein");
    EXPECT_EQ(print(graph), text);
    EXPECT_EQ(graph.values[0].numbers, (Axis{Kind::named("vocab"), 65}));
}

TEST(Positions, FollowFromTheLossThatReadsTheLabels) {
    for (const char* type : {"i32[batch ?]", "i32<class 4>[batch ?]"}) {
        const Graph graph = model(std::string("input x: f32[batch ?, class 4]\ninput t: ") + type +
                                  "\ny = softmax_cross_entropy(x, t)\noutput y\n");
        EXPECT_NE(print(graph).find("input t: i32<class 4>[batch ?]\n"), std::string::npos) << print(graph);
    }
}

TEST(Positions, OfAComputedOperandAreNotChecked) {
    const Graph graph = model(
        "input x: f32[batch ?, class 4]\ninput t: i32[batch ?]\nu[b] = t[b] + 1\n"
        "y = softmax_cross_entropy(x, u)\noutput y\n");
    EXPECT_FALSE(graph.value(graph.find("t")).numbers);
}

TEST(Positions, ThatCannotBeAreRefused) {
    EXPECT_EQ(refusal("input x: f32<class 4>[batch ?]\n"), "m.ein:2: f32 numbers no positions; i32 and i64 do");
    EXPECT_EQ(refusal("input x: i32<class 0>[batch ?]\n"),
              "m.ein:2: found 0, expected how many positions there are, an integer from 1 to 9223372036854775807");
    EXPECT_EQ(refusal("parameter x: i32<class 4>[]\n"), "m.ein:2: found '<', expected '['");
    EXPECT_EQ(refusal("input x: f32[batch ?, class 5]\ninput t: i32<class 4>[batch ?]\n"
                      "y = softmax_cross_entropy(x, t)\n"),
              "m.ein:4: softmax_cross_entropy \"y\": labels (t) numbers class 4, but x has class 5 (axis 1); give each "
              "its own input");
}

TEST(Positions, OfAnythingButAnIntegerInputBreakARule) {
    Graph graph = model("input x: f32[batch ?]\ny[b] = x[b]\noutput y\n");
    graph.values[0].numbers = Axis{kinds::classes(), 3};
    const std::vector<Violation> broken = violations(graph);
    ASSERT_FALSE(broken.empty());
    EXPECT_NE(broken[0].text.find("input x: f32 numbers class 3"), std::string::npos) << broken[0].text;
}

}  // namespace
}  // namespace ricci::ir
