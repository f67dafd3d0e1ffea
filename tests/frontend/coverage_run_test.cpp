/// Scatters that do not cover their result, in memory that holds garbage. Rows that no point reaches hold the identity,
/// and nothing is written behind the end.
#include <gtest/gtest.h>

#include <cmath>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"
#include "tests/forced.h"
#include "tests/frontend/compiled.h"
#include "tests/frontend/poisoned.h"

namespace ricci::testing {
namespace {

/// "" when machine code and the interpreter agree, with one thread and with three.
std::string error_of(const std::string& lines, const passes::Options& options = {}) {
    const ir::Graph graph = ir::parse("ricci 1 model scatter\n" + lines);
    ir::Arrays given = draw(graph, {.batch = 9, .low = -3, .high = 3});
    for (auto& [name, array] : given) {
        for (double& element : array.elements) element = std::floor(element);
    }
    passes::Remarks remarks;
    const ir::Graph planned = passes::run_to(graph, ir::Stage::planned, test::forced(options), remarks);
    passes::Remarks of_step;
    const CallResults expected = run_interpreter(passes::run_to(graph, ir::Stage::step, options, of_step), given);
    for (const int threads : {1, 3}) {
        const std::string apart = first_difference(expected, run_poisoned(planned, given, threads));
        if (!apart.empty()) return fmt::format("{} threads: {}", threads, apart);
    }
    return "";
}

TEST(Coverage, RowsThatNoPointReachesHoldTheIdentity) {
    for (const std::string reduce : {"+=", "*=", "max=", "min="}) {
        for (const std::string dtype : {"f32", "f64", "i32", "i64"}) {
            EXPECT_EQ(error_of("input x: " + dtype + "[height 5]\ninput s: " + dtype + "[]\ne: " + dtype +
                               "[height 24]\ne[y + 0] " + reduce + " x[y] * s[] where y: height 5\noutput e\n"),
                      "")
                << reduce << dtype;
        }
    }
}

TEST(Coverage, ThreadsThatSplitTheRowsLeaveNoneOut) {
    EXPECT_EQ(error_of("input x: f32[height 4000, feature 64]\ne: f32[height 4321, feature 64]\n"
                       "e[y + 0, f] += abs(x[y, f]) + x[y, f] where y: height 4000, f: feature 64\noutput e\n"),
              "");
    EXPECT_EQ(error_of("input x: f32[height 4000, feature 64]\ne: f32[height 4321, feature 70]\n"
                       "e[y + 0, f + 3] max= x[y, f] where y: height 4000, f: feature 64\noutput e\n"),
              "");
}

TEST(Coverage, ArgmaxIntoAPartOfItsResultLeavesZeros) {
    EXPECT_EQ(error_of("input x: f32[height 5, class 7]\ne: i64[height 24]\n"
                       "e[y + 0] argmax= x[y, k] where y: height 5, k: class 7\noutput e\n"),
              "");
}

TEST(Coverage, PointsBehindTheEndAreDropped) {
    EXPECT_EQ(error_of("input g: f32[row 4000]\nd: f32[row 2]\n"
                       "clip d[i + 0] += select(i < 2, g[i], 0) where i: row 4000\noutput d\n"),
              "");
    EXPECT_EQ(error_of("input g: f32[row 4000]\nd: f32[row 3]\nclip d[i - 2] max= g[i] where i: row 4000\noutput d\n"),
              "");
}

TEST(Coverage, TheGradientOfAConcatenationGoesToItsParts) {
    EXPECT_EQ(error_of("input x: f32[time 400, channel 8]\ninput z: f32[time 400, channel 8]\n"
                       "c: f32[time 800, channel 8]\nc[t, k] = select(t < 400, pad(x[t + 0, k], 0), "
                       "pad(z[t - 400, k], 0)) where t: time 800, k: channel 8\n"
                       "l[] = sum(t: time, k: channel) c[t, k] * c[t, k]\n"
                       "gradient gx = d l / d x\ngradient gz = d l / d z\noutput l\n"),
              "");
}

TEST(Coverage, TheGradientOfTheFirstRowsOfATableIsZeroBehindThem) {
    EXPECT_EQ(error_of("input x: f32[batch ?, time 5, feature 3]\nparameter table: f32[time 12, feature 3] = 1\n"
                       "h[b, t, f] = x[b, t, f] + table[t + 0, f] where b: batch ?, t: time 5, f: feature 3\n"
                       "l[] = sum(b: batch, t: time, f: feature) h[b, t, f] * h[b, t, f]\n"
                       "gradient g = d l / d table\noutput l\n"),
              "");
}

/// Lanes of one vector may not meet in one element, whichever way an index runs.
TEST(Coverage, PositionsThatRunAgainstEachOtherAddUp) {
    for (const std::string tile : {"off", "16"}) {
        passes::Options options;
        options.tile = tile;
        EXPECT_EQ(error_of("input x: f32[height 20, tap_h 4]\ne: f32[height 23]\n"
                           "e[y - dy + 3] += abs(x[y, dy]) where y: height 20, dy: tap_h 4\noutput e\n",
                           options),
                  "");
    }
}

TEST(Coverage, AValueForEachPairOfSamplesIsComputedLikeAnyOther) {
    const std::string loss = "l[] = sum(b: batch, c: batch) max(s[b, c], 0) * t[b]\ngradient g = d l / d x\noutput l\n";
    for (const std::string tile : {"off", "auto", "4"}) {
        for (const std::string gemm : {"auto", "loops", "blas", "contraction"}) {
            passes::Options options;
            options.tile = tile;
            options.gemm = gemm;
            EXPECT_EQ(error_of("input x: f32[batch ?, feature 5]\ns[b, c] = x[b, I] * x[c, I]\n"
                               "t[b] = sum(c: batch) abs(x[b, I] * x[c, I])\noutput s\noutput t\n" +
                                   loss,
                               options),
                      "")
                << tile << gemm;
            // An axis outside of both: strides grow with the square of the batch.
            EXPECT_EQ(error_of("input x: f32[batch ?, height 3, feature 5]\ns[h, b, c] = x[b, h, I] * x[c, h, I]\n"
                               "t[b] = sum(h: height, c: batch) abs(s[h, b, c])\n"
                               "l[] = sum(h: height, b: batch, c: batch) max(s[h, b, c], 0) * t[b]\n"
                               "gradient g = d l / d x\noutput t\noutput l\n",
                               options),
                      "")
                << tile << gemm;
        }
    }
}

}  // namespace
}  // namespace ricci::testing
