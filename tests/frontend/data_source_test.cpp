/// \file tests/frontend/data_source_test.cpp
/// Samples by number: passes over sources of images and of a user's own, and training on any of them.
#include "ricci/data_source.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "ricci/arithmetic.h"
#include "ricci/data.h"
#include "ricci/layers.h"
#include "ricci/lenet5.h"
#include "ricci/losses.h"
#include "ricci/trainer.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

/// Points (x, 1) on a line, each with a class: whether x is above 0. Row `number` depends on its number alone.
class Points : public DataSource {
  public:
    explicit Points(std::int64_t count, std::vector<std::string> names = {"x", "labels"}, bool quick = false)
        : count_(count),
          fields_{{names[0], {f32, {batch(), feature(2)}}}, {names[1], {i32, {batch()}}}},
          quick_(quick) {}

    std::string name() const override { return "points"; }
    std::int64_t count() const override { return count_; }
    const std::vector<Field>& fields() const override { return fields_; }
    bool is_quick() const override { return quick_; }
    void fill(const SampleRequest& request, const Rows& rows) const override {
        for (std::int64_t row = request.begin; row < request.end; ++row) {
            const auto number = static_cast<float>(request.samples.begin()[row]);
            const float x = std::sin(number * 12.9898F);
            rows.row<float>(0, row)[0] = x;
            rows.row<float>(0, row)[1] = 1;
            rows.row<std::int32_t>(1, row)[0] = x > 0 ? 1 : 0;
        }
    }

  private:
    std::int64_t count_;
    std::vector<Field> fields_;
    bool quick_;
};

std::vector<float> first_elements(const Samples& samples) {
    std::vector<float> elements;
    for (std::int64_t i = 0; i < samples.count(); ++i) elements.push_back(static_cast<float>(samples[0].at({i, 0})));
    return elements;
}

std::vector<float> all_of(const DataSource& source, std::int64_t size, Order order, int busy = 0) {
    std::vector<float> all;
    for (const Samples& samples : source.samples(size, order, busy)) {
        const std::vector<float> more = first_elements(samples);
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

TEST(DataSource, OfAUsersOwnGivesItsFieldsInBatches) {
    const Points points(5);
    std::vector<std::string> seen;
    for (const Samples& samples : points.samples(2)) {
        EXPECT_EQ(samples.number(), static_cast<std::int64_t>(seen.size()));
        EXPECT_EQ(samples["labels"].at({0}), samples["x"].at({0, 0}) > 0 ? 1 : 0);
        seen.push_back(describe(samples[0]) + ", " + describe(samples[1]));
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"x: f32[batch 2, feature 2], labels: i32[batch 2]",
                                              "x: f32[batch 2, feature 2], labels: i32[batch 2]",
                                              "x: f32[batch 1, feature 2], labels: i32[batch 1]"}));
}

TEST(DataSource, ABatchIsTheSameWhoeverMakesIt) {
    const int processors = static_cast<int>(std::thread::hardware_concurrency());
    const std::vector<float> expected = all_of(Points(100), 16, shuffle(3, 1), 1);
    for (const bool quick : {false, true}) {
        for (const int busy : {0, 1, processors, processors + 3}) {
            EXPECT_EQ(all_of(Points(100, {"x", "labels"}, quick), 16, shuffle(3, 1), busy), expected);
        }
    }
}

TEST(DataSource, APassGoesOnFromAnyBatch) {
    const Points points(50);
    const std::vector<float> whole = all_of(points, 8, shuffle(2, 7));
    for (std::int64_t first = 0; first <= 7; ++first) {
        Order order = shuffle(2, 7);
        order.first = first;
        const auto skipped = static_cast<std::ptrdiff_t>(std::min<std::int64_t>(first * 8, 50));
        EXPECT_EQ(all_of(points, 8, order), std::vector(whole.begin() + skipped, whole.end())) << first;
    }
}

TEST(DataSource, ImpossiblePassesAndFieldsAreRefused) {
    const Points points(5);
    EXPECT_EQ(refusal([&] { points.samples(0); }), "a batch of 0 is not possible; ask for at least 1");
    EXPECT_EQ(refusal([&] { points.samples(2, {.first = 4}); }), "points: a pass of 3 batches cannot begin at batch 4");
    for (const Samples& samples : points.samples(5)) {
        EXPECT_EQ(refusal([&] { samples["y"]; }), "the samples have no \"y\"; they have x, labels");
        EXPECT_EQ(refusal([&] { samples[2]; }), "the samples have no field 2; they have 2, from 0 on: x, labels");
    }
    float number = 0;
    const Rows::Block block{f32, &number, 1};
    EXPECT_EQ(refusal([&] { Rows({&block, 1}).row<double>(0, 0); }), "rows of field 0 are f32, but f64 is asked for");
    EXPECT_EQ(refusal([&] { Rows({&block, 1}).row<float>(1, 0); }), "no field 1; a sample has 1 fields, from 0 on");
}

/// Fails in batch 2.
class Failing : public Points {
  public:
    using Points::Points;
    void fill(const SampleRequest& request, const Rows& rows) const override {
        if (request.samples[0] >= 4) throw UserError("file 4 is gone");
        Points::fill(request, rows);
    }
};

