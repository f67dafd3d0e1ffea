// `ricci opt`: shows a program at a stage, or after chosen passes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "codegen/compile.h"
#include "frontend/cli/commands.h"
#include "frontend/cli/machine_file.h"
#include "frontend/cli/source.h"
#include "frontend/cli/streams.h"
#include "frontend/program/internals.h"
#include "frontend/program/loop_search.h"
#include "ir/base/error.h"
#include "ir/ops/optimizer_table.h"
#include "ir/ops/rate_schedule_table.h"
#include "ir/ops/table.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "runtime/file/files.h"

namespace ricci::cli {
namespace {

namespace fs = std::filesystem;

struct OptOptions {
    Source source;
    std::string emit;
    std::vector<std::string> passes;
    std::string dump_dir;
    std::string target;
    std::string search;
    std::string machine;
    std::string output;
    std::string verify = "rules";
    bool remarks = false;
};

std::vector<std::string> split(const std::vector<std::string>& lists) {
    std::vector<std::string> names;
    for (const std::string& list : lists) {
        for (std::size_t begin = 0; begin <= list.size();) {
            const std::size_t end = std::min(list.find(',', begin), list.size());
            names.push_back(list.substr(begin, end - begin));
            begin = end + 1;
        }
    }
    return names;
}

void list_passes() {
    fmt::print("{:<16} {:<8} {}\n", "pass", "stage", "why it stands here");
    for (const passes::Pass& pass : passes::pipeline()) {
        fmt::print("{:<16} {:<8} {}\n", pass.name, name_of(pass.stage), pass.reason);
    }
}

void print_lines(const std::string& text) {
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string line = text.substr(begin, end - begin);
        if (line.find_first_not_of(' ') != std::string::npos)
            fmt::print("    {}\n", line.substr(line.find_first_not_of(' ')));
        begin = end + 1;
    }
}

void list_settings(std::span<const ir::OptimizerSetting> settings) {
    for (const ir::OptimizerSetting& setting : settings) {
        fmt::print("    {:<14} {}: {}{}\n", setting.name, setting.doc, setting.range,
                   std::isnan(setting.standard) ? "" : fmt::format("; {} where not given", setting.standard));
    }
}

/// Of optimizers or schedules.
template <typename Entry>
void list_entries(std::span<const Entry> entries) {
    for (const Entry& entry : entries) {
        fmt::print("{}: {}\n", entry.name, entry.summary);
        list_settings(entry.settings);
        print_lines(entry.rule);
        fmt::print("    Source: {}\n", entry.source);
    }
}

void list_optimizers() {
    list_entries(ir::optimizers());
    fmt::print("all optimizers\n");
    list_settings(ir::common_settings());
    fmt::print("parameters of a group, beside the optimizer's own settings\n");
    list_settings(ir::group_settings());
}

void list_ops() {
    for (const ir::Op& op : ir::ops()) {
        fmt::print("{}({}", op.name, fmt::join(op.operands, ", "));
        for (const ir::OpAttribute& attribute : op.attributes)
            fmt::print(", {} = {}", attribute.name, attribute.standard);
        fmt::print("{})\n    {}\n", op.takes_over ? ", over = KIND" : "", op.summary);
        print_lines(op.equations);
    }
}

/// Writes each pass's result to DIR/NN-PASS.ein.
passes::Observer dumper(const std::string& folder) {
    if (folder.empty()) return {};
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) user_error("cannot create the folder {}: {}", folder, error.message());
    return [folder, count = 0](const passes::Pass& pass, const ir::Graph& graph) mutable {
        runtime::write_file(fs::path(folder) / fmt::format("{:02}-{}.ein", ++count, pass.name), ir::print(graph));
    };
}

/// The graph after the passes that lead to the stage that was asked for.
ir::Graph lower(ir::Graph graph, const OptOptions& options, const passes::Observer& observer,
                passes::Remarks& remarks) {
    if (!options.passes.empty()) {
        graph = passes::run_only(std::move(graph), options.passes, options.source.passes, remarks, observer);
    }
    if (options.emit.empty()) return graph;
    const ir::Stage to = ir::stage_named(options.emit).value_or(ir::Stage::planned);
    if (graph.stage > to) {
        user_error("{} is at stage {}, and no pass goes back; --emit takes {} or a later stage", options.source.name,
                   name_of(graph.stage), name_of(graph.stage));
    }
    return passes::run_to(std::move(graph), to, options.source.passes, remarks, observer);
}

