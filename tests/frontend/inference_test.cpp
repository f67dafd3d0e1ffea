/// \file tests/frontend/inference_test.cpp
/// Functions in a server: compiled before the first request, results that are no longer there, notes beside weights.
#include <gtest/gtest.h>

#include "ricci/compile.h"
#include "ricci/layers.h"
#include "ricci/lenet5.h"
#include "runtime/file/safetensors.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci::test {
namespace {

Array images_of(std::int64_t count) {
    Array images(f32, {batch(count), channel(1), height(32), width(32)});
    for (std::size_t i = 0; i < images.span<float>().size(); ++i)
        images.span<float>()[i] = static_cast<float>(i % 97) / 97;
    return images;
}

struct Net {
    Classifier lenet = lenet5();
    Net() { lenet.model.parameters().draw(1); }
};

TEST(Inference, AWarmFunctionAndItsClonesCompileNothingMore) {
    // One sample runs as a program of its own where there are batch tiles.
    Net warm, cold;
    const CompileOptions options{.tile = 16, .threads = 1};
    const CompileOptions automatic{.threads = 1};
    Function ready = compile(warm.lenet.logits, automatic), later = compile(cold.lenet.logits, automatic);
    const std::int64_t before = ready.arena_bytes();
    ready.warm_up({1, 16, 1024});
    EXPECT_EQ(ready.arena_bytes(), before);  // it computes nothing
    Function clone = ready.clone();
    for (const std::int64_t count : {1, 3, 16, 40}) {
        const Array images = images_of(count);
        const Array expected = later(images)[0];
        EXPECT_EQ(Array(ready(images)[0]), expected) << count;
        EXPECT_EQ(Array(clone(images)[0]), expected) << count;
    }
    Function tiled = compile(cold.lenet.logits, options);
    tiled.warm_up({1});
    EXPECT_EQ(refusal([&] { ready.warm_up({4, 0}); }), "warm_up: a batch of 0 is not possible; ask for at least 1");
}

TEST(Inference, EveryBatchFromOneToManyGivesTheSameAnswers) {
    Net net;
    Function function = compile(net.lenet.logits, {.threads = 2});
    const Array all = images_of(1024);
    const Array expected = function(all)[0];
    const std::span<const float> pixels = all.span<float>();
    for (const std::int64_t count : {1, 2, 7, 8, 64, 333}) {
        const Array some(pixels.first(static_cast<std::size_t>(count) * 1024),
                         {batch(count), channel(1), height(32), width(32)});
        const Array answers = function(some)[0];
        for (std::int64_t i = 0; i < count; ++i) {
            for (std::int64_t c = 0; c < 10; ++c) EXPECT_NEAR(answers.at({i, c}), expected.at({i, c}), 1e-5) << count;
        }
    }
}

TEST(Inference, ResultsOfAnEarlierCallAreRefusedAndACopyStays) {
    Net net;
    Function function = compile(net.lenet.logits, {.threads = 1});
    const Array one = images_of(1), two = images_of(2);
    const Results first = function(one);
    const Array copy = first[0];
    const Results second = function(two);
    const std::string expected =
        "these results are of call 1 of the function, which was called 2 times; each call writes over those before. "
        "Copy what is to "
        "stay: const Array y = predict(x)[0]";
    EXPECT_EQ(refusal([&] { first[0]; }), expected);
    EXPECT_EQ(refusal([&] { first[first.names()[0]]; }), expected);
    EXPECT_EQ(refusal([&] { first.scalar(); }), expected);
    EXPECT_EQ(second[0].extents()[0], 2);
    EXPECT_EQ(copy.extents()[0], 1);
    // A call that is refused changes nothing.
    const Array wrong(f32, {1});
    EXPECT_NE(refusal([&] { function(wrong); }), "(accepted)");
    EXPECT_EQ(second[0].extents()[0], 2);
    // Clones have results of their own.
    Function clone = function.clone();
    const Results of_clone = clone(one);
    EXPECT_EQ(second[0].extents()[0], 2);
    EXPECT_EQ(Array(of_clone[0]), copy);
}

TEST(Inference, PooledChannelsAreFeaturesAndABiasBeginsAtNought) {
    Model m("small");
    const Tensor images = m.input("images", f32, {batch(), channel(3), height(4), width(4)});
    const Tensor scores = linear(mean(images, {height, width}), 2);
    EXPECT_EQ(to_string(scores.type()), "f32[batch ?, feature 2]");
    m.parameter("b", f32, {channel(6)});
    EXPECT_EQ(m.parameters()["b"].to_vector<float>(), std::vector<float>(6, 0));
    EXPECT_TRUE(m.text().ends_with('\n'));
}

TEST(Inference, NotesAreSavedAndLoadedWithTheWeights) {
    const runtime::ScratchFolder folder;
    Net net, other;
    net.lenet.model.parameters().notes()["data"] = "scale 0.1 0.3\n";
    net.lenet.model.parameters().save(folder / "w");
    EXPECT_EQ(runtime::read_safetensors(folder / "w").metadata.at("data"), "scale 0.1 0.3\n");
    other.lenet.model.parameters().load(folder / "w");
    EXPECT_EQ(other.lenet.model.parameters().notes().at("data"), "scale 0.1 0.3\n");
    other.lenet.model.parameters().notes().clear();
    other.lenet.model.parameters().save(folder / "v");
    EXPECT_TRUE(runtime::read_safetensors(folder / "v").metadata.empty());
}

}  // namespace
}  // namespace ricci::test
