// `ricci run`: one call of a program on arrays from files or drawn ones.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "frontend/cli/arrays.h"
#include "frontend/cli/commands.h"
#include "frontend/cli/source.h"
#include "frontend/cli/streams.h"
#include "frontend/compile.h"
#include "ir/base/error.h"
#include "runtime/files.h"
#include "runtime/npy.h"

namespace ricci::cli {
namespace {

using runtime::Buffer;

struct RunOptions {
    Source source;
    FilesByName in;
    FilesByName out;
    std::string engine = "jit";
    std::string target;
    bool cache = true;
    std::string search;
    bool check = false;
    std::int64_t seed = 0;
    std::int64_t batch = 8;
    std::int64_t threads = 0;
};

/// What one call left behind: outputs by name, and the parameters and states it updated.
struct Outcome {
    Function function;
    std::vector<const Buffer*> outputs;
    std::vector<const Buffer*> updated;
};

bool parse(Arguments arguments, RunOptions& given) {
    std::vector<std::string> in;
    std::vector<std::string> out;
    Options options("run",
                    "Runs a program once. Inputs that no file gives are drawn; parameters begin as the program says.");
    given.source.declare(options, true);
    options.texts("--in", "NAME=FILE.npy", in, "an input, parameter or state from a file");
    options.texts("--out", "NAME=FILE.npy", out, "writes an output, or an updated parameter or state, to a file");
    options.choice("--engine", {"jit", "interpreter"}, given.engine,
                   "machine code, or the plain loops of the equations");
    options.flag(
        "--check", given.check,
        "runs both engines and compares them; exit status 1 when they differ by more than 1e-4 (f32) or 1e-10 (f64)");
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

Outcome call(const ir::Graph& graph, const RunOptions& given, Engine engine, const std::vector<Buffer>& inputs) {
    const auto seed = static_cast<std::uint64_t>(given.seed);
    const Parameters parameters = make_parameters(graph, given.in, seed);
    Outcome outcome{compile(Program{graph, nullptr}, {.passes = given.source.passes,
                                                      .target = given.target,
                                                      .threads = static_cast<int>(given.threads),
                                                      .cache = given.cache,
                                                      .search = given.search,
                                                      .engine = engine,
                                                      .parameters = parameters}),
                    {},
                    {}};
    warn_of(outcome.function);
    std::vector<runtime::Binding> bindings;
    for (const Buffer& input : inputs) bindings.push_back(runtime::Binding::of(input.spec().name, input));
    const Results results = outcome.function.run(bindings);
    for (std::size_t i = 0; i < results.size(); ++i) outcome.outputs.push_back(&results[i]);
    for (const ir::Update& update : graph.updates) {
        outcome.updated.push_back(&parameters[graph.value(update.target).name]);
    }
    return outcome;
}

double allowed(DType dtype) {
    if (dtype == f32) return 1e-4;
    return dtype == f64 ? 1e-10 : 0;
}

/// Whether machine code and interpreter agree; prints the largest difference, and each that is too large.
bool agree(const Outcome& machine, const Outcome& interpreter) {
    double largest = 0;
    bool all = true;
    std::string where = "every value";
    const auto compare = [&](const std::vector<const Buffer*>& got, const std::vector<const Buffer*>& expected) {
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const runtime::BufferSpec& spec = expected[i]->spec();
            const double difference = relative_difference(*got[i], *expected[i]);
            if (difference > largest) {
                largest = difference;
                where = spec.name;
            }
            if (difference <= allowed(spec.dtype)) continue;
            all = false;
            fmt::print("{}: largest relative difference {:.2g}, allowed {}\n", spec.describe(), difference,
                       allowed(spec.dtype));
        }
    };
    compare(machine.outputs, interpreter.outputs);
    compare(machine.updated, interpreter.updated);
    fmt::print("check: machine code and interpreter {}: {} values, largest relative difference {:.2g} ({})\n",
               all ? "agree" : "differ", interpreter.outputs.size() + interpreter.updated.size(), largest, where);
    return all;
}

void write_outputs(const Outcome& outcome, const FilesByName& files) {
    for (const std::vector<const Buffer*>& buffers : {outcome.updated, outcome.outputs}) {
        for (const Buffer* buffer : buffers) {
            if (auto file = files.find(buffer->spec().name); file != files.end())
                runtime::write_npy(file->second, *buffer);
        }
    }
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
    for (const auto& [name, path] : given.out) runtime::check_writable(path);

    const std::vector<Buffer> inputs =
        make_inputs(graph, given.in, static_cast<std::uint64_t>(given.seed), given.batch);
    const Outcome outcome = call(graph, given, given.engine == "jit" ? Engine::jit : Engine::interpreter, inputs);
    for (const Buffer* output : outcome.outputs) fmt::print("{}\n", summarize(*output));
    if (!outcome.updated.empty()) fmt::print("updated {} parameters and states\n", outcome.updated.size());
    write_outputs(outcome, given.out);
    if (!given.check) return kOk;
    const bool machine = given.engine == "jit";
    const Outcome other = call(graph, given, machine ? Engine::interpreter : Engine::jit, inputs);
    return agree(machine ? outcome : other, machine ? other : outcome) ? kOk : kDiffers;
}

}  // namespace ricci::cli
