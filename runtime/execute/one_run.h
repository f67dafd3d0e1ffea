/// \file runtime/execute/one_run.h
/// One run at a time of what has one arena: a second caller is refused with nothing touched. Internal.
#pragma once

#include <atomic>
#include <string>

#include "ir/base/error.h"

namespace ricci::runtime {

/// Holds `running` true while it lives.
class OneRun {
  public:
    /// \throws UserError naming the program if `running` is true already.
    OneRun(std::atomic<bool>& running, const std::string& name) : running_(running) {
        if (running_.exchange(true, std::memory_order_acquire))
            user_error("{}: it is already running on another thread; give this thread a function of its own, function.clone()", name);
    }
    ~OneRun() { running_.store(false, std::memory_order_release); }
    OneRun(const OneRun&) = delete;
    OneRun& operator=(const OneRun&) = delete;

  private:
    std::atomic<bool>& running_;
};

}  // namespace ricci::runtime
