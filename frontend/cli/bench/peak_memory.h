/// \file frontend/cli/bench/peak_memory.h
/// The most memory that this process holds from some moment on, beyond what it held then.
#pragma once

#include <cstdint>

namespace ricci::cli {

/// Compiles and runs a step of a tiny model. What a process loads and makes with its first step is in memory then: the
/// compiler's code, BLAS and its workspace. The peers do the same before they begin to count.
void run_tiny_step();

/// Counts pages in memory, as the system does: the library, inputs, parameters, compiler and arena alike.
class PeakMemory {
  public:
    /// Begins now. The system forgets its peak so far; where it cannot, the peak is that of the process.
    PeakMemory();

    /// Bytes at the peak since then, less those at the beginning; 0 where /proc does not say.
    std::int64_t bytes() const;

  private:
    std::int64_t before_ = 0;
};

}  // namespace ricci::cli
