// Random programs through random subsets of the passes and the JIT, against the interpreter: integers exactly, nan and
// infinity where they belong. Every dump on the way is read back. A failing program is shrunk to its fewest equations
// and shown with its seed. RICCI_PROGRAMS says how many there are.
#include "tests/forced.h"
#include "tests/frontend/random_program.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <random>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/gradient/differentiate.h"
#include "tests/frontend/compiled.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

constexpr int kPrograms = 400;
constexpr int kMostSteps = 7;

/// The program at hand, for a crash of the compiler or of its code to show.
std::string at_hand;

/// Writes the program at hand to stderr, then lets the signal take its course.
void show_program(int signal) {
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, at_hand.data(), at_hand.size());
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

int programs_from_environment() {
    const char* text = std::getenv("RICCI_PROGRAMS");
    return text == nullptr ? kPrograms : std::atoi(text);
}

passes::Options options_of(std::mt19937_64& random) {
    constexpr const char* kLayouts[] = {"keep", "nchw", "nhwc"};
    constexpr const char* kProducts[] = {"auto", "auto", "blas", "contraction", "loops"};
    constexpr const char* kTiles[] = {"off", "auto", "1", "3", "16"};
    return {.layout = kLayouts[random() % 3],
            .gemm = kProducts[random() % 5],
            .tile = kTiles[random() % 5],
            .fuse = random() % 4 != 0};
}

/// The passes in their order, some left out; those without which no stage is reached stay.
std::vector<std::string> passes_of(std::mt19937_64& random) {
    std::vector<std::string> names;
    const bool whole = random() % 2 == 0;
    for (const passes::Pass& pass : passes::pipeline()) {
        const bool needed = pass.name == "differentiate" || pass.name == "apply-optimizer" || pass.name == "fuse" ||
                            pass.name == "plan-loops" || pass.name == "plan-memory";
        if (needed || whole || random() % 3 != 0) names.emplace_back(pass.name);
    }
    return names;
}

/// Elements of a value of the caller: moderate ones, and in some programs those at the bounds of their type.
ir::Array draw_array(const ir::TensorType& type, std::int64_t batch, bool bounds, std::mt19937_64& random) {
    constexpr double kInf = std::numeric_limits<double>::infinity();
    constexpr double kReals[] = {std::numeric_limits<double>::quiet_NaN(), kInf, -kInf, -0.0, 0.0, 5e-324, 1, -1};
    constexpr double kWholes[] = {-2147483648.0, 2147483647.0, -2147483647.0, -1, 0, 1, 65537, 2147483646.0};
    ir::Array array;
    for (const ir::Axis& axis : type.axes) array.extents.push_back(axis.extent == ir::kOpen ? batch : axis.extent);
    for (std::int64_t i = 0; i < type.count(batch); ++i) {
        const bool special = bounds && random() % 4 == 0;
        if (is_float(type.dtype)) {
            array.elements.push_back(special ? kReals[random() % 8]
                                             : std::uniform_real_distribution<double>(-2, 2)(random));
        } else {
            array.elements.push_back(special ? kWholes[random() % 8] : static_cast<double>(random() % 19) - 9);
        }
    }
    return array;
}

/// Rounding is told from mistakes only among moderate numbers; nan and infinity are compared as they are.
bool is_moderate(const ir::Graph& graph, const ir::Arrays& arrays) {
    for (const ir::Value& value : graph.values) {
        const auto found = arrays.find(value.name);
        if (found == arrays.end() || !is_float(value.type.dtype)) continue;
        for (double element : found->second.elements) {
            if (std::isfinite(element) && std::fabs(element) > 1e6) return false;
        }
    }
    return true;
}

