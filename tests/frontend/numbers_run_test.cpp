// Numbers through all passes and the JIT: tails of ops and of their gradients, nan, factors, integers that wrap.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "ir/interpret/interpreter.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"
#include "tests/frontend/compiled.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");

using Elements = std::vector<double>;

ir::Array row(Elements elements) {
    const auto count = static_cast<std::int64_t>(elements.size());
    return {{count}, std::move(elements)};
}

/// What machine code makes of the text, with every output.
ir::Arrays run(const std::string& text, const ir::Arrays& given) {
    return Compiled(ir::parse("ricci 1 model numbers\n" + text))(given);
}

/// Relative to each element: a tail is wrong by all of its digits where the largest element hides it. `step` is what
/// subnormal results are rounded to.
void expect_close(const Elements& got, const Elements& expected, double relative, const std::string& what,
                  double step = 0) {
    ASSERT_EQ(got.size(), expected.size()) << what;
    for (std::size_t i = 0; i < got.size(); ++i) {
        const double limit = relative * std::fabs(expected[i]) + step;
        EXPECT_TRUE(got[i] == expected[i] || std::fabs(got[i] - expected[i]) <= limit)
            << what << ": element " << i << " is " << got[i] << ", expected " << expected[i];
    }
}

/// The value and the derivative of an op, in long double.
struct Reference {
    std::string call;
    long double (*value)(long double);
    long double (*derivative)(long double);
};

