// What people write from habit of other notations: each message says how it is said here.
#include <fmt/format.h>
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
        EXPECT_TRUE(message.starts_with("m.ein:")) << message;
        return message.substr(std::min<std::size_t>(message.size(), 9));
    }
    return "accepted";
}

TEST(Hints, OperatorsOfOtherLanguages) {
    EXPECT_EQ(refused("y[b, i] = x[b, i] ** 2"), "found '**', which is no operator here; write pow(a, b)");
    EXPECT_EQ(refused("y[b, i] = x[b, i] ^ 2"),
              "found '^', which is no operator here; write pow(a, b) for a power, or bit_xor(a, b) for the bits of integers");
    EXPECT_EQ(refused("y[b, i] = x[b, i] > 0 ? x[b, i] : 0"), "found '?', which is no operator here; write select(c, a, b)");
    EXPECT_EQ(refused("y[b, i] = (x[b, i] % 2)"), "found '%', which is no operator here; write mod(a, b)");
    EXPECT_EQ(refused("y[b, i] = select(!(x[b, i] > 0), 1, 0)"), "found '!', which is no operator here; write not(a)");
    EXPECT_EQ(refused("y[b, i] = select(x[b, i] > 0 and x[b, i] < 1, 1, 0)"),
              "found 'and', which is no operator here; write a && b");
    EXPECT_EQ(refused("y[b, i] = select(x[b, i] > 0 | x[b, i] < 1, 1, 0)"),
              "found '|', which is no operator here; write a || b of truth values, or bit_or(a, b) of integers");
    EXPECT_EQ(refused("y[b, i] = i & 1"),
              "found '&', which is no operator here; write a && b of truth values, or bit_and(a, b) of integers");
    EXPECT_EQ(refused("y[b, i] = 1 << i"), "found '<<', which is no operator here; write shift_left(a, n)");
    EXPECT_EQ(refused("y[b, i] = (i >> 1)"), "found '>>', which is no operator here; write shift_right(a, n)");
    EXPECT_EQ(refused("y[b, i] = x[b, i] + ~i"),
              "found '~', which is no operator here; write not(a) of a truth value, or bit_not(a) of an integer");
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

TEST(Hints, OpsOfOtherLibraries) {
    EXPECT_EQ(refused("y = dropout(x, rate = 0.5)"),
              "unknown op \"dropout\"; a dropout compares random bits, in an equation: y[b, f] = select(random_uniform(noise.key[], b "
              "* 4 + f, 1) < 0.5, 0, 2 * x[b, f])");
    EXPECT_EQ(refused("y[b, f] = dropout(x[b, f], 0.5)"),
              "y[b, f]: no scalar function is called dropout; a dropout compares random bits, in an equation: y[b, f] = "
              "select(random_uniform(noise.key[], b * 4 + f, 1) < 0.5, 0, 2 * x[b, f])");
    const std::string parts =
        "each part is a slice: p = slice(x, start = 0, stop = 2, over = feature), q = slice(x, start = 2, over = feature)";
    EXPECT_EQ(refused("y = split(x, 2, over = feature)"), "unknown op \"split\"; " + parts);
    EXPECT_EQ(refused("p, q = split(x, over = feature)"), "found ',', but a statement makes one value; " + parts);
    EXPECT_EQ(refused("y = reshape(x, feature = 6)"),
              "unknown op \"reshape\"; an equation regroups axes: y[b, (c, t)] = x[b, c, t], and back: z[b, c, t] = y[b, (c, t)] where "
              "c: channel 2, t: time 3");
    EXPECT_EQ(refused("y[b] = xor(x[b, 0] > 0, x[b, 1] > 0)"), "y[b]: no scalar function is called xor; of truth values it is a != b");
    EXPECT_EQ(refused("y[b] = x[b, argmax(f) x[b, f]]"),
              "argmax(...) stands where an index does; give it an equation of its own, and look up by its elements");
    const std::string cut_off = "of an element it is min(max(a, 0), 1), of a tensor hard_tanh(x, 0, 1)";
    EXPECT_EQ(refused("y[b, f] = clip(x[b, f], 0, 1)"), "y[b, f]: no scalar function is called clip; " + cut_off);
    EXPECT_EQ(refused("y = clamp(x, 0, 1)"), "unknown op \"clamp\"; " + cut_off);
    const std::string drawn =
        "random_uniform(key[], place, stream) is from 0 up to 1, random_normal(key[], place, stream) of mean 0 and deviation 1; key "
        "is a state of type i64[]";
    for (const char* name : {"random", "rand", "uniform", "normal", "randn"})
        EXPECT_EQ(refused(fmt::format("y[b, f] = {}(b, f)", name)), fmt::format("y[b, f]: no scalar function is called {}; {}", name, drawn));
    EXPECT_EQ(refused("y[b, f] = tan(x[b, f])"), "y[b, f]: no scalar function is called tan; it is sin(a) / cos(a)");
    EXPECT_EQ(refused("y[b, f] = ln(x[b, f])"), "y[b, f]: no scalar function is called ln; log is the natural logarithm: log(a)");
    EXPECT_EQ(refused("y[b] = logical_and(x[b, 0] > 0, x[b, 1] > 0)"),
              "y[b]: no scalar function is called logical_and; of truth values it is a && b");
    // What the hints say is read.
    for (const char* said : {"state noise.key: i64[] = 0\ny[b, f] = select(random_uniform(noise.key[], b * 4 + f, 1) < 0.5, 0, 2 * x[b, f])",
                             "p = slice(x, start = 0, stop = 2, over = feature)\nq = slice(x, start = 2, over = feature)",
                             "input a: f32[batch ?, channel 2, time 3]\ny[b, (c, t)] = a[b, c, t]\nz[b, c, t] = y[b, (c, t)] where c: "
                             "channel 2, t: time 3",
                             "input e: f32[feature 4]\ny[b, f] = e[f] where b: batch ?",
                             "state key: i64[] = 0\ny[b, f] = random_uniform(key[], 4 * b + f, 1) + random_normal(key[], b, 2) where b: batch ?, "
                             "f: feature 4",
                             "y[b, f] = min(max(x[b, f], 0), 1)\nz = hard_tanh(x, 0, 1)", "y[b, f] = sin(x[b, f]) / cos(x[b, f])",
                             "y[b, f] = log(x[b, f]) / log(2) + log(x[b, f]) / log(10) + pow(2, x[b, f])",
                             "y[b, f] = select(x[b, f] != x[b, f], 0, x[b, f])",
                             "y[b, i] = shift_left(bit_and(i, 1), 2) where b: batch ?, i: feature 3",
                             "input ids: i32[batch ?]\ny[b, k] = select(ids[b] == k, 1, 0) where k: class 10"})
        EXPECT_EQ(refused(said), "accepted") << said;
}

TEST(Hints, OpsThatConvertHaveTheirOwnTypeBesideNumbers) {
    const std::string key = "state key: i64[] = 0\n";
    for (const char* body : {"random_uniform(key[], b, 1) < 0.5", "0.5 * random_uniform(key[], b, 1)", "random_normal(key[], b, 1) * 0.5 + 1"})
        EXPECT_EQ(refused(key + "y[b] = " + body + " where b: batch ?"), "accepted") << body;
}

TEST(Hints, WhatNumbersAnOpTakes) {
    EXPECT_EQ(refused("y = add(x, 1)"), "add takes no numbers; an equation does: y[b, i] = x[b, i] + 1");
    EXPECT_EQ(refused("y = relu(x, 1)"), "relu takes no numbers; an equation does, as in y[i] = 2 * x[i]");
    EXPECT_EQ(refused("y = roll(x, 1, 2, over = feature)"), "roll takes 1 number, but 2 are given");
    EXPECT_EQ(refused("y = slice(x, step = -1, over = feature)"),
              "slice \"y\": step is -1; at least 1 is needed; flip turns an axis round");
    EXPECT_EQ(refused("y = roll(x, shift = true, over = feature)"), "roll: shift is true; a number is needed");
    EXPECT_EQ(refused("y = pad_constant(x, 1, 0, true, over = feature)"), "pad_constant: value is true, but x is f32; a number is needed");
}

TEST(Hints, ElementTypesOfOperands) {
    const std::string more = "input n: i32[batch ?, feature 3]\ninput m: bool[batch ?, feature 3]\n";
    EXPECT_EQ(refused(more + "y = mean(n)"), "mean \"y\": x (n) is i32, and mean takes floats; an equation converts it, as in z[i] = f32(x[i])");
    EXPECT_EQ(refused(more + "y = concat(n, x, over = feature)"),
              "concat \"y\": x2 (x) is f32, but x1 (n) is i32; an equation converts one of them, as in z[i] = f32(x[i])");
    EXPECT_EQ(refused(more + "y = stack(x, m, over = time)"),
              "stack \"y\": x2 (m) is bool, but x1 (x) is f32; an equation converts one of them, as in z[i] = f32(x[i])");
    EXPECT_EQ(refused("input a: i64[batch ?, feature 3]\n" + more + "y = concat(n, a, over = feature)"), "accepted");
    EXPECT_EQ(refused("y = stack(x, x, over = feature)"),
              "stack \"y\": x1 (x) is f32[batch ?, feature 3], which has an axis feature already; stack makes a new axis, of another "
              "kind, and concat joins tensors along one that they have");
}

TEST(Hints, TruthValuesAroundTruthValues) {
    const std::string mask = "input m: bool[feature 3]\n";
    for (const char* call : {"(m, 1, 0, over = feature)", "(m, 1, 0, true, over = feature)", "(m, after = 2, value = false, over = feature)",
                             "(m, 1, 0, 1, over = feature)"})
        EXPECT_EQ(refused(mask + "y = pad_constant" + call), "accepted") << call;
    EXPECT_EQ(refused(mask + "y = pad_constant(m, 1, 0, 2, over = feature)"),
              "pad_constant \"y\": value is 2, but x (m) is bool; write true or false");
}

TEST(Hints, GradientsOfGradients) {
    EXPECT_EQ(refused("loss = mean(x)\ngradient dx = d loss / d x\ngradient ddx = d dx / d x"),
              "dx is a gradient, which no line of a text reads; in C++ grad(y, x) is a value like others");
    EXPECT_EQ(refused("loss = mean(x)\ngradient dx = d loss / d x\ny[] = dx[b, i] * dx[b, i]"),
              "y[]: dx is a gradient, which no line of a text reads; in C++ grad(y, x) is a value like others");
}

TEST(Hints, ExtentsOfReductions) {
    EXPECT_EQ(refused("y[b] = max(i) x[b, 2*i] where i: 2"),
              "y[b]: index i of max(i) is its own; say what it is there and not after where: max(i: 2)");
    EXPECT_EQ(refused("y[b] = (sum(i) x[b, i]) where i: feature 3"),
              "y[b]: index i of sum(i) is its own; say what it is there and not after where: sum(i: feature 3)");
    EXPECT_EQ(refused("y[b] = (sum(i) x[b, i]) where j: feature 3"), "y[b]: index j is declared but not used");
}

TEST(Hints, NotANumberIsAValueAndNoBound) {
    EXPECT_EQ(refused("y = pad_constant(x, before = 1, value = nan, over = feature)"), "accepted");
    EXPECT_EQ(refused("y = roll(x, over = feature)"), "roll \"y\": roll needs shift: positions to move by; below 0 towards the begin");
    EXPECT_EQ(refused("y = roll(x, shift = nan, over = feature)"), "roll \"y\": shift is nan; a number is needed");
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
              "y = x[...] is a slice: capitals run over whole axes and all else is a number; say what b is, as in y[b] = ... "
              "or let b = 0");
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
