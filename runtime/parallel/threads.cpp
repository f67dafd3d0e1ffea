// The thread team: a generation counter starts a run, a count of the threads still busy ends it.
#include "runtime/parallel/threads.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "ir/base/error.h"
#include "runtime/base/meeting.h"
#include "runtime/base/signals.h"

namespace ricci::runtime {
namespace {

// How long to look before sleeping. Waking a thread whose core went idle takes some 50 to 200 microseconds on a virtual
// machine. That is more than what lies between two runs of a training step. Beyond that, waiting costs the others
// nothing.
constexpr std::chrono::microseconds kLooking{200};
constexpr int kLooksInARow = 512;

void pause_briefly() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/// What waiting threads do. A thread is counted before it looks which pieces they are, so that whoever takes them away
/// can wait for those at work.
class BackgroundWork {
  public:
    void set(Pieces* pieces) {
        pieces_.store(pieces);
        any_left_.store(true, std::memory_order_release);
    }
    void remove(Pieces* pieces) {
        pieces_.compare_exchange_strong(pieces, nullptr);
        while (working_.load() != 0) pause_briefly();
    }
    /// False when there was nothing to do.
    bool piece(WorkerId worker) {
        if (!any_left_.load(std::memory_order_acquire)) return false;
        working_.fetch_add(1);
        Pieces* pieces = pieces_.load();
        const bool done = pieces != nullptr && pieces->one(worker);
        if (!done) any_left_.store(false, std::memory_order_release);
        working_.fetch_sub(1);
        return done;
    }

  private:
    alignas(64) std::atomic<Pieces*> pieces_ = nullptr;
    std::atomic<bool> any_left_ = false;  // a hint, which may be late
    alignas(64) std::atomic<int> working_ = 0;
};

/// True as soon as `arrived` is, false after kLooking. Gives the core to whoever else wants it now and then.
template <typename Arrived>
bool look_for(const Arrived& arrived, BackgroundWork& meanwhile, WorkerId worker) {
    const auto end = std::chrono::steady_clock::now() + kLooking;
    while (true) {
        for (int look = 0; look < kLooksInARow; ++look) {
            if (arrived()) return true;
            if (!meanwhile.piece(worker)) pause_briefly();
        }
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::yield();
    }
}

thread_local bool inside_task = false;

// Marks this thread as being inside a task, so that a run from there does not wait for itself.
class InsideTask {
  public:
    InsideTask() : before_(inside_task) { inside_task = true; }
    ~InsideTask() { inside_task = before_; }

  private:
    bool before_;
};

}  // namespace

struct ThreadTeam::State {
    explicit State(int threads) : size(threads), errors(static_cast<std::size_t>(threads)) {}

    const int size;
    std::mutex one_run;  // held for a whole run: callers take turns

    std::mutex mutex;  // guards sleeping on the two below
    std::condition_variable started;
    std::condition_variable finished;
    alignas(64) std::atomic<std::uint64_t> generation = 0;  // each in a cache line of its own: they are looked at a lot
    alignas(64) std::atomic<int> busy = 0;
    std::atomic<bool> stop = false;
    BackgroundWork meanwhile;

    // Written by the caller before the generation moves, read by workers after.
    std::int64_t tasks = 0;
    Work work{};
    Meeting meeting;
    IdVector<WorkerId, std::exception_ptr> errors;
    std::vector<std::thread> workers;

    void share_of(WorkerId worker) noexcept {
        const InsideTask mark;
        try {
            // tasks * worker fits: tasks is an extent and the team is at most 4096.
            const std::int64_t end = bound(worker + 1);
            for (std::int64_t task = bound(worker); task < end; ++task) {
                const Seated seated(work.together ? Seat{&meeting, task, tasks} : Seat{});
                work.call(work.body, task, worker);
            }
        } catch (...) {
            errors[worker] = std::current_exception();
        }
    }

    // Rounded up: the first share, which is the caller's, is never empty.
    std::int64_t bound(WorkerId id) const {
        const auto worker = static_cast<std::int64_t>(id);
        return tasks / size * worker + (tasks % size * worker + size - 1) / size;
    }

