// Rewrites lines on terminals; takes note of Ctrl-C.
#include "frontend/cli/terminal.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace ricci::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenUpdates{100};
constexpr std::string_view kToLineStart = "\r\033[K";  // and erase what stands there

volatile std::sig_atomic_t interrupted = 0;

}  // namespace

LiveLine::LiveLine() : live_(::isatty(STDOUT_FILENO) == 1) {}

bool LiveLine::is_due() const {
    return live_ && Clock::now() >= next_;
}

void LiveLine::show(std::string_view text) {
    if (!live_) return;
    fmt::print("{}{}", kToLineStart, text);
    std::fflush(stdout);
    shown_ = true;
    next_ = Clock::now() + kBetweenUpdates;
}

void LiveLine::clear() {
    if (!shown_) return;
    fmt::print("{}", kToLineStart);
    std::fflush(stdout);
    shown_ = false;
}

StopOnInterrupt::StopOnInterrupt() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
}

StopOnInterrupt::~StopOnInterrupt() {
    ::signal(SIGINT, SIG_DFL);
}

bool StopOnInterrupt::asked() const {
    return interrupted != 0;
}

std::string with_commas(std::int64_t number) {
    std::string text = fmt::format("{}", number);
    for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, 1, ',');
    return text;
}

}  // namespace ricci::cli
