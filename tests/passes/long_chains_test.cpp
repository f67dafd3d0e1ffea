// Long chains and many readers: bodies stay within what the parser reads, at every stage.
#include <gtest/gtest.h>

#include "ir/core/body_size.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/check/verify_values.h"
#include "passes/pipeline.h"
#include "tests/forced.h"

namespace ricci::passes {
namespace {

/// A chain of that many equations, each of the one before.
std::string chain(int equations, const std::string& body, const std::string& behind) {
    std::string text =
        "ricci 1 model chain\ninput x: f64[batch ?, feature 3]\nparameter w: f64[feature 3] = 0.5\n"
        "v0: f64[batch ?, feature 3]\nv0[b, i] = x[b, i] * w[i]\n";
    for (int i = 1; i <= equations; ++i) {
        text += fmt::format("v{}: f64[batch ?, feature 3]\nv{}[b, i] = {}\n", i, i,
                            fmt::format(fmt::runtime(body), fmt::format("v{}[b, i]", i - 1)));
    }
    return text + fmt::format(fmt::runtime(behind), equations);
}

ir::Graph planned(const std::string& text, Remarks& remarks) {
    return run_to(ir::parse(text), ir::Stage::planned, test::forced({}), remarks, [](const Pass& pass, const ir::Graph& graph) {
        const std::string printed = ir::print(graph);
        EXPECT_EQ(ir::print(ir::parse(printed)), printed) << "after " << pass.name;
    });
}

TEST(LongChains, AreReadBackAtEveryStage) {
    for (const char* body : {"tanh({0})", "2 - (x[b, i] - {0})", "-(0.5 * {0})", "{0} + x[b, i]"}) {
        for (int equations : {60, 100, 130, 450}) {
            SCOPED_TRACE(fmt::format("{} times {}", equations, body));
            const std::string text = chain(equations, body, "output v{0}\n");
            Remarks remarks;
            const ir::Graph graph = planned(text, remarks);
            EXPECT_LT(graph.equations.size(), static_cast<std::size_t>(equations) / 10) << "most are computed in one";
            EXPECT_TRUE(value_differences(ir::parse(text), graph, 2, 1).empty());
        }
    }
}

TEST(LongChains, TheirGradientsAreReadBackToo) {
    const std::string text = chain(150, "tanh({0} * w[i])",
                                   "loss[] = sum(b: batch ?, i: feature 3) v{0}[b, i]\noutput loss\n"
                                   "train loss with sgd(learning_rate = 0.1)\n");
    Remarks remarks;
    planned(text, remarks);
}

TEST(LongChains, AValueOfManyReadersSumsItsGradientInParts) {
    std::string text = "ricci 1 model readers\nparameter w: f64[feature 3] = 0.5\n";
    std::string sum;
    for (int i = 0; i < 900; ++i) text += fmt::format("v{}: f64[feature 3]\nv{}[i] = tanh({} * w[i])\n", i, i, i + 1);
    for (int part = 0; part < 3; ++part) {
        text += fmt::format("s{}[] = 0", part);
        for (int i = 0; i < 300; ++i) text += fmt::format(" + v{}[{}]", 300 * part + i, i % 3);
        text += "\n";
    }
    text += "loss[] = s0[] + s1[] + s2[]\noutput loss\ngradient dw = d loss / d w\n";
    const ir::Graph model = ir::parse(text);
    Remarks remarks;
    const ir::Graph step = run_to(model, ir::Stage::step, {}, remarks);
    const std::string printed = ir::print(step);
    EXPECT_EQ(ir::print(ir::parse(printed)), printed);
    EXPECT_NE(step.find("d.w.part"), ir::ValueId());
}

TEST(LongChains, ADerivativeThatIsTooLargeIsRefused) {
    std::string body = "x[i]";
    for (int i = 0; i < 97; ++i) body = "tanh(" + body + ")";
    const std::string text = "ricci 1 model deep\ninput x: f64[feature 3]\ny[i] = " + body +
                             "\nloss[] = sum(i: feature 3) y[i] * y[i]\noutput loss\ngradient dx = d loss / d x\n";
    Remarks remarks;
    try {
        run_to(ir::parse(text), ir::Stage::step, {}, remarks);
        FAIL() << "accepted";
    } catch (const UserError& error) {
        EXPECT_STREQ(
            error.what(),
            "<text>:3: \"d.x\": a derivative is 195 operators high and nests 199 constructs; at most 399 and 196: "
            "give a part of the expression a name of its own");
    }
}

}  // namespace
}  // namespace ricci::passes
