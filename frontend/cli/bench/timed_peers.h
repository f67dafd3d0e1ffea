/// \file frontend/cli/bench/timed_peers.h
/// The training step of a model in Ricci and in the systems that a Python can import, each in a process of its own.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ricci::cli {

/// What is timed, the same for all.
struct TimedWork {
    std::string model = "lenet5";
    std::int64_t size = 0;  // rows and columns of an image; 0 is what the model is known for
    std::int64_t threads = 1;
    std::int64_t batch = 64;
    std::int64_t images = 8192;  // a repeat
    std::int64_t repeats = 5;    // a process
};

/// A command that prints a line of JSON, as `ricci bench step` does, and what its runs gave.
struct TimedEntry {
    std::vector<std::string> command;
    std::vector<std::string> few_steps;  // the command for a few steps, where memory is asked for
    std::string name{};           // as it calls itself
    std::vector<double> times{};  // microseconds an image: the median of each round
    double least = 0;             // of all repeats
    double most = 0;
    double first = 0;  // seconds: what the first epoch took more, the least of the rounds
    std::int64_t peak_bytes = 0;  // of memory, above what the process held before the model was built; 0 where unknown
};

/// Ricci's own, then a line for each module of each Python that can train the model, in each order of axes and compiled too.
/// Says which Python has none. \param peers  folder of the scripts; "" looks for it.
std::vector<TimedEntry> timed_entries(const TimedWork& work, const std::vector<std::string>& pythons,
                                      const std::string& peers);

/// Runs one entry once. False, with a line that says so, when it fails. \param variables  of its environment.
bool measure(TimedEntry& entry, const std::map<std::string, std::string>& variables);

/// Peak memory of each, in a process of its own that does a few steps on one batch. Memory that is freed goes back to the
/// system as it does unasked, while timed processes keep it. Code that was compiled before comes from the caches.
void measure_memory(std::vector<TimedEntry>& entries, std::int64_t threads);

/// All of them in turns, so many rounds; what fails is left out. \throws UserError when the first one fails.
void measure_in_turns(std::vector<TimedEntry>& entries, std::int64_t threads, std::int64_t rounds);

}  // namespace ricci::cli
