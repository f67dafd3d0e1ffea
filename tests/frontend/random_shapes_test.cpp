// Random models of random_shapes.h through the whole pipeline with random options. Each pass keeps rules and text. The
// machine code has the interpreter's values, and the gradients are central differences. A failing model is shrunk to
// its fewest equations and shown with its seed. RICCI_MODELS says how many.
#include "tests/forced.h"
#include "tests/frontend/random_shapes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/gradient/apply_optimizer.h"
#include "passes/gradient/differentiate.h"
#include "tests/frontend/compiled.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

constexpr int kModels = 150;
constexpr int kMostEquations = 8;

passes::Options options_of(std::mt19937_64& random) {
    constexpr const char* kLayouts[] = {"keep", "keep", "nchw", "nhwc"};
    constexpr const char* kProducts[] = {"auto", "auto", "blas", "contraction", "loops"};
    constexpr const char* kTiles[] = {"off", "auto", "1", "3", "16"};
    return {.layout = kLayouts[random() % 4],
            .conv = "auto",
            .gemm = kProducts[random() % 5],
            .tile = kTiles[random() % 5],
            .fuse = random() % 5 != 0,
            .verify_values = random() % 4 == 0};
}

std::string differs_when_read(const ir::Graph& graph, std::string_view after) {
    const std::string text = ir::print(graph);
    try {
        const std::string again = ir::print(ir::parse(text));
        if (again == text) return "";
        return fmt::format("after {} the text reads back as another:\n{}\n{}", after, text, again);
    } catch (const std::exception& error) {
        return fmt::format("after {} the text is not read back: {}\n{}", after, error.what(), text);
    }
}

/// The first element of a gradient that is no central difference, where the loss has no kink there; or "".
std::string gradient_error(const ir::Graph& model, std::mt19937_64& random, int* checked) {
    ir::Graph asked = model;
    asked.training.reset();
    asked.outputs.clear();
    asked.gradients.clear();
    const ir::ValueId loss = model.find("loss");
    ir::Graph plain = asked;
    plain.outputs = {{"loss", loss}};
    for (ir::ValueId id = 0; id < static_cast<ir::ValueId>(model.values.size()); ++id) {
        const ir::Value& value = model.value(id);
        if (value.role != ir::Role::temporary && is_float(value.type.dtype))
            asked.gradients.push_back({"d." + value.name, loss, id});
    }
    const std::vector<ir::GradientRequest> wishes = asked.gradients;
    passes::Remarks remarks;
    ir::Arrays given = draw(plain, {.batch = 2, .seed = random(), .numbers = 6});
    const ir::Arrays gradients = ir::interpret(passes::differentiate(asked, {}, remarks), given);
    for (const ir::GradientRequest& wish : wishes) {
        std::vector<double>& elements = given.at(model.value(wish.by).name).elements;
        const std::vector<double>& gradient = gradients.at(wish.name).elements;
        double scale = 1;
        for (double element : gradient) scale = std::max(scale, std::fabs(element));
        const std::size_t place = random() % elements.size();
        const double at = elements[place];
        auto moved = [&](double by) {
            elements[place] = at + by;
            const double value = ir::interpret(plain, given).at("loss").elements[0];
            elements[place] = at;
            return value;
        };
        constexpr double kStep = 1e-5;
        const double here = moved(0);
        const double above = (moved(kStep) - here) / kStep;
        const double below = (here - moved(-kStep)) / kStep;
        // Beside a kink, or where the loss is curved too much for a difference.
        if (!(std::fabs(above - below) < 1e-3 * scale) || !(std::fabs(here) < 1e6)) continue;
        ++*checked;
        if (std::fabs((above + below) / 2 - gradient[place]) <= 1e-4 * scale) continue;
        return fmt::format("{}[{}] is {}, central difference {}", wish.name, place, gradient[place],
                           (above + below) / 2);
    }
    return "";
}

struct Outcome {
    bool failed = false;
    bool compared = false;
    int gradients = 0;
    std::string report{};
};

Outcome run(std::uint64_t seed, int equations) {
    const std::string text = random_shapes(seed, equations);
    std::mt19937_64 random(seed);
    const passes::Options options = test::forced(options_of(random));
    Outcome outcome;
    std::string error;
    try {
        const ir::Graph model = ir::parse(text);
        error = differs_when_read(model, "the parser");
        passes::Remarks remarks;
        const ir::Graph step = passes::apply_optimizer(passes::differentiate(model, {}, remarks), {}, remarks);
        auto reads_back = [&](const passes::Pass& pass, const ir::Graph& graph) {
            if (error.empty()) error = differs_when_read(graph, pass.name);
        };
        const ir::Graph planned = passes::run_to(model, ir::Stage::planned, options, remarks, reads_back);
        const ir::Arrays given = draw(step, {.batch = 1 + static_cast<std::int64_t>(random() % 3), .seed = random(), .numbers = 6});
        const ir::Arrays expected = ir::interpret(step, given);
        if (error.empty() && is_tame(expected)) {
            Compiled compiled(planned);
            error = difference(expected, compiled(given),
                               {.relative = 1e-10, .floor = 1, .terms = terms_of(step, given)});
            outcome.compared = true;
        }
        if (error.empty()) error = gradient_error(model, random, &outcome.gradients);
    } catch (const std::exception& exception) {
        error = exception.what();
    }
    outcome.failed = !error.empty();
    if (outcome.failed) {
        outcome.report = fmt::format("seed {}, {} equations, layout {}, gemm {}, tile {}, fuse {}: {}\n{}", seed,
                                     equations, options.layout, options.gemm, options.tile, options.fuse, error, text);
    }
    return outcome;
}

TEST(RandomShapes, KeepRulesTextsValuesAndGradients) {
    const char* asked = std::getenv("RICCI_MODELS");
    const int models = asked == nullptr ? kModels : std::atoi(asked);
    int compared = 0;
    int gradients = 0;
    for (const std::uint64_t own : test::seeds(models)) {
        Outcome outcome = run(own, 2 + static_cast<int>(own % (kMostEquations - 1)));
        compared += outcome.compared;
        gradients += outcome.gradients;
        if (!outcome.failed) continue;
        for (int fewer = 1; fewer < kMostEquations; ++fewer) {
            const Outcome smaller = run(own, fewer);
            if (!smaller.failed) continue;
            outcome = smaller;
            break;
        }
        ADD_FAILURE() << outcome.report;
    }
    EXPECT_GE(compared, models / 2);
    EXPECT_GE(gradients, models);
    fmt::print("{} models: {} compared, {} gradient elements\n", models, compared, gradients);
}

}  // namespace
}  // namespace ricci::testing
