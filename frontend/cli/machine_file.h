/// \file frontend/cli/machine_file.h
/// Measured machines as files of JSON, and the option that reads one.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "frontend/cli/options.h"
#include "passes/machine.h"

namespace ricci::cli {

/// --machine, a file that `ricci bench machine --save` wrote.
void declare_machine(Options& options, std::string& file);

/// The machine of the file; nothing for "". \throws UserError naming the file and what it lacks, has too much, or says
/// wrongly.
std::optional<passes::Machine> machine_of_file(const std::string& file);

/// Its name and all its numbers; `measured` is for people and not read again.
nlohmann::ordered_json json_of(const passes::Machine& machine, nlohmann::ordered_json measured);

}  // namespace ricci::cli
