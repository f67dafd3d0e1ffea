// `ricci bench compile`: how long the compiler takes over chains of equations, phase by phase, and how that grows.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "codegen/compile.h"
#include "frontend/cli/bench/chains.h"
#include "frontend/cli/commands.h"
#include "frontend/program/internals.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"
#include "passes/pass.h"

namespace ricci::cli {
namespace {

using nlohmann::ordered_json;

constexpr Range kChainEquations{4, 1'000'000};

struct CompileBench {
    std::vector<std::int64_t> equations = {100, 1000, 10000};
    std::string chain = "all";
    std::int64_t code = 100;
    bool json = false;
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

    void begin(std::size_t length) { length_ = length; }
    void add(std::string_view name, double seconds) {
        auto found = std::ranges::find(phases_, name, &Phase::name);
        if (found == phases_.end()) {
            phases_.push_back({std::string(name), std::vector<std::optional<double>>(lengths_)});
            found = phases_.end() - 1;
        }
        std::optional<double>& sum = found->seconds[length_];
        sum = sum.value_or(0) + std::max(seconds, 0.0);
    }
    const std::vector<Phase>& phases() const { return phases_; }

  private:
    std::size_t lengths_;
    std::size_t length_ = 0;
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
    codegen::compile(graph, {.threads = 1});
    lap("codegen");
}

/// By how much seconds grow where a chain becomes ten times as long: of the last two lengths that were timed.
std::optional<double> growth(const std::vector<std::int64_t>& equations,
                             const std::vector<std::optional<double>>& seconds) {
    std::vector<std::size_t> timed;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        if (seconds[i] && *seconds[i] > 0) timed.push_back(i);
    }
    if (timed.size() < 2) return std::nullopt;
    const std::size_t a = timed[timed.size() - 2], b = timed.back();
    const double tens = std::log10(static_cast<double>(equations[b]) / static_cast<double>(equations[a]));
    if (tens <= 0) return std::nullopt;
    return std::pow(*seconds[b] / *seconds[a], 1 / tens);
}

Phase whole_of(const Times& times, std::size_t lengths) {
    Phase whole{"all but codegen", std::vector<std::optional<double>>(lengths, 0.0)};
    for (const Phase& phase : times.phases()) {
        if (phase.name == "codegen") continue;
        for (std::size_t i = 0; i < lengths; ++i) *whole.seconds[i] += phase.seconds[i].value_or(0);
    }
    return whole;
}

std::vector<Phase> measure(std::string_view chain, const CompileBench& given) {
    Times times(given.equations.size());
    for (std::size_t i = 0; i < given.equations.size(); ++i) {
        times.begin(i);
        compile_chain(chain, given.equations[i], given.equations[i] <= given.code, times);
    }
    std::vector<Phase> phases = times.phases();
    phases.push_back(whole_of(times, given.equations.size()));
    return phases;
}

void print_table(std::string_view chain, const CompileBench& given, const std::vector<Phase>& phases) {
    fmt::print("{:<18}", chain);
    for (std::int64_t count : given.equations) fmt::print("{:>12}", count);
    fmt::print("{:>12}\n", "tenfold");
    for (const Phase& phase : phases) {
        fmt::print("  {:<16}", phase.name);
        for (const std::optional<double>& each : phase.seconds) {
            fmt::print("{:>12}", each ? fmt::format("{:.4f}", *each) : "-");
        }
        const std::optional<double> by = growth(given.equations, phase.seconds);
        fmt::print("{:>12}\n", by ? fmt::format("x {:.1f}", *by) : "");
    }
}

void print_json(std::string_view chain, const CompileBench& given, const std::vector<Phase>& phases) {
    ordered_json by_phase;
    for (const Phase& phase : phases) {
        ordered_json row = ordered_json::array();
        for (const std::optional<double>& each : phase.seconds) row.push_back(each ? ordered_json(*each) : ordered_json());
        by_phase[phase.name] = {{"seconds", std::move(row)}};
        if (const auto by = growth(given.equations, phase.seconds)) by_phase[phase.name]["tenfold"] = *by;
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
                    "chain,\nand by how much they grow for ten times the equations: 10 is linear, 13 is n log n, 100 is "
                    "quadratic.\nThe verifier, which runs after each pass, is a phase of its own.");
    options.wholes("--equations", "N", given.equations, kChainEquations,
                   "of the model; gradients and updates add to them");
    options.choice("--chain", chains, given.chain, "pointwise layers, dense ones, dense ones that are trained");
    options.whole("--code", "N", given.code, {0, kChainEquations.most},
                  "makes machine code of chains up to that long; a kernel takes milliseconds");
    options.flag("--json", given.json, "prints a line of JSON for each chain instead of a table");
    if (!options.parse(arguments)) return kOk;
    std::ranges::sort(given.equations);
    for (std::string_view chain : kChains) {
        if (given.chain != "all" && given.chain != chain) continue;
        const std::vector<Phase> phases = measure(chain, given);
        given.json ? print_json(chain, given, phases) : print_table(chain, given, phases);
    }
    return kOk;
}

}  // namespace ricci::cli
