// `ricci bench choices`: what the cost models predict of each method beside what it takes, and what the choices cost.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "frontend/cli/bench/choice_subjects.h"
#include "frontend/cli/bench/rank_correlation.h"
#include "frontend/cli/bench/timed_program.h"
#include "frontend/cli/commands.h"
#include "frontend/cli/json_text.h"
#include "frontend/cli/machine_file.h"
#include "frontend/cli/source.h"
#include "frontend/cli/streams.h"
#include "frontend/cli/terminal.h"
#include "ir/base/error.h"
#include "ir/core/routines.h"
#include "passes/convolution/choose_convolution.h"
#include "passes/cost/program_cost.h"
#include "passes/products/product_cost.h"

namespace ricci::cli {
namespace {

using nlohmann::ordered_json;

constexpr double kLoss = 1.1;       // times the best: a choice that lost
constexpr int kTries = 2;           // with memory of their own, before a choice counts as lost
constexpr double kHopeless = 20;    // times the best prediction: not worth the wait

struct ChoicesOptions {
    Source source;
    std::int64_t batch = 64;
    std::int64_t rounds = 5;
    double seconds = 0.02;
    std::string only;
    std::string kind;
    std::string machine;
    bool json = false;
    passes::Options passes;
    CompileOptions compile;
};

/// A way to run it: predicted seconds of a call (nan where no model says), and what forces it.
struct Way {
    std::string method;
    double predicted = std::numeric_limits<double>::quiet_NaN();
    bool automatic = true;  // a method that the compiler may choose by itself
    passes::Options passes;
    double measured = 0;
};

std::vector<ChoiceSubject> asked_for(const ChoicesOptions& given) {
    passes::Options passes = given.passes;
    passes.machine = detail::machine_of(given.compile.target, passes.measured);
    std::vector<ChoiceSubject> subjects =
        given.source.name.empty() ? usual_subjects() : subjects_of(given.source.load(), given.batch, passes);
    std::erase_if(subjects, [&](const ChoiceSubject& subject) {
        return subject.name.find(given.only) == std::string::npos || (!given.kind.empty() && subject.kind != given.kind);
    });
    return subjects;
}

/// The passes of a part: an order of axes that was chosen for the whole program stays.
passes::Options options_of(const ChoiceSubject& subject, const ChoicesOptions& given) {
    passes::Options options = given.passes;
    if (subject.laid_out) options.layout = "keep";
    return options;
}

/// A batch tile forbids calls of the runtime, so lower-conv2d compares none there: those that do it without a tile.
void add_calls(const ir::Graph& graph, const ChoiceSubject& subject, const ChoicesOptions& given,
               std::vector<Way>& ways) {
    passes::Options passes = options_of(subject, given);
    passes.machine = detail::machine_of(given.compile.target, passes.measured);
    passes.tile = "off";
    passes::Remarks remarks;
    passes::run_to(graph, ir::Stage::lowered, passes, remarks);
    for (const passes::Remark& remark : remarks) {
        if (!remark.choice || remark.pass != "lower-conv2d") continue;
        for (const passes::Candidate& candidate : remark.choice->candidates) {
            const bool is_new = std::ranges::find(ways, candidate.method, &Way::method) == ways.end();
            if (!is_new || ir::routine_named(candidate.method) == nullptr) continue;
            passes::Options forced = options_of(subject, given);
            forced.conv = passes::choice_of(candidate.method);
            const double calls = remark.choice->by_samples ? static_cast<double>(subject.batch) : 1;
            ways.push_back({candidate.method, calls * candidate.seconds, candidate.automatic, forced});
        }
    }
}

/// What a pass compared for the subject, and the passes' options that take each way.
std::vector<Way> ways_of(const ChoiceSubject& subject, const ChoicesOptions& given, std::string& chosen) {
    passes::Options passes = options_of(subject, given);
    passes.machine = detail::machine_of(given.compile.target, passes.measured);
    const ir::Graph& graph = detail::graph_of(subject.program);
    std::vector<Way> ways;
    const auto add_whole = [&](std::string method, const passes::Options& how) {
        passes::Remarks unsaid;
        const ir::Graph planned = passes::run_to(graph, ir::Stage::planned, how, unsaid);
        const double seconds = passes::program_seconds(planned, subject.batch, how.machine);
        ways.push_back({std::move(method), seconds, true, how});
        return !planned.tiles.empty();
    };
    if (subject.kind == "tile") {
        const bool tiled = add_whole("tiles", passes);
        if (!tiled) {
            ways.clear();
            passes.tile = std::to_string(passes.machine.f32_lanes);
            if (!add_whole("tiles", passes)) ways.clear();
        }
        passes.tile = "off";
        add_whole("no tiles", passes);
        chosen = tiled ? "tiles" : "no tiles";
        return ways;
    }
    if (subject.kind == "fusion") {
        for (const bool fuse : {true, false}) {
            passes.fuse = fuse;
            add_whole(fuse ? "fused" : "apart", passes);
        }
        chosen = "fused";
        return ways;
    }
    passes::Remarks remarks;
    passes::run_to(graph, ir::Stage::planned, passes, remarks);
    const bool convolves = subject.kind == "convolution";
    for (const passes::Remark& remark : remarks) {
        if (!remark.choice || remark.pass != (convolves ? "lower-conv2d" : "match-gemm")) continue;
        chosen = remark.choice->method;
        const double calls = remark.choice->by_samples ? static_cast<double>(subject.batch) : 1;
        for (const passes::Candidate& candidate : remark.choice->candidates) {
            passes::Options forced = options_of(subject, given);
            if (convolves) {
                forced.conv = passes::choice_of(candidate.method);
            } else {
                forced.gemm = candidate.method;
            }
            ways.push_back({candidate.method, calls * candidate.seconds, candidate.automatic, forced});
        }
        break;
    }
    if (convolves) add_calls(graph, subject, given, ways);
    double best = std::numeric_limits<double>::infinity();
    for (const Way& way : ways) best = std::min(best, way.predicted);
    std::erase_if(ways, [&](const Way& way) { return way.method != chosen && way.predicted > kHopeless * best; });
    return ways;
}

/// What all rows say together.
struct Summary {
    std::vector<double> predicted, measured;
    int choices = 0;
    int lost = 0;
};

/// Times the ways in turns and returns the best time. Where values lie in memory moves a kernel of a microsecond by a tenth or two.
/// So what seems lost is timed again elsewhere; of each way the least counts.
double measure(std::vector<Way>& ways, const std::string& chosen, const ChoiceSubject& subject, const ChoicesOptions& given) {
    double best = std::numeric_limits<double>::infinity();
    for (Way& way : ways) way.measured = best;
    for (int tries = 0; tries < kTries; ++tries) {
        std::vector<TimedProgram> programs;
        for (const Way& way : ways) programs.emplace_back(way.passes, subject.program, given.compile, subject.batch);
        const std::vector<double> seconds = least_seconds(programs, given.rounds, given.seconds);
        bool lost = false;
        for (std::size_t i = 0; i < ways.size(); ++i) {
            ways[i].measured = std::min(ways[i].measured, seconds[i]);
            if (ways[i].automatic || ways[i].method == chosen) best = std::min(best, ways[i].measured);
        }
        for (const Way& way : ways) lost = lost || (way.method == chosen && way.measured > kLoss * best);
        if (!lost) break;
    }
    return best;
}

/// Times the ways in turns, prints a row each and adds them up.
void compare(const ChoiceSubject& subject, const ChoicesOptions& given, Summary& summary) {
    std::string chosen;
    std::vector<Way> ways = ways_of(subject, given, chosen);
    if (ways.size() < 2) return;
    const double best = measure(ways, chosen, subject, given);
    ++summary.choices;
    for (const Way& way : ways) {
        const bool own = way.method == chosen;
        const bool lost = own && way.measured > kLoss * best;
        summary.lost += lost;
        if (!std::isnan(way.predicted)) {
            summary.predicted.push_back(way.predicted);
            summary.measured.push_back(way.measured);
        }
        if (given.json) {
            ordered_json line = {{"kind", subject.kind},         {"name", subject.name},
                                 {"method", way.method},         {"chosen", own},
                                 {"alike", subject.count},       {"predicted_s", way.predicted},
                                 {"measured_s", way.measured},   {"times_best", way.measured / best}};
            fmt::print("{}", json_line(line));
        } else {
            fmt::print("{:<12} {:<36} {:<12}{} {:>10} {:>10} {:>6.2f}{}\n", subject.kind, subject.name, way.method,
                       own ? '*' : ' ', std::isnan(way.predicted) ? "" : passes::time_text(way.predicted),
                       passes::time_text(way.measured), way.measured / best, lost ? "  lost" : "");
        }
    }
    flush_output();
}

}  // namespace

int bench_choices(Arguments arguments) {
    ChoicesOptions given;
    Options options("bench choices",
                    "Runs each choice of the compiler with every method that can make it, in turns, and prints what was "
                    "predicted and\nmeasured. Without a program: the convolutions of bench conv and dense layers. With "
                    "one: its convolutions and\nproducts, each alone; its batch tiles, with and without; what fuses, "
                    "fused and apart; and all of it. A star is what\nthe compiler takes; a choice lost that takes 1.1 "
                    "times the best, and again in memory elsewhere. Methods that are\npredicted to take 20 times the "
                    "best are left out. Of parts that are alike one is run.");
    given.source.declare(options, false);
    options.whole("--batch", "N", given.batch, kBatch, "samples of an open batch of the program");
    options.text("--only", "TEXT", given.only, "only choices whose name holds it");
    options.choice("--kind", {"convolution", "product", "tile", "fusion"}, given.kind, "only choices of this kind");
    options.whole("--rounds", "N", given.rounds, kRepeats, "in which all methods take turns; the fastest counts");
    options.real("--seconds", "S", given.seconds, kSeconds, "of one method in a round");
    options.flag("--json", given.json, "prints a line of JSON for each method instead");
    declare_target(options, given.compile.target);
    declare_machine(options, given.machine);
    if (!options.parse(arguments)) return kOk;
    given.passes = given.source.passes;
    given.passes.measured = machine_of_file(given.machine);
    given.compile.threads = 1;

    const std::vector<ChoiceSubject> subjects = asked_for(given);
    if (subjects.empty()) user_error("no choice has \"{}\" in its name", given.only);
    if (!given.json) {
        fmt::print("{:<12} {:<36} {:<13} {:>10} {:>10} {:>6}\n", "choice", "of", "method", "predicted", "measured",
                   "best");
    }
    Summary summary;
    LiveLine live;
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        live.show(fmt::format("{}/{}: {}", i + 1, subjects.size(), subjects[i].name));
        live.clear();
        compare(subjects[i], given, summary);
    }
    const double correlation = rank_correlation(summary.predicted, summary.measured);
    if (given.json) {
        const ordered_json line = {{"choices", summary.choices},
                                   {"lost", summary.lost},
                                   {"timed", summary.measured.size()},
                                   {"rank_correlation", std::round(correlation * 1e3) / 1e3}};
        fmt::print("{}", json_line(line));
    } else {
        fmt::print("{} choices, of which {} lost more than {:.0f} % to the best ({:.1f} %); Spearman's rank correlation of "
                   "{} predicted and measured times: {:.3f}\n",
                   summary.choices, summary.lost, 100 * (kLoss - 1),
                   100.0 * summary.lost / std::max(summary.choices, 1), summary.measured.size(), correlation);
    }
    return kOk;
}

}  // namespace ricci::cli
