// Look-ups drawn at random: reads, scatters, several ids, ids in sums, computed ids, tables in any order of axes. Machine
// code gives what the interpreter gives, and the same bits on any number of threads; gradients are those of differences.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/gradient/differentiate.h"
#include "runtime/parallel/threads.h"
#include "tests/frontend/compiled.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

struct LookUp {
    std::string text;
    std::int64_t batch = 1;
    std::int64_t rows = 1;
    std::vector<std::string> by{};  // float inputs with a gradient
    bool smooth = true;
};

class Drawing {
  public:
    Drawing(std::uint64_t seed, DType dtype, bool large) : random_(seed), dtype_(dtype), large_(large) {}

    LookUp run() {
        made_.batch = large_ ? 300 + pick(0, 40) : std::array<int, 5>{1, 2, 3, 5, 17}.at(static_cast<std::size_t>(pick(0, 4)));
        made_.rows = std::array<int, 8>{1, 2, 3, 5, 16, 17, 40, 300}.at(static_cast<std::size_t>(pick(0, 7)));
        time_ = std::array<int, 3>{1, 3, 8}.at(static_cast<std::size_t>(pick(0, 2)));
        features_ = large_ ? 64 : std::array<int, 6>{1, 3, 4, 16, 33, 40}.at(static_cast<std::size_t>(pick(0, 5)));
        made_.text = "ricci 1 model look_up\n";
        const bool computed = pick(0, 3) == 0;
        const std::string ids = pick(0, 1) == 0 ? "i32" : "i64";
        const bool numbered = !computed && pick(0, 2) > 0;
        line(fmt::format("input ids: {}{}[batch ?, time {}]", ids, numbered ? fmt::format("<row {}>", made_.rows) : "", time_));
        line(fmt::format("input ids2: {}[batch ?, time {}]", ids, time_));
        std::string id = "ids[b, t]";
        if (computed) {
            line(fmt::format("moved[b, t] = ids[b, t] + {}", pick(-1, 1)));
            id = "moved[b, t]";
        }
        const int form = pick(0, 9);
        if (form <= 5) read(form, id);
        if (form > 5) write(form, id);
        line("output y");
        if (is_float(dtype_)) loss();
        return std::move(made_);
    }

  private:
    int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
    void line(const std::string& text) { made_.text += text + "\n"; }
    std::string name() const { return std::string(name_of(dtype_)); }

    void input(const std::string& name_and_axes) {
        line(fmt::format("input {}", name_and_axes));
        if (is_float(dtype_)) made_.by.push_back(name_and_axes.substr(0, name_and_axes.find(':')));
    }

    void read(int form, const std::string& id) {
        const std::string cell = fmt::format("batch ?, time {}, feature {}", time_, features_);
        left_ = "b, t, f";
        result_ = cell;
        switch (form) {
            case 0:
                input(fmt::format("e: {}[row {}, feature {}]", name(), made_.rows, features_));
                return line(fmt::format("y[b, t, f] = e[{}, f]", id));
            case 1:  // rows are the inner axis
                input(fmt::format("e: {}[feature {}, row {}]", name(), features_, made_.rows));
                input(fmt::format("g: {}[{}]", name(), cell));
                return line(fmt::format("y[b, t, f] = e[f, {}] * g[b, t, f] + g[b, t, f]", id));
            case 2:  // each sample has a table of its own
                input(fmt::format("e: {}[batch ?, row {}, feature {}]", name(), made_.rows, features_));
                return line(fmt::format("y[b, t, f] = e[b, {}, f] + e[b, ids2[b, t], f]", id));
            case 3:  // a sum of rows
                input(fmt::format("e: {}[row {}, feature {}]", name(), made_.rows, features_));
                left_ = "b, f";
                result_ = fmt::format("batch ?, feature {}", features_);
                return line(fmt::format("y[b, f] = sum(t) e[{}, f]", id));
            case 4:  // one element for each id
                input(fmt::format("e: {}[batch ?, row {}]", name(), made_.rows));
                left_ = "b, t";
                result_ = fmt::format("batch ?, time {}", time_);
                return line(fmt::format("y[b, t] = e[b, {}] * e[b, {}]", id, id));
            default:  // two ids, and one inside a sum
                input(fmt::format("e: {}[row {}, class {}, feature {}]", name(), made_.rows, made_.rows, features_));
                line(fmt::format("input start: i64<feature {}>[batch ?]", features_));
                line(fmt::format("e2: {}[row {}, class {}, feature {}]", name(), made_.rows, made_.rows, features_ + 2));
                line("e2[r, k, f + 1] += e[r, k, f] * e[r, k, f]");
                left_ = "b, t, i";
                result_ = fmt::format("batch ?, time {}, tap_feature 3", time_);
                return line(fmt::format("y[b, t, i] = e2[{}, ids2[b, t], start[b] + i] where i: tap_feature 3", id));
        }
    }

