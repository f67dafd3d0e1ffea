// Implied sums over indices that stand inside look-ups: the values of equations drawn at random are those of plain loops.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "ir/interpret/interpreter.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "tests/seed.h"

namespace ricci::ir {
namespace {

/// A value of each index: b, t, f.
struct Point {
    std::size_t b = 0, t = 0, f = 0;
};

/// Small whole numbers, so that sums are exact in any order; and ids.
struct Data {
    std::size_t batch, time, features, rows;
    Arrays arrays;

    double real(const char* name, std::size_t row, std::size_t column, std::size_t columns) const {
        return arrays.at(name).elements[row * columns + column];
    }
    std::size_t id(const char* name, std::size_t place) const {
        return static_cast<std::size_t>(arrays.at(name).integers[place]);
    }
    std::size_t k(const Point& p) const { return id("k", p.b * time + p.t); }
    double e(std::size_t row, std::size_t column) const { return real("E", row, column, features); }
    double a(const Point& p) const { return real("a", p.b, p.t, time); }
};

/// What stands for one element, the letters of the indices that it uses, and its value at a point.
struct Element {
    std::string text, uses;
    std::function<double(const Data&, const Point&)> value;
};

const std::vector<Element>& elements() {
    static const std::vector<Element> all = {
        {"a[b, t]", "bt", [](const Data& d, const Point& p) { return d.a(p); }},
        {"E[k[b, t], f]", "btf", [](const Data& d, const Point& p) { return d.e(d.k(p), p.f); }},
        {"E[k[b, t], j[t]]", "bt", [](const Data& d, const Point& p) { return d.e(d.k(p), d.id("j", p.t)); }},
        {"E[m[k[b, t]], f]", "btf", [](const Data& d, const Point& p) { return d.e(d.id("m", d.k(p)), p.f); }},
        {"E[k[b, o[t]], f]", "btf",
         [](const Data& d, const Point& p) { return d.e(d.id("k", p.b * d.time + d.id("o", p.t)), p.f); }},
        {"pad(E[k[b, t] - 1, f], 3)", "btf",
         [](const Data& d, const Point& p) { return d.k(p) == 0 ? 3 : d.e(d.k(p) - 1, p.f); }},
        {"a[b, o[t]]", "bt", [](const Data& d, const Point& p) { return d.real("a", p.b, d.id("o", p.t), d.time); }},
        {"u[j[t]]", "t", [](const Data& d, const Point& p) { return d.real("u", 0, d.id("j", p.t), d.features); }},
        {"u[f]", "f", [](const Data& d, const Point& p) { return d.real("u", 0, p.f, d.features); }},
        {"E[h[b], f]", "bf", [](const Data& d, const Point& p) { return d.e(d.id("h", p.b), p.f); }},
        {"select(seen[k[b, t]], a[b, t], 0)", "bt",
         [](const Data& d, const Point& p) { return d.id("seen", d.k(p)) != 0 ? d.a(p) : 0; }},
    };
    return all;
}

struct Term {
    int factor = 1, divisor = 1;
    std::vector<const Element*> elements{};

    bool uses(char index) const {
        return std::ranges::any_of(elements, [&](const Element* one) { return one->uses.find(index) != std::string::npos; });
    }
    double value(const Data& data, const Point& at) const {
        double product = factor;
        for (const Element* one : elements) product *= one->value(data, at);
        return product / divisor;
    }
};

class Drawing {
  public:
    explicit Drawing(std::uint64_t seed) : random_(seed) {
        data_.batch = extent(), data_.time = extent(), data_.features = extent(), data_.rows = extent();
        reals("a", {data_.batch, data_.time});
        reals("E", {data_.rows, data_.features});
        reals("u", {data_.features});
        ids("k", {data_.batch, data_.time}, data_.rows);
        ids("m", {data_.rows}, data_.rows);
        ids("j", {data_.time}, data_.features);
        ids("o", {data_.time}, data_.time);
        ids("h", {data_.batch}, data_.rows);
        ids("seen", {data_.rows}, 2);
        for (char index : {'b', 't', 'f'}) {
            if (pick(0, 1) == 1) left_ += index;
        }
        const int terms = pick(1, 3);
        for (int i = 0; i < terms; ++i) {
            Term term{.factor = pick(0, 2) == 0 ? pick(2, 3) : 1, .divisor = pick(0, 3) == 0 ? 2 : 1};
            const int factors = pick(1, 2);
            for (int j = 0; j < factors; ++j) term.elements.push_back(&elements()[static_cast<std::size_t>(pick(0, 10))]);
            terms_.push_back(std::move(term));
        }
        assigned_ = std::vector<std::string>{"=", "=", "=", "+=", "max="}[static_cast<std::size_t>(pick(0, 4))];
        cut_off_ = pick(0, 3) == 0;
    }

