/// \file tests/frontend/zoo_test.cpp
/// The models of frontend/models: published numbers of parameters, texts that parse back, every stage, a step of training in
/// both orders of axes.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"
#include "passes/pipeline.h"
#include "ricci.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

using Build = Classifier (*)(const ImageModelOptions&);

struct Small {
    const char* name;
    Build build;
    std::int64_t parameters;
    ImageModelOptions size;
};

/// Each at the smallest size that goes through all its layers.
const std::vector<Small>& image_models() {
    static const std::vector<Small> models = {
        {"mlp", mlp, 669706, {.height = 6}},
        {"convnet", convnet, 101050, {.height = 4}},
        {"lenet5_1998", lenet5_1998, 60000, {}},
        {"alexnet", alexnet, 61100840, {.height = 63}},
        {"vgg11", vgg11, 132863336, {.height = 32}},
        {"vgg11_norm", vgg11_norm, 132866088, {.height = 32, .small_images = true}},
        {"vgg16", vgg16, 138357544, {.height = 32}},
        {"googlenet", googlenet, 6624904, {.height = 32}},
        {"resnet18", resnet18, 11689512, {.height = 32}},
        {"resnet34", resnet34, 21797672, {.height = 32}},
        {"resnet50", resnet50, 25557032, {.height = 32}},
        {"mobilenet", mobilenet, 4231976, {.height = 32}},
    };
    return models;
}

TEST(Zoo, HasThePublishedNumbersOfParameters) {
    EXPECT_EQ(lenet5().model.parameter_count(), 61706);
    for (const Small& one : image_models()) EXPECT_EQ(one.build({}).model.parameter_count(), one.parameters) << one.name;
    for (const Small& one : image_models())
        EXPECT_EQ(one.build({.channels_last = true}).model.parameter_count(), one.parameters) << one.name;
    EXPECT_EQ(autoencoder().model.parameter_count(), 115217);
    EXPECT_EQ(character_transformer().model.parameter_count(), 110529);
}

void expect_stages(const Model& model, const Tensor& loss) {
    const std::string text = model.text();
    EXPECT_EQ(ir::print(ir::parse(text, "zoo")), text) << "the model";
    ir::Graph graph = ir::parse(training_step(loss, sgd({.learning_rate = 0.01f})).text(), "zoo");
    passes::Remarks remarks;
    for (ir::Stage stage : {ir::Stage::model, ir::Stage::step, ir::Stage::lowered, ir::Stage::kernels, ir::Stage::loops,
                            ir::Stage::planned}) {
        if (stage != ir::Stage::model) graph = passes::run_to(std::move(graph), stage, {}, remarks);
        EXPECT_TRUE(ir::violations(graph).empty()) << name_of(stage);
        const std::string printed = ir::print(graph);
        EXPECT_EQ(ir::print(ir::parse(printed, "zoo")), printed) << name_of(stage);
    }
}

TEST(Zoo, PrintsParsesBackAndVerifiesAtEachStage) {
    for (const Small& one : image_models()) {
        SCOPED_TRACE(one.name);
        Classifier made = one.build(one.size);
        expect_stages(made.model, made.loss);
    }
    Classifier small = lenet5();
    expect_stages(small.model, small.loss);
    Autoencoder coder = autoencoder({.height = 8, .width = 8});
    expect_stages(coder.model, coder.loss);
    SequenceModel text = character_transformer({.steps = 5});
    expect_stages(text.model, text.loss);
}

/// Numbers in (-1, 1) that no two places share.
Array spread(DType dtype, const std::vector<Axis>& axes, int below = 0) {
    TensorType type{dtype, axes};
    const auto count = static_cast<std::size_t>(type.count());
    std::vector<float> numbers(count);
    std::vector<std::int32_t> whole(count);
    for (std::size_t i = 0; i < count; ++i) {
        numbers[i] = static_cast<float>(std::sin(1.7 * static_cast<double>(i) + 0.3));
        whole[i] = static_cast<std::int32_t>((i * 7 + 3) % static_cast<std::size_t>(std::max(below, 1)));
    }
    return below > 0 ? Array(whole, axes) : Array(numbers, axes);
}

std::vector<Axis> of_two(std::vector<Axis> axes) {
    for (Axis& axis : axes) axis.extent = axis.extent == kOpen ? 2 : axis.extent;
    return axes;
}