TEST(DataSource, AnErrorOfASourceReachesTheReader) {
    EXPECT_EQ(refusal([] { all_of(Failing(9), 2, in_order()); }), "file 4 is gone");
}

struct Line {
    Model model{"line"};
    Tensor x = model.input("x", f32, {batch(), feature(2)});
    Tensor labels = model.input("labels", i32, {batch()});
    Tensor logits = linear(x, classes(2));
    Tensor loss = mean(softmax_cross_entropy(logits, labels));
    Function step = compile_forced(training_step(loss, sgd({.learning_rate = 1})), {.threads = 1});
    Function predicted = compile_forced(argmax(logits, classes), {.threads = 1});
};

TEST(DataSource, ATrainerLearnsFromAnyOfThem) {
    Line line;
    line.model.parameters().draw(3);
    Trainer trainer(line.step, line.predicted, {.epochs = 20, .batch = 16});
    trainer.fit(Points(200), Points(100));
    EXPECT_GT(trainer.accuracy(Points(100)), 0.97);
}

TEST(DataSource, FieldsGoToInputsByNameOrElseByPlace) {
    std::vector<std::string> hashes;
    const std::vector<std::vector<std::string>> all = {std::vector<std::string>{"x", "labels"},
                                                       std::vector<std::string>{"points", "classes"}};
    for (const std::vector<std::string>& names : all) {
        Line line;
        line.model.parameters().draw(3);
        Trainer(line.step, line.predicted, {.batch = 16}).fit(Points(64, names), Points(64, names));
        hashes.push_back(line.step.parameters().sha256());
    }
    EXPECT_EQ(hashes[0], hashes[1]);
    Line line;
    EXPECT_EQ(refusal([&] {
                  Trainer(line.step, line.predicted, {}).fit(Points(9, {"x", "y"}), Points(9));
              }),
              "points: there is no field for input \"labels\"; the program takes x, labels, the samples have x, y");
}

TEST(DataSource, LabelsThatAreNoWholeNumbersAreRefused) {
    Line line;
    EXPECT_EQ(
        refusal([&] { Trainer(line.step, compile_forced(line.logits, {.threads = 1}), {}).accuracy(Points(9)); }),
        "18 predicted classes of f32 cannot be compared with 9 labels of i32; both are whole numbers, one for one");
}

/// Colour images of one pixel, whose red is their number.
Dataset colours(std::int64_t count) {
    Dataset data{.name = "colours", .count = count, .height = 4, .width = 4, .classes = 10, .channels = 3};
    for (std::int64_t i = 0; i < count; ++i) {
        for (int at = 0; at < 48; ++at) data.pixels.push_back(static_cast<std::uint8_t>(7 * i + at));
        data.labels.push_back(static_cast<std::int32_t>(i % 10));
    }
    return data;
}

TEST(DataSource, ImagesOfThreeChannelsFitBothOrdersOfAxes) {
    const ImageData first(colours(3), {f32, {batch(), channel(3), height(4), width(4)}});
    const ImageData last(colours(3), {f32, {batch(), height(4), width(4), channel(3)}});
    for (const Samples& a : first.samples(3)) {
        for (const Samples& b : last.samples(3)) {
            EXPECT_EQ(a["images"].at({2, 1, 3, 0}), b["images"].at({2, 3, 0, 1}));
            EXPECT_NEAR(a["images"].at({2, 1, 3, 0}), (14 + 16 + 12) / 255.0, 1e-7);
        }
    }
    EXPECT_EQ(refusal([] {
                  ImageData(colours(1), {f32, {batch(), channel(1), height(4), width(4)}});
              }),
              "data set colours: its images of 3 channels of 4 x 4 pixels do not fit an input f32[batch ?, channel 1, "
              "height 4, width 4]; it takes batch, height, width and 3 channels before or after them, in f32 or f64");
    EXPECT_EQ(
        refusal([] {
            ImageData(colours(1), {f32, {batch(), channel(3), height(4), width(4)}}, {PixelScale{}}, {.shift = 4});
        }),
        "data set colours: images are to shift by up to 4 pixels; it is 0 to 3 for images of 3 channels of 4 x 4 "
        "pixels");
}

TEST(DataSource, ImagesAreChangedInShuffledPassesAloneAndTheSameForAnyThreads) {
    const TensorType type{f32, {batch(), channel(3), height(4), width(4)}};
    const ImageData plain(colours(60), type), changed(colours(60), type, {PixelScale{}}, {.shift = 2, .flip = true});
    const auto whole = [&](const ImageData& data, Order order, int busy) {
        std::vector<float> all;
        for (const Batch& samples : data.batches(7, order, busy)) {
            const auto pixels = samples.images.span<float>();
            all.insert(all.end(), pixels.begin(), pixels.end());
        }
        return all;
    };
    EXPECT_EQ(whole(plain, in_order(), 1), whole(changed, in_order(), 1));
    const std::vector<float> expected = whole(changed, shuffle(1, 1), 1);
    EXPECT_NE(expected, whole(plain, shuffle(1, 1), 1));
    EXPECT_NE(expected, whole(changed, shuffle(1, 2), 1));
    const int processors = static_cast<int>(std::thread::hardware_concurrency());
    for (const int busy : {0, processors, processors + 1})
        EXPECT_EQ(whole(changed, shuffle(1, 1), busy), expected) << busy;
}

}  // namespace
}  // namespace ricci::test
