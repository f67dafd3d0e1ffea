/// \file runtime/base/seat.h
/// The place of a thread among those that do shares of one piece of work at the same time. Nothing here is inline, for code of
/// other instruction sets includes it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ricci::runtime {

class Meeting;

/// See runtime/base/meeting.h.
struct Seat {
    Meeting* meeting = nullptr;  // null: the thread is alone
    std::int64_t number = 0;     // from 0
    std::int64_t count = 1;      // of threads

    bool alone() const;
    /// Returns when all threads have come here, or left. At once where the thread is alone.
    void wait() const;
    /// Meeting::memory(). \pre not alone.
    std::byte* memory(std::int64_t bytes) const;
};

/// That of the calling thread, as a Seated of runtime/base/meeting.h gave it; else it is alone.
Seat seat_here();

}  // namespace ricci::runtime
