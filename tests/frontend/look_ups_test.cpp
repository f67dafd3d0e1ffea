/// \file tests/frontend/look_ups_test.cpp
/// Look-ups in C++: elements between the brackets, the layers made of them, and what is refused where.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "ricci.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

constexpr AxisName vocab{"vocab"};

Array ids_of(const std::vector<std::int32_t>& values, const std::vector<Axis>& axes) {
    Array array(i32, axes);
    std::ranges::copy(values, array.span<std::int32_t>().begin());
    return array;
}

Array counting(const std::vector<Axis>& axes) {
    Array array(f32, axes);
    std::iota(array.span<float>().begin(), array.span<float>().end(), 0.0F);
    return array;
}

std::vector<float> floats(const Array& array) { return {array.span<float>().begin(), array.span<float>().end()}; }

class LookUps : public testing::TestWithParam<Engine> {
  protected:
    Function function(const Tensor& y) const { return compile_forced(y, {.threads = 1, .engine = GetParam()}); }
};

TEST_P(LookUps, ReadRowsBetweenTheBrackets) {
    Model m("net");
    Tensor tokens = m.input("tokens", i32, of(vocab(5)), {batch(), time(2)});
    Tensor table = m.input("table", f32, {vocab(5), feature(3)});
    Index b("b"), t("t"), f("f");
    Tensor y = m.tensor("y");
    y[b, t, f] = 2 * table[tokens[b, t], f] + 1;
    EXPECT_NE(m.text().find("input tokens: i32<vocab 5>[batch ?, time 2]"), std::string::npos) << m.text();
    Function run = function(y);
    const std::vector<Axis> cells = {batch(2), time(2)};
    const Array rows = counting({vocab(5), feature(3)});
    EXPECT_EQ(floats(run({{"tokens", ids_of({4, 0, 1, 4}, cells)}, {"table", rows}})[0]),
              (std::vector<float>{25, 27, 29, 1, 3, 5, 7, 9, 11, 25, 27, 29}));
    EXPECT_EQ(refusal([&] { run({{"tokens", ids_of({4, 0, 5, 4}, cells)}, {"table", rows}}); }),
              "net: input \"tokens\" is 5 at batch 1, time 0 but numbers vocab 5: 0 to 4");
}

TEST_P(LookUps, OfSamplesAreCheckedAgainstTheBatchOfTheCall) {
    Model m("net");
    Tensor x = m.input("x", f32, {batch(), feature(2)});
    Tensor partner = m.input("partner", i32, {batch()});
    Tensor said = m.input("said", i32, of(batch()), {batch()});
    Index b("b"), f("f");
    Tensor y = m.tensor("y");
    y[b, f] = x[said[b], f] + gather(x, partner, batch)[b, f];
    Function run = function(y);
    const auto call = [&](std::vector<std::int32_t> ids, std::int64_t samples) {
        const Array given = ids_of(ids, {batch(samples)});
        return floats(run({{"x", counting({batch(samples), feature(2)})}, {"partner", given}, {"said", given}})[0]);
    };
    EXPECT_EQ(call({1, 0}, 2), (std::vector<float>{4, 6, 0, 2}));
    EXPECT_EQ(call({2, 2, 0}, 3), (std::vector<float>{8, 10, 8, 10, 0, 2}));
    EXPECT_EQ(refusal([&] { call({1, 2}, 2); }), "net: input \"partner\" is 2 at batch 1 but numbers batch 2: 0 to 1");
    EXPECT_EQ(refusal([&] { call({-1, 0}, 2); }), "net: input \"partner\" is -1 at batch 0 but numbers batch 2: 0 to 1");
}

TEST_P(LookUps, WriteWhereIdsSay) {
    Model m("net");
    Tensor tokens = m.input("tokens", i32, of(vocab(4)), {batch(), time(2)});
    Tensor g = m.input("g", f32, {batch(), time(2), feature(2)});
    Index b("b"), t("t"), f("f"), i("i", Kind::named("tap_vocab")), v("v", vocab(3));
    Tensor d = m.tensor("d");
    d[tokens[b, t], f] += g[b, t, f];
    Function run = function(d);
    const std::vector<Axis> cells = {batch(2), time(2)};
    const Array given = counting({batch(2), time(2), feature(2)});
    EXPECT_EQ(floats(run({{"tokens", ids_of({3, 1, 3, 3}, cells)}, {"g", given}})[0]),
              (std::vector<float>{0, 0, 2, 3, 0, 0, 10, 13}));
}

