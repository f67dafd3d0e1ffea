// A name is a name: what an equation is called changes nothing about how it runs.
#include <gtest/gtest.h>

#include <regex>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"
#include "ricci.h"
#include "tests/frontend/source_tree.h"

namespace ricci {
namespace {

/// A convolution, a product of matrices and a pointwise equation with some name each, as planned, without the names.
std::string plan_of(const std::string& convolution, const std::string& product, const std::string& pointwise,
                    const passes::Options& options) {
    const std::string text =
        "ricci 1 step named\ninput x: f32[batch ?, channel 3, height 32, width 32]\n"
        "parameter w: f32[channel 16, channel 3, tap_h 3, tap_w 3]\nparameter v: f32[class 10, feature 14400]\n"
        "c: f32[batch ?, channel 16, height 30, width 30]\n"
        "c[b, o, y, x] = sum(i, r, s) x[b, i, y + r, x + s] * w[o, i, r, s] where y: height 30, x: width 30" + convolution +
        "\na: f32[batch ?, channel 16, height 30, width 30]\na[b, o, y, x] = max(c[b, o, y, x], 0)" + pointwise +
        "\nf: f32[batch ?, feature 14400]\nf[b, (o, y, x)] = a[b, o, y, x] where o: channel 16, y: height 30, x: width 30\n"
        "l: f32[batch ?, class 10]\nl[b, k] = sum(n: feature 14400) f[b, n] * v[k, n]" + product + "\noutput l\n";
    passes::Remarks remarks;
    const ir::Graph graph = passes::run_to(ir::parse(text), ir::Stage::planned, options, remarks);
    return std::regex_replace(ir::print(graph), std::regex("  @[a-z0-9_.]+"), "");
}

TEST(Names, DecideNothing) {
    for (const char* tile : {"auto", "off", "4"}) {
        const passes::Options options{.tile = tile};
        const std::string plain = plan_of("", "", "", options);
        for (const char* name : {"loops", "gemm", "contraction", "my.direct", "anything.naive", "conv2d_mine", "im2col",
                                 "conv2d.winograd4", "tile.enter", "repack", "mine"}) {
            const std::string tag = fmt::format("  @{}", name);
            EXPECT_EQ(plan_of(tag, tag, tag, options), plain) << tag << ", tile " << tile;
        }
    }
}

/// C++ layers name indices by the kinds of axes: each has a name of its own, and none is read as a number.
TEST(Names, OfKindsMayEndInNumbersAndBeWordsOfTexts) {
    for (const std::vector<const char*>& kinds : {std::vector{"a", "a", "a2"}, {"inf", "nan", "nan"}, {"where", "by", "x"}}) {
        Model m("named");
        std::vector<Axis> axes = {batch(2)};
        for (const char* kind : kinds) axes.push_back(AxisName(kind)(3));
        Tensor x = m.input("x", f64, axes);
        Tensor y = dropout(x * x + gaussian_noise(x, {.deviation = 0}), {.rate = 0.5, .name = "drop"});
        const std::string text = m.text();
        EXPECT_EQ(ir::print(ir::parse(text)), text);
        const Array ones(std::vector<double>(54, 1.0), axes);
        const Array result = compile(forward({y}))({{"x", ones}})[0];
        EXPECT_EQ(result.at({1, 2, 0, 2}), 2) << kinds[0];
    }
}

TEST(Names, OfUserOpsLoseNoGradients) {
    passes::Remarks remarks;
    const ir::Graph graph = ir::parse(
        "ricci 1 model one\ninput x: f32[batch ?]\nparameter w: f32[] = 1\nstate s: f32[] = 0\n"
        "d.s[] = sum(b: batch ?) x[b]\nloss[] = sum(b: batch ?) x[b] * w[]\noutput loss\nupdate s = d.s\n"
        "train loss with sgd(learning_rate = 0.1)\n");
    const ir::Graph step = passes::run_to(graph, ir::Stage::step, {}, remarks);
    EXPECT_EQ(step.updates.size(), 2u) << ir::print(step);
}

/// Decisions by the name of an op: comparisons, and tests of a part of a name.
TEST(Names, AreAskedForByThePassesThatLowerTheirOpsAlone) {
    const std::vector<std::string> homes = {"ir/core/op_tag.", "passes/convolution/lower_conv2d.cpp",
                                            "passes/fusion/fuse_pool.cpp"};
    const std::regex decision(R"(\bop\.name\(\)\.|[.>]op (==|!=) "|OpTag\("|\bop\.(starts_with|ends_with|find|contains)\()");
    for (const test::SourceFile& file : test::source_files({"ir", "passes", "runtime", "codegen", "frontend"})) {
        const bool home =
            std::ranges::any_of(homes, [&](const std::string& prefix) { return file.path.starts_with(prefix); });
        for (std::size_t i = 0; !home && i < file.lines.size(); ++i) {
            EXPECT_FALSE(std::regex_search(file.lines[i], decision))
                << file.path << ":" << i + 1 << ": a name decides nothing; ask for the schedule or the form";
        }
    }
}

}  // namespace
}  // namespace ricci
