/// \file tests/frontend/refused_ambiguous.cpp
/// Operands with several axes of one kind, where the kind alone does not say which is meant.
#include "ricci/layers.h"
#include "ricci/model.h"
#include "ricci/arithmetic.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

class RefusedAmbiguous : public testing::Test {
  protected:
    Model m{"m"};
    const Kind step = axis("time", 4).kind;
    Tensor scores = m.input("scores", f32, {batch(), time(4), time(4)});
    Tensor square = m.input("square", f32, {axis("n", 4), axis("n", 4)});
    Tensor line = m.input("line", f32, {axis("n", 4)});
    Tensor wide = m.input("wide", f32, {batch(), feature(4), feature(5)});
    Tensor channels = m.input("channels", f32, {channel(4), channel(4), height(9), width(9)});
};

TEST_F(RefusedAmbiguous, KindsToGoOver) {
    const std::string said =
        "x (scores) has 2 axes of kind time (1 and 2) but {} takes 1 of that kind, and its type f32[batch ?, time 4, "
        "time 4] does not say which; write it with indices, or give each axis a kind of its own";
    auto expect = [&](const std::string& op, const std::function<void()>& program,
                      std::source_location where = std::source_location::current()) {
        std::string text = said;
        text.replace(text.find("{}"), 2, op);
        expect_refused(op, program, op + " \"" + op + "1\": " + text, where);
    };
    expect("softmax", [&] { softmax(scores, step); });
    expect("log_softmax", [&] { log_softmax(scores, step); });
    expect("max", [&] { max(scores, step); });
    expect("min", [&] { min(scores, step); });
    expect("argmax", [&] { argmax(scores, step); });
    expect("sum", [&] { sum(scores, {step}); });
    expect("mean", [&] { mean(scores, {step}); });
}

TEST_F(RefusedAmbiguous, OperandsOfArithmetic) {
    const std::vector<std::pair<std::string, std::function<Tensor(Tensor, Tensor)>>> functions = {
        {"add", [](const Tensor& a, const Tensor& b) { return a + b; }},
        {"sub", [](const Tensor& a, const Tensor& b) { return a - b; }},
        {"mul", [](const Tensor& a, const Tensor& b) { return a * b; }},
        {"div", [](const Tensor& a, const Tensor& b) { return a / b; }},
        {"pow", [](const Tensor& a, const Tensor& b) { return pow(a, b); }},
        {"minimum", [](const Tensor& a, const Tensor& b) { return minimum(a, b); }},
        {"maximum", [](const Tensor& a, const Tensor& b) { return maximum(a, b); }},
    };
    for (const auto& [op, function] : functions) {
        for (bool turned : {false, true}) {
            const std::string name = turned ? "b (square)" : "a (square)";
            const std::string other = turned ? "a (line)" : "b (line)";
            const std::string message = refusal([&] { turned ? function(line, square) : function(square, line); });
            EXPECT_NE(message.find(name + " has 2 axes of kind n (0 and 1) but " + other +
                                   " has 1 (0), and the types f32[n 4, n 4] and f32[n 4] do not say which go together"),
                      std::string::npos)
                << op << ": " << message;
        }
        EXPECT_EQ(function(square, square).rank(), 2) << op;
    }
}

TEST_F(RefusedAmbiguous, OperandsOfLayers) {
    const std::string which = "; write it with indices, or give each axis a kind of its own";
    expect_refused(
        "features of a linear layer", [&] { linear(wide, 3); },
        "linear \"linear1\": wide is f32[batch ?, feature 4, feature 5], which has axes 1 and 2 of kind feature" +
            which);
    expect_refused(
        "features of layer_norm", [&] { layer_norm(wide); },
        "layer_norm \"norm1\": wide is f32[batch ?, feature 4, feature 5], which has axes 1 and 2 of kind feature" +
            which);
    expect_refused(
        "channels of batch_norm", [&] { batch_norm(channels); },
        "batch_norm \"norm1\": channels is f32[channel 4, channel 4, height 9, width 9], which has axes 0 and 1 of "
        "kind "
        "channel" +
            which);
    expect_refused(
        "channels of a convolution", [&] { conv2d(channels, {.out = 2, .kernel = 3}); },
        "conv2d \"conv1\": channels is f32[channel 4, channel 4, height 9, width 9], which has axes 0 and 1 of kind "
        "channel" +
            which);
}

TEST_F(RefusedAmbiguous, LayersLeaveNothingBehind) {
    Tensor images = m.input("images", f32, {batch(), channel(6), height(28), width(28)});
    const std::string before = fmt::format("{}", m);
    EXPECT_NE(refusal([&] { conv2d(images, {.out = 6, .kernel = 29}); }), "(accepted)");
    EXPECT_NE(refusal([&] { linear(wide, 3); }), "(accepted)");
    EXPECT_NE(refusal([&] { batch_norm(channels); }), "(accepted)");
    EXPECT_NE(refusal([&] { sum(m["scores"], {batch, step}); }), "(accepted)");
    EXPECT_EQ(fmt::format("{}", m), before);
    EXPECT_EQ(m.parameter_count(), 0);
    conv2d(images, {.out = 6, .kernel = 3, .name = "conv"});
    EXPECT_EQ(m.parameter_count(), 6 * 6 * 9 + 6);
}

}  // namespace
}  // namespace ricci::test