TEST_P(LookUps, MakeTheLayers) {
    Model m("net");
    Tensor x = m.input("x", f32, {batch(), classes(4)});
    Tensor labels = m.input("labels", i32, {batch()});
    Tensor places = m.input("places", i32, {axis("place", 2)});
    Tensor each = m.input("each", i32, {batch(), axis("place", 2)});
    Function picked = function(gather(x, labels, classes));
    const Array scores = counting({batch(2), classes(4)});
    const Array ones = ids_of({3, 1}, {batch(2)});
    EXPECT_EQ(floats(picked({{"x", scores}, {"labels", ones}})[0]), (std::vector<float>{3, 5}));
    Function selected = function(index_select(x, places, classes));
    EXPECT_EQ(floats(selected({{"x", scores}, {"places", ids_of({2, 0}, {axis("place", 2)})}})[0]),
              (std::vector<float>{2, 6, 0, 4}));
    Function along = function(take_along(x, each, classes));
    EXPECT_EQ(floats(along({{"x", scores}, {"each", ids_of({0, 3, 1, 1}, {batch(2), axis("place", 2)})}})[0]),
              (std::vector<float>{0, 3, 5, 5}));
    Function hot = function(one_hot(labels, classes(4)));
    EXPECT_EQ(floats(hot({{"labels", ones}})[0]), (std::vector<float>{0, 0, 0, 1, 0, 1, 0, 0}));
}

TEST_P(LookUps, AddUpByGroup) {
    Model m("net");
    Tensor x = m.input("x", f32, {batch(), classes(2)});
    Tensor group = m.input("group", i32, {batch()});
    Function added = function(scatter_add(x, group, axis("group", 3)));
    EXPECT_EQ(floats(added({{"x", counting({batch(3), classes(2)})}, {"group", ids_of({2, 0, 2}, {batch(3)})}})[0]),
              (std::vector<float>{2, 3, 0, 0, 4, 6}));
}

TEST_P(LookUps, TrainTheRowsThatAreRead) {
    Model m("net");
    Tensor tokens = m.input("tokens", i32, of(vocab(6)), {batch(), time(2)});
    Tensor e = embedding(tokens, feature(3));
    EXPECT_EQ(e.type(), (TensorType{f32, {batch(), time(2), feature(3)}}));
    Index b("b"), t("t"), f("f");
    Tensor loss = m.tensor("loss");
    loss[] = sum(b, t, f)(e[b, t, f] * e[b, t, f]);
    Function step = compile_forced(training_step(loss, sgd({.learning_rate = 0.25})), {.threads = 1, .engine = GetParam()});
    const std::vector<float> before = floats(step.parameters()["embedding1.weight"]);
    step({{"tokens", ids_of({4, 0, 0, 4}, {batch(2), time(2)})}});
    const std::vector<float> after = floats(step.parameters()["embedding1.weight"]);
    for (std::size_t i = 0; i < before.size(); ++i) {
        const bool read = i / 3 == 0 || i / 3 == 4;  // twice: 1 - 0.25 * 2 * 2 of it is left
        EXPECT_FLOAT_EQ(after[i], read ? 0 : before[i]) << i;
    }
}

TEST_P(LookUps, LeaveOutIgnoredLabels) {
    Model m("net");
    Tensor x = m.input("x", f32, {batch(), classes(3)});
    Tensor labels = m.input("labels", i32, {batch()});
    Function loss = function(mean_cross_entropy(x, labels, {.ignored = -100}));
    Array logits(f32, {batch(3), classes(3)});
    std::ranges::copy(std::vector<float>{1000, -1000, 0, 5, 5, 5, -1000, 1000, 1000}, logits.span<float>().begin());
    const auto of_labels = [&](std::vector<std::int32_t> given) {
        return floats(loss({{"x", logits}, {"labels", ids_of(given, {batch(3)})}})[0])[0];
    };
    EXPECT_FLOAT_EQ(of_labels({0, -100, 1}), std::log(2.0F) / 2);
    EXPECT_FLOAT_EQ(of_labels({2, -100, -100}), 1000);
    EXPECT_TRUE(std::isnan(of_labels({-100, -100, -100})));
}

