// `ricci bench peers`: the same training step in Ricci and in other systems, in turns on one machine.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "frontend/cli/bench/bench_step.h"
#include "frontend/cli/bench/peers.h"
#include "frontend/cli/bench/timed_peers.h"
#include "frontend/cli/commands.h"
#include "frontend/cli/streams.h"
#include "frontend/models/registry.h"
#include "ir/base/error.h"
#include "runtime/base/cpu.h"

namespace ricci::cli {
namespace {

struct PeersOptions {
    TimedWork work;
    std::vector<std::string> pythons;
    std::int64_t rounds = 5;
    std::string peers;
};

void print_table(const std::vector<TimedEntry>& entries) {
    const double own = median(entries[0].times);
    fmt::print("{:<28} {:>9} {:>9} {:>9} {:>14} {:>12}\n", "", "us/image", "min", "max", "times Ricci's",
               "first epoch");
    for (const TimedEntry& entry : entries) {
        const double middle = median(entry.times);
        fmt::print("{:<28} {:>9.2f} {:>9.2f} {:>9.2f} {:>14.2f} {:>10.2f} s\n", entry.name, middle, entry.least,
                   entry.most, middle / own, entry.first);
    }
}

bool parse(Arguments arguments, PeersOptions& given) {
    Options options(
        "bench peers",
        "Times the training step of a model in Ricci and in each system that a Python here can import. These are torch,\n"
        "jax and tinygrad for LeNet-5, torch for the others. They run in turns, each in a process of its own, with the same\n"
        "OpenBLAS kernels. Last, a table: median of the rounds, least and most of all repeats, ratio to Ricci, what the\n"
        "first epoch takes more.");
    declare_timed_model(options, given.work.model, given.work.size);
    options.texts("--python", "PATH", given.pythons,
                  "a Python to look for peers in (default python3 and /usr/bin/python3)");
    options.whole("--threads", "N", given.work.threads, {1, kThreads.most}, "of each; one is pinned to one processor");
    options.whole("--batch", "N", given.work.batch, kBatch, "images a step");
    options.whole("--images", "N", given.work.images, kTimedImages, "images a repeat");
    options.whole("--repeats", "N", given.work.repeats, kRepeats, "a process");
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
    registered_model(given.work.model);  // refused before anything else runs
    const std::map<std::string, std::string> variables = peer_environment(given.work.threads);
    const std::vector<std::string> pin = pinned(given.work.threads);
    fmt::print("machine: {}\n", runtime::cpu().describe());
    fmt::print("{}, {} thread{}{}, batch {}, {} images a repeat, rounds: {}, repeats: {}", given.work.model, given.work.threads,
               given.work.threads == 1 ? "" : "s", pin.empty() ? "" : " on processor " + pin.back(), given.work.batch,
               given.work.images, given.rounds, given.work.repeats);
    if (variables.contains("OPENBLAS_CORETYPE")) fmt::print(", OpenBLAS core {}", variables.at("OPENBLAS_CORETYPE"));
    fmt::print("\n");
    flush_output();

    std::vector<TimedEntry> entries = timed_entries(given.work, given.pythons, given.peers);
    measure_in_turns(entries, given.work.threads, given.rounds);
    print_table(entries);
    return kOk;
}

}  // namespace ricci::cli
