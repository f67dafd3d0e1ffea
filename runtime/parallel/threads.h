/// \file runtime/parallel/threads.h
/// One team of threads that shares out few, coarse tasks; between them it looks for the next for a moment, then sleeps.
/// While it looks it can do something else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "ir/base/ids.h"
#include "runtime/base/fork.h"

namespace ricci::runtime {

/// The threads of a team: 0 is the caller.
using WorkerId = Id<struct WorkerTag>;

/// Work that can wait, in pieces: done by threads of a team that have nothing else to do.
class Pieces {
  public:
    virtual ~Pieces() = default;
    /// Does one piece, of a microsecond or less, as this worker of the team; false when none is left to begin. Several
    /// threads may call it at a time.
    virtual bool one(WorkerId worker) noexcept = 0;
};

/// The calling thread and `threads - 1` workers. Safe to share: concurrent runs take turns, and a run from inside a
/// task is done by that thread alone. A process that forks has no workers in the child; the first run there starts them
/// anew.
class ThreadTeam {
  public:
    /// \throws UserError if threads is below 1 or above 4096, or the system refuses a thread.
    explicit ThreadTeam(int threads);
    ~ThreadTeam();
    ThreadTeam(const ThreadTeam&) = delete;
    ThreadTeam& operator=(const ThreadTeam&) = delete;

    /// Threads in the team, the caller among them.
    int size() const;
    /// As many, as the size of what each worker has one of.
    std::size_t workers() const;

    /// Calls task(i, worker) for each i in [0, tasks) and returns when all are done. Who does which is fixed: of n
    /// threads, thread w does [tasks*w/n, tasks*(w+1)/n), both rounded up, so that the caller, worker 0, never has
    /// none. With one thread or one task all is done here and nothing is woken. Memory written by a task is visible to
    /// the caller afterwards.
    /// \throws what a task threw: of several, that of the lowest worker. A worker stops at its first exception.
    ///         UserError in a child process to which the system refuses a thread.
    /// Cost: about a microsecond soon after another run, some 50 to wake and join a sleeping team.
    template <typename Task>
    void run(std::int64_t tasks, Task&& task) {
        using Body = std::remove_reference_t<Task>;
        run_erased(tasks,
                   {const_cast<void*>(static_cast<const void*>(&task)),
                    [](void* body, std::int64_t index, WorkerId id) { (*static_cast<Body*>(body))(index, id); }});
    }

    /// The same for as many tasks as threads at the most. Where each has a thread of its own, all run at the same time. Each
    /// then has a seat at a meeting (runtime/base/meeting.h), of the task's number. So they can wait for each other.
    template <typename Task>
    void run_together(std::int64_t tasks, Task&& task) {
        using Body = std::remove_reference_t<Task>;
        run_erased(tasks,
                   {const_cast<void*>(static_cast<const void*>(&task)),
                    [](void* body, std::int64_t index, WorkerId id) { (*static_cast<Body*>(body))(index, id); }, true});
    }

    /// From now on threads that wait for a run to begin or to end do these pieces meanwhile, in place of any others. To
    /// be said again when there are new ones.
    void meanwhile(Pieces& pieces);
    /// Ends that, and returns when no thread is at one of these pieces. Of pieces that are not the team's: nothing.
    void no_longer(Pieces& pieces);

  private:
    struct Work {
        void* body;
        void (*call)(void* body, std::int64_t index, WorkerId worker);
        bool together = false;
    };
    void run_erased(std::int64_t tasks, Work work);
    void leave_workers();

    struct State;
    static void hire(const std::shared_ptr<State>& state);
    std::shared_ptr<State> state_;  // shared with the workers, so that one left at exit never reads freed memory
    AtFork at_fork_{[this] { leave_workers(); }};
};

}  // namespace ricci::runtime
