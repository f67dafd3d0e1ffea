// Products in bf16: what compiled programs compute, against the interpreter and against themselves.
#include <gtest/gtest.h>

#include <cmath>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/gradient/differentiate.h"
#include "runtime/call/bf16/product.h"
#include "tests/frontend/compiled.h"

namespace ricci::testing {
namespace {

constexpr const char* kNetwork =
    "ricci 1 model network\n"
    "input x: f32[batch 8, channel 3, height 20, width 20]\n"
    "input g: f32[batch 8, class 70]\n"
    "input k: f32[channel 16, channel 3, tap_h 3, tap_w 3]\n"
    "input w: f32[class 70, feature 5184]\n"
    "c = conv2d(x, k)\n"
    "f: f32[batch 8, feature 5184]\n"
    "f[b, (i, y, x)] = tanh(c[b, i, y, x]) where i: channel 16, y: height 18, x: width 18\n"
    "z[b, n] = f[b, I] * w[n, I]\n"
    "loss[] = z[b, n] * g[b, n]\n"
    "output z\noutput loss\n"
    "gradient dk = d loss / d k\ngradient dw = d loss / d w\ngradient dx = d loss / d x\n";

ir::Arrays given_for(const ir::Graph& graph) {
    return draw(graph, {.batch = 8});
}

ir::Arrays without(ir::Arrays arrays, const std::string& name) {
    arrays.erase(name);
    return arrays;
}

TEST(Precision, Bf16RoundsFactorsAndNothingElse) {
    const ir::Graph graph = ir::parse(kNetwork);
    const ir::Arrays given = given_for(graph);
    passes::Remarks remarks;
    const ir::Graph step = passes::differentiate(graph, {}, remarks);
    const ir::Arrays expected = ir::interpret(step, given);
    Compiled compiled(graph, {.conv = "blocks", .gemm = "blas", .precision = Precision::all_mixed, .tile = "off"},
                      codegen::Target::host());
    EXPECT_NE(ir::print(compiled.planned()).find("by library bf16\n"), std::string::npos);
    EXPECT_NE(ir::print(compiled.planned()).find("by library bf16_blocks\n"), std::string::npos);
    const ir::Arrays got = compiled(given);
    for (const auto& [name, want] : expected) EXPECT_GT(distance(want, got.at(name)), 1e-6) << name << " was not rounded";
    // Each of a product's two factors is rounded by 2^-9 of itself, and at most four products follow each other.
    constexpr double kRelative = 4 * 2 * 0x1p-9;
    EXPECT_EQ(difference(without(expected, "loss"), got, {.relative = kRelative, .terms = terms_of(step, given)}), "");
    // The loss is one sum that cancels: its bound is that of its terms.
    double terms = 0;
    for (std::size_t i = 0; i < given.at("g").elements.size(); ++i)
        terms += std::fabs(given.at("g").elements[i] * expected.at("z").elements[i]);
    EXPECT_NEAR(got.at("loss").elements[0], expected.at("loss").elements[0], kRelative * terms);
}

TEST(Precision, MachineCodeAgreesWithTheInterpreterOnRoundedFactors) {
    const ir::Graph graph = ir::parse(
        "ricci 1 model rounded\n"
        "input x: bf16[batch ?, feature 300]\n"
        "input w: f32[class 130, feature 300]\n"
        "y[b, k] = x[b, I] * round_bf16(w[k, I])\n"
        "h: bf16[batch ?, class 130]\n"
        "h[b, k] = tanh(y[b, k])\n"
        "t[k] = h[b, k]\n"
        "output y\noutput h\noutput t\n");
    const ir::Arrays given = draw(graph, {.batch = 65});
    const ir::Arrays expected = ir::interpret(graph, given);
    for (const runtime::Bf16Path path : {runtime::Bf16Path::widened, runtime::Bf16Path::avx512, runtime::Bf16Path::amx}) {
        if (!runtime::why_not(path).empty()) continue;  // Bf16Product.* say so
        runtime::set_bf16_path(path);
        for (const char* gemm : {"auto", "loops", "contraction"}) {
            Compiled compiled(graph, {.gemm = gemm}, codegen::Target::host());
            SCOPED_TRACE(fmt::format("{}, {}", gemm, runtime::name_of(path)));
            const ir::Arrays got = compiled(given);
            const Tolerance tolerance{.relative = 1e-4, .floor = 1, .terms = terms_of(graph, given)};
            EXPECT_EQ(difference({{"y", expected.at("y")}}, got, tolerance), "");
            // What is near the middle of two numbers of bf16 may be stored as either. They are 2^-7 of themselves apart, and
            // the sum of 300 terms below is off by 8e-6 at most.
            ir::Array sums{{130}, std::vector<double>(130)};
            for (std::size_t i = 0; i < got.at("h").elements.size(); ++i) {
                const double h = got.at("h").elements[i], wanted = expected.at("h").elements[i];
                ASSERT_LE(std::fabs(h - wanted), 0x1p-7 * std::fabs(wanted) + 8e-6) << i;
                sums.elements[i % 130] += h;
            }
            EXPECT_EQ(difference({{"t", sums}}, got, tolerance), "");
        }
    }
    runtime::set_bf16_path(runtime::Bf16Path::best);
}

TEST(Precision, ThreadsChangeNoBit) {
    const ir::Graph graph = ir::parse(kNetwork);
    const ir::Arrays given = given_for(graph);
    const passes::Options options{.conv = "blocks", .gemm = "blas", .precision = Precision::all_mixed, .tile = "off"};
    Compiled compiled(graph, options, codegen::Target::host());
    runtime::ThreadTeam one(1), three(3);
    const ir::Arrays alone = compiled(given, one), together = compiled(given, three);
    for (const auto& [name, array] : alone) EXPECT_EQ(array.elements, together.at(name).elements) << name;
}

}  // namespace
}  // namespace ricci::testing