/// The losses of three steps fall, and are numbers.
void expect_learns(const std::function<double()>& step, const char* name) {
    const double first = step();
    double last = first;
    for (int i = 0; i < 3; ++i) last = step();
    EXPECT_TRUE(std::isfinite(last)) << name;
    EXPECT_LT(last, first) << name;
}

void expect_trains(Classifier made, const char* name) {
    const Array images = spread(f32, of_two(made.images.type().axes));
    const Array labels = spread(i32, {batch(2)}, 10);
    Function step = compile_forced(training_step(made.loss, sgd({.learning_rate = 0.002f})));
    expect_learns([&] { return step({{"images", images}, {"labels", labels}}).scalar(); }, name);
}

TEST(Zoo, TrainsInBothOrdersOfAxes) {
    // One of each family here; vgg16, resnet34 and resnet50, which have the layers of others, with RICCI_LARGE=1.
    const char* large = std::getenv("RICCI_LARGE");
    const bool all = large != nullptr && std::string_view(large) == "1";
    for (const bool last : {false, true}) {
        expect_trains(lenet5({.channels_last = last}), "lenet5");
        for (const Small& one : image_models()) {
            if (!all && std::string_view("vgg16 resnet34 resnet50").contains(one.name)) continue;
            SCOPED_TRACE(fmt::format("{}{}", one.name, last ? " channels last" : ""));
            ImageModelOptions options = one.size;
            options.channels_last = last;
            options.dropout = 0;
            // With the stem of large images a norm of the last layers would have one number of each sample: rounding decides.
            options.small_images = std::string_view(one.name).starts_with("resnet");
            expect_trains(one.build(options), one.name);
        }
    }
}

/// The losses of three steps in f64, on two images that are the same in either order.
std::vector<double> losses_of(Classifier made, bool last) {
    made.model.parameters().draw(11);
    const std::vector<Axis> axes = of_two(made.images.type().axes);
    const std::size_t first = last ? 1 : 2;
    const std::int64_t channels = axes[last ? 3 : 1].extent, rows = axes[first].extent,
                       columns = axes[first + 1].extent;
    Array images(f64, axes);
    const std::span<double> pixels = images.span<double>();
    for (std::int64_t b = 0; b < 2; ++b) {
        for (std::int64_t c = 0; c < channels; ++c) {
            for (std::int64_t y = 0; y < rows; ++y) {
                for (std::int64_t x = 0; x < columns; ++x) {
                    const std::int64_t nchw = ((b * channels + c) * rows + y) * columns + x;
                    const std::int64_t nhwc = ((b * rows + y) * columns + x) * channels + c;
                    pixels.begin()[last ? nhwc : nchw] = std::sin(1.7 * static_cast<double>(nchw) + 0.3);
                }
            }
        }
    }
    const Array labels = spread(i32, {batch(2)}, 10);
    Function step = compile_forced(training_step(made.loss, sgd({.learning_rate = 0.002})));
    std::vector<double> losses;
    for (int i = 0; i < 3; ++i) losses.push_back(step({{"images", images}, {"labels", labels}}).scalar());
    return losses;
}

// Sizes whose last layer is larger than one pixel: the batch norm of two numbers would amplify each rounding. So does
// googlenet, whose losses come 3e-9 apart in three steps.
TEST(Zoo, BothOrdersOfAxesGiveTheSameLosses) {
    const auto expect_same = [](const char* name, const auto& build) {
        SCOPED_TRACE(name);
        const std::vector<double> channels_first = losses_of(build(false), false),
                                  channels_last = losses_of(build(true), true);
        for (std::size_t i = 0; i < channels_first.size(); ++i)
            EXPECT_NEAR(channels_last[i], channels_first[i], 1e-10 * channels_first[i]) << "step " << i + 1;
        EXPECT_LT(channels_first.back(), channels_first.front());
    };
    expect_same("lenet5", [](bool last) { return lenet5({.dtype = f64, .channels_last = last}); });
    for (const Small& one :
         std::initializer_list<Small>{{"convnet", convnet, 0, {.height = 28}},
                                      {"resnet18", resnet18, 0, {.height = 32, .small_images = true}}}) {
        expect_same(one.name, [&](bool last) {
            ImageModelOptions options = one.size;
            options.dtype = f64;
            options.dropout = 0;
            options.channels_last = last;
            return one.build(options);
        });
    }
}