    // False when the team is being torn down.
    bool wait_for(std::uint64_t& seen, WorkerId worker) {
        auto moved = [&] { return generation.load(std::memory_order_acquire) != seen; };
        if (!look_for(moved, meanwhile, worker)) {
            std::unique_lock lock(mutex);
            started.wait(lock, moved);
        }
        seen = generation.load(std::memory_order_acquire);
        return !stop.load(std::memory_order_acquire);
    }

    void serve(WorkerId worker, std::uint64_t seen) {
        while (wait_for(seen, worker)) {
            share_of(worker);
            if (busy.fetch_sub(1, std::memory_order_acq_rel) == 1) {
                const std::lock_guard lock(mutex);
                finished.notify_one();
            }
        }
    }

    void start_all() {
        {
            const std::lock_guard lock(mutex);
            generation.fetch_add(1, std::memory_order_release);
        }
        started.notify_all();
    }

    void wait_until_idle() {
        auto idle = [&] { return busy.load(std::memory_order_acquire) == 0; };
        if (look_for(idle, meanwhile, 0)) return;
        std::unique_lock lock(mutex);
        finished.wait(lock, idle);
    }

    void shut_down() {
        stop.store(true, std::memory_order_release);
        start_all();
        for (std::thread& worker : workers) {
            // exit() called from inside a task destroys the team on its own worker, which cannot join itself.
            if (worker.get_id() == std::this_thread::get_id() || inside_task) {
                worker.detach();
            } else {
                worker.join();
            }
        }
        workers.clear();
    }
};

ThreadTeam::ThreadTeam(int threads) {
    constexpr int kMost = 4096;
    if (threads < 1 || threads > kMost)
        user_error("a thread team of {} is not possible; ask for 1 to {} threads", threads, kMost);
    state_ = std::make_shared<State>(threads);
    hire(state_);
}

// Starts the workers, all or none.
void ThreadTeam::hire(const std::shared_ptr<State>& state) {
    const NoSignals quiet;
    state->stop = false;
    const std::uint64_t seen = state->generation;
    try {
        for (int worker = 1; worker < state->size; ++worker)
            state->workers.emplace_back([state, worker, seen] { state->serve(WorkerId(worker), seen); });
    } catch (const std::system_error& error) {
        const std::size_t got = state->workers.size() + 1;
        state->shut_down();
        user_error("cannot start {} threads: the system gave {} ({}); ask for fewer", state->size, got, error.what());
    }
}

// What the parent's workers shared stays as it is: they do not exist here, and may have held any of its locks.
void ThreadTeam::leave_workers() {
    if (!state_) return;
    const int size = state_->size;
    new std::shared_ptr<State>(std::move(state_));
    state_ = std::make_shared<State>(size);
}

ThreadTeam::~ThreadTeam() {
    state_->shut_down();
}

int ThreadTeam::size() const {
    return state_->size;
}

std::size_t ThreadTeam::workers() const {
    return state_->errors.size();
}

void ThreadTeam::meanwhile(Pieces& pieces) {
    state_->meanwhile.set(&pieces);
}

void ThreadTeam::no_longer(Pieces& pieces) {
    state_->meanwhile.remove(&pieces);
}

void ThreadTeam::run_erased(std::int64_t tasks, Work work) {
    if (tasks <= 0) return;
    State& state = *state_;
    if (state.size == 1 || tasks == 1 || inside_task) {
        for (std::int64_t task = 0; task < tasks; ++task) work.call(work.body, task, 0);
        return;
    }
    const std::lock_guard turn(state.one_run);
    if (state.workers.empty()) hire(state_);  // the first run after a fork
    state.tasks = tasks;
    state.work = work;
    if (tasks > state.size) state.work.together = false;
    if (state.work.together) state.meeting.begin(tasks);
    for (std::exception_ptr& error : state.errors) error = nullptr;
    state.busy.store(state.size - 1, std::memory_order_relaxed);
    state.start_all();
    state.share_of(0);
    state.wait_until_idle();
    for (std::exception_ptr& error : state.errors) {
        if (error) std::rethrow_exception(std::exchange(error, nullptr));
    }
}

}  // namespace ricci::runtime
