// `ricci run`: one call of a program on arrays from files or drawn ones.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <filesystem>

#include "frontend/cli/arrays.h"
#include "frontend/cli/commands.h"
#include "frontend/cli/source.h"
#include "frontend/cli/streams.h"
#include "frontend/model/buffers.h"
#include "frontend/program/compare.h"
#include "frontend/program/internals.h"
#include "ir/base/error.h"
#include "passes/check/magnitudes.h"
#include "runtime/file/files.h"
#include "runtime/file/npy.h"

namespace ricci::cli {
namespace {

using detail::Internals;
using runtime::Buffer;

struct RunOptions {
    Source source;
    FilesByName in;
    FilesByName out;
    std::string weights;
    std::string engine = "jit";
    std::string target;
    bool cache = true;
    std::string search;
    bool check = false;
    bool print = false;
    std::int64_t seed = 0;
    std::int64_t batch = 8;
    std::int64_t threads = 0;
};

struct Named {
    std::string name;
    const Buffer* buffer;
};

/// What one call left behind: outputs, and the parameters and states it updated, in the order of the text.
struct Outcome {
    Function function;
    std::vector<Named> outputs;
    std::vector<Named> updated;
    bool only_zeros = false;  // there are parameters, and all were 0 before the call
};

bool parse(Arguments arguments, RunOptions& given) {
    std::vector<std::string> in;
    std::vector<std::string> out;
    Options options("run",
                    "Runs a program once. Inputs that no file gives are drawn; parameters begin as the program says.");
    given.source.declare(options, true);
    options.texts("--in", "NAME=FILE.npy", in, "an input, parameter or state from a file");
    options.texts("--out", "NAME=FILE.npy", out, "writes an output, or an updated parameter or state, to a file");
    options.text("--weights", "FILE", given.weights,
                 "parameters from a safetensors file, as ricci train --save writes it");
    options.choice("--engine", {"jit", "interpreter"}, given.engine,
                   "machine code, or the plain loops of the equations");
    // The rule stands in frontend/program/compare.h, and what the terms are in passes/check/magnitudes.h. The terms count
    // at most as the largest element of the array, or the largest term of its last equation.
    options.flag(
        "--check", given.check,
        "runs both engines and compares them; exit status 1 when an element differs, or nothing is to compare. An f32 "
        "may be off by 1e-4 of itself, or 5e-5 of the terms that it is computed from; f64: 1e-10 and 5e-11");
    options.flag("--print", given.print, "prints the outputs as matrices, a row a line, in place of a summary");
    options.whole("--seed", "N", given.seed, kSeed, "of what is drawn");
    options.whole("--batch", "N", given.batch, kBatch, "samples, where the program leaves that open and no file says");
    options.whole("--threads", "N", given.threads, kThreads, "0 is one a processor; the results are the same");
    declare_target(options, given.target);
    declare_cache(options, given.cache);
    declare_search(options, given.search);
    if (!options.parse(arguments)) return false;
    given.in = files_by_name("--in", in);
    given.out = files_by_name("--out", out);
    return true;
}

/// Names that `--in` (inputs, parameters, states) or `--out` (outputs, updated parameters and states) may say.
std::vector<std::string> names_in(const ir::Graph& graph) {
    std::vector<std::string> names;
    for (const ir::Value& value : graph.values) {
        if (value.role != ir::Role::temporary) names.push_back(value.name);
    }
    return names;
}

std::vector<std::string> names_out(const ir::Graph& graph) {
    std::vector<std::string> names;
    for (const ir::Output& output : graph.outputs) names.push_back(output.name);
    for (const ir::Update& update : graph.updates) names.push_back(graph.value(update.target).name);
    return names;
}

void check_names(const std::string& option, const FilesByName& files, const std::vector<std::string>& known) {
    for (const auto& [name, path] : files) {
        if (std::ranges::find(known, name) != known.end()) continue;
        user_error("{} {}={}: the program has no such {}; it has {}", option, name, path,
                   option == "--in" ? "input, parameter or state" : "output or update", fmt::join(known, ", "));
    }
}

/// Names that say one thing only, and files of their own.
void check_outs(const ir::Graph& graph, const FilesByName& files) {
    const auto updated = [&](const std::string& name) {
        return std::ranges::any_of(graph.updates,
                                   [&](const ir::Update& update) { return graph.value(update.target).name == name; });
    };
    std::map<std::filesystem::path, std::string> taken;
    for (const auto& [name, path] : files) {
        if (updated(name) && std::ranges::find(graph.outputs, name, &ir::Output::name) != graph.outputs.end()) {
            user_error(
                "--out {}={}: {} is an output and an updated {}; give the output a name of its own, as in: output "
                "{}.before = {}",
                name, path, name, ir::name_of(graph.value(graph.find(name)).role), name, name);
        }
        std::error_code unknown;  // a path that cannot be followed stands for itself
        std::filesystem::path real = std::filesystem::weakly_canonical(std::filesystem::absolute(path), unknown);
        if (unknown) real = path;
        const auto [other, is_new] = taken.emplace(std::move(real), name);
        if (!is_new) user_error("--out {}={}: {} is written to that file; name another", name, path, other->second);
        runtime::check_writable(path);
    }
}

Outcome call(const ir::Graph& graph, const RunOptions& given, Engine engine, const std::vector<Buffer>& inputs) {
    const auto seed = static_cast<std::uint64_t>(given.seed);
    const Parameters parameters = make_parameters(graph, given.in, given.weights, seed);
    Outcome outcome{detail::compile_with(given.source.passes, detail::program_of(graph),
                                         {.target = given.target,
                                          .threads = static_cast<int>(given.threads),
                                          .cache = given.cache,
                                          .search = given.search,
                                          .engine = engine,
                                          .parameters = parameters}),
                    {},
                     {},
                     false};
    warn_of(outcome.function);
    const auto is_parameter = [](const ir::Value& value) { return value.role == ir::Role::parameter; };
    outcome.only_zeros =
        std::ranges::any_of(graph.values, is_parameter) && std::ranges::all_of(graph.values, [&](const auto& value) {
            return !is_parameter(value) || is_zero(*Internals::shared(parameters, value.name));
        });
    std::vector<runtime::Binding> bindings;
    for (const Buffer& input : inputs) bindings.push_back(runtime::Binding::of(input.spec().name, input));
    const Results results = detail::run(outcome.function, bindings);
    for (const ir::Output& output : graph.outputs) outcome.outputs.push_back({output.name, &Internals::buffer(results[output.name])});
    for (const ir::Update& update : graph.updates) {
        const std::string& name = graph.value(update.target).name;
        outcome.updated.push_back({name, Internals::shared(parameters, name).get()});
    }
    return outcome;
}

/// What a call is given, for the interpreter: inputs, and parameters and states as they begin.
ir::Arrays arrays_of(const ir::Graph& graph, const RunOptions& given, const std::vector<Buffer>& inputs) {
    ir::Arrays arrays;
    const auto take = [&](const Buffer& buffer) {
        ir::Array& array = arrays[buffer.spec().name];
        array.extents = buffer.spec().extents;
        for (std::int64_t i = 0; i < buffer.elements(); ++i) array.elements.push_back(element_of(buffer, i));
    };
    for (const Buffer& input : inputs) take(input);
    const auto seed = static_cast<std::uint64_t>(given.seed);
    const Parameters parameters = make_parameters(graph, given.in, given.weights, seed);
    for (const ir::Value& value : graph.values) {
        const bool owned = value.role == ir::Role::parameter || value.role == ir::Role::state;
        if (owned) take(*Internals::shared(parameters, value.name));
    }
    return arrays;
}

/// Whether a convolution runs by filtering: its results mix elements around them, whose rounding they share.
bool filters(const Function& function) {
    return std::ranges::any_of(detail::graph_of(function).equations, [](const ir::Equation& equation) {
        const ir::Routine* routine = equation.schedule.routine;
        return routine != nullptr && routine->sides[0] != 0;
    });
}

/// Whether machine code and interpreter agree; prints the largest difference, and what differs by too much. What could
/// not be compared is no agreement.
bool agree(const Outcome& machine, const Outcome& interpreter, passes::Terms& terms) {
    const std::size_t values = interpreter.outputs.size() + interpreter.updated.size();
    if (values == 0) {
        fmt::print("check: nothing was compared, for the program has no output and no update\n");
        return false;
    }
    double largest = 0;
    bool all = true;
    std::string where = "every value";
    const bool by_largest = filters(machine.function);
    ir::Array unbounded;  // of any element: its bound is then that of the largest
    const auto compare_all = [&](const std::vector<Named>& got, const std::vector<Named>& expected) {
        for (const Named& value : expected) {
            const auto same = std::ranges::find(got, value.name, &Named::name);
            RICCI_CHECK(same != got.end(), "machine code has no value {}", value.name);
            const Comparison found = compare(*same->buffer, *value.buffer, [&]() -> TermsOf {
                if (!by_largest) return {terms.of(value.name), terms.largest_of_last(value.name)};
                unbounded.elements.assign(static_cast<std::size_t>(value.buffer->elements()),
                                          std::numeric_limits<double>::infinity());
                return {&unbounded};
            });
            if (found.largest > largest) {
                largest = found.largest;
                where = value.name;
            }
            if (found.broken.empty()) continue;
            all = false;
            fmt::print("{}: {}\n", value.buffer->spec().describe(), found.broken);
        }
    };
    compare_all(machine.outputs, interpreter.outputs);
    compare_all(machine.updated, interpreter.updated);
    if (machine.only_zeros) {
        fmt::print(
            "check: warning: all parameters were 0, so what depends on them was hardly tried; draw them "
            "(= uniform(-1, 1)), or give them with --in\n");
    }
    fmt::print("check: machine code and interpreter {}: {} values, largest relative difference {:.2g} ({})\n",
               all ? "agree" : "differ", values, largest, where);
    return all;
}

void write_outputs(const Outcome& outcome, const FilesByName& files) {
    for (const std::vector<Named>* values : {&outcome.updated, &outcome.outputs}) {
        for (const Named& value : *values) {
            if (auto file = files.find(value.name); file != files.end())
                runtime::write_npy(file->second, *value.buffer);
        }
    }
}

/// "4 parameters and 1 state": what the program's updates are of.
std::string updated_text(const ir::Graph& graph) {
    std::vector<std::string> parts;
    for (const ir::Role role : {ir::Role::parameter, ir::Role::state}) {
        const auto count = std::ranges::count_if(graph.updates, [&](const ir::Update& update) {
            return graph.value(update.target).role == role;
        });
        if (count > 0) parts.push_back(fmt::format("{} {}{}", count, name_of(role), count == 1 ? "" : "s"));
    }
    return fmt::format("{}", fmt::join(parts, " and "));
}

}  // namespace

int run(Arguments arguments) {
    RunOptions given;
    if (!parse(arguments, given)) return kOk;
    // States of the optimizer exist, and can be named, from stage step on.
    passes::Remarks remarks;
    const ir::Graph graph = passes::run_to(given.source.load(), ir::Stage::step, given.source.passes, remarks);
    check_names("--in", given.in, names_in(graph));
    check_names("--out", given.out, names_out(graph));
    check_outs(graph, given.out);

    const std::vector<Buffer> inputs =
        make_inputs(graph, given.in, static_cast<std::uint64_t>(given.seed), given.batch);
    const Outcome outcome = call(graph, given, given.engine == "jit" ? Engine::jit : Engine::interpreter, inputs);
    for (const Named& output : outcome.outputs)
        fmt::print("{}", given.print ? matrices(*output.buffer) : summarize(*output.buffer) + "\n");
    if (!outcome.updated.empty()) fmt::print("updated {}\n", updated_text(graph));
    if (graph.outputs.empty() && graph.updates.empty() && !given.check)
        fmt::print("this program has no output; say what it gives, as in: output {}\n",
                   graph.equations.empty() ? "y" : graph.value(graph.equations.back().result).name);
    write_outputs(outcome, given.out);
    if (!given.check) return kOk;
    const bool machine = given.engine == "jit";
    const Outcome other = call(graph, given, machine ? Engine::interpreter : Engine::jit, inputs);
    const ir::Arrays arrays = arrays_of(graph, given, inputs);
    passes::Terms terms(detail::graph_of((machine ? other : outcome).function), arrays);
    return agree(machine ? outcome : other, machine ? other : outcome, terms) ? kOk : kDiffers;
}

}  // namespace ricci::cli
