/// \file tests/frontend/model_text_test.cpp
/// Models that are read from texts, and weights that are loaded in part.
#include "ricci/model_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ricci.h"
#include "tests/frontend/refusal.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci {
namespace {

constexpr const char* kText = R"(ricci 1 model layer
input x: f64[batch ?, feature 2]
input t: f64[batch ?]
parameter w: f64[feature 2] = 0.5
y[b] = w[i] * x[b, i]
off[b] = y[b] - t[b]
error[] = sum(b) off[b] * off[b] / f64(extent(b))
output y
output error
)";
const std::string kTrained = std::string(kText) + "train error with adam(learning_rate = 0.1) schedule cosine(steps = 9)\n";

TEST(ModelText, IsAModelToBuildOnAndTrain) {
    ModelText read = parse_model(kTrained);
    ASSERT_TRUE(read.loss && read.optimizer);
    EXPECT_EQ(read.loss->name(), "error");
    EXPECT_EQ(read.optimizer->name, "adam");
    EXPECT_EQ(read.optimizer->rate_schedule, "cosine");
    const Array x(std::vector<double>{1, 2, 3, 4}, {batch(2), feature(2)}), t(std::vector<double>{1, 1}, {batch(2)});
    Function step = compile(training_step(*read.loss, *read.optimizer));
    const double first = step(x, t).scalar();
    EXPECT_LT(step(x, t).scalar(), first);
    const Tensor y = read.model["y"];
    EXPECT_EQ(compile(forward({2 * y}))(x)[0].size(), 2) << "layers go on from its values";
    EXPECT_EQ(compile(forward(read.model)).text().find("update"), std::string::npos) << "forward does not train";
}

// The example of docs/language.md, "Training and use".
TEST(ModelText, TrainingIsTrueWhereAProgramTrainsAndNoInput) {
    ModelText read = parse_model(R"(ricci 1 model centred
input x: f32[batch ?, feature 3]
input training: bool[]
parameter w: f32[feature 3] = 1
state mean: f32[feature 3] = 0
now[i] = sum(b) x[b, i] / f32(extent(b))
mean.next[i] = 0.9 * mean[i] + 0.1 * now[i]
y[b] = sum(i) (x[b, i] - select(training[], now[i], mean[i])) * w[i]
loss[] = sum(b) y[b] * y[b] / f32(extent(b))
output y
output loss
update mean = mean.next
)");
    const Array x(std::vector<float>{1, 2, 3, 3, 4, 5}, {batch(2), feature(3)});
    EXPECT_FLOAT_EQ(compile(training_step(*read.loss, sgd({.learning_rate = 0})))({{"x", x}})["loss"].scalar(), 9);  // 3 off its mean
    const Array used = compile(forward({read.model["y"]}))({{"x", x}})[0];
    EXPECT_FLOAT_EQ(used.at({0}), 6 - 0.9);  // the running mean is a tenth of {2, 3, 4}
    EXPECT_FLOAT_EQ(used.at({1}), 12 - 0.9);
}

TEST(ModelText, TheLossIsThatOfTheStatementOrCalledSo) {
    EXPECT_FALSE(parse_model(kText).loss);
    EXPECT_FALSE(parse_model(kText).optimizer);
    EXPECT_EQ(parse_model(std::string(kText) + "output loss = error\n").loss->name(), "error");
    std::string named = kText;
    for (std::size_t at = named.find("error"); at != std::string::npos; at = named.find("error", at)) named.replace(at, 5, "loss");
    EXPECT_EQ(parse_model(named).loss->name(), "loss");
}

