// What bf16 is in the notation: storage that rounds, arithmetic in f32.
#include <gtest/gtest.h>

#include "ir/interpret/interpreter.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"

namespace ricci::ir {
namespace {

std::string refusal(const std::string& text) {
    try {
        verify(parse("ricci 1 model test\n" + text), "the parser");
    } catch (const UserError& error) {
        return error.what();
    } catch (const InternalError& error) {
        return error.what();
    }
    return "accepted";
}

std::string printed(const std::string& text) {
    const Graph graph = parse("ricci 1 model test\n" + text);
    verify(graph, "the parser");
    const std::string once = print(graph);
    EXPECT_EQ(print(parse(once)), once);
    return once;
}

TEST(Bf16, AResultThatIsDeclaredSoIsRounded) {
    const std::string text = printed("input x: f32[feature 3]\nh: bf16[feature 3]\nh[f] = x[f] + 1\noutput h\n");
    EXPECT_NE(text.find("h: bf16[feature 3]\nh[f] = round_bf16(x[f] + 1)\n"), std::string::npos) << text;
}

TEST(Bf16, WhatFitsIsNotRoundedAgain) {
    const std::string text = printed(
        "input x: bf16[feature 3]\na: bf16[feature 3]\na[f] = max(-x[f], 0.5)\n"
        "c: bf16[feature 3]\nc[f] = select(f == 1, round_bf16(2 * x[f]), pad(x[f + 0], 0))\noutput a\noutput c\n");
    EXPECT_NE(text.find("a[f] = max(-x[f], 0.5)\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("round_bf16(select"), std::string::npos) << text;
}

TEST(Bf16, WhatIsReadIsAnF32) {
    const std::string text = printed("input x: bf16[feature 3]\ninput z: f32[feature 3]\ny[f] = x[f] * z[f] + bf16(z[f])\noutput y\n");
    EXPECT_NE(text.find("y: f32[feature 3]\ny[f] = x[f] * z[f] + round_bf16(z[f])\n"), std::string::npos) << text;
}

TEST(Bf16, SumsAreF32) {
    EXPECT_EQ(refusal("input x: bf16[feature 3]\ns: bf16[]\ns[] = sum(f) x[f]\noutput s\n"),
              "<text>:4: s[]: s is declared bf16, but its equation adds up in f32; declare it f32, and store that by an equation of "
              "its own");
    const std::string text = printed("input x: bf16[feature 3]\ns: bf16[]\ns[] = 2 * (sum(f) x[f])\noutput s\n");
    EXPECT_NE(text.find("s.sum: f32[]"), std::string::npos) << text;
}

TEST(Bf16, TheVerifierAsksForTheRounding) {
    Graph graph = parse("ricci 1 model test\ninput x: f32[feature 3]\nh: bf16[feature 3]\nh[f] = x[f]\noutput h\n");
    graph.equations[0].body = graph.equations[0].body->args[0];
    const std::vector<Violation> broken = violations(graph);
    ASSERT_EQ(broken.size(), 1U);
    EXPECT_NE(broken[0].text.find("the result is bf16, but its body is not rounded; write round_bf16(...)"), std::string::npos)
        << broken[0].text;
}

TEST(Bf16, TheInterpreterRoundsWhatIsGivenAndWhatIsStored) {
    const Graph graph = parse(
        "ricci 1 model test\ninput x: bf16[feature 4]\ninput z: f32[feature 4]\n"
        "h: bf16[feature 4]\nh[f] = z[f]\ny[f] = x[f] + 0\noutput h\noutput y\n");
    const Array given{.extents = {4}, .elements = {1 + 0x1p-8, 1 + 0x1.8p-8, 3.4e38, 0x1.8p-133}};
    const Arrays got = interpret(graph, {{"x", given}, {"z", given}});
    const std::vector<double> want = {1, 1 + 0x1p-7, HUGE_VAL, 0x1p-132};
    EXPECT_EQ(got.at("y").elements, want);
    EXPECT_EQ(got.at("h").elements, want);
}

TEST(Bf16, NumbersHaveItsRange) {
    EXPECT_EQ(refusal("constant c: bf16[feature 2] = {1, 3.4e38}\n"),
              "<text>:2: number 1 of the table: 3.4e+38 does not fit bf16, which holds numbers up to 3.3895314e+38; write inf, or "
              "take f32");
}

TEST(Bf16, CallsOfTheRoutineNeedItsForm) {
    const std::string head = "input x: f32[feature 4]\ninput w: f32[class 3, feature 4]\ny[k] = ";
    EXPECT_NE(refusal(head + "x[F] * w[k, F]  by library bf16\noutput y\n").find("is no product of matrices with factors of bf16"),
              std::string::npos);
    EXPECT_EQ(refusal(head + "round_bf16(x[F]) * round_bf16(w[k, F])  by library bf16\noutput y\n"), "accepted");
    EXPECT_NE(refusal(head + "round_bf16(x[F]) * round_bf16(w[k, F])  by blas\noutput y\n").find("has no form that BLAS can run"),
              std::string::npos);
}

}  // namespace
}  // namespace ricci::ir
