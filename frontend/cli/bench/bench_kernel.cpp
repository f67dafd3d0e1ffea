// `ricci bench kernel`: each kernel of a program by itself, beside the same kernel with other loops.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <limits>
#include <optional>

#include "codegen/jit/target.h"
#include "codegen/search/tile_timing.h"
#include "frontend/cli/commands.h"
#include "frontend/cli/machine_file.h"
#include "frontend/cli/source.h"
#include "frontend/cli/streams.h"
#include "frontend/program/internals.h"
#include "ir/base/error.h"
#include "ir/loops/tile_view.h"
#include "passes/loops/predict_loops.h"
#include "passes/pipeline.h"
#include "passes/products/product_cost.h"

namespace ricci::cli {
namespace {

struct KernelOptions {
    Source source;
    std::string other;
    std::string only;
    std::string target;
    std::string machine;
    double seconds = 0.5;
    std::int64_t rounds = 51;
};

/// A program with loops, as its kernels see it.
struct Loops {
    ir::Graph view;
    std::vector<ir::KernelSource> kernels;  // of `view`

    explicit Loops(const ir::Graph& graph) : view(ir::tile_view(graph)), kernels(ir::kernels_of(view)) {}
    Loops(const Loops&) = delete;
    Loops& operator=(const Loops&) = delete;

    const ir::KernelSource* named(const std::string& name) const {
        const auto found = std::ranges::find(kernels, name, [](const ir::KernelSource& k) { return k.group->name; });
        return found == kernels.end() ? nullptr : &*found;
    }
};

ir::Graph with_loops(const Source& source, const std::string& name) {
    Source of = source;
    of.name = name;
    passes::Remarks remarks;
    ir::Graph graph = of.load();
    return graph.stage >= ir::Stage::loops ? graph
                                           : passes::run_to(std::move(graph), ir::Stage::loops, of.passes, remarks);
}

std::string time_text(double nanoseconds) {
    return passes::time_text(1e-9 * nanoseconds);
}

/// "1.20 (1.18-1.25)": the median of the rounds' ratios, and between what the middle half of them lies.
std::string ratio_text(const std::vector<double>& one, const std::vector<double>& other) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < std::min(one.size(), other.size()); ++round)
        ratios.push_back(other[round] / one[round]);
    if (ratios.empty()) return "no time; --seconds gives more";
    std::ranges::sort(ratios);
    const std::size_t last = ratios.size() - 1;
    return fmt::format("{:.2f} ({:.2f}-{:.2f})", ratios[ratios.size() / 2], ratios[last / 4], ratios[last - last / 4]);
}

}  // namespace

int bench_kernel(Arguments arguments) {
    KernelOptions given;
    Options options("bench kernel",
                    "Times each kernel of a program by itself, on one thread, and predicts it. With another text, each of its "
                    "kernels of\nthe same name takes turns with it; a number above 1 says that the other takes longer. A batch "
                    "tile counts as a call;\nan open batch is 64 samples.");
    given.source.declare(options, true);
    options.word("OTHER.ein", given.other, "a text to compare with, such as the same program with loops changed by hand",
                 false);
    options.text("--only", "TEXT", given.only, "only kernels whose name holds it");
    options.whole("--rounds", "N", given.rounds, kRepeats,
                  "in which both texts take turns; the median counts, and the middle half is the spread");
    options.real("--seconds", "S", given.seconds, kSeconds, "that a kernel may take; fewer rounds where it is short");
    declare_target(options, given.target);
    declare_machine(options, given.machine);
    if (!options.parse(arguments)) return kOk;
    const passes::Machine machine = detail::machine_of(given.target, machine_of_file(given.machine));
    given.source.passes.machine = machine;
    const codegen::Target target =
        given.target.empty() ? codegen::Target::host() : codegen::Target::named(given.target);
    target.require_runnable();

    const Loops program(with_loops(given.source, given.source.name));
    std::optional<Loops> other;
    if (!given.other.empty()) other.emplace(with_loops(given.source, given.other));
    const auto is_wanted = [&](const ir::KernelSource& kernel) {
        return kernel.group->name.find(given.only) != std::string::npos;
    };
    if (std::ranges::none_of(program.kernels, is_wanted)) user_error("no kernel has \"{}\" in its name", given.only);
    fmt::print("{:<44} {:>10} {:>10}{}\n", "kernel", "predicted", "measured", other ? "      other  other/this" : "");
    for (const ir::KernelSource& kernel : program.kernels) {
        const std::string& name = kernel.group->name;
        if (!is_wanted(kernel)) continue;
        std::vector<codegen::TimedKernel> timed = {{&program.view, kernel}};
        const ir::KernelSource* changed = other ? other->named(name) : nullptr;
        if (changed != nullptr) timed.push_back({&other->view, *changed});
        const std::vector<std::vector<double>> times =
            codegen::time_kernels(timed, target, given.seconds, static_cast<std::size_t>(given.rounds),
                                  std::numeric_limits<std::int64_t>::max());
        const std::optional<double> cycles = passes::predicted_cycles(ir::plan_of(program.view, kernel), machine);
        std::string line = fmt::format("{:<44} {:>10} {:>10}", name,
                                       cycles ? passes::time_text(*cycles / passes::cycles_per_second(machine)) : "-",
                                       time_text(codegen::median(times[0])));
        if (changed != nullptr)
            line += fmt::format(" {:>10}  {}", time_text(codegen::median(times[1])), ratio_text(times[0], times[1]));
        if (other && changed == nullptr) line += "  only here";
        fmt::print("{}\n", line);
        flush_output();
    }
    for (const ir::KernelSource& kernel : other ? other->kernels : std::vector<ir::KernelSource>()) {
        if (program.named(kernel.group->name) == nullptr) fmt::print("{:<44} only in {}\n", kernel.group->name, given.other);
    }
    return kOk;
}

}  // namespace ricci::cli
