// Random models through the whole pipeline with random options: each pass keeps the rules, the values and the text; and
// their gradients are central differences. A failing model is shrunk to its fewest layers and shown with its seed.
#include "tests/forced.h"
#include "tests/passes/random_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/check/verify_values.h"
#include "passes/pipeline.h"
#include "tests/passes/gradient_check.h"
#include "tests/seed.h"

namespace ricci::passes::testing {
namespace {

constexpr int kSteps = 6;

Options options_of(std::uint64_t seed) {
    Options options;
    constexpr const char* kLayouts[] = {"keep", "nchw", "nhwc"};
    options.layout = kLayouts[seed % 3];
    constexpr const char* kConvolutions[] = {"naive", "im2col", "direct", "auto", "auto"};
    options.conv = kConvolutions[seed % 5];
    constexpr const char* kTiles[] = {"auto", "off", "1", "16", "3", "auto"};
    options.tile = kTiles[seed / 2 % 6];
    constexpr const char* kProducts[] = {"auto", "blas", "auto", "contraction", "auto", "loops", "auto"};
    options.gemm = kProducts[seed % 7];
    options.fuse = seed % 4 != 0;
    options.verify_values = true;
    return ricci::test::forced(options);
}

/// What is wrong with the model on its way to the last stage, or "".
std::string pipeline_error(const std::string& model, std::uint64_t seed) {
    Remarks remarks;
    std::string error;
    auto reads_back = [&](const Pass& pass, const ir::Graph& graph) {
        const std::string text = ir::print(graph);
        if (error.empty() && ir::print(ir::parse(text)) != text) {
            error = fmt::format("after {} the text does not read back as it is:\n{}", pass.name, text);
        }
    };
    try {
        run_to(ir::parse(model), ir::Stage::planned, options_of(seed), remarks, reads_back);
    } catch (const std::exception& exception) {
        return exception.what();
    }
    return error;
}

int finite_losses = 0;  // of models whose gradients were checked

std::string gradient_error_of(const std::string& model, std::uint64_t seed) {
    const ir::Graph graph = ir::parse(model);
    GradientCheck check{.loss = "loss", .by = {"images"}, .batch = 2, .seed = seed, .most = 3};
    for (const ir::Value& value : graph.values) {
        if (value.role == ir::Role::parameter) check.by.push_back(value.name);
    }
    try {
        // A maximum over padding alone is -inf, and so is what follows: there is no difference to take.
        const ir::Arrays results = ir::interpret(graph, random_inputs(graph, check.batch, seed));
        if (!std::isfinite(results.at("loss").elements[0])) return "";
        ++finite_losses;
        return gradient_error(graph, check);
    } catch (const std::exception& exception) {
        return exception.what();
    }
}

/// Fails with the shortest model of that seed that has an error.
void expect_no_error(std::uint64_t seed, std::string (*error_of)(const std::string&, std::uint64_t)) {
    if (error_of(random_model(seed, kSteps), seed).empty()) return;
    for (int steps = 0; steps <= kSteps; ++steps) {
        const std::string model = random_model(seed, steps);
        const std::string error = error_of(model, seed);
        if (error.empty()) continue;
        ADD_FAILURE() << "seed " << seed << ", " << steps << " layers: " << error << "\n" << model;
        return;
    }
}

TEST(RandomModel, EachPassKeepsRulesValuesAndText) {
    for (const std::uint64_t seed : test::seeds(100)) expect_no_error(seed, pipeline_error);
}

TEST(RandomModel, GradientsAreCentralDifferences) {
    finite_losses = 0;
    for (const std::uint64_t seed : test::seeds(100)) expect_no_error(seed, gradient_error_of);
    EXPECT_GE(finite_losses, 80);
}

}  // namespace
}  // namespace ricci::passes::testing
