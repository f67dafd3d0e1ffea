/// \file frontend/cli/terminal.h
/// What a long command shows while it works, and how the user stops it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace ricci::cli {

/// A line that is rewritten in place, for a person who watches. Where standard output is a pipe or a file it shows
/// nothing.
class LiveLine {
  public:
    LiveLine();
    ~LiveLine() { clear(); }
    LiveLine(const LiveLine&) = delete;
    LiveLine& operator=(const LiveLine&) = delete;
    /// Whether a show() now would be seen: at most ten times a second, so that it costs nothing.
    bool is_due() const;
    void show(std::string_view text);
    /// Takes the line away, so that a lasting one can be printed in its place.
    void clear();

  private:
    using Clock = std::chrono::steady_clock;
    bool live_;
    bool shown_ = false;
    Clock::time_point next_{};
};

/// While it lives, the first Ctrl-C only asks to stop; the second one kills as usual.
class StopOnInterrupt {
  public:
    StopOnInterrupt();
    ~StopOnInterrupt();
    StopOnInterrupt(const StopOnInterrupt&) = delete;
    StopOnInterrupt& operator=(const StopOnInterrupt&) = delete;
    bool asked() const;
};

/// "61,706".
std::string with_commas(std::int64_t number);

}  // namespace ricci::cli
