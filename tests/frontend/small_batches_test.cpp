// Batches smaller than a tile run as a program of their own, on the same parameters and with the same results.
#include <gtest/gtest.h>

#include "ricci/lenet5.h"
#include "ricci/compile.h"
#include "ricci/data.h"
#include "tests/frontend/call_terms.h"
#include "tests/frontend/function.h"

namespace ricci::testing {
namespace {

constexpr std::int64_t kMost = 20;  // more than a tile of 16

CompileOptions with(TileSize tile, const Parameters& parameters = Parameters(), int threads = 1) {
    return {.tile = tile, .threads = threads, .parameters = parameters};
}

/// LeNet-5 and digits for it.
class SmallBatches : public ::testing::Test {
  protected:
    /// The logits of the first digits.
    ir::Array logits(Function& function, std::int64_t size) const {
        return to_array(function({{"images", pixels(size)}})[0]);
    }
    Array pixels(std::int64_t size) const { return first(size, &Batch::images); }
    Array labels(std::int64_t size) const { return first(size, &Batch::labels); }

    /// The weights after a step on each of these batches. \param terms  grows by those of each step
    Parameters trained(TileSize tile, int threads, ir::Arrays* terms = nullptr) const {
        Function step = test::compile_with_room_for_tiles(training_step(net.loss, sgd({.learning_rate = 0.05, .momentum = 0.9})),
                                with(tile, Parameters(), threads));
        for (std::int64_t size : {16, 1, 20, 2, 5, 16, 1}) {
            if (terms != nullptr) add(*terms, terms_of(step, {pixels(size), labels(size)})());
            step(pixels(size), labels(size));
        }
        return step.parameters();
    }

    Classifier net = lenet5();
    ImageData data{draw_digits(kMost, 1), net.images.type()};

  private:
    static void add(ir::Arrays& all, const ir::Arrays& some) {
        for (const auto& [name, array] : some) {
            std::vector<double>& sums = all.try_emplace(name, array.extents, std::vector<double>(array.elements.size())).first->second.elements;
            for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += array.elements[i];
        }
    }
    Array first(std::int64_t size, Array Batch::*part) const { return (*data.batches(size).begin()).*part; }
};

bool runs_in_tiles(const Function& function) {
    return !detail::executable_of(function)->program().tiles.empty();
}

TEST_F(SmallBatches, GiveTheResultsOfTheTiledProgram) {
    const Parameters parameters;
    Function either = test::compile_with_room_for_tiles(forward({net.logits}), with(TileSize::automatic(), parameters));
    Function tiled = compile(net.logits, with(16, parameters));
    for (std::int64_t size = 1; size <= kMost; ++size) {
        const ir::Arrays got = arrays_of(either, either({{"images", pixels(size)}}));
        EXPECT_EQ(difference(arrays_of(tiled, tiled({{"images", pixels(size)}})), got,
                             {.relative = 2e-6, .terms = terms_of(tiled, {pixels(size)})}), "") << "batch " << size;
    }
}

TEST_F(SmallBatches, RunWithoutTilesAndLargerOnesWithThem) {
    Function either = test::compile_with_room_for_tiles(forward({net.logits}), with(TileSize::automatic()));
    logits(either, 1);
    EXPECT_FALSE(runs_in_tiles(either));
    for (std::int64_t size : {std::int64_t{15}, std::int64_t{16}, kMost}) {
        logits(either, size);
        EXPECT_TRUE(runs_in_tiles(either)) << "batch " << size;
    }
}

TEST_F(SmallBatches, RunInTilesOfASizeThatIsForced) {
    Function tiled = compile(net.logits, with(16));
    logits(tiled, 1);
    EXPECT_TRUE(runs_in_tiles(tiled));
}

TEST_F(SmallBatches, TrainTheParametersThatLargeOnesTrain) {
    const Parameters either = trained(TileSize::automatic(), 1);
    ir::Arrays terms, expected, got;
    const Parameters tiled = trained(16, 1, &terms);
    for (const std::string& name : tiled.names()) {
        expected[name] = to_array(tiled[name]);
        got[name] = to_array(either[name]);
    }
    EXPECT_EQ(difference(expected, got, {.relative = 2e-6, .terms = [&] { return terms; }}), "");
    EXPECT_NE(either.sha256(), tiled.sha256()) << "the small batches ran in tiles";
}

TEST_F(SmallBatches, GiveTheSameBitsForAnyNumberOfThreads) {
    const std::string one = trained(TileSize::automatic(), 1).sha256();
    for (int threads : {2, 3}) EXPECT_EQ(trained(TileSize::automatic(), threads).sha256(), one) << threads << " threads";
}

TEST_F(SmallBatches, GiveTheSameBitsWhateverRanBefore) {
    const Parameters parameters;
    Function fresh = test::compile_with_room_for_tiles(forward({net.logits}), with(TileSize::automatic(), parameters));
    Function used = test::compile_with_room_for_tiles(forward({net.logits}), with(TileSize::automatic(), parameters));
    for (std::int64_t size : {std::int64_t{1}, std::int64_t{7}, kMost, std::int64_t{3}}) logits(used, size);
    EXPECT_EQ(logits(fresh, 2).elements, logits(used, 2).elements);
}

TEST_F(SmallBatches, CountTheirMemoryToo) {
    Function either = test::compile_with_room_for_tiles(forward({net.logits}), with(TileSize::automatic()));
    logits(either, kMost);
    const std::int64_t before = either.arena_bytes();
    logits(either, 1);
    EXPECT_GT(either.arena_bytes(), before);
}

TEST_F(SmallBatches, AreRefusedAsLargeOnesAre) {
    Function either = test::compile_with_room_for_tiles(forward({net.logits}), with(TileSize::automatic()));
    const Array flat(f32, {1, 1, 32, 31});
    EXPECT_THROW(either(flat), UserError);
    EXPECT_TRUE(runs_in_tiles(either)) << "compiled for a call that is refused";
}

}  // namespace
}  // namespace ricci::testing