    void write(int form, const std::string& id) {
        const std::string cell = fmt::format("batch ?, time {}, feature {}", time_, features_);
        input(fmt::format("g: {}[{}]", name(), cell));
        left_ = "r, f";
        result_ = fmt::format("row {}, feature {}", made_.rows, features_);
        const char* const how = form == 7 ? "max=" : form == 8 ? "*=" : "+=";
        const bool sum = form != 7 && form != 8;
        made_.smooth = sum;  // where points meet, a maximum and a product of many grow or jump
        if (form == 9) {     // the rows are the inner axis
            left_ = "f, r";
            result_ = fmt::format("feature {}, row {}", features_, made_.rows);
            line(fmt::format("y: {}[{}]", name(), result_));
            return line(fmt::format("y[f, {}] += g[b, t, f] * g[b, t, f]", id));
        }
        line(fmt::format("y: {}[{}]", name(), result_));
        line(fmt::format("y[{}, f] {} g[b, t, f]{}", id, how, sum ? " * g[b, t, f]" : ""));
    }

    void loss() {
        line(fmt::format("input c: {}[{}]", name(), result_));
        line(fmt::format("loss[] = y[{0}] * c[{0}]", left_));
        line("output loss");
    }

    std::mt19937_64 random_;
    DType dtype_;
    bool large_;
    int time_ = 1, features_ = 1;
    std::string left_, result_;
    LookUp made_;
};

/// Ids of which many are equal. `loose`: some are none, where nothing checks them.
ir::Arrays draw_inputs(const ir::Graph& graph, const LookUp& look_up, std::uint64_t seed, bool loose) {
    std::mt19937_64 random(seed);
    ir::Arrays given = draw(graph, {.batch = look_up.batch, .seed = seed, .low = -1, .high = 1, .numbers = 3});
    for (const ir::Value& value : graph.values) {
        if (value.role != ir::Role::input || !(value.name.starts_with("ids") || value.name == "start")) continue;
        ir::Array& array = given.at(value.name);
        const std::int64_t rows = value.numbers ? value.numbers->extent : look_up.rows;
        const std::int64_t few = 1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(rows));
        array.integers.assign(array.elements.size(), 0);
        for (std::size_t i = 0; i < array.elements.size(); ++i) {
            array.integers[i] = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(random() % 2 == 0 ? rows : few));
            if (loose && !value.numbers && random() % 8 == 0) array.integers[i] = random() % 2 == 0 ? -1 : rows;
            array.elements[i] = static_cast<double>(array.integers[i]);
        }
    }
    return given;
}

/// The model with a gradient for each input that has one.
ir::Graph with_gradients(const LookUp& look_up) {
    std::string text = look_up.text;
    if (look_up.smooth && text.find("loss[]") != std::string::npos) {
        for (const std::string& by : look_up.by) text += fmt::format("gradient d.{0} = d loss / d {0}\n", by);
    }
    return ir::parse(text, "look_up");
}

/// Nan equals itself.
bool same_bits(const ir::Array& a, const ir::Array& b) {
    const auto equal = [](double x, double y) { return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y); };
    return a.integers == b.integers && std::ranges::equal(a.elements, b.elements, equal);
}

class RandomLookUps : public ::testing::TestWithParam<DType> {};

TEST_P(RandomLookUps, GiveWhatTheInterpreterGives) {
    const passes::Options ways[] = {{}, {.tile = "off"}, {.tile = "off", .fuse = false}, {.tile = "16"}};
    int number = 0;
    for (const std::uint64_t seed : test::seeds(40)) {
        const LookUp look_up = Drawing(seed, GetParam(), false).run();
        SCOPED_TRACE(fmt::format("seed {}\n{}", seed, look_up.text));
        const ir::Graph graph = with_gradients(look_up);
        passes::Remarks remarks;
        const ir::Graph step = passes::differentiate(graph, {}, remarks);
        const ir::Arrays given = draw_inputs(graph, look_up, seed, true);
        const ir::Arrays expected = ir::interpret(step, given);
        Compiled compiled(graph, ways[number++ % std::size(ways)]);
        const double relative = GetParam() == f64 ? 1e-12 : 2e-5;
        EXPECT_EQ(difference(expected, compiled(given), {.relative = relative, .floor = 1, .terms = terms_of(step, given)}), "");
        if (HasFailure()) return;
    }
}

