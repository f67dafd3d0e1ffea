/// \file runtime/execute/kernel_calls.h
/// Calls kernels: passes their errors on, and measures them while a profile is wanted. Internal.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/execute/executable.h"

namespace ricci::runtime {

/// Operations, as Kernel::cost: below so many, a share of the work is not worth waking a thread. They take one core two
/// microseconds where it multiplies matrices, ten where it computes functions.
inline constexpr double kWorthWaking = 2.5e5;

class KernelCalls {
  public:
    /// Keeps a reference to the program.
    explicit KernelCalls(const Program& program) : program_(program) {}

    /// One call on this thread; `table` has the addresses of all slots, `ahead` is for a kernel of a batch tile.
    /// \throws UserError naming the kernel if the ABI kept an error.
    void call(const Kernel& kernel, void* const* table, std::int64_t a, std::int64_t b, std::int64_t c,
              Ahead* ahead = nullptr) const;

    /// Switching on forgets what was measured before.
    void set_profiling(bool on);
    bool profiling() const { return profiling_; }
    /// Before a run with profiling on: gives each worker of a team a place to count in.
    void prepare(std::size_t workers);

    /// Does something on a worker and counts its time as that of entry `place`: a kernel, or after the kernels a tile's
    /// sum.
    template <typename Work>
    void measured(std::size_t place, WorkerId worker, Work&& work) {
        if (!profiling_) return work();
        const auto start = std::chrono::steady_clock::now();
        work();
        const auto time = std::chrono::steady_clock::now() - start;
        Spent& spent = spent_[worker][place];
        ++spent.calls;
        spent.nanoseconds += std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
    }

    /// After a run with profiling on: adds what the workers counted to the profile.
    void collect();
    const std::vector<KernelProfile>& profile() const { return profile_; }

  private:
    struct Spent {
        std::int64_t calls = 0;
        std::int64_t nanoseconds = 0;
    };
    const Program& program_;
    bool profiling_ = false;
    IdVector<WorkerId, std::vector<Spent>> spent_;  // of each, as profile_
    std::vector<KernelProfile> profile_;            // the kernels, then the tiles
};

}  // namespace ricci::runtime
