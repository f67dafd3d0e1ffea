/// \file tests/frontend/rate_schedules_test.cpp
/// Schedules of the learning rate: values of another system (tests/golden/schedules), in both engines, in a program and in a
/// trainer. Also the lines of the reference, and what is refused.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "ir/ops/rate_schedule_table.h"
#include "ir/text/parser.h"
#include "ricci.h"
#include "runtime/file/npy.h"
#include "tests/frontend/golden.h"
#include "tests/frontend/refusal.h"

namespace ricci {
namespace {

ir::RateSchedule schedule_of(const std::string& text) {
    const ir::Graph graph = ir::parse("ricci 1 model rates\nparameter w: f32[] = 0\nloss[] = w[]\ntrain loss with "
                                      "sgd(learning_rate = 0.1) schedule " + text + "\n");
    return *graph.training->schedule;
}

Settings given_settings(const ir::RateSchedule& schedule) {
    return {schedule.settings.begin(), schedule.settings.end()};
}

/// The rates of the first steps: how far each moves a parameter whose gradient is -1.
std::vector<double> rates(const Optimizer& optimizer, int steps, Engine engine, double length = 0) {
    Model m("rates");
    Tensor w = m.parameter("w", f64, {}, constant(0));
    Function step = compile(training_step(0 - w, optimizer), {.engine = engine});
    if (length > 0) step.set("schedule.steps", length);
    std::vector<double> found;
    for (int i = 0; i < steps; ++i) {
        const double before = step.parameters()["w"].scalar();
        step.run(std::span<const Argument>());
        found.push_back(step.parameters()["w"].scalar() - before);
    }
    return found;
}

Optimizer with_schedule(const std::string& text) {
    const ir::RateSchedule schedule = schedule_of(text);
    return sgd({.learning_rate = 0.1}).schedule(schedule.name, given_settings(schedule));
}

TEST(golden, RateSchedulesOfTheRepository) {
    const std::filesystem::path folder = testing::kept_golden_folder() / "schedules";
    std::ifstream cases(folder / "cases.txt");
    std::set<std::string> seen;
    int number = 0;
    for (std::string text; std::getline(cases, text); ++number) {
        SCOPED_TRACE(text);
        seen.insert(schedule_of(text).name);
        const Array wanted = Array::load(folder / fmt::format("{:02}.npy", number));
        const auto values = wanted.span<double>();
        const ir::RateShare share(schedule_of(text));
        for (const Engine engine : {Engine::jit, Engine::interpreter}) {
            const std::vector<double> found = rates(with_schedule(text), static_cast<int>(values.size()), engine);
            for (std::size_t i = 0; i < values.size(); ++i) {
                EXPECT_NEAR(found[i], values[i], 1e-13) << "step " << i + 1;
                EXPECT_NEAR(0.1 * share(static_cast<double>(i) + 1, 0), values[i], 1e-13) << "step " << i + 1;
            }
        }
    }
    for (const ir::RateScheduleEntry& entry : ir::rate_schedules())
        EXPECT_TRUE(seen.contains(entry.name)) << entry.name << " has no reference values";
}

TEST(RateSchedules, EachIsALineOfTheReference) {
    std::ifstream file(std::string(RICCI_SOURCE_DIR) + "/docs/language.md");
    std::stringstream text;
    text << file.rdbuf();
    for (const ir::RateScheduleEntry& entry : ir::rate_schedules()) {
        std::string settings;
        for (const ir::OptimizerSetting& setting : entry.settings) {
            settings += settings.empty() ? "" : ", ";
            settings += std::isnan(setting.standard) ? setting.name : fmt::format("{} = {}", setting.name, setting.standard);
        }
        const std::string line = fmt::format("\n| `{}({})` | {}; {} |\n", entry.name, settings, entry.summary, entry.source);
        EXPECT_TRUE(text.str().contains(line)) << "docs/language.md lacks this line:" << line;
    }
}

TEST(RateSchedules, WithoutALengthItIsAStateThatTheCallerSets) {
    const std::vector<double> told = rates(with_schedule("cosine(steps = 8)"), 8, Engine::jit);
    EXPECT_EQ(rates(with_schedule("cosine()"), 8, Engine::jit, 8), told);
    for (const double rate : rates(with_schedule("cosine()"), 3, Engine::jit)) EXPECT_NEAR(rate, 0.1, 1e-15) << "before it is set";
}

TEST(RateSchedules, AConstantOneAddsNothingToTheProgram) {
    Model m("constant");
    Tensor w = m.parameter("w", f32, {}, constant(0));
    const Tensor loss = 0 - w;
    const std::string plain = compile(training_step(loss, sgd())).text();
    EXPECT_EQ(compile(training_step(loss, sgd().schedule("constant"))).text(), plain);
    EXPECT_NE(compile(training_step(loss, sgd().schedule("cosine"))).text(), plain);
}

TEST(RateSchedules, ATrainerTellsTheLengthAndGivesTheWeightsOfItsOwnCosine) {
    std::vector<std::string> weights;
    for (const bool in_program : {false, true}) {
        Classifier lenet = lenet5();
        const Optimizer plain = sgd({.learning_rate = 0.05, .momentum = 0.9});
        Function step = compile(training_step(lenet.loss, in_program ? plain.schedule("cosine") : plain));
        const ImageData data(draw_digits(130, 1), lenet.images.type());
        Trainer trainer(step, compile(lenet.predicted),
                        {.epochs = 2, .batch = 32, .schedule = in_program ? Schedule::constant : Schedule::cosine});
        trainer.fit(data, data);
        weights.push_back(step.parameters().sha256());
        if (in_program) {
            EXPECT_EQ(step.parameters()["schedule.steps"].scalar(), 10);
            EXPECT_EQ(step.parameters()["optimizer.step"].scalar(), 10);
        }
    }
    EXPECT_EQ(weights[0], weights[1]);
}

TEST(RateSchedules, RefusesWhatItCannotFollow) {
    const auto refused = [](const std::string& name, const Settings& settings) {
        return test::refusal_text([&] { sgd().schedule(name, settings); });
    };
    EXPECT_EQ(refused("cosin", {}), "unknown schedule \"cosin\"; there are constant, cosine, linear, one_cycle, step");
    EXPECT_EQ(refused("step", {}), "schedule step needs every, such as 1000");
    EXPECT_EQ(refused("step", {{"every", 0}}), "schedule step: every is 0; it is a whole number from 1 to 2^53");
    EXPECT_EQ(refused("cosine", {{"warm_up", 2.5}}), "schedule cosine: warm_up is 2.5; it is a whole number from 0 to 2^53");
    EXPECT_EQ(refused("cosine", {{"least", 1.5}}), "schedule cosine: least is 1.5; it is from 0 to 1");
    EXPECT_EQ(refused("cosine", {{"every", 2}}),
              "schedule cosine has no setting \"every\"; it has steps, least, warm_up, warm_from");
    EXPECT_EQ(refused("cosine", {{"steps", 10}, {"warm_up", 20}}),
              "schedule cosine: warm_up is 20, but steps is 10; the warm-up is a part of the training");
    Classifier lenet = lenet5();
    Function step = compile(training_step(lenet.loss, sgd().schedule("cosine")));
    EXPECT_EQ(test::refusal_text([&] { Trainer(step, compile(lenet.predicted), {.schedule = Schedule::cosine}); }),
              "trainer: the step follows schedule cosine of its optimizer; leave that of the trainer out");
}

}  // namespace
}  // namespace ricci