/// Ids that depend on any axis of the result: before the row, behind it, and on both sides.
TEST(LookUps, WriteByIdsOfAnyAxis) {
    for (const std::uint64_t seed : test::seeds(40)) {
        std::mt19937_64 random(seed);
        const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
        std::vector<std::string> left = {"h", "x", "c"};
        std::ranges::shuffle(left, random);
        const std::map<std::string, std::string> axes = {{"h", fmt::format("height {}", pick(1, 20))},
                                                         {"x", fmt::format("width {}", pick(1, 20))},
                                                         {"c", fmt::format("channel {}", pick(1, 20))}};
        std::vector<std::string> by = {"y"};
        if (pick(0, 2) > 0) by.push_back("x");
        if (pick(0, 1) > 0) by.push_back("c");
        std::ranges::shuffle(by, random);
        const auto type = [&](const std::vector<std::string>& names) {
            std::vector<std::string> all;
            for (const std::string& name : names) all.push_back(name == "y" ? "time 5" : axes.at(name));
            return fmt::format("{}", fmt::join(all, ", "));
        };
        const std::string text = fmt::format("ricci 1 step look_up\ninput p: f64[time 5, {0}, {1}]\ninput ids: i64[{2}]\n"
                                             "d: f64[{3}]\n"
                                             "d[{4}] = sum(y: time 5) select(h == ids[{5}], p[y, x, c], 0)\noutput d\n",
                                             axes.at("x"), axes.at("c"), type(by), type(left), fmt::join(left, ", "),
                                             fmt::join(by, ", "));
        SCOPED_TRACE(fmt::format("seed {}\n{}", seed, text));
        const ir::Graph graph = ir::parse(text, "look_up");
        const ir::Arrays given = draw_inputs(graph, {.text = text, .rows = 20}, seed, true);
        Compiled compiled(graph);
        EXPECT_EQ(difference(ir::interpret(graph, given), compiled(given), {.relative = 1e-12, .floor = 1, .terms = terms_of(graph, given)}), "");
        if (HasFailure()) return;
    }
}

TEST_P(RandomLookUps, GiveTheSameBitsOnAnyThreads) {
    for (const std::uint64_t seed : test::seeds(12)) {
        const LookUp look_up = Drawing(seed, GetParam(), true).run();
        SCOPED_TRACE(fmt::format("seed {}\n{}", seed, look_up.text));
        const ir::Graph graph = with_gradients(look_up);
        const ir::Arrays given = draw_inputs(graph, look_up, seed, true);
        Compiled compiled(graph);
        const ir::Arrays one = compiled(given);
        for (int threads : {2, 3}) {
            runtime::ThreadTeam team(threads);
            for (const auto& [name, array] : compiled(given, team))
                EXPECT_TRUE(same_bits(array, one.at(name))) << name << " on " << threads << " threads";
        }
        if (HasFailure()) return;
    }
}

INSTANTIATE_TEST_SUITE_P(Types, RandomLookUps, ::testing::Values(f32, f64, i32, i64),
                         [](const auto& given) { return std::string(name_of(given.param)); });

/// The gradients of some elements by differences; "" or what differs.
std::string gradient_error(const LookUp& look_up, std::uint64_t seed) {
    const ir::Graph graph = with_gradients(look_up);
    passes::Remarks remarks;
    const ir::Graph step = passes::differentiate(graph, {}, remarks);
    ir::Arrays given = draw_inputs(graph, look_up, seed, true);
    const ir::Arrays at = ir::interpret(step, given);
    const ir::Graph values = ir::parse(look_up.text, "look_up");
    std::mt19937_64 random(seed);
    constexpr double kMove = 1e-4;
    for (const std::string& by : look_up.by) {
        for (int tries = 0; tries < 6; ++tries) {
            ir::Array& array = given.at(by);
            const std::size_t e = random() % array.elements.size();
            const double here = array.elements[e];
            array.elements[e] = here + kMove;
            const double above = ir::interpret(values, given).at("loss").elements[0];
            array.elements[e] = here - kMove;
            const double below = ir::interpret(values, given).at("loss").elements[0];
            array.elements[e] = here;
            const double slope = (above - below) / (2 * kMove);
            const double got = at.at("d." + by).elements[e];
            if (std::abs(slope - got) <= 1e-6 * std::max(1.0, std::abs(slope))) continue;
            return fmt::format("d.{}[{}] is {}, by differences {}", by, e, got, slope);
        }
    }
    return "";
}

TEST(RandomLookUpGradients, AreThoseOfDifferences) {
    int checked = 0;
    for (const std::uint64_t seed : test::seeds(40)) {
        const LookUp look_up = Drawing(seed, f64, false).run();
        if (!look_up.smooth) continue;
        EXPECT_EQ(gradient_error(look_up, seed), "") << "seed " << seed << "\n" << look_up.text;
        ++checked;
        if (HasFailure()) return;
    }
    EXPECT_GT(checked, 5);
}

}  // namespace
}  // namespace ricci::testing
