// Takes note of signals that ask to stop.
#include "frontend/cli/signals.h"

#include <signal.h>

#include <array>
#include <csignal>

namespace ricci::cli {
namespace {

constexpr std::array kStopping = {SIGINT, SIGTERM, SIGHUP};

volatile std::sig_atomic_t asked_by = 0;

}  // namespace

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

}  // namespace ricci::cli
