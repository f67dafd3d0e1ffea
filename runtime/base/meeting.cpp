// A barrier that threads may leave, and the seat of each thread.
#include "runtime/base/meeting.h"

#include <thread>

#include "ir/base/error.h"
#include "runtime/base/fill.h"

namespace ricci::runtime {
namespace {

constexpr int kLooksInARow = 512;  // before the processor is given to whoever else wants it

thread_local Seat seat;

void pause_briefly() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

}  // namespace

void Meeting::begin(std::int64_t threads) {
    const std::scoped_lock lock(mutex_);
    present_ = threads;
    arrived_ = 0;
    memory_ = nullptr;  // where the one that reserves it leaves, there is none
}

void Meeting::wait() {
    std::uint64_t round = 0;
    {
        const std::scoped_lock lock(mutex_);
        round = round_.load(std::memory_order_relaxed);
        if (++arrived_ == present_) {
            arrived_ = 0;
            round_.store(round + 1, std::memory_order_release);
            return;
        }
    }
    for (int look = 0; round_.load(std::memory_order_acquire) == round; ++look) {
        if (look % kLooksInARow == kLooksInARow - 1) {
            std::this_thread::yield();
        } else {
            pause_briefly();
        }
    }
}

void Meeting::leave() {
    const std::scoped_lock lock(mutex_);
    if (--present_ > 0 && arrived_ == present_) {
        arrived_ = 0;
        round_.fetch_add(1, std::memory_order_release);
    }
}

std::byte* Meeting::memory(std::int64_t bytes, bool reserves) {
    wait();  // nobody reads what it held
    if (reserves) {
        memory_ = nullptr;
        memory_ = arena_.reserve(bytes);
        fill_unwritten(memory_, bytes);
    }
    wait();
    if (memory_ == nullptr) user_error("there is no memory of {} bytes for threads to share; use one thread", bytes);
    return memory_;
}

bool Seat::alone() const {
    return meeting == nullptr;
}

void Seat::wait() const {
    if (meeting != nullptr) meeting->wait();
}

std::byte* Seat::memory(std::int64_t bytes) const {
    return meeting->memory(bytes, number == 0);
}

Seat seat_here() {
    return seat;
}

Seated::Seated(const Seat& here) : before_(seat) {
    seat = here;
}

Seated::~Seated() {
    if (seat.meeting != nullptr) seat.meeting->leave();
    seat = before_;
}

}  // namespace ricci::runtime
