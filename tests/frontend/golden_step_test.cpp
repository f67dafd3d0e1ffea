/// \file tests/frontend/golden_step_test.cpp
/// Three training steps of a small network against those of another system (tests/golden/step), in f64, through all
/// passes and the JIT. Compared are logits, gradients, losses, and the weights after the steps.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "ir/text/parser.h"
#include "tests/frontend/golden.h"

namespace ricci::testing {
namespace {

constexpr double kTolerance = 1e-12;
const std::vector<std::string> kParameters = {"conv.kernel", "conv.bias", "fc.weight", "fc.bias"};

std::filesystem::path folder() {
    return kept_golden_folder() / "step";
}

ir::Graph network() {
    std::ifstream file(folder() / "step.ein");
    std::stringstream text;
    text << file.rdbuf();
    return ir::parse(text.str());
}

/// What the first step is given: the batch, the first weights, velocities of 0 and the learning rate.
ir::Arrays first_step(const ir::Graph& step) {
    ir::Arrays given;
    for (const ir::Value& value : step.values) {
        if (value.role == ir::Role::input) given[value.name] = read_golden(folder() / (value.name + ".npy"));
        if (value.role == ir::Role::parameter) given[value.name] = read_golden(folder() / ("init." + value.name + ".npy"));
        if (value.role != ir::Role::state) continue;
        std::vector<std::int64_t> extents;
        for (const ir::Axis& axis : value.type.axes) extents.push_back(axis.extent);
        const double start = value.type.rank() == 0 ? 0.1 : 0;  // the learning rate, or a velocity
        given[value.name] = {extents, std::vector<double>(static_cast<std::size_t>(value.type.count(1)), start)};
    }
    return given;
}

TEST(golden, TrainingStepsOfTheRepository) {
    passes::Remarks remarks;
    const ir::Graph step = passes::run_to(network(), ir::Stage::step, {}, remarks);
    Compiled compiled(step);
    ir::Arrays given = first_step(step);
    const ir::Array losses = read_golden(folder() / "losses.npy");
    ASSERT_EQ(losses.elements.size(), 3U);
    std::function<ir::Arrays()> terms;  // of the last step
    for (std::size_t number = 0; number < losses.elements.size(); ++number) {
        terms = terms_of(step, given);
        const ir::Arrays results = compiled(given);
        ir::Arrays expected{{"loss", {{}, {losses.elements[number]}}}};
        if (number == 0) expected["logits"] = read_golden(folder() / "step0.logits.npy");
        EXPECT_EQ(difference(expected, results, {.relative = kTolerance, .terms = terms}), "")
            << "step " << number;
        for (auto& [name, array] : given) {
            if (auto updated = results.find(name); updated != results.end()) array = updated->second;
        }
    }
    for (const std::string& name : kParameters) {
        const ir::Arrays expected{{name, read_golden(folder() / ("final." + name + ".npy"))}};
        EXPECT_EQ(difference(expected, given, {.relative = kTolerance, .terms = terms}), "");
    }
}

TEST(golden, GradientsOfTheRepository) {
    passes::Remarks remarks;
    ir::Graph graph = network();
    graph.training.reset();
    ir::Arrays expected;
    for (const std::string& name : kParameters) {
        expected["d." + name] = read_golden(folder() / ("step0.grad." + name + ".npy"));
        graph.gradients.push_back({"d." + name, graph.find("loss"), graph.find(name)});
    }
    Compiled compiled(graph);
    const ir::Arrays given = first_step(graph);
    const Tolerance tolerance{.relative = kTolerance,
                              .terms = terms_of(passes::run_to(graph, ir::Stage::step, {}, remarks), given)};
    EXPECT_EQ(difference(expected, compiled(given), tolerance), "");
}

}  // namespace
}  // namespace ricci::testing
