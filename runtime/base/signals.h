/// \file runtime/base/signals.h
/// Keeps signals away: from threads that Ricci starts, and from calls that report what a signal would say.
#pragma once

#include <signal.h>

#include <ctime>

namespace ricci::runtime {

/// While it lives this thread takes no signals; a thread started meanwhile never does: an interrupt belongs to the
/// caller's thread.
class NoSignals {
  public:
    NoSignals() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    NoSignals(const NoSignals&) = delete;
    NoSignals& operator=(const NoSignals&) = delete;

  private:
    sigset_t before_;
};

/// While it lives, two writes of this thread fail with an error of the call, EFBIG or EPIPE, and nothing else. They are
/// one that passes the limit on the size of files, and one to a closed pipe. Both signals would end the process,
/// without a word.
class NoWriteSignals {
  public:
    NoWriteSignals() {
        sigset_t pending;
        sigpending(&pending);
        sigemptyset(&ours_);
        // One that was pending before is the caller's.
        for (const int signal : {SIGXFSZ, SIGPIPE}) {
            if (sigismember(&pending, signal) == 0) sigaddset(&ours_, signal);
        }
        pthread_sigmask(SIG_BLOCK, &ours_, &before_);
    }
    ~NoWriteSignals() {
        constexpr timespec kNow{0, 0};
        while (sigtimedwait(&ours_, nullptr, &kNow) > 0) continue;
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    NoWriteSignals(const NoWriteSignals&) = delete;
    NoWriteSignals& operator=(const NoWriteSignals&) = delete;

  private:
    sigset_t ours_;
    sigset_t before_;
};

}  // namespace ricci::runtime
