// States of a model are kept between calls, and updated by steps of training alone. All programs share them, and they are
// saved with the parameters. A truth value tells training from use.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "ricci.h"
#include "tests/frontend/refusal.h"

namespace ricci {
namespace {

/// y = w * x, and the moving average of x's mean.
struct Averaged {
    Model m{"averaged"};
    Tensor x = m.input("x", f64, {batch(), feature(2)});
    Tensor w = m.parameter("w", f64, {feature(2)}, constant(1));
    Tensor average = m.state("average", f64, {feature(2)}, constant(4));
    Tensor now = m.tensor("now");
    Tensor shown = m.tensor("shown");
    Tensor loss;

    Averaged() {
        const Index b("b", batch), f("f", feature);
        now[f] = sum(b)(x[b, f] / 2);  // of two samples
        Tensor next = m.tensor("next");
        next[f] = 0.5 * average[f] + 0.5 * now[f];
        m.update(average, next);
        const Tensor training = m.training();
        shown[b, f] = w[f] * (x[b, f] - select(training[], now[f], average[f]));
        loss = mean(square(shown));
    }
    Array input() const { return Array(std::vector<double>{1, 2, 3, 4}, {2, 2}); }
};

std::vector<double> elements(const Array& array) {
    const auto span = array.span<double>();
    return {span.begin(), span.end()};
}

TEST(States, AStepUpdatesThemAndOtherProgramsReadThem) {
    Averaged model;
    Function step = compile(training_step(model.loss, sgd({.learning_rate = 0})));
    Function use = compile(forward({model.shown}));
    const auto average = [&] { return elements(model.m.parameters()["average"]); };
    EXPECT_EQ(average(), (std::vector<double>{4, 4}));
    step({{"x", model.input()}});
    EXPECT_EQ(average(), (std::vector<double>{3, 3.5}));
    for (int call = 0; call < 2; ++call) {
        const auto results = use({{"x", model.input()}});
        EXPECT_EQ(elements(results["shown"]), (std::vector<double>{1 - 3, 2 - 3.5, 3 - 3, 4 - 3.5}));
        EXPECT_EQ(average(), (std::vector<double>{3, 3.5})) << "a program that does not train";
    }
    step({{"x", model.input()}});
    EXPECT_EQ(average(), (std::vector<double>{2.5, 3.25}));
}

TEST(States, TheTruthValueLeavesNoInputAndNoDeadHalf) {
    Averaged model;
    const std::string use = forward({model.shown}).text();
    EXPECT_FALSE(use.contains("training")) << use;
    EXPECT_FALSE(use.contains("now")) << "the mean of the batch is not used:\n" << use;
    EXPECT_FALSE(use.contains("update")) << use;
    const std::string step = training_step(model.loss, sgd()).text();
    EXPECT_FALSE(step.contains("input training")) << step;
    EXPECT_TRUE(step.contains("update average = next")) << step;
    EXPECT_FALSE(gradients(model.loss).text().contains("update"));
}

TEST(States, AreSavedWithTheParametersAndLoaded) {
    const auto path = std::filesystem::temp_directory_path() / "ricci_states_test.safetensors";
    Averaged model, other;
    Function step = compile(training_step(model.loss, adam()));
    step({{"x", model.input()}});
    model.m.parameters().save(path);
    other.m.parameters().load(path);
    EXPECT_EQ(elements(other.m.parameters()["average"]), (std::vector<double>{3, 3.5}));
    std::filesystem::remove(path);
}

TEST(States, AnUpdateThatNeedsOtherInputsIsLeftOut) {
    Averaged model;
    Tensor z = model.m.input("z", f64, {});
    Tensor seen = model.m.state("seen", f64, {});
    Tensor more = model.m.tensor("more");
    more[] = seen[] + z[];
    model.m.update(seen, more);
    EXPECT_FALSE(training_step(model.loss, sgd()).text().contains("seen"));
}

TEST(States, RefusesUpdatesOfOtherThingsAndTypes) {
    Averaged model;
    EXPECT_EQ(test::refusal_text([&] { model.m.update(model.w, model.now); }),
              "update: w is a parameter; only a state is updated, and parameters by an optimizer");
    EXPECT_EQ(test::refusal_text([&] { model.m.update(model.average, model.now); }),
              "update: average has an update already, to next");
    Tensor count = model.m.state("count", i64, {});
    EXPECT_EQ(test::refusal_text([&] { model.m.update(count, model.loss); }), "update: count is i64[], but mean1 is f64[]");
    EXPECT_EQ(test::refusal_text([&] { model.m.state("open", f32, {batch()}); }),
              "state \"open\": f32[batch ?] has an open axis; a state's extents are fixed");
    Averaged other;
    EXPECT_EQ(test::refusal_text([&] { model.m.update(other.average, other.now); }),
              "update: average belongs to model \"averaged\", not to \"averaged\"");
}

}  // namespace
}  // namespace ricci