TEST(Zoo, TheAutoencoderAndTheTransformerTrain) {
    for (bool last : {false, true}) {
        Autoencoder made = autoencoder({.height = 8, .width = 12, .channels_last = last});
        std::vector<float> points(2 * 8 * 12);
        for (std::size_t i = 0; i < points.size(); ++i) points[i] = i % 3 == 0 ? 1 : 0;
        const Array images(points, of_two(made.images.type().axes));
        Function step = compile_forced(training_step(made.loss, sgd({.learning_rate = 0.1f})));
        expect_learns([&] { return step({{"images", images}}).scalar(); }, "autoencoder");
    }
    SequenceModel made = character_transformer({.steps = 6, .dropout = 0});
    const Array tokens = spread(i32, {batch(2), time(6)}, 65), next = spread(i32, {batch(2), time(6)}, 13);
    Function step = compile_forced(training_step(made.loss, sgd({.learning_rate = 0.05f})));
    expect_learns([&] { return step({{"tokens", tokens}, {"labels", next}}).scalar(); }, "transformer");
}

// Table I of the paper, by what each map changes with.
TEST(Zoo, LeNetOf1998ConnectsItsThirdLayerAsItsTableSays) {
    const std::vector<std::vector<int>> table = {{0, 1, 2},    {1, 2, 3},    {2, 3, 4},    {3, 4, 5},    {0, 4, 5},    {0, 1, 5},
                                                 {0, 1, 2, 3}, {1, 2, 3, 4}, {2, 3, 4, 5}, {0, 3, 4, 5}, {0, 1, 4, 5}, {0, 1, 2, 5},
                                                 {0, 1, 3, 4}, {1, 2, 4, 5}, {0, 2, 3, 5}, {0, 1, 2, 3, 4, 5}};
    Classifier made = lenet5_1998();
    // What the subsampling gives, and the sum with the third layer's bias.
    const Tensor before = made.model["mul6"], after = made.model["add2"];
    ASSERT_TRUE(before.defined() && after.defined()) << made.model.text();
    ASSERT_EQ(to_string(after.type()), "f32[batch ?, channel 16, height 10, width 10]") << made.model.text();
    ASSERT_EQ(to_string(before.type()), "f32[batch ?, channel 6, height 14, width 14]") << made.model.text();
    const Index b("b"), c("c"), y("y"), x("x");
    for (std::size_t map = 0; map < table.size(); ++map) {
        Tensor one = made.model.tensor(fmt::format("map{}", map));
        one[] = sum(b, y, x)(after[b, static_cast<std::int64_t>(map), y, x]);
        Function f = compile_forced(gradients(one, {before}));
        const Array images = spread(f32, {batch(1), channel(1), height(32), width(32)});
        const Array slope = f({{"images", images}})[1];
        std::vector<int> seen;
        for (int in = 0; in < 6; ++in) {
            if (slope.at({0, in, 7, 7}) != 0) seen.push_back(in);
        }
        EXPECT_EQ(seen, table[map]) << "map " << map;
    }
}

TEST(Zoo, RefusesSizesThatAreNone) {
    EXPECT_EQ(refusal([] { resnet18({.height = -1}); }), "resnet18: height is -1; it is at least 1, or 0 for the published 224");
    EXPECT_EQ(refusal([] { alexnet({.dropout = 1}); }), "alexnet: dropout is 1; it is below 1");
    EXPECT_EQ(refusal([] { lenet5_1998({.height = 28}); }),
              "lenet5-1998: 1 channels of 28 x 28 and 10 classes are asked for; it has 1 of 32 x 32 and 10");
    EXPECT_EQ(refusal([] { alexnet({.height = 62}); }), "alexnet: images are 62 x 62, but its layers need 63 x 63 or more");
    EXPECT_EQ(refusal([] { vgg16({.height = 40, .width = 31}); }), "vgg16: images are 40 x 31, but its layers need 32 x 32 or more");
    EXPECT_EQ(refusal([] { autoencoder({.height = 30}); }), "autoencoder: images of 30 x 28; both are multiples of 4");
}

}  // namespace
}  // namespace ricci::test
