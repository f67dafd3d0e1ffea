// Asks each Python what it can import, and runs commands whose last line is JSON.
#include "frontend/cli/bench/timed_peers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "frontend/cli/bench/peers.h"
#include "frontend/cli/process.h"
#include "frontend/cli/terminal.h"
#include "frontend/models/registry.h"
#include "ir/base/error.h"

namespace ricci::cli {
namespace {

namespace fs = std::filesystem;

/// A Python module that can train, and the scripts that have it do so.
struct Module {
    std::string_view name;
    std::string_view lenet5;
    std::string_view others = {};  // script of the other models; empty where there is none
};
constexpr Module kModules[] = {{"torch", "lenet5_torch.py", "networks_torch.py"},
                               {"jax", "lenet5_jax.py"},
                               {"tinygrad", "lenet5_tinygrad.py"}};

/// The scripts that run here: a line of output for each Python and module, and none twice where two names are one.
std::vector<std::vector<std::string>> find_peers(const TimedWork& given, const std::vector<std::string>& pythons,
                                                 const fs::path& scripts) {
    std::vector<std::vector<std::string>> commands;
    std::vector<std::string> seen;
    for (const std::string& python : pythons) {
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

std::vector<std::string> with_options(std::vector<std::string> command, const TimedWork& given,
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

}  // namespace

std::vector<TimedEntry> timed_entries(const TimedWork& work, const std::vector<std::string>& pythons,
                                      const std::string& peers) {
    const std::vector<std::string> pin = pinned(work.threads);
    std::vector<std::string> own = {own_executable().string(), "bench", "step", work.model};
    if (work.size > 0) own.insert(own.end(), {"--size", fmt::format("{}", work.size)});
    std::vector<std::vector<std::string>> commands = {std::move(own)};
    if (!pythons.empty()) {
        for (std::vector<std::string>& peer : find_peers(work, pythons, peer_scripts(peers))) commands.push_back(std::move(peer));
    }
    // Optimizers make their states in the first step, so the second one shows the peak.
    TimedWork few = work;
    few.images = work.batch;
    few.repeats = 2;
    std::vector<TimedEntry> entries;
    for (const std::vector<std::string>& command : commands)
        entries.push_back({.command = with_options(command, work, pin), .few_steps = with_options(command, few, pin)});
    return entries;
}

bool measure(TimedEntry& entry, const std::map<std::string, std::string>& variables) {
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

void measure_memory(std::vector<TimedEntry>& entries, std::int64_t threads) {
    std::map<std::string, std::string> variables = peer_environment(threads);
    std::erase_if(variables, [](const auto& variable) { return variable.first.starts_with("MALLOC_"); });
    LiveLine shown;
    for (TimedEntry& entry : entries) {
        shown.show(fmt::format("memory: {}", entry.name));
        const Finished finished = run_program(entry.few_steps, {.environment = variables});
        shown.clear();
        const nlohmann::json line = nlohmann::json::parse(finished.output, nullptr, /*allow_exceptions=*/false);
        if (finished.status == 0 && line.is_object()) entry.peak_bytes = line.value("peak_bytes", std::int64_t{0});
    }
}

void measure_in_turns(std::vector<TimedEntry>& entries, std::int64_t threads, std::int64_t rounds) {
    const std::map<std::string, std::string> variables = peer_environment(threads);
    LiveLine line;
    for (std::int64_t round = 1; round <= rounds; ++round) {
        for (auto entry = entries.begin(); entry != entries.end();) {
            line.show(
                fmt::format("round {}/{}: {}", round, rounds,
                            entry->name.empty() ? fmt::format("{}", fmt::join(entry->command, " ")) : entry->name));
            const bool done = measure(*entry, variables);
            line.clear();
            if (!done && entry == entries.begin()) user_error("ricci bench step failed; see above");
            entry = done ? entry + 1 : entries.erase(entry);
        }
    }
}

}  // namespace ricci::cli
