/// Random left sides through random passes and the JIT, in memory that holds garbage, against the interpreter. A
/// failing graph is shrunk to its fewest equations and shown with its seed. RICCI_SEED and RICCI_ROUNDS choose others,
/// and more.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"
#include "tests/forced.h"
#include "tests/frontend/compiled.h"
#include "tests/frontend/poisoned.h"
#include "tests/frontend/random_positions.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

constexpr int kRounds = 120;
constexpr int kMostEquations = 4;

passes::Options options_of(std::mt19937_64& random) {
    constexpr const char* kProducts[] = {"auto", "auto", "blas", "contraction", "loops"};
    constexpr const char* kTiles[] = {"off", "auto", "1", "3", "16"};
    return {.layout = random() % 4 == 0 ? "nhwc" : "keep",
            .gemm = kProducts[random() % 5],
            .tile = kTiles[random() % 5],
            .fuse = random() % 4 != 0};
}

/// The passes in their order, some left out; those without which no stage is reached stay.
std::vector<std::string> passes_of(std::mt19937_64& random) {
    std::vector<std::string> names;
    const bool whole = random() % 3 == 0;
    for (const passes::Pass& pass : passes::pipeline()) {
        const bool needed = pass.name == "apply-optimizer" || pass.name == "fuse" || pass.name == "plan-loops" ||
                            pass.name == "plan-memory";
        if (needed || whole || random() % 3 != 0) names.emplace_back(pass.name);
    }
    return names;
}

/// Whole numbers from -2 to 2, which every order of summation adds up exactly.
ir::Arrays draw_whole(const ir::Graph& graph, std::int64_t batch, std::mt19937_64& random) {
    ir::Arrays given;
    for (const ir::Value& value : graph.values) {
        if (value.role == ir::Role::temporary) continue;
        ir::Array array;
        for (const ir::Axis& axis : value.type.axes) {
            array.extents.push_back(axis.extent == ir::kOpen ? batch : axis.extent);
        }
        for (std::int64_t i = 0; i < value.type.count(batch); ++i) {
            array.elements.push_back(static_cast<double>(random() % 5) - 2);
        }
        given[value.name] = std::move(array);
    }
    return given;
}

/// What max and min begin with.
bool is_identity(double x) {
    return std::isinf(x) || x == -2147483648.0 || x == 2147483647.0 || std::fabs(x) == 9223372036854775808.0;
}

bool has_identities(const ir::Arrays& all) {
    return std::ranges::any_of(
        all, [](const auto& entry) { return std::ranges::any_of(entry.second.elements, is_identity); });
}

bool is_small(const ir::Arrays& all) {
    return std::ranges::all_of(all, [](const auto& entry) {
        return std::ranges::all_of(entry.second.elements,
                                   [](double x) { return is_identity(x) || std::fabs(x) < 1e5; });
    });
}

/// True when a float and an i32 hold every sum and product on the way: also those that a 0 or a sign makes small.
bool is_exact(const ir::Graph& graph, const ir::Arrays& given) {
    ir::Arrays large = given;
    for (auto& [name, array] : large) {
        for (double& element : array.elements) element = std::max(std::fabs(element), 1.0);
    }
    return is_small(ir::interpret_all(graph, given)) && is_small(ir::interpret_all(graph, large));
}

struct Outcome {
    bool compared = false;
    std::string report;  // "" when all is right
};

Outcome run(std::uint64_t seed, int equations) {
    const std::string text = random_positions(seed, equations);
    std::mt19937_64 random(seed + 1);
    const passes::Options options = test::forced(options_of(random));
    const std::vector<std::string> names = passes_of(random);
    const std::int64_t batch = 1 + static_cast<std::int64_t>(random() % 20);
    const int threads = 1 + static_cast<int>(random() % 3);
    const std::string what =
        fmt::format("seed {}, {} equations, batch {}, {} threads, passes {}, layout {}, gemm {}, tile {}, fuse {}\n{}",
                    seed, equations, batch, threads, fmt::join(names, ","), options.layout, options.gemm, options.tile,
                    options.fuse, text);
    ir::Graph graph;
    try {
        graph = ir::parse(text);
    } catch (const UserError& error) {
        return {false, ""};
    }
    try {
        const ir::Arrays given = draw_whole(graph, batch, random);
        if (!is_exact(graph, given)) return {false, ""};
        if (equations > 1 && has_identities(ir::interpret_all(graph, given))) return {false, ""};
        passes::Remarks remarks;
        const ir::Graph planned = passes::run_only(graph, names, options, remarks);
        const bool wide = random() % 2 == 0;
        const codegen::Target target = wide ? codegen::Target::host() : codegen::Target::named("avx2");
        const std::string apart =
            first_difference(run_interpreter(graph, given), run_poisoned(planned, given, threads, target));
        return {true, apart.empty() ? "" : apart + "\n" + what};
    } catch (const std::exception& error) {
        return {true, std::string(error.what()) + "\n" + what};
    }
}

TEST(RandomPositions, EveryElementIsWrittenOnceOrHoldsTheIdentity) {
    const char* asked = std::getenv("RICCI_ROUNDS");
    const int rounds = asked == nullptr ? kRounds : std::atoi(asked);
    int compared = 0;
    for (const std::uint64_t own : test::seeds(rounds)) {
        Outcome outcome = run(own, 1 + static_cast<int>(own % kMostEquations));
        compared += outcome.compared;
        if (outcome.report.empty()) continue;
        for (int fewer = 1; fewer < kMostEquations; ++fewer) {
            Outcome smaller = run(own, fewer);
            if (smaller.report.empty()) continue;
            outcome = smaller;
            break;
        }
        ADD_FAILURE() << outcome.report;
    }
    EXPECT_GE(compared, rounds / 3);
    fmt::print("{} of {} graphs compared\n", compared, rounds);
}

}  // namespace
}  // namespace ricci::testing
