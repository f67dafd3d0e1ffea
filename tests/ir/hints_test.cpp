// What people write from habit of other notations: each message says how it is said here.
#include <gtest/gtest.h>

#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

/// Of line 4, behind an input x[b, i], a matrix w[o, i] and an image.
std::string refused(const std::string& statement) {
    try {
        parse("ricci 1 model m\ninput x: f32[batch ?, feature 3]\ninput w: f32[class 2, feature 3]\n" + statement + "\n", "m.ein");
    } catch (const UserError& error) {
        const std::string message = error.what();
        EXPECT_TRUE(message.starts_with("m.ein:4: ")) << message;
        return message.substr(std::min<std::size_t>(message.size(), 9));
    }
    return "accepted";
}

TEST(Hints, OperatorsOfOtherLanguages) {
    EXPECT_EQ(refused("y[b, i] = x[b, i] ** 2"), "found '**', which is no operator here; write pow(a, b)");
    EXPECT_EQ(refused("y[b, i] = x[b, i] ^ 2"), "found '^', which is no operator here; write pow(a, b)");
    EXPECT_EQ(refused("y[b, i] = x[b, i] > 0 ? x[b, i] : 0"), "found '?', which is no operator here; write select(c, a, b)");
    EXPECT_EQ(refused("y[b, i] = (x[b, i] % 2)"), "found '%', which is no operator here; write mod(a, b)");
    EXPECT_EQ(refused("y[b, i] = select(!(x[b, i] > 0), 1, 0)"), "found '!', which is no operator here; write not(a)");
    EXPECT_EQ(refused("y[b, i] = select(x[b, i] > 0 and x[b, i] < 1, 1, 0)"),
              "found 'and', which is no operator here; write a && b");
    EXPECT_EQ(refused("y[b, i] = select(x[b, i] > 0 | x[b, i] < 1, 1, 0)"),
              "found '|', which is no operator here; write a || b");
    EXPECT_EQ(refused("y[b, i] = select(x[b, i] > 0 or x[b, i] < 1, 1, 0)"),
              "found 'or', which is no operator here; write a || b");
}

TEST(Hints, ProductsOfMatrices) {
    EXPECT_EQ(refused("y[b, o] = x[b, k] @ w[o, k]"),
              "found '@ w[', but '@' names an op; a product of matrices is a[m, K] * b[K, n]");
    EXPECT_EQ(refused("y[b, i] = x[b, i] / 2 x[b, i]"),
              "found \"x\", expected '*' or parentheses, for a / b c may mean a / (b * c)");
}

TEST(Hints, WholeTensors) {
    EXPECT_EQ(refused("y = x + x"),
              "whole tensors take ops: y = add(x, x); an equation is of elements: y[b, i] = x[b, i] + x[b, i]");
    EXPECT_EQ(refused("y = x * w"),
              "whole tensors take ops: y = mul(x, w); an equation is of elements: y[b, i] = x[b, i] * w[k, i]");
    EXPECT_EQ(refused("y = x"),
              "y = x would be a copy; output y = x puts x out under that name, and y[b, i] = x[b, i] copies it");
    EXPECT_EQ(refused("y = -x"),
              "whole tensors take ops, as in y = neg(x) or y = add(x, z); an equation is of elements: y[i] = 2 * x[i]");
    EXPECT_EQ(refused("y = 2 * x"),
              "whole tensors take ops, as in y = neg(x) or y = add(x, z); an equation is of elements: y[i] = 2 * x[i]");
    EXPECT_EQ(refused("y[b, i] = softmax(x[b, i])"),
              "y[b, i]: softmax takes whole tensors, as in y = softmax(x, over = feature)");
    EXPECT_EQ(refused("y[b, i] = layer_norm(x[b, i], 1, 0)"),
              "y[b, i]: layer_norm takes whole tensors, as in y = layer_norm(x, w, b)");
}

TEST(Hints, Reductions) {
    EXPECT_EQ(refused("y[b] = mean(i: feature 3) x[b, i]"),
              "no reduction is called mean; there are sum, prod, max, min and argmax, and a mean is sum(i) x[i] / "
              "f32(extent(i))");
    EXPECT_EQ(refused("y[b] = mean(i) x[b, i]"),
              "y[b]: mean takes whole tensors, as in y = mean(x, over = feature); indices are reduced by sum, prod, max, min and "
              "argmax, and a mean is sum(i) x[i] / f32(extent(i))");
    EXPECT_EQ(refused("y[b] = sum(x[b, i])"),
              "found '[', expected ',' or ')' after an index of the reduction, as in sum(i) x[i]");
}

