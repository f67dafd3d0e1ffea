/// \file tests/frontend/plot_test.cpp
/// Drawings: what stands where in their SVG, and what is refused.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "ricci/plot.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

int count(const std::string& text, const std::string& pattern) {
    const std::regex regex(pattern);
    return static_cast<int>(std::distance(std::sregex_iterator(text.begin(), text.end(), regex), std::sregex_iterator()));
}

/// Pixels of a mark, such as the cx of each circle.
std::vector<double> numbers_of(const std::string& text, const std::string& element, const std::string& attribute) {
    const std::regex regex(fmt::format("<{} [^>]*\\b{}=\"([-0-9.]+)\"", element, attribute));
    std::vector<double> found;
    for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) found.push_back(std::stod((*it)[1]));
    return found;
}

TEST(Plot, PutsPointsAtTheirPlacesBetweenTheTicks) {
    const std::string svg = Plot({.width = 400, .height = 200}).points({0, 5, 10}, {-1, 0, 1}).draw().svg();
    EXPECT_EQ(numbers_of(svg, "circle", "cx"), (std::vector<double>{64, 225, 386}));
    EXPECT_EQ(numbers_of(svg, "circle", "cy"), (std::vector<double>{154, 92, 30}));
    for (const char* tick : {">0<", ">2<", ">10<", ">-1<", ">-0.5<", ">0.5<", ">1<"}) EXPECT_NE(svg.find(tick), svg.npos) << tick;
}

TEST(Plot, GivesALogarithmicAxisPowersOfTen) {
    const std::string svg = Plot({.log_y = true}).points({0, 10}, {0.01, 1}).draw().svg();
    const std::vector<double> y = numbers_of(svg, "circle", "cy");
    EXPECT_EQ(y, (std::vector<double>{274, 30}));
    EXPECT_NE(svg.find(">0.1<"), svg.npos);
    EXPECT_EQ(svg.find(">0.2<"), svg.npos);
}

TEST(Plot, BreaksALineWhereANumberIsNotFinite) {
    const double nan = std::nan("");
    const std::string svg = Plot().line({0, 1, 2, 3, 4}, {0, 1, nan, 1, 0}).draw().svg();
    EXPECT_EQ(count(svg, "<path "), 1);
    EXPECT_EQ(count(svg, "M[0-9]"), 2);
    EXPECT_EQ(count(svg, " L[0-9]"), 2);
    EXPECT_EQ(svg.find("nan"), svg.npos);
}

TEST(Plot, StandsBarsBesideEachOtherOnZero) {
    const std::string svg = Plot({.x_names = {"a", "b"}}).bars({1, 2}, "first").bars({3, -1}, "second").draw().svg();
    const std::vector<double> x = numbers_of(svg, "rect", "x");
    ASSERT_EQ(x.size(), 6U);  // two series of two bars, and two squares of the legend
    EXPECT_LT(x[0], x[2]);
    EXPECT_LT(x[2], x[1]);
    EXPECT_LT(x[1], x[3]);
    EXPECT_NE(svg.find(">first<"), svg.npos);
    EXPECT_NE(svg.find(">b<"), svg.npos);
    EXPECT_EQ(numbers_of(svg, "rect", "height").size(), 6U);
}

TEST(Plot, HasOneNumberForAllWhereAllAreEqual) {
    for (const double value : {0.0, 3.0, -2.0}) {
        const std::vector<double> y = numbers_of(Plot().points({0, 1}, {value, value}).draw().svg(), "circle", "cy");
        EXPECT_EQ(y[0], y[1]);
        EXPECT_GT(y[0], 30);
        EXPECT_LT(y[0], 274);
    }
}

TEST(Plot, SpellsOutWhatXmlWouldRead) {
    const std::string svg = Plot({.title = "a < b & \"c\""}).line({0, 1}, {0, 1}).draw().svg();
    EXPECT_NE(svg.find("a &lt; b &amp; &quot;c&quot;"), svg.npos);
}

TEST(Plot, RefusesWhatHasNoPlace) {
    EXPECT_EQ(refusal([] { Plot({.title = "loss"}).line({0, 1}, {0}, "train"); }),
              "\"train\" of plot \"loss\" has 2 x and 1 y; give as many");
    EXPECT_EQ(refusal([] { Plot({.title = "loss", .log_y = true}).line({0}, {0}, "train"); }),
              "\"train\" of plot \"loss\" has y = 0, which a logarithmic axis has no place for");
    EXPECT_EQ(refusal([] { Plot({.title = "loss"}).line({0}, {std::numeric_limits<double>::infinity()}).draw(); }),
              "plot \"loss\" has no finite number to draw");
}

TEST(Drawing, HoldsEachNumberOfAHeatMap) {
    const std::string svg = heat_map({5, 1, 0, 7}, {"cat", "dog"}, {"cat", "dog"},
                                     {.title = "confusion", .row_label = "true", .column_label = "predicted"})
                                .svg();
    for (const char* word : {">5<", ">1<", ">0<", ">7<", ">confusion<", ">rows: true, columns: predicted<"}) {
        EXPECT_NE(svg.find(word), svg.npos) << word;
    }
    EXPECT_EQ(count(svg, "fill=\"rgb\\(31,119,180\\)\""), 1);   // the largest number
    EXPECT_EQ(count(svg, "fill=\"rgb\\(255,255,255\\)\""), 1);  // 0
    EXPECT_EQ(refusal([] { heat_map({1, 2, 3}, {"a", "b"}, {"a", "b"}); }),
              "a heat map of 2 rows and 2 columns has 4 cells, but 3 are given");
}

TEST(Drawing, HoldsPicturesAsPng) {
    const Picture grey{.height = 1, .width = 2, .pixels = {0, 1}, .caption = "two"};
    const Picture red{.height = 1, .width = 1, .channels = 3, .pixels = {1, 0, 0}};
    const Drawing grid = image_grid({grey, red, grey}, {.title = "all", .columns = 2});
    const std::string svg = grid.svg();
    EXPECT_EQ(count(svg, "href=\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAA"), 3);
    EXPECT_EQ(count(svg, ">two<"), 2);
    EXPECT_EQ(refusal([&] { image_grid({{.height = 1, .width = 2, .channels = 2, .pixels = {0, 1}, .caption = "odd"}}); }),
              "picture \"odd\" is 1 x 2 with 2 channels and 2 numbers; give 1 or 3 channels and 4 numbers");
    EXPECT_EQ(refusal([&] { image_grid({grey}, {.columns = 0}); }), "pictures stand in 0 columns; give 1 or more");
    EXPECT_EQ(refusal([&] { beside({grid}, 0); }), "drawings stand in 0 columns; give 1 or more");
}

TEST(Drawing, IsWrittenToAFile) {
    const std::string file = ::testing::TempDir() + "drawing.svg";
    const Drawing drawing = Plot().line({0, 1}, {0, 1}).draw();
    beside({drawing, drawing, drawing}).save(file);
    std::ifstream stream(file);
    std::stringstream text;
    text << stream.rdbuf();
    EXPECT_TRUE(text.str().starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" height=\"640\""));
    EXPECT_TRUE(text.str().ends_with("</svg>\n"));
    EXPECT_TRUE(refusal([&] { drawing.save("/no/such/folder/x.svg"); }).contains("/no/such/folder")) << "names the file";
}

}  // namespace
}  // namespace ricci::test
