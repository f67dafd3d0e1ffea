// A counter for each thread's share of a job; a thread that is done with its own goes on with the others'.
#include "runtime/parallel/spare_time.h"

#include <algorithm>
#include <thread>

#include "ir/base/error.h"
#include "runtime/base/fork.h"

namespace ricci::runtime {
namespace {

// Pieces that make it worth giving the team a run of its own.
constexpr std::int64_t kWorthSharing = 8;

}  // namespace

SpareTime::SpareTime(std::shared_ptr<ThreadTeam> team, Do work)
    : team_(std::move(team)), work_(std::move(work)), shares_(team_->workers()) {}

SpareTime::~SpareTime() {
    team_->no_longer(*this);
}

void SpareTime::start(std::int64_t pieces) {
    RICCI_CHECK(done_ == pieces_, "a job of {} pieces is begun while {} of {} are done", pieces, done_.load(), pieces_);
    team_->no_longer(*this);  // nobody looks at the shares while they change
    pieces_ = pieces;
    share_out();
    team_->meanwhile(*this);
}

void SpareTime::share_out() {
    begun_in_ = fork_generation();
    done_ = 0;
    const auto threads = static_cast<std::int64_t>(shares_.size());
    std::int64_t worker = 0;
    for (Share& share : shares_) {
        share.next = pieces_ * worker / threads;
        share.end = pieces_ * ++worker / threads;
    }
}

bool SpareTime::one_of(Share& share) noexcept {
    if (share.next.load(std::memory_order_relaxed) >= share.end) return false;
    const std::int64_t piece = share.next.fetch_add(1, std::memory_order_relaxed);
    if (piece >= share.end) return false;
    work_(piece);
    done_.fetch_add(1, std::memory_order_release);
    return true;
}

bool SpareTime::one(WorkerId worker) noexcept {
    const std::size_t threads = shares_.size();
    for (std::size_t i = 0; i < threads; ++i) {
        if (one_of(shares_[(worker.place() + i) % threads])) return true;
    }
    return false;
}

std::int64_t SpareTime::left() const {
    std::int64_t pieces = 0;
    for (const Share& share : shares_) pieces += std::max<std::int64_t>(share.end - share.next.load(), 0);
    return pieces;
}

void SpareTime::finish() {
    // What a thread of the parent had begun at a fork, nobody finishes here.
    if (begun_in_ != fork_generation() && done_ != pieces_) share_out();
    if (left() >= kWorthSharing) {
        team_->run(team_->size(), [&](std::int64_t, WorkerId worker) {
            while (one(worker)) {
            }
        });
    }
    while (one(0)) {
    }
    while (done_.load(std::memory_order_acquire) != pieces_) std::this_thread::yield();
}

}  // namespace ricci::runtime
