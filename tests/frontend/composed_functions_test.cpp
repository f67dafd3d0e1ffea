// Functions that are composed of others: their C++ functions and their lines of the reference. Machine code keeps all
// digits, and values and gradients far out are finite.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>

#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ir/ops/pointwise.h"
#include "ir/ops/table.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ricci.h"
#include "tests/frontend/compiled.h"

namespace ricci {
namespace {

using testing::Compiled;

std::vector<std::string> listed() {
#define RICCI_NAME(name) #name,
    return {RICCI_SCALAR_COMPOSITIONS(RICCI_NAME) RICCI_SCALAR_ADJUSTABLES(RICCI_NAME)};
#undef RICCI_NAME
}

/// The pointwise ops of one operand that are no scalar function.
std::vector<const ir::Op*> composed() {
    std::vector<const ir::Op*> found;
    for (const ir::Op& op : ir::ops()) {
        const std::optional<ir::InlineOp> inlined = ir::pointwise_op(op.name);
        if (inlined && inlined->operands.size() == 1 && !ir::scalar_named(op.name)) found.push_back(&op);
    }
    return found;
}

TEST(ComposedFunctions, EachOfTheListIsAPointwiseOp) {
    for (const std::string& name : listed()) {
        EXPECT_TRUE(std::ranges::any_of(composed(), [&](const ir::Op* op) { return op->name == name; })) << name;
    }
}

TEST(ComposedFunctions, EachIsALineOfTheReference) {
    std::ifstream file(std::string(RICCI_SOURCE_DIR) + "/docs/language.md");
    std::stringstream text;
    text << file.rdbuf();
    for (const ir::Op* op : composed()) {
        std::string call = op->name + "(x";
        for (const ir::OpAttribute& attribute : op->attributes) {
            call += fmt::format(", {} = {}", attribute.name, attribute.standard);
        }
        const std::string line = fmt::format("\n| `{})` | {} |\n", call, op->summary);
        EXPECT_TRUE(text.str().contains(line)) << "docs/language.md lacks this line:" << line;
    }
}

std::string body_of(const ir::Graph& graph) {
    return ir::print(graph, graph.equations.back(), graph.equations.back().body);
}

TEST(ComposedFunctions, EachIsAFunctionOfTermsAndOfTensors) {
    // A term writes the op's equation; a tensor's has the op's name behind '@' too.
    const auto term = [](Term (*function)(const Term&)) {
        Model m("m");
        Tensor x = m.input("x", f32, {feature(3)});
        Tensor y = m.tensor("y");
        const Index f("f", feature);
        y[f] = function(x[f]);
        return body_of(detail::Internals::model(y)->graph);
    };
    const auto tensor = [](const std::string& name) {
        const ir::Graph graph =
            ir::parse(fmt::format("ricci 1 model m\ninput x: f32[feature 3]\ny[f] = {}(x[f])\noutput y\n", name));
        return body_of(graph);
    };
#define RICCI_TERM_TEXT(name) EXPECT_EQ(term(static_cast<Term (*)(const Term&)>(name)), tensor(#name));
    RICCI_SCALAR_COMPOSITIONS(RICCI_TERM_TEXT)
    RICCI_SCALAR_ADJUSTABLES(RICCI_TERM_TEXT)
#undef RICCI_TERM_TEXT
    Model m("m");
    Tensor x = m.input("x", f32, {feature(3)});
#define RICCI_TENSOR_OP(name) \
    EXPECT_TRUE(ir::print(detail::Internals::model(name(x))->graph).contains("  @" #name "\n"));
    RICCI_SCALAR_COMPOSITIONS(RICCI_TENSOR_OP)
    RICCI_SCALAR_ADJUSTABLES(RICCI_TENSOR_OP)
#undef RICCI_TENSOR_OP
}

ir::Arrays run(const std::string& dtype, const std::string& call, const std::vector<double>& points) {
    const std::string text = fmt::format(
        "ricci 1 model m\ninput x: {}[feature {}]\ny = {}\nl[] = sum(i: feature {}) y[i]\noutput y\ngradient dx = d l "
        "/ d x\n",
        dtype, points.size(), call, points.size());
    return Compiled(ir::parse(text))({{"x", {{static_cast<std::int64_t>(points.size())}, points}}});
}

double ulps(double got, long double exact, bool single) {
    if (std::isnan(exact)) return std::isnan(got) ? 0 : 1e9;
    if (std::isinf(exact) || std::isinf(got)) return got == static_cast<double>(exact) ? 0 : 1e9;
    if (got == 0 && exact == 0) return std::signbit(got) == std::signbit(exact) ? 0 : 1e9;
    const int digits = single ? 24 : 53;
    const int least = single ? -126 : -1022;
    const int exponent = std::max(std::ilogb(exact), least);
    return static_cast<double>(std::fabs(got - exact) / std::ldexp(1.0L, exponent - digits + 1));
}

struct Reference {
    std::string call;
    long double (*value)(long double);
    long double (*slope)(long double);
    double most;  // the largest argument
};

const Reference kReferences[] = {
    {"asin(x)", std::asin, [](long double x) { return 1 / std::sqrt((1 - x) * (1 + x)); }, 1},
    {"acos(x)", std::acos, [](long double x) { return -1 / std::sqrt((1 - x) * (1 + x)); }, 1},
    {"atan(x)", std::atan, [](long double x) { return 1 / (1 + x * x); }, 1e4},
    {"sinh(x)", std::sinh, std::cosh, 88},
    {"cosh(x)", std::cosh, std::sinh, 88},
};

TEST(ComposedFunctions, AnglesAndHyperbolicFunctionsKeepTheirDigits) {
    for (const Reference& one : kReferences) {
        std::vector<double> points = {0, -0.0, 1e-30, -1e-30, 1e-5, -1e-5, one.most, -one.most};
        for (int i = 1; i < 3000; ++i) {
            const double far = one.most * std::pow(0.991, i);  // toward 0, and of angles toward 1
            points.insert(points.end(), {far, -far});
            if (one.most == 1) points.insert(points.end(), {1 - far / 2, far / 2 - 1});
        }
        for (bool single : {true, false}) {
            std::vector<double> x = points;
            for (double& point : x) point = single ? static_cast<float>(point) : point;
            const ir::Arrays got = run(single ? "f32" : "f64", one.call, x);
            double worst = 0;
            double at = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double error = ulps(got.at("y").elements[i], one.value(x[i]), single);
                if (error > worst) worst = error, at = x[i];
                const long double slope = one.slope(x[i]);
                const double size = static_cast<double>(std::fabs(slope));
                const double off = std::fabs(static_cast<double>(got.at("dx").elements[i] - slope));
                const bool same = got.at("dx").elements[i] == static_cast<double>(slope);
                EXPECT_TRUE(same || off <= (single ? 2e-6 : 4e-15) * size)
                    << one.call << " has slope " << got.at("dx").elements[i] << " at " << x[i] << ", not " << size;
            }
            EXPECT_LE(worst, 5) << one.call << (single ? " in f32" : " in f64") << " at " << at;
        }
    }
}

TEST(ComposedFunctions, SpecialValuesAreThoseOfC) {
    const double inf = std::numeric_limits<double>::infinity();
    const std::vector<double> x = {inf, -inf, std::nan(""), 2, -2, 1, -1, 0, -0.0, 710, -710};
    for (const Reference& one : kReferences) {
        const ir::Arrays got = run("f64", one.call, x);
        for (std::size_t i = 0; i < x.size(); ++i) {
            EXPECT_LE(ulps(got.at("y").elements[i], one.value(x[i]), false), 5) << one.call << " at " << x[i];
        }
    }
}

/// Every activation of the table, and functions that activations are made of.
TEST(ComposedFunctions, ActivationsAreFiniteFarOut) {
    const std::vector<double> x = {-1000, -100, -89, -20, -3, -1, -0.5, -1e-30, 0,
                                   1e-30, 0.5,  1,   3,   6,  20, 89,   100,    1000};
    const std::set<std::string> not_everywhere = {"asin", "acos", "sinh", "cosh", "rsqrt", "reciprocal", "square"};
    for (const ir::Op* op : composed()) {
        if (not_everywhere.contains(op->name)) continue;
        for (const char* dtype : {"f32", "f64"}) {
            const ir::Arrays got = run(dtype, op->name + "(x)", x);
            for (std::size_t i = 0; i < x.size(); ++i) {
                EXPECT_TRUE(std::isfinite(got.at("y").elements[i])) << op->name << " of " << x[i] << " in " << dtype;
                EXPECT_TRUE(std::isfinite(got.at("dx").elements[i]))
                    << op->name << " has a slope of " << got.at("dx").elements[i] << " at " << x[i];
            }
        }
    }
}

}  // namespace
}  // namespace ricci
