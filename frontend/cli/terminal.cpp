// Rewrites lines on terminals; takes note of signals that ask to stop.
#include "frontend/cli/terminal.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <system_error>

#include "frontend/cli/streams.h"

namespace ricci::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenUpdates{100};
constexpr std::string_view kToLineStart = "\r\033[K";  // and erase what stands there

constexpr std::array kStopping = {SIGINT, SIGTERM, SIGHUP};

volatile std::sig_atomic_t asked_by = 0;

}  // namespace

LiveLine::~LiveLine() {
    try {
        clear();
    } catch (const std::system_error&) {
        // A terminal that has gone needs no clearing.
    }
}

LiveLine::LiveLine() : live_(::isatty(STDOUT_FILENO) == 1) {}

bool LiveLine::is_due() const {
    return live_ && Clock::now() >= next_;
}

void LiveLine::show(std::string_view text) {
    if (!live_) return;
    fmt::print("{}{}", kToLineStart, text);
    flush_output();
    shown_ = true;
    next_ = Clock::now() + kBetweenUpdates;
}

void LiveLine::clear() {
    if (!shown_) return;
    shown_ = false;
    fmt::print("{}", kToLineStart);
    flush_output();
}

bool is_ignored(int signal) {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

StopOnSignal::StopOnSignal() {
    asked_by = 0;
    for (const int signal : kStopping) {
        if (is_ignored(signal)) continue;
        struct sigaction action {};
        action.sa_handler = [](int number) { asked_by = number; };
        // A terminal that goes away may say so several times; only a person who types Ctrl-C twice means to kill.
        action.sa_flags = SA_RESTART | (signal == SIGINT ? static_cast<int>(SA_RESETHAND) : 0);
        ::sigaction(signal, &action, nullptr);
    }
}

StopOnSignal::~StopOnSignal() {
    for (const int signal : kStopping) {
        if (!is_ignored(signal)) ::signal(signal, SIG_DFL);
    }
}

int StopOnSignal::asked() const {
    return asked_by;
}

std::string StopOnSignal::name_of(int signal) {
    if (signal == SIGINT) return "Ctrl-C";
    return signal == SIGTERM ? "SIGTERM" : "SIGHUP";
}

std::string with_commas(std::int64_t number) {
    std::string text = fmt::format("{}", number);
    for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, 1, ',');
    return text;
}

}  // namespace ricci::cli
