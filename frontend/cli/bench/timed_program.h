/// \file frontend/cli/bench/timed_program.h
/// Programs that are timed in turns, by the processor time of this thread. What else runs on the machine counts little
/// so, and slows all of them alike.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "frontend/program/internals.h"
#include "runtime/base/buffer.h"

namespace ricci::cli {

/// Seconds that processors gave to this thread so far.
double processor_seconds();

/// A compiled program on random inputs. \pre it runs on one thread.
class TimedProgram {
  public:
    /// \param batch  samples of an open batch.
    TimedProgram(const passes::Options& passes, const Program& program, const CompileOptions& options,
                 std::int64_t batch);

    /// Seconds of one call: the mean over as many calls as fill about `turn` seconds.
    double time(double turn);
    const Function& function() const { return function_; }

  private:
    Function function_;
    std::vector<runtime::Buffer> inputs_;
    std::int64_t calls_ = 0;  // that fill a turn; 0 before the first
};

/// The least seconds of a call of each, over so many rounds in which all of them take turns of `turn` seconds.
std::vector<double> least_seconds(std::span<TimedProgram> programs, std::int64_t rounds, double turn);

}  // namespace ricci::cli
