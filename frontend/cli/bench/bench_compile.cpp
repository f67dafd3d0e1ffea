// `ricci bench compile`: how long the compiler takes over chains of equations, phase by phase, and how that grows.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "codegen/compile.h"
#include "frontend/cli/bench/chains.h"
#include "frontend/cli/bench/compile_models.h"
#include "frontend/cli/commands.h"
#include "frontend/program/internals.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"
#include "passes/pass.h"

namespace ricci::cli {
namespace {

using nlohmann::ordered_json;

constexpr Range kChainEquations{4, 1'000'000};

// Times n log n that a phase may grow by before it is marked. A graph that leaves the caches takes up to so much more.
// A phase that grows with the square of n takes 7.5 times n log n, from 1,000 equations to 10,000.
constexpr double kCaches = 2;
// Seconds of a phase, below which its growth says nothing.
constexpr double kLeastSeconds = 0.05;
// A chain is compiled again and again for so many seconds, at most so many times; the shortest time of a phase counts.
constexpr double kRoundSeconds = 0.5;
constexpr int kMostRounds = 10;

// What codegen::Options::observe names, and which of it is LLVM's own.
constexpr std::array<std::string_view, 6> kCodePhases = {"list kernels", "find alike", "emit",
                                                         "llvm",         "link",       "prepare runs"};
constexpr std::array<std::string_view, 2> kOfLlvm = {"llvm", "link"};

struct CompileBench {
    std::vector<std::int64_t> equations = {100, 1000, 10000};
    std::string chain = "all";
    std::int64_t code = 1000;
    bool json = false;
    std::vector<std::string> models;
    std::int64_t rounds = 3;
};

/// Processor time, since other work on the machine is none of the compiler's.
double seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// One row of the table: seconds by length of the chain, none where a phase was left out.
struct Phase {
    std::string name;
    std::vector<std::optional<double>> seconds;
};

/// What one chain took, in the order in which phases begin.
class Times {
  public:
    explicit Times(std::size_t lengths) : lengths_(lengths) {}

    void add(std::string_view name, double seconds) {
        auto found = std::ranges::find(round_, name, &Round::first);
        if (found == round_.end()) found = round_.insert(round_.end(), {std::string(name), 0});
        found->second += std::max(seconds, 0.0);
    }
    /// Ends a round over the chain of that length; keeps the shortest time of each phase.
    void end_round(std::size_t length) {
        for (const auto& [name, seconds] : round_) {
            auto found = std::ranges::find(phases_, name, &Phase::name);
            if (found == phases_.end())
                found = phases_.insert(phases_.end(), {name, std::vector<std::optional<double>>(lengths_)});
            std::optional<double>& least = found->seconds[length];
            least = std::min(least.value_or(seconds), seconds);
        }
        round_.clear();
    }
    const std::vector<Phase>& phases() const { return phases_; }

  private:
    using Round = std::pair<std::string, double>;
    std::size_t lengths_;
    std::vector<Round> round_;
    std::vector<Phase> phases_;
};

/// Compiles one chain; what the verifier takes after a pass is its own phase.
void compile_chain(std::string_view chain, std::int64_t equations, bool with_code, Times& times) {
    const std::string text = chain_text(chain, equations);
    double before = seconds();
    const auto lap = [&](std::string_view name, double apart = 0) {
        times.add(name, seconds() - before - apart);
        before = seconds();
    };
    ir::Graph graph = ir::parse(text, std::string(chain));
    lap("parse");

    passes::Remarks remarks;
    passes::Options options;
    options.machine = detail::machine_of("");
    const passes::Observer observe = [&](const passes::Pass& pass, const ir::Graph& result) {
        const double passed = seconds() - before;
        before = seconds();
        ir::verify(result, pass.name);
        const double verified = seconds() - before;
        lap("verify");
        times.add(pass.name, passed - verified);
    };
    graph = passes::run_to(std::move(graph), ir::Stage::planned, options, remarks, observe);
    before = seconds();
    if (!with_code) return;
    codegen::compile(graph, {.threads = 1, .observe = [&](std::string_view phase) { lap(phase); }});
}

/// By how much seconds grow where a chain becomes ten times as long: of the last two lengths that were timed.
struct Growth {
    double tenfold = 0;
    double n_log_n = 0;  // of the same lengths
    bool tells = false;  // whether it took long enough to say so

