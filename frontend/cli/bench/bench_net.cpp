// `ricci bench net`: whole training steps of well-known networks, one thread and two, beside PyTorch.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "frontend/cli/bench/bench_step.h"
#include "frontend/cli/bench/timed_peers.h"
#include "frontend/cli/commands.h"
#include "frontend/cli/streams.h"
#include "frontend/models/registry.h"
#include "ir/base/error.h"
#include "runtime/base/cpu.h"

namespace ricci::cli {
namespace {

/// A network with the sizes that it is timed at.
struct TimedNetwork {
    std::string_view name;  // as the table says it
    std::string_view model;
    std::int64_t size, batch, images;
};
constexpr std::array kNetworks = {
    TimedNetwork{"mlp", "mlp", 0, 64, 6400},
    TimedNetwork{"lenet5", "lenet5", 0, 64, 8192},
    TimedNetwork{"resnet18-32", "resnet18", 32, 64, 64},
    TimedNetwork{"vgg11-32", "vgg11-norm", 32, 64, 64},
    TimedNetwork{"resnet18", "resnet18", 0, 8, 8},
    TimedNetwork{"alexnet", "alexnet", 0, 32, 32},
    TimedNetwork{"vgg11", "vgg11", 0, 4, 4},
    TimedNetwork{"googlenet", "googlenet", 0, 8, 8},
    TimedNetwork{"mobilenet", "mobilenet", 0, 8, 8},
    TimedNetwork{"transformer", "transformer", 0, 64, 64},
};

struct NetOptions {
    std::vector<std::string> networks;
    bool peers = false;
    std::string python = "/usr/bin/python3";
    std::string scripts;
    std::vector<std::int64_t> threads = {1, 2};
    std::int64_t repeats = 3;
    std::int64_t rounds = 3;
};

const TimedNetwork& network_named(std::string_view name) {
    const auto* found = std::ranges::find(kNetworks, name, &TimedNetwork::name);
    if (found != kNetworks.end()) return *found;
    std::vector<std::string_view> names;
    for (const TimedNetwork& network : kNetworks) names.push_back(network.name);
    user_error("bench net times no \"{}\"; there are {}", name, fmt::join(names, ", "));
}

std::vector<TimedNetwork> asked_for(const NetOptions& given) {
    if (given.networks.empty()) return {kNetworks.begin(), kNetworks.end()};
    std::vector<TimedNetwork> networks;
    for (const std::string& name : given.networks) networks.push_back(network_named(name));
    return networks;
}

/// A row for each system: median, least and most of all repeats, its median by Ricci's with as many threads.
/// \param own  Ricci's median with the first number of threads, 0 before that is known.
double print_rows(const TimedNetwork& network, std::int64_t threads, const std::vector<TimedEntry>& entries, double own) {
    const double ricci = median(entries[0].times);
    for (const TimedEntry& entry : entries) {
        const double middle = median(entry.times);
        const bool is_own = &entry == &entries[0];
        std::string note = is_own ? "" : fmt::format("{:.2f} times Ricci's", middle / ricci);
        if (is_own && own > 0) note = fmt::format("{:.2f} times as fast as the first", own / middle);
        constexpr double kMega = 1e6;
        fmt::print("| {:<12} | {:>5} | {:>7} | {:<40} | {:>10.1f} | {:>10.1f} to {:>10.1f} | {:>8.1f} | {} |\n", network.name,
                   network.batch, threads, entry.name, middle, entry.least, entry.most,
                   static_cast<double>(entry.peak_bytes) / kMega, note);
    }
    flush_output();
    return own > 0 ? own : ricci;
}

}  // namespace

int bench_net(Arguments arguments) {
    NetOptions given;
    Options options("bench net",
                    "Times whole training steps (forward, backward, SGD with momentum) of well-known networks on random\n"
                    "data in memory. Prints microseconds an image: the median of all rounds, their least and most. With\n"
                    "--peers PyTorch does the same in turns: eager, channels last, compiled. ricci bench step --profile says\n"
                    "where the time goes. Peak memory, in 10^6 bytes, is that of a process of its own. It is the most\n"
                    "pages through its first steps, less those before the model is built.");
    options.words("NETWORK", given.networks, "those to time; all when left out", false);
    options.flag("--peers", given.peers, "beside PyTorch");
    options.text("--python", "PATH", given.python, "a Python that has torch");
    options.text("--scripts", "DIR", given.scripts, "folder of the peers' scripts, where it is not found");
    options.wholes("--threads", "N", given.threads, {1, kThreads.most}, "in turns; one is pinned to one processor");
    options.whole("--repeats", "N", given.repeats, kRepeats, "a process");
    options.whole("--rounds", "N", given.rounds, kRepeats, "of one process each");
    if (!options.parse(arguments)) return kOk;
    const std::vector<TimedNetwork> networks = asked_for(given);
    fmt::print("machine: {}\n", runtime::cpu().describe());
    fmt::print("| {:<12} | {:>5} | {:>7} | {:<40} | {:>10} | {:>24} | {:>8} | |\n", "network", "batch", "threads", "", "us/image",
               "least to most", "peak MB");
    flush_output();
    const std::vector<std::string> pythons = given.peers ? std::vector{given.python} : std::vector<std::string>{};
    for (const TimedNetwork& network : networks) {
        double own = 0;
        for (const std::int64_t threads : given.threads) {
            const TimedWork work{.model = std::string(network.model),
                                 .size = network.size,
                                 .threads = threads,
                                 .batch = network.batch,
                                 .images = network.images,
                                 .repeats = given.repeats};
            std::vector<TimedEntry> entries = timed_entries(work, pythons, given.scripts);
            measure_in_turns(entries, threads, given.rounds);
            measure_memory(entries, threads);
            own = print_rows(network, threads, entries, own);
        }
    }
    return kOk;
}

}  // namespace ricci::cli