/// Labels of f32 and f64 programs: classes, and the one that is ignored, are taken; others are refused.
TEST_P(LookUps, RefuseLabelsThatAreNeitherAClassNorIgnored) {
    for (const DType dtype : {f32, f64}) {
        for (const DType ids : {i32, i64}) {
            for (const std::int64_t ignored : {-100, 3, 2}) {
                Model m("net");
                Tensor x = m.input("x", dtype, {batch(), classes(3)});
                Tensor labels = m.input("labels", ids, {batch()});
                Tensor nll = mean_nll(log_softmax(x), labels, {.ignored = ignored});
                Function loss = compile_forced(forward({mean_cross_entropy(x, labels, {.ignored = ignored}), nll}),
                                               {.threads = 1, .engine = GetParam()});
                const Array scores(dtype, {batch(2), classes(3)});
                const auto call = [&](std::int64_t label) {
                    Array given(ids, {batch(2)});
                    if (ids == i32) given.span<std::int32_t>()[1] = static_cast<std::int32_t>(label);
                    if (ids == i64) given.span<std::int64_t>()[1] = label;
                    return loss({{"x", scores}, {"labels", given}})[1].scalar();
                };
                for (const std::int64_t label : {std::int64_t{0}, std::int64_t{2}, ignored}) EXPECT_NEAR(call(label), std::log(3), 1e-6);
                for (const std::int64_t label : {-101, -1, 4, 77}) {
                    const std::string also = ignored == 2 ? "" : fmt::format(", or {} for what is ignored", ignored);
                    EXPECT_EQ(refusal_text([&] { call(label); }),
                              fmt::format("net: input \"labels\" is {} at batch 1 but numbers class 3: 0 to 2{}", label, also));
                }
            }
        }
    }
}

TEST_P(LookUps, RefuseIgnoredLabelsWhereEachIsLookedUp) {
    Model m("net");
    Tensor x = m.input("x", f32, {batch(), classes(3)});
    Tensor labels = m.input("labels", i32, {batch()});
    Tensor loss = mean_cross_entropy(x, labels, {.ignored = -100});
    Index b("b");
    m["own"][b] = x[b, labels[b]];
    Function f = compile_forced(forward({loss, m["own"]}), {.threads = 1, .engine = GetParam()});
    EXPECT_EQ(refusal_text([&] { f({{"x", Array(f32, {batch(1), classes(3)})}, {"labels", ids_of({-100}, {batch(1)})}}); }),
              "net: input \"labels\" is -100 at batch 0 but numbers class 3: 0 to 2");
    EXPECT_EQ(refusal_text([&] {
                  Tensor others = m.input("others", i32, {batch()});
                  mean_cross_entropy(x, others, {.ignored = -100});
                  mean_nll(x, others, {.ignored = -1});
              }),
              "ignoring_nll \"ignoring_nll1\": labels (others) has -100 ignored, but ignoring_nll ignores -1; give each its own input");
}

// As PyTorch has it: there is nothing to average. What an ignored label does not ask for, it does not learn.
TEST_P(LookUps, OfFactorsThatAreAllZeroHaveNoMean) {
    for (const bool of_nll : {false, true}) {
        Model m("net");
        Tensor x = m.input("x", f32, {batch(), classes(3)});
        Tensor labels = m.input("labels", i32, {batch()});
        Tensor weight = m.constant("weight", f32, {classes(3)}, {0, 2, 0});
        const LabelLossOptions options{.weight = weight, .ignored = -100};
        Tensor loss = of_nll ? mean_nll(x, labels, options) : mean_cross_entropy(x, labels, options);
        Function f = compile_forced(gradients(loss, {x}), {.threads = 1, .engine = GetParam()});
        Array logits(f32, {batch(2), classes(3)});
        std::ranges::copy(std::vector<float>{1000, -1000, 0, 5, 4, 3}, logits.span<float>().begin());
        for (const std::vector<std::int32_t>& given : {std::vector<std::int32_t>{0, 2}, {-100, -100}, {-100, 0}}) {
            const Results results = f({{"x", logits}, {"labels", ids_of(given, {batch(2)})}});
            EXPECT_TRUE(std::isnan(floats(results[0])[0]));
            const std::vector<float> slopes = floats(results[1]);
            for (std::size_t i = 0; i < slopes.size(); ++i) {
                const std::int32_t label = given[i / 3];
                // nll reads the element of the label alone.
                const bool is_read = label != -100 && (!of_nll || label == static_cast<std::int32_t>(i % 3));
                EXPECT_EQ(std::isnan(slopes[i]), is_read) << i;
                EXPECT_TRUE(is_read || slopes[i] == 0) << i;
            }
        }
        // A class of factor 0 beside another one counts for nothing.
        const float one = floats(f({{"x", logits}, {"labels", ids_of({0, 1}, {batch(2)})}})[0])[0];
        const float same = floats(f({{"x", logits}, {"labels", ids_of({-100, 1}, {batch(2)})}})[0])[0];
        EXPECT_EQ(one, same);
        EXPECT_TRUE(std::isfinite(one));
    }
}

