/// \file frontend/cli/signals.h
/// How the user stops a long command.
#pragma once

#include <string>

namespace ricci::cli {

/// Whether this process ignores a signal, as its parent may have told it to (`nohup`, a shell's background job). Then
/// it stays ignored.
bool is_ignored(int signal);

/// While it lives, Ctrl-C, SIGTERM and SIGHUP only ask to stop. A second Ctrl-C kills as usual.
class StopOnSignal {
  public:
    StopOnSignal();
    ~StopOnSignal();
    StopOnSignal(const StopOnSignal&) = delete;
    StopOnSignal& operator=(const StopOnSignal&) = delete;
    /// The signal that asked, or 0.
    int asked() const;
    /// "Ctrl-C", "SIGTERM", "SIGHUP".
    static std::string name_of(int signal);
};

}  // namespace ricci::cli