    /// \param name, left, how  of the equation: "y[b, f] =".
    std::string text(const std::string& left, const std::string& type, const std::string& how) const {
        return fmt::format(
            "ricci 1 model drawn\ninput a: f64[batch {0}, time {1}]\ninput E: f64[vocab {3}, feature {2}]\n"
            "input u: f64[feature {2}]\ninput k: i32<vocab {3}>[batch {0}, time {1}]\ninput m: i32<vocab {3}>[vocab {3}]\n"
            "input j: i64<feature {2}>[time {1}]\ninput o: i64<time {1}>[time {1}]\ninput h: i32[batch {0}]\n"
            "input seen: bool[vocab {3}]\ny: f64[{4}]\ny[{5}] {6} {7}\noutput y\n",
            data_.batch, data_.time, data_.features, data_.rows, type, left, how, body());
    }

    /// y[left] = the terms, each with its own sums; or all points of a compound assignment.
    void check_left() const {
        std::vector<std::string> names, axes;
        for (char index : left_) {
            names.emplace_back(1, index);
            axes.push_back(index == 'b' ? fmt::format("batch {}", data_.batch)
                           : index == 't' ? fmt::format("time {}", data_.time) : fmt::format("feature {}", data_.features));
        }
        std::vector<double> expected;
        each_left([&](const Point& at) { expected.push_back(assigned_ == "=" ? implied(at) : compound(at)); });
        check(text(fmt::format("{}", fmt::join(names, ", ")), fmt::format("{}", fmt::join(axes, ", ")), assigned_), expected);
    }

    /// y[k[b, t] + 1, f] += the terms, where the last row drops what is sent behind it.
    void check_scatter() const {
        std::vector<double> expected(data_.rows * data_.features, 0);
        // An index of the left alone would have no extent.
        if (std::ranges::none_of(terms_, [](const Term& term) { return term.uses('f'); })) return;
        for (std::size_t b = 0; b < data_.batch; ++b) {
            for (std::size_t t = 0; t < data_.time; ++t) {
                for (std::size_t f = 0; f < data_.features; ++f) {
                    const Point at{b, t, f};
                    if (data_.k(at) + 1 < data_.rows) expected[(data_.k(at) + 1) * data_.features + f] += body_at(at);
                }
            }
        }
        std::string written = text("k[b, t] + 1, f", fmt::format("vocab {}, feature {}", data_.rows, data_.features), "+=");
        written.insert(written.find("y[k"), "clip ");
        check(written, expected);
    }

  private:
    int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
    std::size_t extent() { return static_cast<std::size_t>(pick(1, 4)); }

    Array& array(const char* name, const std::vector<std::size_t>& extents, std::size_t& count) {
        Array& made = data_.arrays[name];
        count = 1;
        for (const std::size_t extent : extents) made.extents.push_back(static_cast<std::int64_t>(extent)), count *= extent;
        return made;
    }
    void reals(const char* name, const std::vector<std::size_t>& extents) {
        std::size_t count = 0;
        Array& made = array(name, extents, count);
        while (count-- > 0) made.elements.push_back(pick(-4, 4));
    }
    void ids(const char* name, const std::vector<std::size_t>& extents, std::size_t positions) {
        std::size_t count = 0;
        Array& made = array(name, extents, count);
        while (count-- > 0) made.integers.push_back(pick(0, static_cast<int>(positions) - 1));
    }

    std::string body() const {
        std::string text;
        for (const Term& term : terms_) {
            std::vector<std::string> factors;
            if (term.factor != 1) factors.push_back(fmt::format("{}", term.factor));
            for (const Element* one : term.elements) factors.push_back(one->text);
            text += fmt::format("{}{}{}", text.empty() ? "" : " + ", fmt::join(factors, term.factor == 3 ? " " : " * "),
                                term.divisor != 1 ? fmt::format(" / {}", term.divisor) : "");
        }
        return cut_off_ ? fmt::format("max({}, 0)", text) : text;
    }