TEST(Hints, Functions) {
    EXPECT_EQ(refused("y[b, i] = sine(x[b, i])"), "y[b, i]: no scalar function is called sine; did you mean sin?");
    EXPECT_EQ(refused("y[b, i] = sigmoit(x[b, i])"), "y[b, i]: no scalar function is called sigmoit; did you mean sigmoid?");
    const std::string all = refused("y[b, i] = gradient(x[b, i])");
    EXPECT_TRUE(all.starts_with("y[b, i]: no scalar function is called gradient; there are abs, sign, ")) << all;
    EXPECT_TRUE(all.ends_with("shift_left, shift_right, and what ricci opt --list-ops composes of them")) << all;
}

TEST(Hints, LettersBeyondAscii) {
    EXPECT_EQ(refused("y[b, i] = σ(x[b, i])"), "found 'σ', but texts are of ASCII letters, digits and signs; write sigmoid(a)");
    EXPECT_EQ(refused("y[b, i] = x[b, i + Δi]"), "found 'Δ', but texts are of ASCII letters, digits and signs; write d, as in dx");
    EXPECT_EQ(refused("y[b, i] = x[b, i] × 2"), "found '×', but texts are of ASCII letters, digits and signs; write *");
    EXPECT_EQ(refused("y[b, i] = x[b, i] é"), "found 'é', but texts are of ASCII letters, digits and signs");
    EXPECT_EQ(refused("y[b, i] = x[b, i] \xff"), "found byte 0xff, expected a name, a number or an operator");
    EXPECT_EQ(refused("y[b, i] = x[b, i] \xc3"), "found byte 0xc3, expected a name, a number or an operator");
}

TEST(Hints, DividedIndices) {
    const std::string both =
        ", but an index is not divided: name the quotient h and the rest i, and write (h, i) for both on the other side";
    EXPECT_EQ(refused("y[b, h] = x[b, h / 2]"), "found '/'" + both);
    EXPECT_EQ(refused("y[b, h] = x[b, h % 2]"), "found '%'" + both);
}

TEST(Hints, DeclarationsOfTheKindThatFits) {
    EXPECT_EQ(refused("y[b, i] = i"),
              "y[b, i]: kind of index b is not determined by any use; declare it, as in where b: batch ?");
    EXPECT_EQ(refused("y[b, i] = sum(c: batch) select(c <= b, x[c, i], 0)"),
              "y[b, i]: kind of index b is not determined by any use; declare it, as in where b: batch ?");
    EXPECT_EQ(refused("y[s, i] = select(s == i, x[0, i], 0)"),
              "y[s, i]: kind of index s is not determined by any use; declare it, as in where s: feature 2");
    EXPECT_EQ(refused("y[b] = x[b, i] * (sum(t) t)"),
              "y[b]: kind of index t is not determined by any use; declare it, as in sum(t: time 2)");
}

TEST(Hints, SlicesAndConstants) {
    EXPECT_EQ(refused("y = x[b, I]"),
              "y = x[...] is a slice: capitals run over whole axes and all else is a number; say what b is on the left, as in "
              "y[b] = ..., or by let b = 0");
    EXPECT_EQ(refused("y = x[B, I] + 1"), "found '+', expected the end of the slice; an equation has indices on its left: "
                                          "y[...] = x[...]");
    EXPECT_EQ(refused("x = w[0, I]"), "x is declared twice");
    EXPECT_EQ(refused("let s = x"), "found \"x\", expected what the constant is, an integer from -9223372036854775807 to "
                                    "9223372036854775807");
    EXPECT_EQ(refused("let x = 2"), "x is declared twice");
    try {
        parse("ricci 1 model m\nlet s = 2\nlet s = 3\n", "m.ein");
        ADD_FAILURE() << "accepted";
    } catch (const UserError& error) {
        EXPECT_STREQ(error.what(), "m.ein:3: constant s is declared twice");
    }
    try {
        parse("ricci 1 model m\nlet s = 0\ninput x: f32[feature s]\n", "m.ein");
        ADD_FAILURE() << "accepted";
    } catch (const UserError& error) {
        EXPECT_STREQ(error.what(), "m.ein:3: constant s is 0; an extent is at least 1");
    }
}

TEST(Hints, NumbersOfOps) {
    EXPECT_EQ(refused("y = hard_tanh(x, -2, 2, 3)"), "hard_tanh takes 2 numbers, but 3 are given");
    EXPECT_EQ(refused("y = hard_tanh(x, -2, low = 2)"), "hard_tanh: attribute low is given twice");
    EXPECT_EQ(refused("y = hard_tanh(x, -2, 2)\noutput y"), "accepted");
}

}  // namespace
}  // namespace ricci::ir
