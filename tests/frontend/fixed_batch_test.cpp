// A model whose batch has a fixed size runs in batch tiles as one with an open batch does, and is called as it says.
#include <gtest/gtest.h>

#include <algorithm>

#include "ricci/compile.h"
#include "ricci/data.h"
#include "ricci/lenet5.h"
#include "tests/frontend/call_terms.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::testing {
namespace {

using test::refusal;

constexpr std::int64_t kBatch = 32;

class FixedBatch : public ::testing::Test {
  protected:
    Function compiled(const Classifier& net, CompileOptions options = {}) const {
        options.threads = 1;
        options.parameters = parameters_;
        return test::compile_with_room_for_tiles(training_step(net.loss, sgd({.learning_rate = 0.05})), options);
    }
    Array images(std::int64_t size = kBatch) const { return (*data_.batches(size).begin()).images; }
    Array labels(std::int64_t size = kBatch) const { return (*data_.batches(size).begin()).labels; }

    const Classifier fixed_ = lenet5({.batch = kBatch});
    const Classifier open_ = lenet5();

  private:
    Parameters parameters_;
    ImageData data_{draw_digits(2 * kBatch, 1), open_.images.type()};
};

bool says(const Function& function, const std::string& text) {
    return std::ranges::any_of(function.remarks(), [&](const Remark& remark) { return remark.text == text; });
}

TEST_F(FixedBatch, RunsInTheTilesOfAnOpenOne) {
    const Function fixed = compiled(fixed_, {.tile = TileSize::automatic()});
    const Function open = compiled(open_, {.tile = TileSize::automatic()});
    const ir::Graph& graph = detail::graph_of(fixed);
    EXPECT_EQ(graph.fixed_batch, kBatch);
    ASSERT_EQ(graph.tiles.size(), detail::graph_of(open).tiles.size());
    ASSERT_FALSE(graph.tiles.empty());
    EXPECT_EQ(graph.tiles[0].samples, detail::graph_of(open).tiles[0].samples);
    EXPECT_TRUE(says(fixed, "the batch of 32 is open from here on, for batch tiles; every call has 32 samples"));
}

TEST_F(FixedBatch, TrainsAsAnOpenOneDoesInAsManyBytes) {
    Function fixed = compiled(fixed_), open = compiled(open_);
    const double first = fixed({{"images", images()}, {"labels", labels()}}).scalar();
    const std::int64_t bytes = fixed.arena_bytes();
    // Both have the same parameters, so the second call goes on from the first.
    const double second = open({{"images", images()}, {"labels", labels()}}).scalar();
    EXPECT_LT(second, first);
    EXPECT_EQ(open.arena_bytes(), bytes);
}

TEST_F(FixedBatch, GivesTheResultsOfTheInterpreter) {
    const Parameters shared;
    Function machine = compile(fixed_.logits, {.threads = 1, .parameters = shared});
    Function plain = compile(fixed_.logits, {.engine = Engine::interpreter, .parameters = shared});
    const Array input = images();
    EXPECT_EQ(difference(arrays_of(machine, plain({{"images", input}})), arrays_of(machine, machine({{"images", input}})),
                         {.relative = 1e-5, .terms = terms_of(machine, {input})}), "");
    EXPECT_EQ(machine({{"images", input}})[0].axes(), plain({{"images", input}})[0].axes());
}

TEST_F(FixedBatch, RefusesAnotherBatchWithTheSameWordsInTilesAndWithout) {
    for (const TileSize tile : {TileSize::automatic(), TileSize::off()}) {
        Function step = compiled(fixed_, {.tile = tile});
        EXPECT_EQ(refusal([&] { step({{"images", images(48)}, {"labels", labels(48)}}); }),
                  "lenet5: input \"images\" has batch 48 (axis 0) but the program takes 32; reshape it or compile for 48");
        EXPECT_GT(step({{"images", images()}, {"labels", labels()}}).scalar(), 0) << "after a call that is refused";
    }
}

TEST_F(FixedBatch, SaysItsSizeWhereItIsDescribed) {
    Function step = compiled(fixed_);
    EXPECT_EQ(refusal([&] { step(labels(), images()); }),
              "lenet5: arguments 1 and 2 have changed places: input 1 is images: f32[batch 32, channel 1, height 32, width "
              "32], and input 2 is labels: i32[batch 32]; give them in this order, or by name");
}

TEST_F(FixedBatch, IsKeptByAClone) {
    Function first = compile(fixed_.logits, {.threads = 1});
    Function second = first.clone();
    EXPECT_EQ(refusal([&] { second({{"images", images(48)}}); }),
              "lenet5: input \"images\" has batch 48 (axis 0) but the program takes 32; reshape it or compile for 48");
}

TEST_F(FixedBatch, OfFewerSamplesThanATileRunsWithoutTiles) {
    const Function step = compiled(lenet5({.batch = 4}), {.tile = TileSize::automatic()});
    EXPECT_TRUE(detail::graph_of(step).tiles.empty());
    EXPECT_EQ(detail::graph_of(step).fixed_batch, 0);
}

}  // namespace
}  // namespace ricci::testing
