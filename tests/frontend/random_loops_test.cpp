// Loops changed at random: whatever the verifier lets through computes the interpreter's values; all else is refused by
// rule V24, and nothing crashes. RICCI_PROGRAMS says how many programs there are.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>

#include "ir/interpret/interpreter.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"
#include "passes/pipeline.h"
#include "tests/frontend/compiled.h"
#include "tests/frontend/random_program.h"
#include "tests/loops.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

constexpr int kPrograms = 40;
constexpr int kChangesAProgram = 12;

int programs() {
    const char* text = std::getenv("RICCI_PROGRAMS");
    return text == nullptr ? kPrograms : std::atoi(text);
}

/// Layers whose kernels have every form of loops: register tiles with epilogues and prologues, padding, transposes.
std::string layer(std::mt19937_64& random) {
    const auto any = [&](int least, int most) { return least + static_cast<int>(random() % (most - least + 1)); };
    const int channels = any(1, 4), outs = any(2, 9), pad = any(0, 1), taps = any(2, 3), batch = any(0, 2);
    const int rows = 2 * any(2, 4), columns = 2 * any(2, 5);
    const int high = rows + taps - 1 - 2 * pad, wide = columns + taps - 1 - 2 * pad;
    const std::string extent = batch == 0 ? "?" : std::to_string(batch * 8);
    const std::string at = fmt::format("images[b, i, y + dy - {0}, x + dx - {0}]", pad);
    return fmt::format(R"(ricci 1 model layer
input images: f32[batch {0}, channel {1}, height {2}, width {3}]
input target: f32[batch {0}, channel {4}, height {5}, width {6}]
parameter k: f32[channel {4}, channel {1}, tap_h {7}, tap_w {7}] = uniform(-0.4, 0.4)
parameter bias: f32[channel {4}] = uniform(-0.4, 0.4)
s[b, o, y, x] = sum(i: channel {1}, dy: tap_h {7}, dx: tap_w {7}) {8} * k[o, i, dy, dx] where y: height {9}, x: width {10}  @conv2d
a[b, o, y, x] = tanh(s[b, o, y, x] + bias[o])
p[b, o, y, x] = {11} a[b, o, 2*y + dy, 2*x + dx]
e[b, o, y, x] = p[b, o, y, x] - target[b, o, y, x]
loss[] = sum(b: batch {0}, o: channel {4}, y: height {5}, x: width {6}) e[b, o, y, x] * e[b, o, y, x]
output p
output loss
gradient dk = d loss / d k
gradient db = d loss / d bias
)",
                       extent, channels, high, wide, outs, rows / 2, columns / 2, taps,
                       pad == 0 ? at : fmt::format("pad({}, 0)", at), rows, columns,
                       any(0, 1) == 0 ? "sum(dy: tap_h 2, dx: tap_w 2) 0.25 *" : "max(dy: tap_h 2, dx: tap_w 2)");
}

class Changer {
  public:
    explicit Changer(std::mt19937_64& random) : random_(random) {}

    /// One change of the loops of a kernel.
    void change(ir::Graph& graph) {
        std::vector<ir::KernelGroup*> kernels;
        for (ir::KernelGroup& kernel : graph.kernels) {
            if (!kernel.nests.empty()) kernels.push_back(&kernel);
        }
        if (kernels.empty()) return;
        ir::KernelGroup& kernel = *one_of(kernels);
        ir::LoopNest& nest = kernel.nests[random_() % kernel.nests.size()];
        std::vector<ir::Loop>& loops = random_() % 2 == 0 || nest.inner.empty() ? nest.outer : nest.inner;
        switch (random_() % 11) {
            case 0:
                if (!loops.empty()) one_of(loops).by = 1 + static_cast<std::int64_t>(random_() % 7);
                break;
            case 1:
                std::ranges::shuffle(loops, random_);
                break;
            case 2:
                if (!loops.empty()) one_of(loops).unrolled ^= true;
                break;
            case 3:
                move_vector(nest, loops);
                break;
            case 4:
                cut(loops);
                break;
            case 5:
                join(loops);
                break;
            case 6:
                nest.lanes = 2 << (random_() % 5);
                break;
            case 7:
                nest.form = static_cast<ir::LoopNest::Form>(random_() % 3);
                break;
            case 8:
                (nest.following.empty() || random_() % 2 == 0 ? nest.stored : one_of(nest.following).stored) ^= true;
                break;
            case 9:
                unfuse(graph, kernel, nest);
                break;
            default:
                if (random_() % 2 == 0) kernel.split.clear();
                else std::ranges::shuffle(kernel.loops, random_);
        }
    }

  private:
    template <typename T>
    T& one_of(std::vector<T>& list) {
        return list[random_() % list.size()];
    }

    void move_vector(ir::LoopNest& nest, std::vector<ir::Loop>& loops) {
        for (auto* list : {&nest.outer, &nest.inner}) {
            for (ir::Loop& loop : *list) loop.vector = false, loop.pair.clear();
        }
        if (loops.empty()) return;
        ir::Loop& vector = one_of(loops);
        vector.vector = true;
        if (nest.lanes < 2) nest.lanes = 8;
        if (nest.form == ir::LoopNest::Form::plain) std::swap(vector, loops.back());
    }

