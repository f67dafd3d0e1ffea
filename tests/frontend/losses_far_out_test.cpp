// Losses of logits of +-1000, and normalisations of numbers all alike: finite values and gradients, in f32 and f64.
#include <gtest/gtest.h>

#include <cmath>

#include "ir/text/parser.h"
#include "tests/frontend/compiled.h"

namespace ricci::testing {
namespace {

const std::vector<double> kLogits = {-1000, 1000, 1000, 0, 1000, -1000};

void expect_finite(const std::string& inputs, const std::string& call, const std::string& result,
                   const ir::Arrays& given, const std::string& dtype) {
    std::string text = "ricci 1 model losses\n" + inputs;
    for (std::size_t at; (at = text.find("REAL")) != std::string::npos;) text.replace(at, 4, dtype);
    const bool one = result == "b";
    text += fmt::format("y = {}\nl[] = {}\noutput y\n", call, one ? "sum(b: batch 2) y[b]" : "y[b, k]");
    text += "gradient dx = d l / d x\n";
    const ir::Arrays got = Compiled(ir::parse(text, call))(given);
    for (const char* name : {"y", "dx"}) {
        for (double element : got.at(name).elements)
            EXPECT_TRUE(std::isfinite(element)) << name << " of " << call << " in " << dtype;
    }
}

TEST(LossesFarOut, OfTargetsAreFinite) {
    const ir::Arrays given = {
        {"x", {{2, 3}, kLogits}}, {"t", {{2, 3}, {1, 0, 1, 0, 1, 1}}}, {"s", {{2, 3}, {1, -1, -1, 1, 1, 1}}}};
    const std::string inputs =
        "input x: REAL[batch 2, feature 3]\ninput t: REAL[batch 2, feature 3]\ninput s: REAL[batch 2, feature 3]\n";
    for (const char* dtype : {"f32", "f64"}) {
        for (const char* call : {"mse(x, t)", "l1(x, t)", "huber(x, t)", "smooth_l1(x, t)", "bce_with_logits(x, t)",
                                 "soft_margin(x, s)", "hinge(x, s)", "hinge_embedding(x, s)", "kl_div(x, t)"}) {
            expect_finite(inputs, call, "b", given, dtype);
        }
    }
}

TEST(LossesFarOut, OfProbabilitiesAtBothEndsAreFinite) {
    const ir::Arrays given = {{"x", {{2, 3}, {0, 1, 0, 1, 0.5, 1e-40}}}, {"t", {{2, 3}, {1, 0, 0, 1, 1, 1}}}};
    for (const char* dtype : {"f32", "f64"}) {
        expect_finite("input x: REAL[batch 2, feature 3]\ninput t: REAL[batch 2, feature 3]\n", "bce(x, t)", "b", given,
                      dtype);
    }
}

TEST(LossesFarOut, OfClassesAreFinite) {
    const ir::Arrays given = {{"x", {{2, 3}, kLogits}},
                              {"t", {{2, 3}, {1, 0, 0, 0.2, 0.3, 0.5}}},
                              {"w", {{3}, {1, 0.5, 0}}},
                              {"labels", {{2}, {0, 2}}},
                              {"holes", {{2}, {-100, 1}}}};
    const std::string inputs =
        "input x: REAL[batch 2, class 3]\ninput t: REAL[batch 2, class 3]\ninput w: REAL[class 3]\ninput labels: "
        "i32[batch 2]\ninput holes: i32[batch 2]\n";
    for (const char* dtype : {"f32", "f64"}) {
        for (const char* call :
             {"softmax_cross_entropy(x, labels)", "softmax_cross_entropy(x, labels, label_smoothing = 0.1)",
              "soft_cross_entropy(x, t)", "soft_cross_entropy(x, t, label_smoothing = 0.1)",
              "weighted_softmax_cross_entropy(x, labels, w, label_smoothing = 0.1)", "nll(x, labels)",
              "multi_margin(x, labels)", "ignoring_nll(x, holes, w)", "ignoring_cross_entropy(x, holes, w)",
              "ignoring_cross_entropy(x, holes, w, label_smoothing = 0.1)"}) {
            expect_finite(inputs, call, "b", given, dtype);
        }
        for (const char* call :
             {"softmax(x, over = class)", "softmin(x, over = class)", "log_softmax(x, over = class)"}) {
            expect_finite(inputs, call, "b, k", given, dtype);
        }
    }
}

TEST(LossesFarOut, OfVectorsAreFinite) {
    const ir::Arrays given = {
        {"x", {{2, 3}, kLogits}}, {"z", {{2, 3}, {-1000, 1000, 1000, 0, 0, 0}}}, {"t", {{2}, {1, -1}}}};
    const std::string inputs =
        "input x: REAL[batch 2, feature 3]\ninput z: REAL[batch 2, feature 3]\ninput t: REAL[batch 2]\n";
    for (const char* dtype : {"f32", "f64"}) {
        for (const char* call : {"cosine_embedding(x, z, t)", "triplet_margin(x, z, z)", "triplet_margin(z, x, z)"}) {
            expect_finite(inputs, call, "b", given, dtype);
        }
    }
    const ir::Arrays scores = {{"x", {{2}, {-1000, 1000}}}, {"z", {{2}, {1000, 1000}}}, {"t", {{2}, {1, -1}}}};
    for (const char* dtype : {"f32", "f64"})
        expect_finite("input x: REAL[batch 2]\ninput z: REAL[batch 2]\ninput t: REAL[batch 2]\n", "margin_ranking(x, z, t)", "b", scores, dtype);
}

TEST(LossesFarOut, NormalisationsOfNumbersAllAlikeAreFinite) {
    const ir::Arrays given = {{"x", {{2, 4}, {0, 0, 0, 0, 1000, 1000, 1000, 1000}}}, {"w", {{4}, {1, 1, 1, 1}}}};
    const std::string features = "input x: REAL[batch 2, feature 4]\ninput w: REAL[feature 4]\n";
    const std::string channels = "input x: REAL[batch 2, channel 4]\ninput w: REAL[channel 4]\n";
    for (const char* dtype : {"f32", "f64"}) {
        expect_finite(features, "layer_norm(x, w, w)", "b, k", given, dtype);
        expect_finite(features, "rms_norm(x, w)", "b, k", given, dtype);
        expect_finite(channels, "group_norm(x, w, w, groups = 2)", "b, k", given, dtype);
        expect_finite(channels, "local_response_norm(x, size = 3, alpha = 1)", "b, k", given, dtype);
    }
}

}  // namespace
}  // namespace ricci::testing