/// The first element that differs: integers exactly, numbers of f64 by 1e-9 of the terms that went into them.
std::string first_difference(const ir::Arrays& expected, const ir::Arrays& got, const std::set<std::string>& exact,
                             std::function<ir::Arrays()> terms) {
    for (const auto& [name, array] : expected) {
        if (!exact.contains(name)) continue;
        const auto found = got.find(name);
        if (found == got.end()) return name + " is missing";
        if (array.extents != found->second.extents) return name + " has other extents";
        for (std::size_t i = 0; i < array.elements.size(); ++i) {
            if (array.elements[i] != found->second.elements[i])
                return fmt::format("{}: element {} is {}, expected {}", name, i, found->second.elements[i],
                                   array.elements[i]);
        }
    }
    return difference(expected, got, {.relative = 1e-9, .floor = 1, .terms = std::move(terms)});
}

enum class Verdict { agrees, differs, wild, refused };

struct Outcome {
    Verdict verdict;
    std::string report;
};

Outcome run(std::uint64_t seed, int steps) {
    const std::string text = random_program(seed, steps);
    std::mt19937_64 random(seed + 1);
    const passes::Options options = test::forced(options_of(random));
    const std::vector<std::string> names = passes_of(random);
    const std::string what =
        fmt::format("\nseed {}, {} steps, passes {}, layout {}, gemm {}, tile {}, fuse {}\n{}", seed, steps,
                    fmt::join(names, ","), options.layout, options.gemm, options.tile, options.fuse, text);
    at_hand = "crashed:" + what;
    passes::Remarks remarks;
    ir::Graph graph, step;
    try {
        graph = ir::parse(text);
        step = passes::differentiate(graph, {}, remarks);
    } catch (const UserError& error) {
        return {Verdict::refused, error.what() + what};
    }
    try {
        const std::int64_t batch = 1 + static_cast<std::int64_t>(random() % 5);
        const bool bounds = random() % 2 == 0;
        ir::Arrays given;
        std::set<std::string> exact;
        for (const ir::Value& value : step.values) {
            if (value.role != ir::Role::temporary) given[value.name] = draw_array(value.type, batch, bounds, random);
        }
        for (const ir::Output& output : step.outputs) {
            if (!is_float(step.value(output.value).type.dtype)) exact.insert(output.name);
        }
        if (!is_moderate(step, ir::interpret_all(step, given))) return {Verdict::wild, ""};
        std::string unread;
        const auto reads_back = [&](const passes::Pass& pass, const ir::Graph& after) {
            const std::string dump = ir::print(after);
            if (unread.empty() && ir::print(ir::parse(dump)) != dump)
                unread = fmt::format("after {} the text does not read back as it is:\n{}", pass.name, dump);
        };
        Compiled compiled(passes::run_only(graph, names, options, remarks, reads_back));
        std::string apart = first_difference(ir::interpret(step, given), compiled(given), exact, terms_of(step, given));
        if (apart.empty()) apart = unread;
        return {apart.empty() ? Verdict::agrees : Verdict::differs, apart + what};
    } catch (const std::exception& error) {
        return {Verdict::differs, error.what() + what};
    }
}

TEST(RandomPrograms, AgreeWithTheInterpreter) {
    const int programs = programs_from_environment();
    for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL}) std::signal(signal, show_program);
    int compared = 0, refused = 0, failed = 0;
    for (const std::uint64_t own : test::seeds(programs)) {
        if (failed == 40) break;
        Outcome outcome = run(own, 1 + static_cast<int>(own % kMostSteps));
        compared += outcome.verdict == Verdict::agrees;
        refused += outcome.verdict == Verdict::refused;
        if (outcome.verdict != Verdict::differs) continue;
        ++failed;
        for (int fewer = 1; fewer < kMostSteps; ++fewer) {
            Outcome smaller = run(own, fewer);
            if (smaller.verdict != Verdict::differs) continue;
            outcome = smaller;
            break;
        }
        ADD_FAILURE() << outcome.report;
    }
    EXPECT_GE(compared, programs / 2);
    EXPECT_LE(refused, programs / 10);
    fmt::print("{} of {} programs compared, {} refused\n", compared, programs, refused);
}

}  // namespace
}  // namespace ricci::testing
