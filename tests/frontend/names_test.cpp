// A name is a name: what an equation is called changes nothing about how it runs.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "ir/core/scalar.h"
#include "ir/ops/table.h"
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
                                 "conv2d.winograd4", "tile.enter", "repack", "mine", "conv2d", "conv2d.kernel_gradient",
                                 "conv_transpose2d", "max_pool2d", "matmul"}) {
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

/// Ops whose names are words of other things too: of bodies, of --augment, and of choices that `bench choices` compares.
constexpr std::string_view kOtherWords[] = {"pad", "flip", "tile"};

/// All names that an equation may have from the op table: of ops, and of their gradients. Functions of one element are
/// ops too. Their words are the syntax of bodies, and no equation is called so.
std::string names_of_ops() {
    std::set<std::string> names;
    for (const ir::Op& op : ir::ops()) {
        const bool other = std::ranges::find(kOtherWords, op.name) != std::end(kOtherWords);
        if (!other && !ir::scalar_named(op.name)) names.insert(std::string(op.name));
        for (const auto& gradient : op.gradients) names.insert(std::string(gradient));
    }
    std::string either;
    for (const std::string& name : names) {
        if (name.empty()) continue;
        either += (either.empty() ? "" : "|") + std::regex_replace(name, std::regex("\\."), "\\.");
    }
    return either;
}

/// Finds lines that decide by the name of an op: comparisons, look-ups of one op, and tests of a part of a name.
class Decisions {
  public:
    bool in(const std::string& line) const {
        const auto has = [&](std::string_view part) { return line.contains(part); };
        return ((has("op") || has("Op") || has("tag")) && std::regex_search(line, by_form_)) ||
               (has("\"") && (has("==") || has("!=")) && std::regex_search(line, compared_));
    }

  private:
    // `op` and `tag` are what variables and members of type OpTag are called.
    std::regex by_form_{R"re(\b(op|tag)\.name\(\)|\b(op|tag) ?(==|!=) ?("|k[A-Z]|(ir::)?OpTag)|(==|!=) ?(ir::)?OpTag\()re"
                        R"re(|OpTag\((k[A-Z]\w*|"[^"]*")\)|op_named\(("|k[A-Z])|\bop\.(starts_with|ends_with|find|contains)\()re"
                        R"re(|\bop(->|\.)gradients, )re"};
    std::regex compared_{fmt::format(R"re((==|!=) ?"({0})"|"({0})" ?(==|!=))re", names_of_ops())};
};

/// A place that asks for names, and why it may.
struct Home {
    std::string_view path;
    std::string_view reason;
};
constexpr Home kHomes[] = {
    {"ir/core/op_tag.", "defines names"},
    {"ir/verify/verify.cpp", "asks whether texts can spell the name"},
    {"passes/convolution/lower_conv2d.cpp", "is the pass of the op conv2d and its gradients"},
    {"passes/fusion/fuse_pool.cpp", "is the pass of the ops avg_pool2d and max_pool2d"},
    {"passes/gradient/reverse.cpp", "names gradients as the table of ops does"},
    {"frontend/cli/layer_table.cpp", "prints the name"},
};

TEST(Names, AreAskedForByThePassesThatLowerTheirOpsAlone) {
    const Decisions decisions;
    std::set<std::string_view> used;
    for (const test::SourceFile& file : test::source_files({"ir", "passes", "runtime", "codegen", "frontend"})) {
        const auto* home = std::ranges::find_if(kHomes, [&](const Home& one) { return file.path.starts_with(one.path); });
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            if (!decisions.in(file.lines[i])) continue;
            if (home != std::end(kHomes)) used.insert(home->path);
            EXPECT_NE(home, std::end(kHomes)) << file.path << ":" << i + 1 << ": " << file.lines[i]
                                              << "\na name decides nothing; ask for the schedule or the form";
        }
    }
    for (const Home& home : kHomes) EXPECT_TRUE(used.contains(home.path)) << home.path << " asks for no name";
}

TEST(Names, ThatDecideAreFoundInEveryForm) {
    const Decisions decisions;
    for (const char* line : {
             R"(if (op == "conv2d") return true;)",
             R"(if (tag == "conv2d") return true;)",
             R"(if (equation.op == "conv2d") return true;)",
             R"(if (equation->op != OpTag("conv2d")) return true;)",
             R"(if (equation->op == OpTag(kName)) return true;)",
             R"(if (equation.op == kConv2d) return true;)",
             R"(if (OpTag("conv2d") == equation.op) return true;)",
             R"(if (equation.op.name() == "conv2d") return true;)",
             R"(if (equation.op.name().starts_with("conv")) return true;)",
             R"(return tag.name().starts_with("conv");)",
             R"(const Op& op = *op_named("conv2d");)",
             R"(return std::ranges::find(op.gradients, tag.name()) != op.gradients.end();)",
             R"(const bool largest = std::string_view(op) == "max_pool2d";)",
             R"(if (name == "max_pool2d.gradient") return true;)",
             R"(return "conv2d" == called;)",
             R"(static const OpTag kTag = OpTag("conv2d");)",
         }) {
        EXPECT_TRUE(decisions.in(line)) << line;
    }
    for (const char* line : {
             R"(return pool("max_pool2d", x);)",
             R"(equation.op = OpTag(name);)",
             R"(return a.reduce == b.reduce && a.op == b.op;)",
             R"(if (kind.name() == "over") return true;)",
             R"(if (remark.pass != "lower-conv2d") continue;)",
         }) {
        EXPECT_FALSE(decisions.in(line)) << line;
    }
}

}  // namespace
}  // namespace ricci
