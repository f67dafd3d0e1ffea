/// \file ricci/error.h
/// The two kinds of error: UserError for what the caller did, InternalError for what Ricci did.
#pragma once

#include <cstdint>
#include <source_location>
#include <stdexcept>
#include <string>

namespace ricci {

/// Where in the user's program (C++ or .ein) something was written; line 0 means unknown.
struct Location {
    std::string file;
    std::uint32_t line = 0;

    static Location of(const std::source_location& where);
    /// "lenet.cpp:14: ", or "" when unknown: the prefix of a message.
    std::string prefix() const;
};

/// A mistake of the caller: bad model, bad file, bad option. The message is one lower-case line with no full stop; it
/// names the thing, both values and the remedy. The command line prints it and exits with status 2.
class UserError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
    ~UserError() override;  // out of line: one vtable, with type information even where a caller is built without
};

/// A broken promise inside Ricci. Never the caller's fault; the message asks for a report.
class InternalError : public std::logic_error {
  public:
    using std::logic_error::logic_error;
    ~InternalError() override;
};

}  // namespace ricci