TEST(LookUpsRefused, OnTheLineThatHoldsThem) {
    const auto with = [](const std::function<void(Model&, Tensor, Tensor)>& rest) {
        Model m("net");
        Tensor tokens = m.input("tokens", i32, of(vocab(5)), {batch()});
        Tensor x = m.input("x", f32, {batch(), classes(5)});
        rest(m, tokens, x);
    };
    Index b("b"), f("f");
    EXPECT_EQ(refusal_text([&] { with([&](Model& m, Tensor tokens, Tensor x) { m["y"][b] = x[b, tokens[b]]; }); }),
              "y[b]: tokens[b] numbers vocab 5, but axis 1 of x is class 5; an id stands on an axis of its own kind alone");
    EXPECT_EQ(refusal_text([&] { with([&](Model& m, Tensor, Tensor x) { m["y"][b] = x[b, exp(x[b, 0])]; }); }),
              "exp(...) stands where an index does; give it an equation of its own, and look up by its elements");
    EXPECT_EQ(refusal_text([&] { with([&](Model& m, Tensor, Tensor x) { m["y"][b] = x[b, Term(0.5)]; }); }),
              "the number 0.5 stands where an index does; an index is an integer");
    EXPECT_EQ(refusal_text([&] { with([&](Model& m, Tensor tokens, Tensor x) { m["y"][b] = x[b, pad(tokens[b], 0)]; }); }),
              "pad(tokens[...]) stands where an index does; an id is read without padding");
    EXPECT_EQ(refusal_text([&] { with([&](Model& m, Tensor, Tensor x) { m["y"][b] = x[b, extent(b)]; }); }),
              "an extent stands where an index does; give it an equation of its own, and look up by its elements");
    EXPECT_EQ(refusal_text([&] { with([&](Model& m, Tensor, Tensor) { m.input("z", f32, of(vocab(5)), {batch()}); }); }),
              "input \"z\": f32 numbers no positions; i32 and i64 do");
    EXPECT_EQ(refusal_text([&] { with([&](Model& m, Tensor, Tensor) { embedding(m.input("z", i32, of(batch()), {batch()}), feature(2)); }); }),
              "embedding: z numbers the samples of a call, and a table has a row for each position; give the axis of the rows");
    EXPECT_EQ(refusal_text([&] { with([&](Model&, Tensor, Tensor x) { one_hot(x, vocab(3)); }); }),
              "one_hot: x is f32; ids are i32 or i64");
    EXPECT_EQ(refusal_text([&] { with([&](Model& m, Tensor, Tensor) { embedding(m.input("z", i32, {batch()}), feature(2)); }); }),
              "embedding: z does not say what it numbers; declare it, as in m.input(\"z\", i32, of(axis(\"vocab\", 65)), ...), "
              "or give the axis of the rows");
    EXPECT_EQ(refusal_text([&] { with([&](Model& m, Tensor, Tensor x) {
                  take_along(x, m.input("z", i32, {axis("place", 2)}), classes);
              }); }),
              "take_along over class: x has batch ?, but z has no such axis; gather takes the same positions for all of it");
    EXPECT_EQ(refusal_text([&] { with([&](Model&, Tensor tokens, Tensor x) { index_select(x, tokens, classes); }); }),
              "index_select over class: tokens is i32[batch ?]; it takes ids with one axis, of a kind that x does not have");
    EXPECT_EQ(refusal_text([&] { with([&](Model& m, Tensor, Tensor x) {
                  scatter_add(x, m.input("z", i32, {time(3)}), axis("group", 2));
              }); }),
              "scatter_add: z has time 3, but x has no such axis; each id is one of a value");
    EXPECT_EQ(refusal_text([&] { with([&](Model& m, Tensor, Tensor x) {
                  mean_nll(x, m.input("z", i32, {batch()}), {.label_smoothing = 0.1});
              }); }),
              "mean_nll has no label_smoothing, got 0.1; mean_cross_entropy of the logits has it");
}

INSTANTIATE_TEST_SUITE_P(All, LookUps, testing::Values(Engine::interpreter, Engine::jit),
                         [](const auto& given) { return given.param == Engine::jit ? "jit" : "interpreter"; });

}  // namespace
}  // namespace ricci::test
