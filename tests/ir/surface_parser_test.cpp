// Equations as text: what is read, and what a message says of what cannot be.
#include "ir/surface/surface_parser.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ricci::ir {
namespace {

using surface::Expr;
using surface::IndexExpr;

surface::Equation read(std::string_view text) {
    return parse_equation(text, "test.ein", 7);
}

std::string refusal(std::string_view text) {
    try {
        parse_equations(text, "test.ein", 7);
    } catch (const UserError& error) {
        return error.what();
    }
    return "accepted";
}

/// Fully parenthesised, so that a test sees how an expression was cut.
std::string shape(const IndexExpr& index) {
    std::string args;
    for (const IndexExpr& arg : index.args) args += fmt::format("{}{}", args.empty() ? "" : " ", shape(arg));
    switch (index.form) {
        case IndexExpr::Form::number:
            return std::to_string(index.number);
        case IndexExpr::Form::name:
            return index.name;
        case IndexExpr::Form::add:
            return fmt::format("(+ {})", args);
        case IndexExpr::Form::sub:
            return fmt::format("(- {})", args);
        case IndexExpr::Form::mul:
            return fmt::format("(* {})", args);
        case IndexExpr::Form::tuple:
            return fmt::format("(tuple {})", args);
        case IndexExpr::Form::ellipsis:
            return "...";
        case IndexExpr::Form::data:
            for (const IndexExpr& at : index.data->at) args += " " + shape(at);
            return fmt::format("({}{})", index.data->name, args);
    }
    return "";
}

std::string shape(const Expr& expr) {
    std::string args;
    for (const Expr& arg : expr.args) args += fmt::format(" {}", shape(arg));
    for (const IndexExpr& at : expr.at) args += fmt::format(" {}", shape(at));
    switch (expr.form) {
        case Expr::Form::number:
            return fmt::format("{}", expr.number.real());
        case Expr::Form::name:
            return expr.name;
        case Expr::Form::extent:
            return fmt::format("(extent {})", expr.name);
        case Expr::Form::index:
            return fmt::format("(index{})", args);
        case Expr::Form::call:
            return fmt::format("({}{})", expr.name, args);
        case Expr::Form::access:
            return fmt::format("({}{}{})", expr.name, args, expr.pad ? fmt::format(" pad {}", expr.pad->real()) : "");
        case Expr::Form::reduction: {
            std::string names;
            for (const surface::IndexDecl& decl : expr.decls) names += fmt::format(" {}", decl.name);
            return fmt::format("({}:{} in{})", name_of(expr.reduce), names, args);
        }
    }
    return "";
}

std::string body(std::string_view text) {
    return shape(read("y[i] = " + std::string(text)).body);
}

TEST(SurfaceParser, ReadsTheConvolution) {
    surface::Equation conv = read(
        "conv1[b, o, y, x] = sum(i: channel 1, dy: tap_h 5, dx) images[b, i, 2*y + dy - 1, x] * k.w[o, i, dy, dx]  "
        "@conv2d");
    EXPECT_EQ(conv.result, "conv1");
    EXPECT_EQ(conv.left.size(), 4u);
    EXPECT_EQ(shape(conv.body), "(sum: i dy dx in (mul (images b i (- (+ (* 2 y) dy) 1) x) (k.w o i dy dx)))");
    EXPECT_EQ(conv.body.decls[1].kind, kinds::tap_h());
    EXPECT_EQ(conv.body.decls[1].extent->number, 5);
    EXPECT_FALSE(conv.body.decls[2].kind || conv.body.decls[2].extent);
    EXPECT_EQ(conv.op, "conv2d");
    EXPECT_EQ(conv.location.line, 7u);
    EXPECT_EQ(conv.location.file, "test.ein");
}

TEST(SurfaceParser, ReadsAScatterWithItsIndices) {
    surface::Equation scatter = read("clip d[b, y + dy] += g[b, y] where b: batch ?, dy: K - 1, y: height");
    EXPECT_TRUE(scatter.clipped);
    EXPECT_EQ(scatter.reduce, Reduce::sum);
    EXPECT_EQ(scatter.where[0].kind, kinds::batch());
    EXPECT_EQ(scatter.where[0].extent->number, kOpen);
    EXPECT_FALSE(scatter.where[1].kind);
    EXPECT_EQ(shape(*scatter.where[1].extent), "(- K 1)");
    EXPECT_EQ(scatter.where[2].kind, kinds::height());
    EXPECT_FALSE(scatter.where[2].extent);
}

TEST(SurfaceParser, ReadsEveryAssignment) {
    EXPECT_EQ(read("y[i] = x[i]").reduce, Reduce::none);
    EXPECT_EQ(read("y[i] += x[i]").reduce, Reduce::sum);
    EXPECT_EQ(read("y[i] *= x[i]").reduce, Reduce::prod);
    EXPECT_EQ(read("y[i] max= x[i]").reduce, Reduce::max);
    EXPECT_EQ(read("y[i] min= x[i]").reduce, Reduce::min);
    EXPECT_EQ(read("y[i] argmax= x[i]").reduce, Reduce::argmax);
}

TEST(SurfaceParser, ReadsDeclarationsOnTheLeftAndInAccesses) {
    surface::Equation equation = read("y[b: batch 3, o] = x[b, i: feature, ...]");
    EXPECT_EQ(equation.left_decls.at(0).name, "b");
    EXPECT_EQ(equation.left_decls.at(0).extent->number, 3);
    EXPECT_EQ(equation.body.decls.at(0).kind, kinds::feature());
    EXPECT_EQ(shape(equation.body), "(x b i ...)");
    EXPECT_EQ(shape(read("y[b, f] = E[2*ids[b, map[t]] + 1, f]").body), "(E (+ (* 2 (ids b (map t))) 1) f)");
}

TEST(SurfaceParser, OperatorsBindAsInTheirTable) {
    EXPECT_EQ(body("a[] + b[] * c[] - d[]"), "(sub (add (a) (mul (b) (c))) (d))");
    EXPECT_EQ(body("a[] - (b[] - c[])"), "(sub (a) (sub (b) (c)))");
    EXPECT_EQ(body("a[] < b[] && c[] == d[] || e[] >= f[]"),
              "(or (and (less (a) (b)) (equal (c) (d))) (greater_equal (e) (f)))");
    EXPECT_EQ(body("-a[] * b[]"), "(mul (neg (a)) (b))");
    EXPECT_EQ(body("a[] / b[] / c[]"), "(div (div (a) (b)) (c))");
}

TEST(SurfaceParser, AMinusSignBelongsToTheNumberBehindIt) {
    EXPECT_EQ(body("-2"), "-2");
    EXPECT_EQ(body("-(2)"), "(neg 2)");
    EXPECT_EQ(body("x[i] - -2"), "(sub (x i) -2)");
    EXPECT_EQ(body("-inf"), "-inf");
}

TEST(SurfaceParser, AReductionReachesAsFarAsAProduct) {
    EXPECT_EQ(body("sum(j) a[j] * b[j] + c[i]"), "(add (sum: j in (mul (a j) (b j))) (c i))");
    EXPECT_EQ(body("sum(j)(a[j] - b[j])"), "(sum: j in (sub (a j) (b j)))");
}

TEST(SurfaceParser, TellsMaxOfTwoFromMaxOverAnIndex) {
    EXPECT_EQ(body("max(a[i], b[i]) - c[i]"), "(sub (max (a i) (b i)) (c i))");
    EXPECT_EQ(body("max(k, l) a[k, l]"), "(max: k l in (a k l))");
    EXPECT_EQ(body("max(k: class) -a[k]"), "(max: k in (neg (a k)))");
}

TEST(SurfaceParser, ReadsPadIndexAndExtent) {
    EXPECT_EQ(body("pad(x[i - 1], -inf) + pad(x[i])"), "(add (x (- i 1) pad -inf) (x i pad 0))");
    EXPECT_EQ(body("f32(index(2*i + 1)) / f32(extent(i)) + i"),
              "(add (div (f32 (index (+ (* 2 i) 1))) (f32 (extent i))) i)");
}

TEST(SurfaceParser, ReadsTuples) {
    EXPECT_EQ(body("x[(c, 2*y, x), (c + 1)]"), "(x (tuple c (* 2 y) x) (+ c 1))");
}

TEST(SurfaceParser, AnEquationGoesOverLinesInsideBrackets) {
    std::vector<surface::Equation> two =
        parse_equations("\n# a comment\ny[i] = (a[i] +\n  b[i])  # here\n\nz[i] = y[\ni]\n", "t", 1);
    ASSERT_EQ(two.size(), 2u);
    EXPECT_EQ(two[0].location.line, 3u);
    EXPECT_EQ(two[1].location.line, 6u);
}

TEST(SurfaceParser, WordsOfTheLanguageAreNamesBeforeABracket) {
    EXPECT_EQ(body("where[i] + inf[i] + pad[i] * sum[i]"), "(add (add (where i) (inf i)) (mul (pad i) (sum i)))");
}

TEST(SurfaceParser, NumbersAreReadExactly) {
    EXPECT_EQ(read("y[] = 0.1").body.number, 0.1);
    EXPECT_EQ(read("y[] = 1e-310").body.number, 1e-310);
    EXPECT_TRUE(std::signbit(read("y[] = -0").body.number.real()));
    EXPECT_TRUE(std::isnan(read("y[] = nan").body.number.real()));
    EXPECT_EQ(read("y[] = 9007199254740993").body.number.integer(), 9007199254740993);
    EXPECT_EQ(read("y[] = 9223372036854775807").body.number.integer(), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(read("y[] = -9223372036854775808").body.number.integer(), std::numeric_limits<std::int64_t>::min());
    EXPECT_FALSE(read("y[] = 9223372036854775808").body.number.is_integer());
}

TEST(SurfaceParser, SaysWhatWasFoundAndWhatWasExpected) {
    EXPECT_EQ(refusal("y[i = x[i]"), "test.ein:7: found '=', expected ',' or ']'");
    EXPECT_EQ(refusal("y[i] = x[i] +"), "test.ein:7: found the end of the text, expected an expression");
    EXPECT_EQ(refusal("\ny[i] x[i]"), "test.ein:8: found \"x\", expected '=', '+=', '*=', 'max=', 'min=' or 'argmax='");
    EXPECT_EQ(refusal("y[i] = x[i] 2"), "test.ein:7: found 2, expected the end of the line");
    EXPECT_EQ(refusal("y[2y] = x[i]"), "test.ein:7: found 'y' right after 2, expected a space or an operator");
    EXPECT_EQ(refusal("y[i] = x[i] $ 2"), "test.ein:7: found '$', expected a name, a number or an operator");
    EXPECT_EQ(refusal("y[i] = \xc3\x97"), "test.ein:7: found '×', but texts are of ASCII letters, digits and signs; write *");
    EXPECT_EQ(refusal("y[i] = a[i] < b[i] < c[i]"),
              "test.ein:7: found '<', expected parentheses around one of two comparisons");
    EXPECT_EQ(refusal("y[i] = 1e999"),
              "test.ein:7: found 1e999, expected a number from 5e-324 to 1.7976931348623157e+308");
    EXPECT_EQ(refusal("y[99999999999999999999] = x[i]"),
              "test.ein:7: found 99999999999999999999, expected an index expression, an integer from "
              "-9223372036854775807 to 9223372036854775807");
    EXPECT_EQ(refusal("y[i] = sum(j:) x[j]"), "test.ein:7: found ')', expected the kind or the extent of index j");
    EXPECT_EQ(refusal("y[i] = pad(x[i], z)"),
              "test.ein:7: found \"z\", expected the number that stands outside the tensor");
    EXPECT_EQ(refusal("y[i] = x[i] by register"),
              "test.ein:7: found the end of the text, expected what stands behind `by register`: tile");
    EXPECT_TRUE(refusal("y[i] = x[i] by library winograd5")
                    .starts_with("test.ein:7: found \"winograd5\", expected what stands behind `by library`: "));
    EXPECT_TRUE(refusal("y[i] = x[i] by library winograd5").contains("winograd4"));
    EXPECT_FALSE(refusal("y[i] = x[i] by library winograd5").contains("blas"));
    EXPECT_TRUE(refusal("y[i] = x[i] by winograd4").starts_with("test.ein:7: found \"winograd4\", expected a schedule: loops"));
    EXPECT_EQ(refusal("y[i] = exp(x[i]"),
              "test.ein:7: found the end of the text, expected ',' or ')' after an argument of exp");
}

TEST(SurfaceParser, RefusesNestingThatCouldExhaustTheStack) {
    auto repeat = [](std::string_view text, int times) {
        std::string all;
        for (int i = 0; i < times; ++i) all += text;
        return all;
    };
    EXPECT_EQ(refusal("y[] = " + repeat("(", 100000)), "test.ein:7: found '(', expected at most 200 nested constructs");
    EXPECT_EQ(refusal("y[] = " + repeat("-", 100000) + "1"),
              "test.ein:7: found '-', expected at most 200 nested constructs");
    EXPECT_EQ(refusal("y[" + repeat("(", 100000)), "test.ein:7: found '(', expected at most 200 nested constructs");
    EXPECT_EQ(refusal("y[" + repeat("-", 100000)), "test.ein:7: found '-', expected at most 200 nested constructs");
    EXPECT_EQ(refusal("y[] = 1" + repeat(" + 1", 100000)),
              "test.ein:7: found '+', expected an expression of at most 400 nested operators");
    EXPECT_EQ(refusal("y[i" + repeat(" + 1", 100000)),
              "test.ein:7: found '+', expected at most 100 operators in an index expression");
}

}  // namespace
}  // namespace ricci::ir