    static void cut(std::vector<ir::Loop>& loops) {
        for (std::size_t i = 0; i < loops.size(); ++i) {
            if (loops[i].indices.size() < 2) continue;
            ir::Loop inner = loops[i];
            inner.indices.assign(1, loops[i].indices.back());
            loops[i].indices.pop_back();
            loops[i].vector = false;
            loops[i].by = 1;
            loops.insert(loops.begin() + static_cast<std::ptrdiff_t>(i) + 1, std::move(inner));
            return;
        }
    }

    void join(std::vector<ir::Loop>& loops) {
        if (loops.size() < 2) return;
        const std::size_t i = random_() % (loops.size() - 1);
        loops[i + 1].indices.insert(loops[i + 1].indices.begin(), loops[i].indices.begin(), loops[i].indices.end());
        loops.erase(loops.begin() + static_cast<std::ptrdiff_t>(i));
    }

    /// The last equation of an epilogue gets loops of its own, over each of its indices.
    void unfuse(const ir::Graph& graph, ir::KernelGroup& kernel, ir::LoopNest& nest) {
        if (nest.following.empty()) return;
        ir::LoopNest own;
        own.result = nest.following.back().result;
        nest.following.pop_back();
        (nest.following.empty() ? nest.stored : nest.following.back().stored) = true;
        const auto equation = std::ranges::find(graph.equations, own.result, &ir::Equation::result);
        for (const ir::Index& index : equation->indices) {
            if (index.extent == 1 || std::ranges::count(kernel.loops, index.name) > 0) continue;
            const ir::IndexId id = equation->index_named(index.name);
            const bool left = std::ranges::any_of(equation->left, [&](const ir::Affine& at) { return at.uses(id); });
            (left ? own.outer : own.inner).push_back({.indices = {index.name}});
        }
        const auto place = kernel.nests.begin() + (&nest - kernel.nests.data()) + 1;
        kernel.nests.insert(place, std::move(own));
    }

    std::mt19937_64& random_;
};

struct Count {
    int changed = 0;  // texts that were compiled
    int refused = 0;
};

void check(const std::string& text, std::uint64_t seed, std::mt19937_64& random, Count& count) {
    constexpr const char* kTiles[] = {"off", "auto", "3", "16"};
    const codegen::Target target = random() % 3 == 0 ? codegen::Target::named("avx2") : codegen::Target::host();
    const passes::Options options{.conv = random() % 2 == 0 ? "direct" : "auto",
                                  .gemm = "contraction",
                                  .tile = kTiles[random() % 4],
                                  .machine = test::machine_of(target)};
    passes::Remarks remarks;
    const ir::Graph planned = passes::run_to(ir::parse(text), ir::Stage::loops, options, remarks);
    const ir::Arrays given = draw(planned, {.batch = planned.fixed_batch > 0 ? planned.fixed_batch : 5, .seed = seed});
    const ir::Arrays expected = ir::interpret(planned, given);
    if (!is_tame(expected)) return;
    runtime::ThreadTeam team(2);
    Changer changer(random);
    ir::Graph graph = planned;
    for (int i = 0; i < kChangesAProgram; ++i) {
        ir::Graph next = graph;
        changer.change(next);
        const std::vector<ir::Violation> broken = ir::violations(next);
        if (!broken.empty()) {
            ++count.refused;
            EXPECT_TRUE(broken[0].text.starts_with("V24 ") || broken[0].text.starts_with("V15 ")) << broken[0].text;
            continue;
        }
        graph = std::move(next);
        ++count.changed;
        const std::string shown = ir::print(graph);
        SCOPED_TRACE(fmt::format("seed {}\n{}", seed, shown));
        ASSERT_EQ(ir::print(ir::parse(shown)), shown);
        std::optional<Compiled> program;
        ASSERT_NO_THROW(program.emplace(graph, options, target));
        ASSERT_EQ(difference(expected, (*program)(given, team), {.relative = 1e-4, .floor = 1, .terms = terms_of(planned, given)}), "");
    }
}

TEST(RandomLoops, OfLayersGiveTheSameValuesOrAreRefused) {
    Count count;
    for (const std::uint64_t seed : test::seeds(programs())) {
        std::mt19937_64 random(seed);
        check(layer(random), seed, random, count);
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(count.changed, programs()) << "of " << count.refused << " refused";
}

TEST(RandomLoops, OfAnyProgramGiveTheSameValuesOrAreRefused) {
    Count count;
    for (const std::uint64_t seed : test::seeds(programs())) {
        std::mt19937_64 random(seed);
        const std::string text = random_program(seed, 5);
        try {
            passes::Remarks remarks;
            passes::run_to(ir::parse(text), ir::Stage::step, {}, remarks);
        } catch (const UserError&) {
            continue;  // random_program_test.cpp looks at what is refused
        }
        check(text, seed, random, count);
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(count.changed, programs()) << "of " << count.refused << " refused";
}

}  // namespace
}  // namespace ricci::testing
