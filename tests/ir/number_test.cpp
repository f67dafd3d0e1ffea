// Constants: which numbers are one, what each type holds, and what the text says of one that does not fit.
#include "ir/core/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ir/core/expr.h"
#include "ir/interpret/interpreter.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();

TEST(Number, IntegersAreExactAndEqualHoweverTheyAreWritten) {
    EXPECT_EQ(Number(3), Number(3.0));
    EXPECT_EQ(Number(9007199254740993).integer(), 9007199254740993);
    EXPECT_NE(Number(9007199254740993), Number(9007199254740992));
    EXPECT_EQ(Number(-0x1p63).integer(), kLowest);
    EXPECT_EQ(Number(kHighest).integer(), kHighest);
    EXPECT_FALSE(Number(0x1p63).is_integer());
    EXPECT_EQ(Number(std::uint64_t{1} << 63), Number(0x1p63));
    EXPECT_EQ(Number(true), Number(1));
    EXPECT_FALSE(Number(0.5).is_integer());
}

TEST(Number, BitsTellNumbersApart) {
    EXPECT_NE(Number(0.0), Number(-0.0));
    EXPECT_TRUE(std::signbit(Number(-0.0).real()));
    const double nan = std::nan("");
    EXPECT_EQ(Number(nan), Number(-nan));
    EXPECT_EQ(Number(nan).hash(), Number(-nan).hash());
    EXPECT_NE(Number(nan).hash(), Number(-0.0).hash());
    EXPECT_NE(Number(-0.0).hash(), Number(0.0).hash());
}

TEST(Number, ExpressionsWithNanAreTheSame) {
    const Access padded{.tensor = 0, .at = {Affine::of(0)}, .pad = Number(std::nan(""))};
    EXPECT_EQ(padded, padded);
    EXPECT_TRUE(same(element(padded, f32), element(padded, f32)));
    EXPECT_EQ(hash(element(padded, f32)), hash(element(padded, f32)));
    EXPECT_TRUE(is_constant(constant(-0.0, f32), -0.0));
    EXPECT_FALSE(is_constant(constant(-0.0, f32), 0));
}

TEST(Number, TypesHoldTheirRange) {
    EXPECT_TRUE(Number(2147483647).fits(i32));
    EXPECT_TRUE(Number(-2147483648.0).fits(i32));
    EXPECT_FALSE(Number(2147483648).fits(i32));
    EXPECT_TRUE(Number(-0.0).fits(i32));
    EXPECT_TRUE(Number(kHighest).fits(i64));
    EXPECT_FALSE(Number(0x1p63).fits(i64));
    EXPECT_TRUE(Number(std::numeric_limits<float>::max()).fits(f32));
    EXPECT_FALSE(Number(3.4028236e38).fits(f32));
    for (double special : {1 / 0.0, -1 / 0.0, std::nan("")}) {
        EXPECT_TRUE(Number(special).fits(f32));
        EXPECT_FALSE(Number(special).fits(i64));
    }
    EXPECT_EQ(Number(9007199254740993).as(f64), Number(9007199254740992));
    EXPECT_EQ(Number(-0.0).as(i32), Number(0));
}

/// What reading says of `y` with that type and body, over an n: i32 and an l: i64.
std::string refusal(const std::string& type, const std::string& body) {
    try {
        parse("ricci 1 model m\ninput n: i32[feature 3]\ninput l: i64[feature 3]\ninput x: f32[feature 3]\ny: " + type +
                  "[feature 3]\ny[i] = " + body + "\noutput y\n",
              "m.ein");
    } catch (const UserError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(Number, LiteralsThatDoNotFitAreRefusedWithTheRange) {
    EXPECT_EQ(refusal("i32", "n[i] + 3000000000"),
              "m.ein:6: y[i]: the number 3000000000 does not fit i32, which holds -2147483648 to 2147483647");
    EXPECT_EQ(refusal("i64", "l[i] + 9223372036854775808"),
              "m.ein:6: y[i]: the number 9223372036854775808 does not fit i64, which holds -9223372036854775808 to "
              "9223372036854775807");
    EXPECT_EQ(refusal("i32", "n[i] + inf"),
              "m.ein:6: y[i]: the number inf does not fit i32, which holds -2147483648 to 2147483647");
    EXPECT_EQ(refusal("i32", "n[i] + 1.5"),
              "m.ein:6: y[i]: the number 1.5 meets an i32; write f32(...) around the integers");
    EXPECT_EQ(refusal("f32", "x[i] * 1e39"),
              "m.ein:6: y[i]: the number 1e+39 does not fit f32, which holds numbers up to 3.4028235e+38; write inf, or "
              "take f64");
    EXPECT_EQ(refusal("i32", "pad(n[i - 1], 1.5)"),
              "m.ein:6: y[i]: pad(n[...]): 1.5 is no i32, which holds whole numbers from -2147483648 to 2147483647");
    EXPECT_EQ(refusal("i32", "pad(n[i - 1], -2147483649)"),
              "m.ein:6: y[i]: pad(n[...]): -2147483649 does not fit i32, which holds -2147483648 to 2147483647");
    EXPECT_EQ(refusal("f32", "x[i] * inf"), "accepted");
    EXPECT_EQ(refusal("i64", "l[i] - 9223372036854775808"),
              "m.ein:6: y[i]: the number 9223372036854775808 does not fit i64, which holds -9223372036854775808 to "
              "9223372036854775807");
    EXPECT_EQ(refusal("i64", "l[i] + -9223372036854775808"), "accepted");
}

TEST(Number, InitialValuesThatDoNotFitAreRefused) {
    auto refused = [](const std::string& declared) -> std::string {
        try {
            parse("ricci 1 model m\nstate s: " + declared + "\n", "m.ein");
        } catch (const UserError& error) {
            return error.what();
        }
        return "accepted";
    };
    EXPECT_EQ(refused("i32[] = 2147483648"),
              "m.ein:2: s: 2147483648 does not fit i32, which holds -2147483648 to 2147483647");
    EXPECT_EQ(refused("bool[] = 2"), "m.ein:2: s: 2 is no bool; write true or false");
    EXPECT_EQ(refused("i64[] = 9223372036854775807"), "accepted");
}

TEST(Number, TextsKeepEveryDigit) {
    const std::string text =
        "ricci 1 model m\n\ninput l: i64[feature 3]\nstate s: i64[] = 9007199254740993\n\ny: i64[feature 3]\n"
        "y[i] = pad(l[i - 1], -9223372036854775808) + 9223372036854775807\nz: f32[feature 3]\nz[i] = -0 + nan\n\n"
        "output y\noutput z\n";
    EXPECT_EQ(print(parse(text)), text);
    EXPECT_EQ(print(parse(print(parse(text)))), text);
}

TEST(Number, AWholeLiteralInAConversionIsOfItsType) {
    const Graph graph = parse("ricci 1 model m\ny: i64[feature 2]\ny[i] = i64(9007199254740993)\noutput y\n");
    EXPECT_EQ(interpret(graph, {}).at("y").integers, (std::vector<std::int64_t>{9007199254740993, 9007199254740993}));
}

}  // namespace
}  // namespace ricci::ir
