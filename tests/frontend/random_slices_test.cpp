// Random programs whose reads and lefts meet parts of an axis, with all gradients. Compiled code is compared with the
// interpreter, and gradients with central differences of the loss. The program and its seed are in each message.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "ir/text/parser.h"
#include "passes/gradient/differentiate.h"
#include "tests/forced.h"
#include "tests/frontend/compiled.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

constexpr int kPrograms = 60;
constexpr int kFixedBatch = 70;

class Writer {
  public:
    explicit Writer(std::uint64_t seed) : random_(seed) {}

    std::string write() {
        const bool open = chance(70);
        const std::string batch = open ? "batch ?" : fmt::format("batch {}", kFixedBatch);
        // The result has the part alone, or holds it on a longer axis; it has a row a sample, or is summed over these.
        const bool on_axis = chance(60), one_row = chance(50), products = chance(50);
        const int extent = on_axis ? axis_ : part_;
        const std::string at = on_axis ? fmt::format("f + {}", shift()) : "f";
        const std::string y = one_row ? "y[f]" : "y[b, f]";
        std::string text = fmt::format(
            "ricci 1 model slices\n"
            "input x: f64[{0}, feature {1}]\n"
            "parameter v: f64[feature {1}] = normal(0, 1)\n"
            "parameter u: f64[feature {2}] = normal(0, 1)\n"
            "parameter w: f64[feature {3}] = normal(0, 1)\n",
            batch, axis_, part_, extent);
        text += fmt::format("y: f64[{}feature {}]\n", one_row ? "" : batch + ", ", extent);
        text += fmt::format("y[{}{}] += {} where f: feature {}, b: {}\n", one_row ? "" : "b, ", at, body(), part_, batch);
        text += fmt::format("z: f64[{}, feature {}]\n", batch, extent);
        text += fmt::format("z[b, f] = {} * w[f] * x[b, f + 0]\n", y);
        if (!open) text += deviations();
        // The loss is of all of it, or of products with a part.
        const int rows = pick(1, 9), columns = pick(1, extent);
        text += fmt::format("parameter k: f64[channel {}, feature {}] = normal(0, 1)\n", rows, columns);
        text += fmt::format("c: f64[{}, channel {}]\nc[b, o] = sum(f) k[o, f] * z[b, f + {}]\n", batch, rows,
                            chance(60) ? 0 : extent - columns);
        text += fmt::format("loss: f64[]\nloss[] = sum(b, {0}) {1}[b, {0}] * {1}[b, {0}] / 100\n", products ? "o" : "f",
                            products ? "c" : "z");
        text += products ? "output loss\n" : "output loss\noutput y\noutput c\n";
        for (const char* by : {"x", "v", "u", "w", "k"}) text += fmt::format("gradient d{0} = d loss / d {0}\n", by);
        return text;
    }

  private:
    int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
    bool chance(int percent) { return pick(1, 100) <= percent; }
    /// Half of the parts are the beginning of their axis.
    int shift() { return chance(50) ? 0 : pick(0, axis_ - part_); }

    std::string factor() {
        switch (pick(0, 4)) {
            case 0: return fmt::format("x[b, f + {}]", shift());
            case 1: return fmt::format("v[f + {}]", shift());
            case 2: return "u[f]";
            case 3: return fmt::format("tanh(v[f + {}])", shift());
            default: return fmt::format("(x[b, f + {}] - v[f + {}])", shift(), shift());
        }
    }
    std::string body() {
        std::string product = factor();
        for (int more = pick(0, 3); more > 0; --more) product += " * " + factor();
        if (chance(30)) product += fmt::format(" * exp(-x[b, f + {}] * x[b, f + {}])", shift(), shift());
        if (chance(20)) product += " / sqrt(1 + u[f] * u[f])";
        return product;
    }
    /// Distances from the mean, which add up to 0 at the beginning of a longer axis.
    std::string deviations() {
        const int longer = axis_ + pick(0, 2);
        return fmt::format(
            "m: f64[feature {0}]\n"
            "m[f] = sum(b) x[b, f] / {1}\n"
            "d: f64[feature {2}]\n"
            "d[f + 0] += (x[b, f] - m[f]) * 3 where f: feature {0}, b: batch {1}\n"
            "output d\n",
            axis_, kFixedBatch, longer);
    }

    std::mt19937_64 random_;
    int axis_ = pick(2, 20);
    int part_ = pick(1, axis_ - 1);
};

passes::Options options_of(std::mt19937_64& random) {
    constexpr const char* kProducts[] = {"auto", "blas", "contraction", "loops"};
    constexpr const char* kTiles[] = {"off", "auto", "3", "16"};
    return {.gemm = kProducts[random() % 4], .tile = kTiles[random() % 4], .fuse = random() % 4 != 0};
}

/// The first gradient that a difference quotient contradicts, or "".
std::string gradient_apart(const ir::Graph& model, const ir::Arrays& given, const ir::Arrays& results) {
    constexpr double kStep = 1e-5, kTolerance = 1e-5;
    for (const char* by : {"x", "v", "u", "w", "k"}) {
        const std::vector<double>& gradient = results.at(std::string("d") + by).elements;
        for (const std::size_t element : {std::size_t{0}, gradient.size() / 2, gradient.size() - 1}) {
            ir::Arrays moved = given;
            const double from = given.at(by).elements[element];
            moved.at(by).elements[element] = from + kStep;
            const double above = ir::interpret(model, moved).at("loss").elements[0];
            moved.at(by).elements[element] = from - kStep;
            const double below = ir::interpret(model, moved).at("loss").elements[0];
            const double quotient = (above - below) / (2 * kStep);
            if (std::fabs(quotient - gradient[element]) > kTolerance * std::max(1.0, std::fabs(quotient)))
                return fmt::format("d{}: element {} is {}, a difference quotient {}", by, element, gradient[element], quotient);
        }
    }
    return "";
}

TEST(RandomSlices, CompileToWhatTheInterpreterComputes) {
    for (const std::uint64_t seed : test::seeds(kPrograms)) {
        const std::string text = Writer(seed).write();
        SCOPED_TRACE(fmt::format("seed {}\n{}", seed, text));
        std::mt19937_64 random(seed + 1);
        const passes::Options options = test::forced(options_of(random));
        const ir::Graph model = ir::parse(text);
        passes::Remarks remarks;
        const ir::Graph step = passes::differentiate(model, {}, remarks);
        const ir::Arrays given =
            draw(model, {.batch = 1 + static_cast<std::int64_t>(random() % 9), .seed = seed});
        const ir::Arrays expected = ir::interpret(step, given);
        try {
            const ir::Arrays got = Compiled(model, options)(given);
            EXPECT_EQ(difference(expected, got, {.relative = 1e-12, .floor = 1, .terms = terms_of(step, given)}), "");
            ir::Graph loss = model;
            loss.gradients.clear();
            EXPECT_EQ(gradient_apart(loss, given, got), "");
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
        }
    }
}

}  // namespace
}  // namespace ricci::testing