std::string text_of(ir::Graph graph, const OptOptions& options, passes::Remarks& remarks) {
    codegen::Options code;
    if (!options.target.empty()) code.target = codegen::Target::named(options.target);
    if (graph.stage >= ir::Stage::loops) {
        codegen::TileUse use;
        graph = detail::search_loops(std::move(graph), code.target, options.source.passes.machine, options.search, use);
        if (!use.unsaved.empty()) complain("ricci: warning: " + use.unsaved);
        for (const std::string& remark : use.remarks) remarks.push_back({"tile-search", remark});
    }
    if (options.emit == "llvm") return codegen::llvm_text(graph, code);
    return options.emit == "asm" ? codegen::assembly_text(graph, code) : ir::print(graph);
}

}  // namespace

int opt(Arguments arguments) {
    OptOptions given;
    std::vector<std::string> pass_lists;
    bool lists_passes = false;
    bool lists_ops = false, lists_optimizers = false, lists_schedules = false;
    Options options("opt",
                    "Shows a program at a stage: model, step (with gradients and update), lowered (convolutions as "
                    "GEMMs),\nkernels (fused), loops (of each kernel), planned (in memory). Or as LLVM IR or assembly. A text "
                    "of a stage goes on\nfrom it.");
    given.source.declare(options, false);
    options.choice("--emit", {"model", "step", "lowered", "kernels", "loops", "planned", "llvm", "asm"}, given.emit,
                   "the stage to show; without it, that of the program");
    options.texts("--passes", "NAME,...", pass_lists, "runs just these passes, in this order, before --emit");
    options.flag("--list-passes", lists_passes, "prints all passes in their order, and why it is this one");
    options.flag("--list-ops", lists_ops, "prints all ops with their equations");
    options.flag("--list-optimizers", lists_optimizers, "prints all optimizers with their settings and equations");
    options.flag("--list-schedules", lists_schedules, "prints all schedules of the learning rate, in the same way");
    options.text(
        "--dump-dir", "DIR", given.dump_dir,
        "writes the program after each pass to DIR/NN-PASS.ein; all passes run where neither --emit nor --passes "
        "says which");
    options.choice("--verify", {"rules", "values"}, given.verify,
                   "after each pass: the rules of the stage, or also the values, by the interpreter");
    options.flag("--remarks", given.remarks, "prints what the passes chose, and why, to standard error");
    declare_target(options, given.target);
    declare_search(options, given.search);
    declare_machine(options, given.machine);
    options.text("-o", "FILE", given.output, "writes there instead of to standard output");
    if (!options.parse(arguments)) return kOk;
    if (lists_passes) list_passes();
    if (lists_ops) list_ops();
    if (lists_optimizers) list_optimizers();
    if (lists_schedules) list_entries(ir::rate_schedules());
    if (lists_passes || lists_ops || lists_optimizers || lists_schedules) return kOk;

    given.passes = split(pass_lists);
    if (!given.dump_dir.empty() && given.passes.empty() && given.emit.empty()) given.emit = "planned";
    given.source.passes.machine = detail::machine_of(given.target, machine_of_file(given.machine));
    given.source.passes.verify_values = given.verify == "values";
    passes::Remarks remarks;
    if (given.source.name.empty()) user_error("opt needs FILE.ein or model:NAME; see ricci opt --help");
    const ir::Graph graph = lower(given.source.load(), given, dumper(given.dump_dir), remarks);
    const std::string text = text_of(graph, given, remarks);
    if (given.remarks) {
        for (const passes::Remark& remark : remarks) complain(fmt::format("{}: {}", remark.pass, remark.text));
    }
    if (given.output.empty()) {
        fmt::print("{}", text);
    } else {
        runtime::write_file(given.output, text);
    }
    return kOk;
}

}  // namespace ricci::cli
