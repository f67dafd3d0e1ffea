/// \file runtime/base/meeting.h
/// Threads that do shares of one piece of work at the same time: they can wait for each other, and share memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "runtime/base/buffer.h"
#include "runtime/base/seat.h"

namespace ricci::runtime {

/// Who meets is said by begin(). Each of them comes to wait() as often as the others, or leaves.
class Meeting {
  public:
    /// \pre nobody is at the meeting.
    void begin(std::int64_t threads);
    /// Returns when all that have not left have come here. What they wrote before is visible behind. Spins, as it takes
    /// less than a microsecond where all are about to come.
    void wait();
    /// This thread comes to no wait() any more.
    void leave();
    /// The same memory for all of them until the next call. Each asks for as much, and waits here; one reserves it.
    /// \throws UserError if the memory is not there, on each of them.
    std::byte* memory(std::int64_t bytes, bool reserves);

  private:
    std::mutex mutex_;             // guards the two below
    std::int64_t present_ = 0;     // threads that have not left
    std::int64_t arrived_ = 0;     // of these, at wait()
    std::atomic<std::uint64_t> round_ = 0;  // of waits
    Arena arena_;
    std::byte* memory_ = nullptr;  // of the arena
};

/// Gives the calling thread a seat for as long as this lives; then it leaves the meeting.
class Seated {
  public:
    explicit Seated(const Seat& seat);
    ~Seated();
    Seated(const Seated&) = delete;
    Seated& operator=(const Seated&) = delete;

  private:
    Seat before_;
};

}  // namespace ricci::runtime
