// Heads of networks: what is left of an image is one pixel, which is flattened and goes on as features. Forward,
// gradients and training in each layout, inside batch tiles and outside; each dump is read back.
#include <gtest/gtest.h>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/gradient/apply_optimizer.h"
#include "passes/gradient/differentiate.h"
#include "tests/forced.h"
#include "tests/frontend/compiled.h"

namespace ricci::testing {
namespace {

struct Head {
    const char* name;
    const char* text;  // of an input x of 6 channels, 4 rows and 4 columns; its last value is l, of 3 classes
};

const Head kHeads[] = {
    {"pool", "p = avg_pool2d(x, window_h = 4, window_w = 4)\nf = flatten(p)\nr = relu(f)\nl = linear(r, w6)\n"},
    {"max_pool", "p = max_pool2d(x, window_h = 4, window_w = 4)\nf = flatten(p)\nr = tanh(f)\nl = linear(r, w6)\n"},
    {"convolution", "p = conv2d(x, k)\nf = flatten(p)\nr = tanh(f)\nl = linear(r, w6)\n"},
    {"activation_before", "p = conv2d(x, k)\nt = tanh(p)\nf = flatten(t)\ng = relu(f)\nl = linear(g, w6)\n"},
    {"squeeze_and_excite",
     "p = avg_pool2d(x, window_h = 4, window_w = 4)\nf = flatten(p)\nq = linear(f, e1)\nh = relu(q)\ng = linear(h, "
     "e2)\n"
     "s = sigmoid(g)\nz[b, IMAGE] = x[b, IMAGE] * s[b, (c)]\nm = avg_pool2d(z, window_h = 4, window_w = 4)\n"
     "v = flatten(m)\nu = relu(v)\nl = linear(u, w6)\n"},
    {"unflatten",
     "p = conv2d(x, k)\nf = flatten(p)\nr = tanh(f)\nu = unflatten(r, channel = 6, height = 1, width = 1)\n"
     "t = relu(u)\nv = flatten(t)\nl = linear(v, w6)\n"}};

std::string model_of(const Head& head, bool channel_last, bool trains) {
    const std::string axes = channel_last ? "height 4, width 4, channel 6" : "channel 6, height 4, width 4";
    std::string body = head.text;
    for (std::size_t at; (at = body.find("IMAGE")) != std::string::npos;) {
        body.replace(at, 5, channel_last ? "i, j, c" : "c, i, j");
    }
    auto parameter = [&](const std::string& name, const std::string& type) {
        const bool used = body.find(name + ")") != std::string::npos;
        return used ? fmt::format("parameter {}: f64[{}] = uniform(-0.4, 0.4)\n", name, type) : "";
    };
    std::string text =
        fmt::format("ricci 1 model {}\ninput x: f64[batch ?, {}]\ninput labels: i32[batch ?]\n", head.name, axes);
    text += parameter("k", "channel 6, channel 6, tap_h 4, tap_w 4") + parameter("e1", "feature 2, feature 6") +
            parameter("e2", "feature 6, feature 2") + parameter("w6", "class 3, feature 6");
    text += body + "c = softmax_cross_entropy(l, labels)\nloss = mean(c, over = batch)\noutput loss\noutput l\n";
    return text + (trains ? "train loss with sgd(learning_rate = 0.1)\n" : "gradient dx = d loss / d x\n");
}

class OnePixel : public ::testing::TestWithParam<Head> {};

TEST_P(OnePixel, RunsAndTrainsInEachLayoutWithTilesAndWithout) {
    for (bool channel_last : {false, true}) {
        for (bool trains : {false, true}) {
            const ir::Graph model = ir::parse(model_of(GetParam(), channel_last, trains));
            passes::Remarks remarks;
            const ir::Graph step = passes::apply_optimizer(passes::differentiate(model, {}, remarks), {}, remarks);
            const ir::Arrays given = draw(step, {.batch = 5, .numbers = 3});
            const ir::Arrays expected = ir::interpret(step, given);
            for (const char* layout : {"keep", channel_last ? "nchw" : "nhwc"}) {
                for (const char* tile : {"off", "3"}) {
                    const bool is_own = layout == std::string_view("keep") && tile == std::string_view("3");
                    if (!trains && !is_own) continue;  // training has the same gradients and more
                    SCOPED_TRACE(fmt::format("channel last {}, trains {}, layout {}, tile {}", channel_last, trains,
                                             layout, tile));
                    passes::Options options;
                    options.layout = layout;
                    options.tile = tile;
                    auto reads_back = [](const passes::Pass& pass, const ir::Graph& graph) {
                        const std::string text = ir::print(graph);
                        ASSERT_EQ(ir::print(ir::parse(text)), text) << pass.name;
                    };
                    const ir::Graph planned = passes::run_to(model, ir::Stage::planned, test::forced(options), remarks, reads_back);
                    Compiled compiled(planned);
                    const Tolerance tolerance{.relative = 1e-12, .floor = 1, .terms = terms_of(step, given)};
                    EXPECT_EQ(difference(expected, compiled(given), tolerance), "");
                }
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Heads, OnePixel, ::testing::ValuesIn(kHeads),
                         [](const auto& head) { return std::string(head.param.name); });

}  // namespace
}  // namespace ricci::testing