    std::size_t extent_of(char index) const {
        return index == 'b' ? data_.batch : index == 't' ? data_.time : data_.features;
    }
    /// All values of the indices of `of`, in the order b, t, f; the others stay as in `at`.
    void each(const std::string& of, Point at, const std::function<void(const Point&)>& visit) const {
        if (of.empty()) return visit(at);
        std::size_t& place = of[0] == 'b' ? at.b : of[0] == 't' ? at.t : at.f;
        for (place = 0; place < extent_of(of[0]); ++place) each(of.substr(1), at, visit);
    }
    void each_left(const std::function<void(const Point&)>& visit) const { each(left_, {}, visit); }
    std::string absent(const std::function<bool(char)>& used) const {
        std::string found;
        for (char index : {'b', 't', 'f'}) {
            if (left_.find(index) == std::string::npos && used(index)) found += index;
        }
        return found;
    }

    double implied(const Point& at) const {
        double sum = 0;
        for (const Term& term : terms_) {
            each(absent([&](char index) { return term.uses(index); }), at,
                 [&](const Point& point) { sum += term.value(data_, point); });
        }
        return cut_off_ ? std::max(sum, 0.0) : sum;
    }
    double body_at(const Point& at) const {
        double sum = 0;
        for (const Term& term : terms_) sum += term.value(data_, at);
        return cut_off_ ? std::max(sum, 0.0) : sum;
    }
    double compound(const Point& at) const {
        std::vector<double> points;
        const auto used = [&](char index) {
            return std::ranges::any_of(terms_, [&](const Term& term) { return term.uses(index); });
        };
        each(absent(used), at, [&](const Point& point) { points.push_back(body_at(point)); });
        if (assigned_ == "max=") return *std::ranges::max_element(points);
        double sum = 0;
        for (const double point : points) sum += point;
        return sum;
    }

    void check(const std::string& written, const std::vector<double>& expected) const {
        SCOPED_TRACE(written);
        const Graph graph = parse(written, "drawn.ein");
        Arrays given;
        for (const Value& value : graph.values) {
            if (value.role == Role::input) given[value.name] = data_.arrays.at(value.name);
        }
        EXPECT_EQ(interpret(graph, given).at("y").elements, expected) << print(graph);
    }

    std::mt19937_64 random_;
    Data data_;
    std::string left_;
    std::vector<Term> terms_;
    std::string assigned_;
    bool cut_off_ = false;
};

TEST(ImpliedSums, OverLookUpsAreThoseOfPlainLoops) {
    for (const std::uint64_t seed : test::seeds(400)) {
        SCOPED_TRACE(seed);
        const Drawing drawn(seed);
        drawn.check_left();
        drawn.check_scatter();
        if (::testing::Test::HasFailure()) return;
    }
}

std::string equations(const std::string& lines) {
    const Graph graph = parse("ricci 1 model m\ninput k: i32<vocab 5>[batch 2, time 3]\ninput E: f32[vocab 5, feature 4]\n"
                              "input j: i32<feature 4>[time 3]\ninput u: f32[feature 4]\n" + lines, "m.ein");
    std::string text;
    for (const Equation& equation : graph.equations) text += print(graph, equation) + "\n";
    return text;
}

/// One sum over rows, as the written sum(t) makes it: no sum of ids, and no sum of whole tables.
TEST(ImpliedSums, TakeALookUpAsOneElement) {
    const std::string bag = equations("y[b, f] = sum(t) E[k[b, t], f]\n");
    EXPECT_EQ(bag, "y[b, f] = sum(t: time 3, vocab: vocab 5) select(k[b, t] == i32(vocab), E[vocab, f], 0)\n");
    EXPECT_EQ(equations("y[b, f] = E[k[b, t], f]\n"), bag);
    EXPECT_EQ(equations("y[f] = sum(t) E[k[b, t], f]\n"), equations("y[f] = sum(t, b) E[k[b, t], f]\n"));
    EXPECT_EQ(equations("y[b] = E[k[b, t], f]\n"), equations("y[b] = sum(t, f) E[k[b, t], f]\n"));
    EXPECT_EQ(equations("y[b] = E[k[b, T], j[T]]\n"), equations("y[b] = sum(T) E[k[b, T], j[T]]\n"));
    EXPECT_EQ(equations("y[b, f] = 2 E[k[b, t], f] + 1\n"), equations("y[b, f] = (sum(t) 2 E[k[b, t], f]) + 1\n"));
    EXPECT_EQ(equations("y[b] = E[k[b, t], f] u[j[t]]\n"), equations("y[b] = sum(t, f) E[k[b, t], f] u[j[t]]\n"));
}

}  // namespace
}  // namespace ricci::ir
