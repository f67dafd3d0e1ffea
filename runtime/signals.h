/// \file runtime/signals.h
/// Keeps signals away from threads that Ricci starts: an interrupt belongs to the caller's thread.
#pragma once

#include <signal.h>

namespace ricci::runtime {

/// While it lives this thread takes no signals; a thread started meanwhile never does.
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

}  // namespace ricci::runtime
