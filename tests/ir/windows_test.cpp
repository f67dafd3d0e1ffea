// Which readers take the results of another equation once each, and how.
#include "ir/analysis/windows.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ir/print/print.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

constexpr const char* kWriter = R"(ricci 1 model t
input x: f32[channel 3, height 6, width 4, batch ?]
input r: f32[channel 3]
input t: f32[tap_h 2]
a[c, y, x, b] = tanh(x[c, y, x, b])
)";

/// "y: 2" for each index of the writer that is taken in windows; "none" when the reader takes something else.
std::string windows_text(const std::string& reader) {
    const Graph graph = parse(kWriter + reader + "\n");
    const Equation& writer = graph.equations.at(0);
    const auto windows = windows_of(graph, writer, graph.equations.at(1));
    if (!windows) return "none";
    std::string text;
    for (std::size_t i = 0; i < windows->size(); ++i) {
        const Window& window = (*windows)[i];
        if (window.extent > 1) text += fmt::format("{}: {} ", writer.indices[i].name, window.extent);
    }
    return text + fmt::format("({} points)", points_of(*windows));
}

TEST(Windows, OneByOneInAnyOrderOfAxes) {
    EXPECT_EQ(windows_text("p[c, y, x, b] = a[c, y, x, b] + r[c]"), "(1 points)");
    EXPECT_EQ(windows_text("p[b, x, c, y] = 2 * a[c, y, x, b]"), "(1 points)");
    EXPECT_EQ(windows_text("p[(c, y, x), b] = a[c, y, x, b]"), "(1 points)");
}

TEST(Windows, ThatCutTheRowsAndColumns) {
    const char* name = "p[c, y, x, b] = {}(dy: tap_h {}, dx: tap_w 2) a[c, {}*y + dy, 2*x + dx, b]";
    EXPECT_EQ(windows_text(fmt::format(fmt::runtime(name), "max", 3, 3)), "y: 3 x: 2 (6 points)");
    EXPECT_EQ(windows_text(fmt::format(fmt::runtime(name), "sum", 2, 2)), "y: 2 x: 2 (4 points)");
}

TEST(Windows, OfAWholeAxis) {
    EXPECT_EQ(windows_text("p[c, y, b] = sum(x: width 4) a[c, y, x, b]"), "x: 4 (4 points)");
}

TEST(Windows, ThatMissOrRepeatElementsAreNone) {
    EXPECT_EQ(windows_text("p[c, y, x, b] = max(dy: tap_h 3) a[c, 2*y + dy, x, b] where y: height 2"), "none");
    EXPECT_EQ(windows_text("p[c, y, x, b] = max(dy: tap_h 2) a[c, 2*y + dy, x, b] where y: height 2"), "none");
    EXPECT_EQ(windows_text("p[c, y, x, b] = a[c, y + 1, x, b] where y: height 5"), "none");
    EXPECT_EQ(windows_text("p[c, y, x, b] = a[c, y, x, b] - a[c, y, 0, b]"), "none");
    EXPECT_EQ(windows_text("p[c, y, x, b] = max(d: tap_h 2) a[c, y, x, b] * t[d]"), "none");
    EXPECT_EQ(windows_text("p[c, y, x, b] = pad(a[c, y, x, b], 0) where y: height 6, x: width 4, c: channel 3"),
              "none");
}

TEST(Windows, OfSamplesAreNone) {
    EXPECT_EQ(windows_text("p[c, y, x] = sum(b: batch ?) a[c, y, x, b]"), "none");
}

TEST(Windows, TheNumberOfTheLargestIsNone) {
    EXPECT_EQ(windows_text("p[c, y, x, b] = argmax(dy: tap_h 2) a[c, 2*y + dy, x, b]"), "none");
}

}  // namespace
}  // namespace ricci::ir
