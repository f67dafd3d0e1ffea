// One producer, one reader and a ring of places between them.
#include "runtime/data/prefetch.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "ir/base/error.h"
#include "runtime/base/fork.h"
#include "runtime/base/signals.h"

namespace ricci::runtime {
namespace {

// A thread of this class never interrupts another one as it wakes. It runs where a processor has nothing else to do, or
// waits for its turn. The reader's team keeps its processors. Refused or unknown, it is a thread like any other.
void take_idle_time() {
#ifdef SCHED_BATCH
    const sched_param none{};
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);
#endif
}

}  // namespace

struct Prefetch::State {
    State(std::int64_t count, int ring, Prepare work) : items(count), places(ring), prepare(std::move(work)) {}

    const std::int64_t items;
    const std::int64_t places;
    const Prepare prepare;
    const std::uint64_t made_in = fork_generation();

    std::mutex mutex;  // guards all below
    std::condition_variable freed;
    std::condition_variable filled;
    std::int64_t prepared = 0;  // items ready or read
    std::int64_t taken = 0;     // items read, the last of them still in use
    bool reader_waits = false;
    bool stop = false;
    std::exception_ptr error;  // of item number `prepared`
    std::thread thread;

    std::size_t place_of(std::int64_t item) const { return static_cast<std::size_t>(item % places); }

    // Wakes for half a ring at a time, so that there are few switches between the threads.
    bool may_prepare() const {
        const std::int64_t in_use = prepared - std::max<std::int64_t>(taken - 1, 0);
        return in_use <= places / 2 || (reader_waits && in_use < places);
    }
    bool is_full() const { return prepared - std::max<std::int64_t>(taken - 1, 0) >= places; }

    void produce() {
        take_idle_time();
        std::unique_lock lock(mutex);
        while (prepared < items) {
            if (is_full()) freed.wait(lock, [&] { return stop || may_prepare(); });
            if (stop) return;
            const std::int64_t item = prepared;
            lock.unlock();
            std::exception_ptr thrown;
            try {
                prepare(item, place_of(item));
            } catch (...) {
                thrown = std::current_exception();
            }
            lock.lock();
            error = thrown;
            if (!error) ++prepared;
            if (reader_waits) filled.notify_one();
            if (error) return;
        }
    }
};

Prefetch::Prefetch(std::int64_t items, int places, Prepare prepare)
    : state_(std::make_unique<State>(items, places, std::move(prepare))) {
    RICCI_CHECK(places >= 2 || items <= 1, "a ring of {} places has none to work ahead in", places);
    if (items <= 1) return;
    const NoSignals quiet;
    try {
        state_->thread = std::thread([state = state_.get()] { state->produce(); });
    } catch (const std::system_error&) {
        // next() prepares the items itself: slower, and the same items.
    }
}

// In a child process there is no such thread, and it may have held the lock. What it shared stays as it is.
void Prefetch::go_on_after_fork() {
    if (state_->made_in == fork_generation()) return;
    const State& parents = *state_.release();
    state_ = std::make_unique<State>(parents.items, static_cast<int>(parents.places), parents.prepare);
    state_->taken = parents.taken;
}

Prefetch::~Prefetch() {
    go_on_after_fork();
    {
        const std::lock_guard lock(state_->mutex);
        state_->stop = true;
    }
    state_->freed.notify_one();
    if (state_->thread.joinable()) state_->thread.join();
}

std::size_t Prefetch::next() {
    go_on_after_fork();
    State& state = *state_;
    RICCI_CHECK(state.taken < state.items, "item {} is asked for, but there are {}", state.taken, state.items);
    const std::int64_t item = state.taken;
    if (!state.thread.joinable()) {
        state.prepare(item, state.place_of(item));
        ++state.taken;
        return state.place_of(item);
    }
    std::unique_lock lock(state.mutex);
    state.taken = item + 1;
    state.reader_waits = state.prepared <= item;
    if (state.may_prepare()) state.freed.notify_one();
    state.filled.wait(lock, [&] { return state.prepared > item || state.error; });
    state.reader_waits = false;
    if (state.prepared <= item) {
        state.taken = item;
        std::rethrow_exception(state.error);
    }
    return state.place_of(item);
}

}  // namespace ricci::runtime
