// `ricci bench peers`: the same training step in Ricci and in other systems, in turns on one machine.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "frontend/cli/bench_step.h"
#include "frontend/cli/commands.h"
#include "frontend/cli/peers.h"
#include "frontend/cli/process.h"
#include "frontend/cli/streams.h"
#include "frontend/cli/terminal.h"
#include "frontend/models/registry.h"
#include "ir/base/error.h"
#include "runtime/base/cpu.h"

namespace ricci::cli {
namespace {

namespace fs = std::filesystem;

struct PeersOptions {
    std::string model = "lenet5";
    std::int64_t size = 0;
    std::vector<std::string> pythons;
    std::int64_t threads = 1;
    std::int64_t batch = 64;
    std::int64_t images = 8192;
    std::int64_t repeats = 5;
    std::int64_t rounds = 5;
    std::string peers;
};

/// A Python module that can train, and the scripts that have it do so.
struct Module {
    std::string_view name;
    std::string_view lenet5;
    std::string_view others = {};  // script of the other models; empty where there is none
};
constexpr Module kModules[] = {{"torch", "lenet5_torch.py", "networks_torch.py"},
                               {"jax", "lenet5_jax.py"},
                               {"tinygrad", "lenet5_tinygrad.py"}};

struct Entry {
    std::vector<std::string> command;
    std::string name{};           // as it calls itself
    std::vector<double> times{};  // microseconds an image: the median of each round
    double least = 0;             // of all repeats
    double most = 0;
    double first = 0;  // seconds: what the first epoch took more, the least of the rounds
};

/// The scripts that run here: a line of output for each Python and module, and none twice where two names are one.
std::vector<std::vector<std::string>> find_peers(const PeersOptions& given, const fs::path& scripts) {
    std::vector<std::vector<std::string>> commands;
    std::vector<std::string> seen;
    for (const std::string& python : given.pythons) {
        for (const Module& module : kModules) {
            const std::string_view script = given.model == "lenet5" ? module.lenet5 : module.others;
            if (script.empty()) continue;
            const std::string probe =
                fmt::format("import {0}, sys; sys.stdout.write({0}.__file__ + '\\n' + getattr({0}, '__version__', ''))",
                            module.name);
            const Finished found = run_program({python, "-c", probe}, {.quiet = true});
            if (found.status == 127) {
                fmt::print("{}: there is no such program\n", python);
                break;
            }
            if (found.status != 0) {
                fmt::print("{}: has no {}\n", python, module.name);
                continue;
            }
            if (std::ranges::find(seen, found.output) != seen.end()) continue;
            seen.push_back(found.output);
            commands.push_back({python, (scripts / script).string()});
            if (given.model != "lenet5") {
                commands.back().insert(commands.back().end(), {"--model", given.model});
                if (given.size > 0) commands.back().insert(commands.back().end(), {"--size", fmt::format("{}", given.size)});
            }
            if (registered_model(given.model).samples == SampleKind::colour_images) {
                commands.push_back(commands.back());
                commands.back().push_back("--channels-last");
            }
            // torch.compile came with PyTorch 2.
            const std::string version = found.output.substr(found.output.find('\n') + 1);
            if (module.name == "torch" && std::atoi(version.c_str()) >= 2) {
                commands.push_back(commands.back());
                commands.back().push_back("--compile");
            }
        }
    }
    return commands;
}

std::vector<std::string> with_options(std::vector<std::string> command, const PeersOptions& given,
                                      const std::vector<std::string>& pin) {
    command.insert(command.begin(), pin.begin(), pin.end());
    const std::pair<const char*, std::int64_t> numbers[] = {{"--threads", given.threads},
                                                            {"--batch", given.batch},
                                                            {"--images", given.images},
                                                            {"--repeats", given.repeats}};
    for (const auto& [name, value] : numbers) {
        command.emplace_back(name);
        command.push_back(fmt::format("{}", value));
    }
    return command;
}

/// Runs one entry once. False, with a line that says so, when it fails.
bool measure(Entry& entry, const std::map<std::string, std::string>& variables) {
    const Finished finished = run_program(entry.command, {.environment = variables});
    const nlohmann::json line = nlohmann::json::parse(finished.output, nullptr, /*allow_exceptions=*/false);
    if (finished.status != 0 || !line.is_object() || !line.contains("us_per_image")) {
        fmt::print("{}: failed with status {}; left out\n", fmt::join(entry.command, " "), finished.status);
        return false;
    }
    entry.name = line.value("peer", "?");
    const bool is_first = entry.times.empty();
    entry.times.push_back(line.value("us_per_image", 0.0));
    entry.least = is_first ? line.value("min", 0.0) : std::min(entry.least, line.value("min", 0.0));
    entry.most = std::max(entry.most, line.value("max", 0.0));
    const double extra = line.value("first_epoch_extra_s", 0.0);
    entry.first = is_first ? extra : std::min(entry.first, extra);
    return true;
}

void print_table(const std::vector<Entry>& entries) {
    const double own = median(entries[0].times);
    fmt::print("{:<28} {:>9} {:>9} {:>9} {:>14} {:>12}\n", "", "us/image", "min", "max", "times Ricci's",
               "first epoch");
    for (const Entry& entry : entries) {
        const double middle = median(entry.times);
        fmt::print("{:<28} {:>9.2f} {:>9.2f} {:>9.2f} {:>14.2f} {:>10.2f} s\n", entry.name, middle, entry.least,
                   entry.most, middle / own, entry.first);
    }
}

bool parse(Arguments arguments, PeersOptions& given) {
    Options options(
        "bench peers",
        "Times the training step of a model in Ricci and in each system that a Python here can import (torch, jax and\n"
        "tinygrad for LeNet-5, torch for the others): in turns, each in a process of its own, with the same OpenBLAS\n"
        "kernels. Last, a table: median of the rounds, least and most of all repeats, ratio to Ricci, what the first\n"
        "epoch takes more.");
    declare_timed_model(options, given.model, given.size);
    options.texts("--python", "PATH", given.pythons,
                  "a Python to look for peers in (default python3 and /usr/bin/python3)");
    options.whole("--threads", "N", given.threads, {1, kThreads.most}, "of each; one is pinned to one processor");
    options.whole("--batch", "N", given.batch, kBatch, "images a step");
    options.whole("--images", "N", given.images, kTimedImages, "images a repeat");
    options.whole("--repeats", "N", given.repeats, kRepeats, "a process");
    options.whole("--rounds", "N", given.rounds, kRepeats, "of one process each");
    options.text("--peers", "DIR", given.peers, "folder of the peers' scripts, where it is not found");
    if (!options.parse(arguments)) return false;
    if (given.pythons.empty()) given.pythons = {"python3", "/usr/bin/python3"};
    return true;
}

}  // namespace

int bench_peers(Arguments arguments) {
    PeersOptions given;
    if (!parse(arguments, given)) return kOk;
    registered_model(given.model);  // refused before anything else runs
    const std::map<std::string, std::string> variables = peer_environment(given.threads);
    const std::vector<std::string> pin = pinned(given.threads);
    fmt::print("machine: {}\n", runtime::cpu().describe());
    fmt::print("{}, {} thread{}{}, batch {}, {} images a repeat, rounds: {}, repeats: {}", given.model, given.threads,
               given.threads == 1 ? "" : "s", pin.empty() ? "" : " on processor " + pin.back(), given.batch,
               given.images, given.rounds, given.repeats);
    if (variables.contains("OPENBLAS_CORETYPE")) fmt::print(", OpenBLAS core {}", variables.at("OPENBLAS_CORETYPE"));
    fmt::print("\n");
    flush_output();

    std::vector<std::string> own = {own_executable().string(), "bench", "step", given.model};
    if (given.size > 0) own.insert(own.end(), {"--size", fmt::format("{}", given.size)});
    std::vector<Entry> entries = {{with_options(std::move(own), given, pin)}};
    for (const std::vector<std::string>& command : find_peers(given, peer_scripts(given.peers))) {
        entries.push_back({with_options(command, given, pin)});
    }
    LiveLine line;
    for (std::int64_t round = 1; round <= given.rounds; ++round) {
        for (auto entry = entries.begin(); entry != entries.end();) {
            line.show(
                fmt::format("round {}/{}: {}", round, given.rounds,
                            entry->name.empty() ? fmt::format("{}", fmt::join(entry->command, " ")) : entry->name));
            const bool done = measure(*entry, variables);
            line.clear();
            if (!done && entry == entries.begin()) user_error("ricci bench step failed; see above");
            entry = done ? entry + 1 : entries.erase(entry);
        }
    }
    print_table(entries);
    return kOk;
}

}  // namespace ricci::cli
