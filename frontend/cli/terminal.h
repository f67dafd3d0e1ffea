/// \file frontend/cli/terminal.h
/// What a long command shows while it works.
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
    ~LiveLine();
    LiveLine(const LiveLine&) = delete;
    LiveLine& operator=(const LiveLine&) = delete;
    /// Whether a show() now would be seen: at most ten times a second, so that it costs nothing.
    bool is_due() const;
    void show(std::string_view text);
    /// Takes the line away, so that a lasting one can be printed in its place. Printing throws std::system_error.
    void clear();

  private:
    using Clock = std::chrono::steady_clock;
    bool live_;
    bool shown_ = false;
    Clock::time_point next_{};
};

/// "61,706".
std::string with_commas(std::int64_t number);
/// "0.0312", or below a thousandth "1.23e-07": four decimals would say 0 of a loss that is none.
std::string loss_text(double loss);

}  // namespace ricci::cli
