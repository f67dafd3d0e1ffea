/// \file frontend/cli/streams.h
/// Standard input, output and error as the parent left them: open, closed, a full disk, a pipe that nobody reads.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include "ricci/compile.h"

namespace ricci::cli {

/// To be called before anything is opened. A standard descriptor that the parent closed is opened such that its use
/// fails: no file of this program comes to lie there. Writes past a limit on files, or to a closed pipe, become errors.
void prepare_streams();

/// Writes a line to standard error as far as it goes. Where nobody can read it that is no error: the exit status tells.
void complain(std::string_view line) noexcept;

/// Writes what waits for standard output. \throws std::system_error as printing does.
void flush_output();
/// Whether an error is about printing to standard output.
bool is_of_output(const std::system_error& error);
/// The exit status after such an error. Says why; where only the reader of a pipe has gone, ends this process quietly
/// by SIGPIPE instead, unless the parent ignores that signal.
int end_without_output(const std::system_error& error);

/// Standard input to its end. \throws UserError when it cannot be read, or is larger than `most` bytes.
std::string read_input(std::int64_t most);

/// Says on standard error what a compilation could not keep or not believe: object cache and file of register tiles.
/// Each line is said once.
void warn_of(const Function& function);

}  // namespace ricci::cli