TEST(ModelText, MistakesOfItsOptimizerHaveTheirLine) {
    const auto refused = [](const std::string& lines) {
        return test::refusal([&] {
            const ModelText read = parse_model(
                std::string(kText) + "optimizer mine(beta = 0.9) {\n" + lines + "}\ntrain error with mine(learning_rate = 0.1)\n", "mine.ein");
            compile(training_step(*read.loss, *read.optimizer));
        });
    };
    EXPECT_EQ(refused("    w.next[...] = w[...] - beta * g[...]\n"), "(accepted)");
    EXPECT_EQ(refused("    # beside it\n\n    w.next[...] = w[...] - rate * g[...]\n"), "mine.ein:13: optimizer mine has no setting rate");
    EXPECT_EQ(refused("    m[...] = g[...]\n"),
              "mine.ein:11: optimizer mine has no line for w.next, what the parameter is after a step");
    EXPECT_EQ(refused("    w.next[...] = w[...] - m[...]\n    state m[...]\n"),
              "mine.ein:12: optimizer mine has no line for m.next, what its state is after a step");
    EXPECT_EQ(refused("    state m[...]\n    state m[...]\n    m.next[...] = g[...]\n"), "mine.ein:12: state m is declared twice");
    EXPECT_EQ(refused("    w.next[...] = w[...] - late[...]\n    late[...] = g[...]\n"),
              "mine.ein:11: optimizer mine reads late before its line");
    EXPECT_EQ(refused("    h[...] = g[...]\n    w.next[...] = w[...] -\n"), "mine.ein:12: found the end of the text, expected an expression");
    EXPECT_EQ(refused("    h[...] = g[...]\n    w.next[...] = h[...] > 0\n"),
              "mine.ein:12: optimizer mine: w.next is declared f64 but its equation gives bool; write f64(...)");
    EXPECT_EQ(refused(""), "mine.ein:11: optimizer mine has no lines; one says what w.next is, the parameter after a step");
}

TEST(ModelText, OtherTextsAreRefusedByTheirName) {
    EXPECT_EQ(test::refusal([] { parse_model("ricci 1 model m\noutput y\n", "m.ein"); }),
              "m.ein:2: y is not the name of a value above; expected a value to put out");
    EXPECT_EQ(test::refusal([] { parse_model("ricci 1 step m\ninput x: f32[]\ny[] = x[]\noutput y\n", "m.ein"); }),
              "m.ein: this text is at stage step, but a model is one of stage model; later stages run with `ricci run`");
    EXPECT_EQ(test::refusal([] { read_model("absent.ein"); }), "cannot open absent.ein: No such file or directory");
}

class PartialLoad : public ::testing::Test {
  protected:
    struct Network {
        Model m{"network"};
        Tensor x = m.input("x", f32, {batch(), feature(4)});
        Tensor labels = m.input("labels", i32, {batch()});
        Tensor logits;
        Tensor loss;
        explicit Network(std::int64_t answers)
            : logits(linear(tanh(linear(x, 6, {.name = "body"})), classes(answers), {.name = "head"})),
              loss(mean(softmax_cross_entropy(logits, labels))) {}
    };
    runtime::ScratchFolder folder;
};

TEST_F(PartialLoad, ACheckpointWithStatesGoesIntoAModelThatDoesNotTrain) {
    Network trained(3), used(3);
    Function step = compile(training_step(trained.loss, adamw({})));
    trained.m.parameters().draw(5);
    step.parameters().save(folder / "all", true);
    const Loaded loaded = used.m.parameters().load(folder / "all");
    EXPECT_EQ(used.m.parameters().sha256(), trained.m.parameters().sha256());
    EXPECT_EQ(loaded.taken.size(), 4U);
    EXPECT_EQ(loaded.left_out.size(), 2U + 2 * 4) << "the rate, the step counter, two means of each parameter";
}

TEST_F(PartialLoad, TakesWhatFitsAndSaysWhatDoesNot) {
    Network before(3), after(5);
    before.m.parameters().draw(5);
    after.m.parameters().draw(6);
    before.m.parameters().save(folder / "weights");
    const std::string file = (folder / "weights").string();
    EXPECT_EQ(test::refusal([&] { after.m.parameters().load(file); }),
              file + ": tensor \"head.weight\" is f32[3, 6] but this model has f32[class 5, feature 6]");
    const Loaded loaded = after.m.parameters().load(file, {.strict = false});
    EXPECT_EQ(loaded.taken, (std::vector<std::string>{"body.weight", "body.bias"}));
    EXPECT_EQ(loaded.missing, (std::vector<std::string>{"head.weight", "head.bias"}));
    EXPECT_EQ(loaded.left_out, loaded.missing);
    EXPECT_EQ(after.m.parameters()["body.weight"], before.m.parameters()["body.weight"]);

    Function tuned = compile(training_step(after.loss, sgd({.learning_rate = 0.1}).freeze("body")));
    const Array x(std::vector<float>{1, 2, 3, 4}, {batch(1), feature(4)});
    const Array labels(std::vector<std::int32_t>{4}, {batch(1)});
    tuned(x, labels);
    EXPECT_EQ(after.m.parameters()["body.weight"], before.m.parameters()["body.weight"]) << "frozen by its name";
}

}  // namespace
}  // namespace ricci