    bool faster() const { return tells && tenfold > kCaches * n_log_n; }
};
std::optional<Growth> growth(const std::vector<std::int64_t>& equations,
                             const std::vector<std::optional<double>>& seconds) {
    std::vector<std::size_t> timed;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        if (seconds[i] && *seconds[i] > 0) timed.push_back(i);
    }
    if (timed.size() < 2) return std::nullopt;
    const std::size_t a = timed[timed.size() - 2], b = timed.back();
    const auto from = static_cast<double>(equations[a]), to = static_cast<double>(equations[b]);
    if (to <= from) return std::nullopt;
    const double tens = std::log10(to / from);
    const double of_n_log_n = to * std::log(to) / (from * std::log(from));
    return Growth{std::pow(*seconds[b] / *seconds[a], 1 / tens), std::pow(of_n_log_n, 1 / tens),
                  *seconds[b] >= kLeastSeconds};
}

/// The sum of the phases that `of` names; no seconds where none of them was timed.
Phase sum_of(const Times& times, std::size_t lengths, std::string name, const std::function<bool(std::string_view)>& of) {
    Phase sum{std::move(name), std::vector<std::optional<double>>(lengths)};
    for (const Phase& phase : times.phases()) {
        if (!of(phase.name)) continue;
        for (std::size_t i = 0; i < lengths; ++i) {
            if (phase.seconds[i]) sum.seconds[i] = sum.seconds[i].value_or(0) + *phase.seconds[i];
        }
    }
    return sum;
}

bool is_code(std::string_view phase) {
    return std::ranges::find(kCodePhases, phase) != kCodePhases.end();
}
bool is_of_llvm(std::string_view phase) {
    return std::ranges::find(kOfLlvm, phase) != kOfLlvm.end();
}

std::vector<Phase> measure(std::string_view chain, const CompileBench& given) {
    Times times(given.equations.size());
    for (std::size_t i = 0; i < given.equations.size(); ++i) {
        const double before = seconds();
        for (int round = 0; round < kMostRounds && (round == 0 || seconds() - before < kRoundSeconds); ++round) {
            compile_chain(chain, given.equations[i], given.equations[i] <= given.code, times);
            times.end_round(i);
        }
    }
    std::vector<Phase> phases = times.phases();
    const auto sum = [&](std::string name, const std::function<bool(std::string_view)>& of) {
        Phase whole = sum_of(times, given.equations.size(), std::move(name), of);
        if (std::ranges::any_of(whole.seconds, &std::optional<double>::has_value)) phases.push_back(std::move(whole));
    };
    sum("codegen", is_code);
    sum("codegen, not LLVM", [](std::string_view phase) { return is_code(phase) && !is_of_llvm(phase); });
    sum("all but codegen", [](std::string_view phase) { return !is_code(phase); });
    return phases;
}

void print_table(std::string_view chain, const CompileBench& given, const std::vector<Phase>& phases) {
    fmt::print("{:<20}", chain);
    for (std::int64_t count : given.equations) fmt::print("{:>12}", count);
    fmt::print("{:>12}{:>12}\n", "tenfold", "n log n");
    for (const Phase& phase : phases) {
        fmt::print("  {:<18}", phase.name);
        for (const std::optional<double>& each : phase.seconds) {
            fmt::print("{:>12}", each ? fmt::format("{:.4f}", *each) : "-");
        }
        const std::optional<Growth> by = growth(given.equations, phase.seconds);
        fmt::print("{}\n", by ? fmt::format("{:>12}{:>12}{}", fmt::format("x {:.1f}", by->tenfold),
                                            fmt::format("x {:.1f}", by->n_log_n), by->faster() ? "  GROWS FASTER" : "")
                              : "");
    }
}

void print_json(std::string_view chain, const CompileBench& given, const std::vector<Phase>& phases) {
    ordered_json by_phase;
    for (const Phase& phase : phases) {
        ordered_json row = ordered_json::array();
        for (const std::optional<double>& each : phase.seconds) row.push_back(each ? ordered_json(*each) : ordered_json());
        by_phase[phase.name] = {{"seconds", std::move(row)}};
        if (const auto by = growth(given.equations, phase.seconds)) {
            by_phase[phase.name]["tenfold"] = by->tenfold;
            by_phase[phase.name]["n log n"] = by->n_log_n;
            by_phase[phase.name]["grows faster"] = by->faster();
        }
    }
    const ordered_json line = {{"chain", chain}, {"equations", given.equations}, {"phases", by_phase}};
    fmt::print("{}\n", line.dump());
}

}  // namespace

int bench_compile(Arguments arguments) {
    CompileBench given;
    std::vector<std::string> chains(kChains.begin(), kChains.end());
    chains.insert(chains.begin(), given.chain);
    Options options("bench compile",
                    "Compiles chains of equations and prints the processor seconds of each phase by the length of the "
                    "chain.\nIt says by how much they grow for ten times the equations, beside n log n. A phase that grows "
                    "more than\ntwice as fast is marked. The verifier, which runs after each pass, is a phase of its "
                    "own. Of machine code,\n\"llvm\" and \"link\" are LLVM's own time.");
    options.wholes("--equations", "N", given.equations, kChainEquations,
                   "of the model; gradients and updates add to them");
    options.choice("--chain", chains, given.chain, "pointwise layers, dense ones, dense ones that are trained");
    options.whole("--code", "N", given.code, {0, kChainEquations.most},
                  "makes machine code of chains up to that long; a kernel takes milliseconds");
    options.flag("--json", given.json, "prints a line of JSON for each chain or model instead of a table");
    options.texts("--model", "NAME", given.models,
                  "in place of chains, compiles the training step of a model that ricci models lists, with an empty cache and "
                  "again from it. Prints seconds by the clock, the least of the rounds");
    options.whole("--rounds", "N", given.rounds, kRepeats, "of --model");
    if (!options.parse(arguments)) return kOk;
    if (!given.models.empty()) {
        time_compiling_models(given.models, given.rounds, given.json);
        return kOk;
    }
    std::ranges::sort(given.equations);
    for (std::string_view chain : kChains) {
        if (given.chain != "all" && given.chain != chain) continue;
        const std::vector<Phase> phases = measure(chain, given);
        given.json ? print_json(chain, given, phases) : print_table(chain, given, phases);
    }
    return kOk;
}

}  // namespace ricci::cli
