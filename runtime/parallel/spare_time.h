/// \file runtime/parallel/spare_time.h
/// Work that a thread team does while its threads wait for each other, and whatever is left of it when it is due.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "runtime/parallel/threads.h"

namespace ricci::runtime {

/// Pieces 0, 1, ... of one job at a time. Thread w of n begins with pieces [count * w / n, count * (w + 1) / n). What
/// it makes then lies in its own cache, if it is also the one to use it.
class SpareTime final : public Pieces {
  public:
    /// Does piece `piece`, in a microsecond or less; different pieces at a time. Must not throw. A child process that
    /// was forked meanwhile does pieces of its job again.
    using Do = std::function<void(std::int64_t piece)>;

    SpareTime(std::shared_ptr<ThreadTeam> team, Do work);
    /// Drops what is left of the job.
    ~SpareTime() override;
    SpareTime(const SpareTime&) = delete;
    SpareTime& operator=(const SpareTime&) = delete;

    /// From now on threads that wait do pieces of this job. \pre the job before is finished.
    void start(std::int64_t pieces);
    /// Returns when all pieces are done: the team does the rest, each thread its own first.
    void finish();

    bool one(WorkerId worker) noexcept override;

  private:
    struct alignas(64) Share {
        std::atomic<std::int64_t> next = 0;
        std::int64_t end = 0;
    };
    bool one_of(Share& share) noexcept;
    void share_out();
    std::int64_t left() const;

    std::shared_ptr<ThreadTeam> team_;
    Do work_;
    std::vector<Share> shares_;  // by worker
    std::int64_t pieces_ = 0;
    std::atomic<std::int64_t> done_ = 0;
    std::uint64_t begun_in_ = 0;  // the fork_generation() of the job
};

}  // namespace ricci::runtime
