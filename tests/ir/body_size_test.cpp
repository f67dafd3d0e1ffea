// The size of a body is what the parser counts. Random bodies as large as may be are read back, in both forms of an
// equation.
#include "ir/core/body_size.h"

#include <gtest/gtest.h>

#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "tests/seed.h"

namespace ricci::ir {
namespace {

/// Grows a body around an element until it no longer fits; the last one that did.
ExprRef largest(std::mt19937_64& random, const ExprRef& leaf) {
    ExprRef body = leaf;
    const int favourite = static_cast<int>(random() % 8);
    for (;;) {
        const int form = random() % 3 == 0 ? static_cast<int>(random() % 8) : favourite;
        const ExprRef number = constant(0.5, f32);
        ExprRef next;
        switch (form) {
            case 0:
                next = call(Scalar::tanh, {body});
                break;
            case 1:
                next = body + leaf;
                break;
            case 2:
                next = leaf - body;
                break;
            case 3:
                next = -body;
                break;
            case 4:
                next = leaf * body;
                break;
            case 5:
                next = call(Scalar::select, {call(Scalar::less, {body, number}), leaf, number});
                break;
            case 6:
                next = cast(cast(body, i32), f32);
                break;
            default:
                next = number / body - number;
                break;
        }
        if (!fits_in_text(next)) return body;
        body = std::move(next);
    }
}

TEST(BodySize, TheLargestBodiesAreReadBack) {
    for (const std::uint64_t seed : test::seeds(200)) {
        std::mt19937_64 random(seed);
        Graph graph;
        const ValueId x = graph.add({.name = "x", .type = {f32, {{kinds::feature(), 3}}}, .role = Role::input});
        const ExprRef body = largest(random, element({.tensor = x, .at = {Affine::of(0)}, .pad = {}}, f32));
        Equation each;
        each.result = graph.add({.name = "y", .type = {f32, {{kinds::feature(), 3}}}});
        each.indices = {{"i", kinds::feature(), 3}};
        each.left = {Affine::of(0)};
        each.body = body;
        Equation sum = each;
        sum.result = graph.add({.name = "s", .type = {f32, {}}});
        sum.left.clear();
        sum.reduce = Reduce::max;
        graph.equations = {each, sum};
        const std::string text = print(graph);
        try {
            ASSERT_EQ(print(parse(text)), text) << "seed " << seed;
        } catch (const std::exception& error) {
            FAIL() << "seed " << seed << ": " << error.what();
        }
    }
}

TEST(BodySize, CountsWhatTheParserCounts) {
    // At the parser's own bounds a text is refused for its size by the elaborator; beyond them by the parser.
    auto refusal = [](const std::string& open, int times, const std::string& close) {
        std::string text = "ricci 1 model\ninput x: f32[feature 3]\ny[i] = ";
        for (int i = 0; i < times; ++i) text += open;
        text += "x[i]";
        for (int i = 0; i < times; ++i) text += close;
        try {
            parse(text + "\n");
        } catch (const UserError& error) {
            return std::string(error.what());
        }
        return std::string("accepted");
    };
    const int deepest = kMostNested / 2 - 1;  // a call is two constructs, and so is what stands in the innermost
    EXPECT_EQ(refusal("tanh(", deepest - 2, ")"), "accepted");
    EXPECT_EQ(
        refusal("tanh(", deepest, ")"),
        "<text>:3: y[i]: its expression is 100 operators high and nests 200 constructs; at most 399 and 196: give a "
        "part of it a name of its own");
    EXPECT_EQ(refusal("tanh(", deepest + 1, ")"), "<text>:3: found \"x\", expected at most 200 nested constructs");
    EXPECT_EQ(refusal("x[i] + ", kMostHigh - 2, ""), "accepted");
    EXPECT_EQ(
        refusal("x[i] + ", kMostHigh - 1, ""),
        "<text>:3: y[i]: its expression is 400 operators high and nests 3 constructs; at most 399 and 196: give a "
        "part of it a name of its own");
}

}  // namespace
}  // namespace ricci::ir
