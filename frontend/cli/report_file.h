/// \file frontend/cli/report_file.h
/// Files that an option asks for, beside what a command prints.
#pragma once

#include <string>

namespace ricci::cli {

/// Writes the text there and says so. \throws UserError naming the file when it cannot be written.
void save_report(const std::string& file, const std::string& text);

}  // namespace ricci::cli