long double sigmoid(long double x) {
    return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
long double softplus(long double x) {
    return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}
long double normal_cdf(long double x) {
    return 0.5L * std::erfc(-x / std::sqrt(2.0L));
}

const Reference kOps[] = {
    {"sigmoid(x)", sigmoid, [](long double x) { return sigmoid(x) * sigmoid(-x); }},
    {"softplus(x)", softplus, sigmoid},
    {"silu(x)", [](long double x) { return x * sigmoid(x); }, nullptr},
    {"gelu(x)", [](long double x) { return x * normal_cdf(x); }, nullptr},
    {"elu(x)", [](long double x) { return x > 0 ? x : std::expm1(x); },
     [](long double x) { return x > 0 ? 1 : std::exp(x); }},
    {"expm1(x)", [](long double x) { return std::expm1(x); }, [](long double x) { return std::exp(x); }},
    {"normal_cdf(x)", normal_cdf, nullptr},
};

TEST(NumbersRun, TailsHaveAllTheirDigits) {
    const Elements points = {-100, -90, -40, -20, -17, -12, -5, -1, -1e-3, -1e-8, 0, 1e-8, 1e-3, 1, 5, 17, 20, 40, 80};
    for (const Reference& op : kOps) {
        for (const char* dtype : {"f32", "f64"}) {
            const bool single = dtype == std::string("f32");
            const std::string text = fmt::format(
                "input x: {0}[feature 19]\ny = {1}\nl[] = sum(i: feature 19) y[i]\noutput y\ngradient dx = d l / d x\n",
                dtype, op.call);
            ir::Array x = row(points);
            Elements value, derivative;
            for (double& point : x.elements) {
                if (single) point = static_cast<float>(point);
                value.push_back(static_cast<double>(op.value(point)));
                if (op.derivative) derivative.push_back(static_cast<double>(op.derivative(point)));
            }
            const ir::Arrays got = run(text, {{"x", x}});
            const double limit = single ? 1e-6 : 2e-15;
            // silu multiplies a subnormal factor, and its rounding, by x.
            const double step = single ? 100 * double(std::numeric_limits<float>::denorm_min()) : 0;
            expect_close(got.at("y").elements, value, limit, fmt::format("{} {}", dtype, op.call), step);
            if (!op.derivative) continue;
            expect_close(got.at("dx").elements, derivative, limit, fmt::format("{} slope of {}", dtype, op.call), step);
        }
    }
}

TEST(NumbersRun, LossesWithLogitsKeepSmallNumbers) {
    const ir::Arrays given = {{"x", row({-20, 20, 20, -50})}, {"t", row({0, 1, 0, 1})}};
    const ir::Arrays got =
        run("input x: f32[batch 4]\ninput t: f32[batch 4]\ny = bce_with_logits(x, t)\n"
            "l[] = sum(b: batch 4) y[b]\noutput y\ngradient dx = d l / d x\n",
            given);
    const double small = 2.0611536203143e-09;
    expect_close(got.at("y").elements, {small, small, 20 + small, 50}, 1e-6, "bce_with_logits");
    expect_close(got.at("dx").elements, {small, -small, 1, -1}, 1e-6, "its gradient");
    const ir::Arrays cross =
        run("input x: f32[batch 1, class 2]\ninput k: i32[batch 1]\n"
            "y = softmax_cross_entropy(x, k)\noutput y\n",
            {{"x", {{1, 2}, {90.3, 74.3}}}, {"k", row({0})}});
    EXPECT_NEAR(cross.at("y").elements[0], std::log1p(std::exp(-16.0)), 1e-7);
}

TEST(NumbersRun, SoftplusOfInfinityIsInfinite) {
    const ir::Arrays got = run("input x: f32[feature 3]\ny = softplus(x)\noutput y\n", {{"x", row({kInf, -kInf, 0})}});
    expect_close(got.at("y").elements, {kInf, 0, std::log(2.0)}, 1e-6, "softplus");
}

TEST(NumbersRun, FactorsStayWhereTheyAreWritten) {
    const ir::Arrays given = {{"x", row({3e25, 4e25, 0})}, {"a", row({0, 0, 0})}};
    const ir::Arrays got =
        run("input x: f32[feature 3]\ninput a: f32[feature 3]\n"
            "n[] = sqrt(sum(i: feature 3) (x[i] * 1e-20) * (x[i] * 1e-20)) * 1e20\n"
            "y[i] = (x[i] * 1e-30) * (x[i] * 1e-30)\nz[i] = 1 / (0 - a[i])\n"
            "output n\noutput y\noutput z\n",
            given);
    expect_close(got.at("n").elements, {5e25}, 1e-6, "n");
    expect_close(got.at("y").elements, {9e-10, 1.6e-9, 0}, 1e-6, "y");
    EXPECT_EQ(got.at("z").elements, (Elements{kInf, kInf, kInf}));
}

TEST(NumbersRun, AFactorOfAProductOfMatricesIsNotMovedBehindTheSum) {
    const std::string text =
        "input x: f32[batch 64, feature 48]\ninput w: f32[feature 48, class 64]\n"
        "y[b, k] = sum(f) 1e-30 * x[b, f] * w[f, k]\noutput y\n";
    const ir::Arrays given = {{"x", {{64, 48}, Elements(64 * 48, 1e30F)}}, {"w", {{48, 64}, Elements(48 * 64, 1e30F)}}};
    expect_close(run(text, given).at("y").elements, Elements(64 * 64, 48e30), 1e-5, "y");
}

TEST(NumbersRun, MaximaOfNanAreNan) {
    const Elements values = {1, kNan, -3, 7, 2, 5};
    const ir::Arrays got =
        run("input x: f32[height 6]\nm[y] = max(x[y], nan)\nn[y] = min(nan, x[y])\n"
            "p[y] = max(d: tap_h 3) pad(x[y + d - 1], nan) where y: height 6\n"
            "r[] = max(y: height 6) x[y]\n"
            "output m\noutput n\noutput p\noutput r\n",
            {{"x", row(values)}});
    for (const char* name : {"m", "n", "r"}) {
        for (double element : got.at(name).elements) EXPECT_TRUE(std::isnan(element)) << name;
    }
    const Elements& p = got.at("p").elements;
    for (std::size_t i : {0, 1, 2, 5}) EXPECT_TRUE(std::isnan(p[i])) << i;
    EXPECT_EQ(p[3], 7);
    EXPECT_EQ(p[4], 7);
}

TEST(NumbersRun, NanPaddingGoesThroughEveryStageAndMethod) {
    const std::string text =
        "ricci 1 model padded\ninput x: f32[batch ?, channel 3, height 8, width 8]\n"
        "a = relu(x)\n"
        "p[b, c, y, x] = max(dy: tap_h 3, dx: tap_w 3) pad(a[b, c, 2*y + dy - 1, 2*x + dx - 1], nan)"
        " where y: height 4, x: width 4\n"
        "q[b, c, y, x] = pad(a[b, c, y - 1, x], nan) * pad(a[b, c, y - 1, x], -0)\n"
        "output p\noutput q\n";
    const ir::Graph graph = ir::parse(text);
    EXPECT_EQ(ir::print(ir::parse(ir::print(graph))), ir::print(graph));
    const ir::Arrays given = draw(graph, {.batch = 5});
    const ir::Arrays expected = ir::interpret(graph, given);
    for (const bool fuse : {true, false}) {
        Compiled compiled(graph, {.fuse = fuse});
        const Tolerance tolerance{.relative = 1e-6, .terms = terms_of(graph, given)};
        EXPECT_EQ(difference(expected, compiled(given), tolerance), "") << "fuse " << fuse;
        EXPECT_EQ(ir::print(ir::parse(ir::print(compiled.planned()))), ir::print(compiled.planned()));
    }
}

TEST(NumbersRun, PowersAtZeroHaveSlopes) {
    const std::string text =
        "input a: f32[feature 4]\ninput b: f32[feature 4]\nl[] = sum(i: feature 4) pow(a[i], b[i])\n"
        "m[] = sum(i: feature 4) pow(a[i], 0)\noutput l\ngradient db = d l / d b\n"
        "gradient da = d l / d a\ngradient dm = d m / d a\n";
    const ir::Arrays given = {{"a", row({0, 0, 0, 2})}, {"b", row({1, 0, 2, 3})}};
    const ir::Arrays got = run(text, given);
    expect_close(got.at("db").elements, {0, 0, 0, 8 * std::log(2.0)}, 1e-6, "db");
    expect_close(got.at("da").elements, {1, 0, 0, 12}, 1e-6, "da");
    expect_close(got.at("dm").elements, {0, 0, 0, 0}, 1e-6, "dm");
    passes::Remarks remarks;
    const ir::Graph step = passes::run_to(ir::parse("ricci 1 model m\n" + text), ir::Stage::step, {}, remarks);
    expect_close(ir::interpret(step, given).at("db").elements, {0, 0, 0, 8 * std::log(2.0)}, 1e-6, "interpreter");
}

TEST(NumbersRun, IntegersWrapInEveryKernel) {
    for (const char* dtype : {"i32", "i64"}) {
        const std::string text = fmt::format(
            "ricci 1 model whole\ninput a: {0}[batch 33, feature 17]\ninput b: {0}[feature 17, class 19]\n"
            "p[m, n] = a[m, K] * b[K, n]\ns[] = sum(m: batch 33, k: feature 17) a[m, k]\n"
            "r[m] = prod(k: feature 17) a[m, k]\nh[m] = max(k: feature 17) a[m, k]\nw[m] = argmax(k: feature 17) a[m, "
            "k]\n"
            "q[m, k] = a[m, k] / b[k, 0]\noutput p\noutput s\noutput r\noutput h\noutput w\noutput q\n",
            dtype);
        const ir::Graph graph = ir::parse(text);
        std::mt19937_64 random(test::seed());
        auto array = [&](std::vector<std::int64_t> extents) {
            ir::Array drawn{extents, {}};
            const bool narrow = dtype == std::string("i32");
            for (std::int64_t i = 0; i < extents[0] * extents[1]; ++i) {
                const auto bits = static_cast<std::int64_t>(random());
                const std::int64_t whole = narrow ? static_cast<std::int32_t>(bits) : bits;
                const std::int64_t few[] = {
                    0, -1,
                    narrow ? std::numeric_limits<std::int32_t>::min() : std::numeric_limits<std::int64_t>::min()};
                drawn.integers.push_back(random() % 4 == 0 ? few[random() % 3] : whole);
            }
            return drawn;
        };
        const ir::Arrays given = {{"a", array({33, 17})}, {"b", array({17, 19})}};
        const ir::Arrays expected = ir::interpret(graph, given);
        const ir::Arrays got = Compiled(graph)(given);
        for (const auto& [name, wanted] : expected)
            EXPECT_EQ(got.at(name).integers, wanted.integers) << dtype << " " << name;
    }
}

}  // namespace
}  // namespace ricci::testing
