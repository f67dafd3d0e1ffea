// `ricci bench choices`: what the cost models predict of each method beside what it takes, and what the choices cost.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "frontend/cli/commands.h"
#include "frontend/cli/conv_layers.h"
#include "frontend/cli/machine_file.h"
#include "frontend/cli/rank_correlation.h"
#include "frontend/cli/source.h"
#include "frontend/cli/streams.h"
#include "frontend/cli/terminal.h"
#include "frontend/cli/timed_program.h"
#include "ir/analysis/convolution_form.h"
#include "ir/analysis/work.h"
#include "ir/base/error.h"
#include "ir/text/parser.h"
#include "passes/products/product_cost.h"

namespace ricci::cli {
namespace {

using nlohmann::ordered_json;

constexpr double kLoss = 1.1;       // times the best: a choice that lost
constexpr double kHopeless = 20;    // times the best prediction: not worth the wait

struct ChoicesOptions {
    Source source;
    std::int64_t batch = 64;
    std::int64_t rounds = 5;
    double seconds = 0.02;
    std::string only;
    std::string machine;
    bool json = false;
    passes::Options passes;
    CompileOptions compile;
};

/// Something with a choice in it, as a program of its own.
struct Subject {
    std::string kind;  // "convolution", "product", "tile", "fusion"
    std::string name;
    Program program;
    std::int64_t batch = 1;
};

/// A way to run it: predicted seconds of a call (nan where no model says), and what forces it.
struct Way {
    std::string method;
    double predicted = std::numeric_limits<double>::quiet_NaN();
    bool automatic = true;  // a method that the compiler may choose by itself
    passes::Options passes;
    double measured = 0;
};

/// The equation alone: what it reads are inputs.
Program alone(const ir::Graph& graph, const ir::Equation& equation) {
    ir::Graph made;
    made.name = graph.name;
    made.stage = ir::Stage::step;
    std::vector<ir::ValueId> ids(graph.values.size(), -1);
    const auto id_of = [&](ir::ValueId old, ir::Role role) {
        ir::ValueId& id = ids[static_cast<std::size_t>(old)];
        const ir::Value& value = graph.value(old);
        if (id < 0) id = made.add({.name = value.name, .type = value.type, .role = role});
        return id;
    };
    ir::Equation copy = equation;
    copy.body = ir::rewrite(equation.body, [&](const ir::ExprRef& node) -> ir::ExprRef {
        if (node->form != ir::Expr::Form::access) return nullptr;
        ir::Access access = node->access;
        access.tensor = id_of(access.tensor, ir::Role::input);
        return ir::element(std::move(access), node->dtype);
    });
    copy.result = id_of(equation.result, ir::Role::temporary);
    made.outputs.push_back({graph.value(equation.result).name, copy.result});
    made.equations.push_back(std::move(copy));
    return detail::program_of(std::move(made));
}

/// All convolutions and products of matrices that a graph asks for.
void add_equations(const ir::Graph& graph, const std::string& prefix, std::int64_t batch,
                   std::vector<Subject>& subjects) {
    for (const ir::Equation& equation : graph.equations) {
        const bool convolves = ir::slides(equation) && ir::multiplies_matrices(equation);
        if (!convolves && !ir::multiplies_matrices(equation)) continue;
        subjects.push_back({convolves ? "convolution" : "product",
                            prefix + graph.value(equation.result).name + (convolves ? "" : " = product"),
                            alone(graph, equation), batch});
    }
}

ir::Graph step_of(const ir::Graph& graph) {
    passes::Remarks remarks;
    return passes::run_to(graph, ir::Stage::step, {}, remarks);
}

/// Dense layers of well-known networks and square products, each with both gradients.
void add_products(std::vector<Subject>& subjects) {
    struct Dense {
        const char* name;
        std::int64_t batch, in, out;
    };
    static constexpr std::array kDense = {
        Dense{"lenet.fc1", 64, 400, 120},   Dense{"lenet.fc3", 64, 84, 10},      Dense{"mlp.fc1", 64, 784, 512},
        Dense{"mlp.fc2", 64, 512, 512},     Dense{"alexnet.fc2", 16, 4096, 1000}, Dense{"small", 16, 32, 32},
        Dense{"attention", 256, 64, 256},   Dense{"square", 256, 256, 256}};
    for (const Dense& dense : kDense) {
        const std::string x = fmt::format("input x: f32[batch {}, feature {}]\n", dense.batch, dense.in);
        const std::string w = fmt::format("input w: f32[feature {}, feature {}]\n", dense.out, dense.in);
        const std::string dy = fmt::format("input dy: f32[batch {}, feature {}]\n", dense.batch, dense.out);
        const auto add = [&](std::string_view direction, const std::string& text) {
            const ir::Graph graph = ir::parse("ricci 1 step product\n" + text, "a dense layer");
            subjects.push_back(
                {"product", fmt::format("{} {}", dense.name, direction), detail::program_of(graph), dense.batch});
        };
        add("forward", x + w +
                           fmt::format("y: f32[batch {0}, feature {1}]\ny[b, o] = sum(i: feature {2}) x[b, i] * w[o, i]\n"
                                       "output y\n",
                                       dense.batch, dense.out, dense.in));
        add("input_gradient",
            dy + w + fmt::format("dx: f32[batch {0}, feature {2}]\ndx[b, i] = sum(o: feature {1}) dy[b, o] * w[o, i]\n"
                                 "output dx\n",
                                 dense.batch, dense.out, dense.in));
        add("kernel_gradient",
            dy + x + fmt::format("dw: f32[feature {1}, feature {2}]\ndw[o, i] = sum(b: batch {0}) dy[b, o] * x[b, i]\n"
                                 "output dw\n",
                                 dense.batch, dense.out, dense.in));
    }
}

std::vector<Subject> subjects_of(const ChoicesOptions& given) {
    std::vector<Subject> subjects;
    if (given.source.name.empty()) {
        for (const ConvLayer& layer : conv_layers()) {
            for (const char* direction : kConvDirections) {
                const ir::Graph graph = step_of(detail::graph_of(conv_program(layer, direction)));
                const std::size_t first = subjects.size();
                add_equations(graph, fmt::format("{} {} ", layer.name, direction), layer.batch, subjects);
                for (std::size_t i = first; i < subjects.size(); ++i)
                    subjects[i].name = fmt::format("{} {}", layer.name, direction);
            }
        }
        add_products(subjects);
    } else {
        const ir::Graph graph = step_of(given.source.load());
        add_equations(graph, "", given.batch, subjects);
        subjects.push_back({"tile", graph.name, detail::program_of(graph), given.batch});
        subjects.push_back({"fusion", graph.name, detail::program_of(graph), given.batch});
    }
    std::erase_if(subjects, [&](const Subject& s) { return s.name.find(given.only) == std::string::npos; });
    return subjects;
}

/// What a pass compared for the subject, and the passes' options that take each way.
std::vector<Way> ways_of(const Subject& subject, const ChoicesOptions& given, std::string& chosen) {
    passes::Options passes = given.passes;
    passes.machine = detail::machine_of(given.compile.target, passes.measured);
    const ir::Graph& graph = detail::graph_of(subject.program);
    std::vector<Way> ways;
    if (subject.kind == "tile") {
        for (const char* tile : {"auto", "off"}) {
            passes.tile = tile;
            passes::Remarks remarks;
            const ir::Graph planned = passes::run_to(graph, ir::Stage::planned, passes, remarks);
            const double sample = passes::predicted_seconds(planned, passes.machine);
            ways.push_back({tile, sample * static_cast<double>(subject.batch), true, passes});
        }
        chosen = "auto";
        return ways;
    }
    if (subject.kind == "fusion") {
        for (const bool fuse : {true, false}) {
            passes.fuse = fuse;
            ways.push_back({.method = fuse ? "fused" : "apart", .passes = passes});
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
            passes::Options forced = given.passes;
            if (convolves) {
                forced.conv = candidate.method == "winograd4" ? "winograd" : candidate.method;
            } else {
                forced.gemm = candidate.method;
            }
            ways.push_back({candidate.method, calls * candidate.seconds, candidate.automatic, forced});
        }
        break;
    }
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

/// Times the ways in turns, prints a row each and adds them up.
void compare(const Subject& subject, const ChoicesOptions& given, Summary& summary) {
    std::string chosen;
    std::vector<Way> ways = ways_of(subject, given, chosen);
    if (ways.size() < 2) return;
    std::vector<TimedProgram> programs;
    for (const Way& way : ways) programs.emplace_back(way.passes, subject.program, given.compile, subject.batch);
    const std::vector<double> seconds = least_seconds(programs, given.rounds, given.seconds);
    double best = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < ways.size(); ++i) {
        ways[i].measured = seconds[i];
        if (ways[i].automatic || ways[i].method == chosen) best = std::min(best, seconds[i]);
    }
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
            ordered_json line = {{"kind", subject.kind},           {"name", subject.name},
                                 {"method", way.method},           {"chosen", own},
                                 {"predicted_s", way.predicted},   {"measured_s", way.measured},
                                 {"times_best", way.measured / best}};
            fmt::print("{}\n", line.dump());
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
                    "one: its convolutions and\nproducts, each alone, and all of it with and without batch tiles and "
                    "fusion. A star is what the compiler takes; a\nchoice lost that takes 1.1 times the best. Methods "
                    "that are predicted to take 20 times the best are left out.");
    given.source.declare(options, false);
    options.whole("--batch", "N", given.batch, kBatch, "samples of an open batch of the program");
    options.text("--only", "TEXT", given.only, "only choices whose name holds it");
    options.whole("--rounds", "N", given.rounds, kRepeats, "in which all methods take turns; the fastest counts");
    options.real("--seconds", "S", given.seconds, kSeconds, "of one method in a round");
    options.flag("--json", given.json, "prints a line of JSON for each method instead");
    declare_target(options, given.compile.target);
    declare_machine(options, given.machine);
    if (!options.parse(arguments)) return kOk;
    given.passes = given.source.passes;
    given.passes.measured = machine_of_file(given.machine);
    given.compile.threads = 1;

    const std::vector<Subject> subjects = subjects_of(given);
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
        fmt::print("{}\n", line.dump());
    } else {
        fmt::print("{} choices, of which {} lost more than {:.0f} % to the best ({:.1f} %); Spearman's rank correlation of "
                   "{} predicted and measured times: {:.3f}\n",
                   summary.choices, summary.lost, 100 * (kLoss - 1),
                   100.0 * summary.lost / std::max(summary.choices, 1), summary.measured.size(), correlation);
    }
    return kOk;
}

}  // namespace ricci::cli
