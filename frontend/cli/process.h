/// \file frontend/cli/process.h
/// Runs another program to its end.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ricci::cli {

struct Finished {
    int status = 0;      // its exit status; 127 when there is no such program, 128 + the signal that ended it
    std::string output;  // its standard output, where it was captured
};

struct ProcessOptions {
    bool capture = true;                               // else standard output is shared with this process
    bool quiet = false;                                // drops its standard error, which is shared otherwise
    std::map<std::string, std::string> environment{};  // on top of this process's
};

/// `command` is the program, by path or as PATH finds it, and its arguments; no shell reads them.
/// \throws UserError naming the program and the system's reason when no process can be made.
Finished run_program(const std::vector<std::string>& command, const ProcessOptions& options = {});

/// The file that this process runs.
std::filesystem::path own_executable();

}  // namespace ricci::cli
