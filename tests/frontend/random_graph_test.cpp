// Random graphs of several ops through random subsets of the passes and the JIT, against the interpreter. A failing
// graph is shrunk to its fewest ops and shown as text with its seed and its passes.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ir/core/rollback.h"
#include "ir/print/print.h"
#include "passes/gradient/apply_optimizer.h"
#include "passes/gradient/differentiate.h"
#include "tests/forced.h"
#include "tests/frontend/compiled.h"
#include "tests/frontend/random_ops.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

constexpr int kGraphs = 150;
constexpr int kMostOps = 6;

/// Jumps from number to number, so that a last bit of its operand would decide. What takes floats to floats with a
/// slope of 0 everywhere does, and so do a remainder and a rounding.
bool jumps(const ir::ExprRef& body) {
    if (body->form == ir::Expr::Form::call && is_float(body->dtype)) {
        const ir::ScalarInfo& function = ir::info(body->function);
        const bool one = function.arity == 1 && is_float(body->args[0]->dtype);
        if (one && function.derivative(body, 0) == nullptr) return true;
        if (function.function == ir::Scalar::mod || function.function == ir::Scalar::round_bf16) return true;
    }
    return std::ranges::any_of(body->args, jumps);
}

/// A chain of `ops` calls: each takes what the one before gave as its first operand. The first calls of a longer chain
/// of that seed are those of a shorter one.
ir::Graph chain(std::uint64_t seed, int ops) {
    std::mt19937_64 random(seed);
    ir::Graph graph;
    graph.name = "chain";
    const std::vector<ir::TensorType> starts = {
        {f64,
         {{ir::kinds::batch(), ir::kOpen},
          {ir::kinds::channel(), 3},
          {ir::kinds::height(), 6},
          {ir::kinds::width(), 5}}},
        {f64, {{ir::kinds::batch(), 2}, {ir::kinds::height(), 5}, {ir::kinds::width(), 7}, {ir::kinds::channel(), 4}}},
        {f64, {{ir::kinds::batch(), ir::kOpen}, {ir::kinds::feature(), 11}}}};
    ir::ValueId last = graph.add({.name = "x", .type = starts[random() % starts.size()], .role = ir::Role::input});
    const std::size_t all = ir::ops().size();
    for (int tries = 0, made = 0; made < ops && tries < 2000; ++tries) {
        const ir::Op& op = ir::ops()[random() % all];
        const ir::TensorType type = graph.value(last).type;
        const std::optional<RandomCall> call = draw_call(op, f64, random, &type);
        if (!call) continue;
        ir::Rollback attempt(graph);
        const std::size_t before = graph.equations.size();
        const ir::ValueId result = append(graph, *call, fmt::format("v{}", made), last);
        // Whole numbers, such as positions, jump too, and have no gradient.
        if (result < 0 || !is_float(graph.value(result).type.dtype)) continue;
        const auto first = graph.equations.begin() + static_cast<std::ptrdiff_t>(before);
        if (std::any_of(first, graph.equations.end(), [](const ir::Equation& line) { return jumps(line.body); })) continue;
        attempt.keep();
        last = result;
        ++made;
        if (random() % 3 == 0) graph.outputs.push_back({graph.value(last).name, last});
    }
    const ir::ValueId loss = append_weighted_sum(graph, last, "last");
    graph.outputs.push_back({"loss", loss});
    const bool trains = seed % 2 == 0;
    bool any = false;
    for (ir::ValueId id = 0; id < loss; ++id) {
        ir::Value& value = graph.value(id);
        if (value.role != ir::Role::input || !is_float(value.type.dtype) || value.name == "last.c") continue;
        if (!trains || value.type.is_open()) {
            graph.gradients.push_back({"d." + value.name, loss, id});
        } else {
            value.role = ir::Role::parameter;
            value.initial = ir::Initializer{};
            any = true;
        }
    }
    if (any) graph.training = ir::Training{loss, "sgd", {{"learning_rate", 0.1}, {"momentum", 0.9}}};
    return graph;
}

passes::Options options_of(std::mt19937_64& random) {
    constexpr const char* kLayouts[] = {"keep", "nchw", "nhwc"};
    constexpr const char* kMethods[] = {"naive", "im2col", "blocks", "winograd2", "direct", "auto", "auto"};
    constexpr const char* kProducts[] = {"auto", "auto", "blas", "contraction", "loops"};
    constexpr const char* kTiles[] = {"off", "auto", "1", "3", "16"};
    return {.layout = kLayouts[random() % 3],
            .conv = kMethods[random() % 7],
            .gemm = kProducts[random() % 5],
            .tile = kTiles[random() % 5],
            .fuse = random() % 4 != 0};
}

/// The passes in their order, some left out; those without which no stage is reached stay.
std::vector<std::string> passes_of(std::mt19937_64& random) {
    std::vector<std::string> names;
    const bool whole = random() % 4 == 0;
    for (const passes::Pass& pass : passes::pipeline()) {
        const bool needed = pass.name == "differentiate" || pass.name == "apply-optimizer" || pass.name == "fuse" ||
                            pass.name == "plan-loops" || pass.name == "plan-memory";
        if (needed || whole || random() % 3 != 0) names.emplace_back(pass.name);
    }
    return names;
}

enum class Verdict { agrees, differs, wild };

struct Outcome {
    Verdict verdict;
    std::string report;
};

Outcome run(std::uint64_t seed, int ops) {
    const ir::Graph graph = chain(seed, ops);
    std::mt19937_64 random(seed + 1);
    const passes::Options options = test::forced(options_of(random));
    const std::vector<std::string> names = passes_of(random);
    const std::string what =
        fmt::format("seed {}, {} ops, passes {}, layout {}, conv {}, gemm {}, tile {}, fuse {}\n{}", seed, ops,
                    fmt::join(names, ","), options.layout, options.conv, options.gemm, options.tile, options.fuse, ir::print(graph));
    try {
        passes::Remarks remarks;
        const ir::Graph step = passes::apply_optimizer(passes::differentiate(graph, {}, remarks), {}, remarks);
        const ir::Arrays given =
            draw(step, {.batch = 1 + static_cast<std::int64_t>(random() % 3), .seed = random(), .low = 0.2});
        const ir::Arrays expected = ir::interpret(step, given);
        if (!is_tame(expected)) return {Verdict::wild, ""};
        Compiled compiled(passes::run_only(graph, names, options, remarks));
        const std::string apart = difference(
            expected, compiled(given), {.relative = 1e-10, .floor = 1, .terms = terms_of(step, given)});
        return {apart.empty() ? Verdict::agrees : Verdict::differs, apart + "\n" + what};
    } catch (const std::exception& error) {
        return {Verdict::differs, std::string(error.what()) + "\n" + what};
    }
}

TEST(RandomGraphs, AgreeWithTheInterpreter) {
    int compared = 0;
    for (const std::uint64_t own : test::seeds(kGraphs)) {
        Outcome outcome = run(own, 2 + static_cast<int>(own % (kMostOps - 1)));
        compared += outcome.verdict == Verdict::agrees;
        if (outcome.verdict != Verdict::differs) continue;
        for (int fewer = 1; fewer < kMostOps; ++fewer) {
            Outcome smaller = run(own, fewer);
            if (smaller.verdict != Verdict::differs) continue;
            outcome = smaller;
            break;
        }
        ADD_FAILURE() << outcome.report;
    }
    EXPECT_GE(compared, kGraphs / 2);
    fmt::print("{} of {} graphs compared\n", compared, kGraphs);
}

}  // namespace
}  // namespace ricci::testing
