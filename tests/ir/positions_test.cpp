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

TEST(Positions, MayHaveAnIgnoredOneBesideThem) {
    const std::string text =
        "ricci 1 model m\n\ninput t: i32<class 4 or -100>[batch ?]\nconstant c: i64<class 4 or 7>[feature 3] = {0, 7, 3}\n\n"
        "y: i32[batch ?]\ny[b] = t[b]\n\noutput y\n";
    const Graph graph = parse(text, "m.ein");
    EXPECT_EQ(print(graph), text);
    EXPECT_EQ(graph.value(graph.find("t")).ignored, -100);
    EXPECT_EQ(refusal("input t: i32<class 4 or 3>[batch ?]\n"),
              "m.ein:2: 3 is one of class 4; an id that is ignored beside them is none");
    EXPECT_EQ(refusal("constant c: i32<class 4 or -1>[feature 2] = {-1, 4}\n"),
              "m.ein:2: constant c numbers class 4, but number 1 is 4; there are 0 to 3");
    EXPECT_EQ(refusal("input t: i32<class 4 or x>[batch ?]\n"),
              "m.ein:2: found \"x\", expected the id that is ignored, an integer from -9223372036854775807 to 9223372036854775807");
}

TEST(Positions, OfALossThatIgnoresOneFollowFromIt) {
    const std::string inputs = "input x: f32[batch ?, class 4]\ninput t: i32[batch ?]\nconstant w: f32[class 4] = 1\n";
    const auto labels = [&](const std::string& lines) {
        const Graph graph = model(inputs + lines + "output y\n");
        const std::string text = print(graph);
        return text.substr(text.find("input t: ") + 9, text.find('[', text.find("input t: ")) - text.find("input t: ") - 9);
    };
    const std::string loss = "y = ignoring_nll(x, t, w)\n";
    EXPECT_EQ(labels(loss), "i32<class 4 or -100>");
    EXPECT_EQ(labels("y = ignoring_nll(x, t, w, ignored = 2)\n"), "i32<class 4>") << "a class is one of them";
    // What else goes by these labels needs each to be a class, whichever comes first.
    EXPECT_EQ(labels(loss + "z = gather(t, w, over = class)\noutput z\n"), "i32<class 4>");
    EXPECT_EQ(labels("z = gather(t, w, over = class)\noutput z\n" + loss), "i32<class 4>");
    EXPECT_EQ(labels(loss + "z[b] = w[t[b]]\noutput z\n"), "i32<class 4>");
    EXPECT_EQ(refusal(inputs + loss + "z = label_weights(t, w, ignored = -1)\n"),
              "m.ein:6: label_weights \"z\": labels (t) has -100 ignored, but label_weights ignores -1; give each its own input");
}

TEST(Positions, OfAConstantAreCheckedWhereItIsRead) {
    const std::string text =
        "ricci 1 model m\n\ninput x: f32[batch ?, class 3]\nconstant best: i32<class 3>[feature 2] = {2, 0}\n"
        "constant same: i32<class 3>[feature 2] = 1\n\ny: f32[batch ?, feature 2]\n"
        "y[b, f] = sum(class: class 3) select(best[f] == i32(class), x[b, class], 0)\n\noutput y\n";
    EXPECT_EQ(print(parse(text, "m.ein")), text);
    EXPECT_EQ(refusal("constant best: i32<class 3>[feature 2] = {2, 3}\n"),
              "m.ein:2: constant best numbers class 3, but number 1 is 3; there are 0 to 2");
    EXPECT_EQ(refusal("constant best: i32<class 3>[feature 2] = {-1, 2}\n"),
              "m.ein:2: constant best numbers class 3, but number 0 is -1; there are 0 to 2");
    EXPECT_EQ(refusal("constant best: i32<class 3>[feature 2] = 7\n"),
              "m.ein:2: constant best numbers class 3, but each number is 7; there are 0 to 2");
    EXPECT_EQ(refusal("state best: i32<class 3>[feature 2] = 1\n"), "m.ein:2: found '<', expected '['");
    EXPECT_EQ(refusal("input x: f32[batch ?, feature 3]\nconstant v: f32[entry 2] = 1\nconstant r: i32[entry 2] = {0, 4}\n"
                      "constant c: i32[entry 2] = {0, 2}\ny = sparse_matmul(x, v, r, c, out = 4, over = feature)\n"),
              "m.ein:6: sparse_matmul \"y\": rows (r) numbers feature 4, but number 1 is 4; there are 0 to 3");
    EXPECT_EQ(refusal("input x: f32[batch ?, feature 3]\nconstant v: f32[entry 2] = 1\n"
                      "constant r: i32<feature 5>[entry 2] = {0, 3}\nconstant c: i32[entry 2] = {0, 2}\n"
                      "y = sparse_matmul(x, v, r, c, out = 4, over = feature)\n"),
              "m.ein:6: sparse_matmul \"y\": rows (r) numbers feature 5, but sparse_matmul takes positions of feature 4; give "
              "each its own input");
}

TEST(Positions, OfAConstantThatAreNoneBreakARule) {
    Graph graph = model("constant ids: i32<class 3>[feature 2] = {2, 0}\ny[f] = ids[f]\noutput y\n");
    graph.values[0].numbers = Axis{kinds::classes(), 2};
    const std::vector<Violation> broken = violations(graph);
    ASSERT_FALSE(broken.empty());
    EXPECT_NE(broken[0].text.find("ids: i32 numbers class 2, but number 0 is 2; there are 0 to 1"), std::string::npos) << broken[0].text;
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
