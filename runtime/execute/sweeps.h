/// \file runtime/execute/sweeps.h
/// Runs kernels that do not depend on each other, such as the updates of all parameters, as one run of the team. What
/// they alone read of a batch tile's sums is added up on the way, a few rows at a time. Internal.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "runtime/execute/addresses.h"
#include "runtime/execute/kernel_calls.h"
#include "runtime/parallel/threads.h"

namespace ricci::runtime {

class Sweeps {
  public:
    /// Finds the sweeps of a program. Keeps references to all of these.
    Sweeps(const Program& program, const Addresses& addresses, KernelCalls& calls);

    /// True when a sweep adds up the chunks of this slot, so that nobody else has to.
    bool adds_up(SlotId slot) const { return added_up_[slot]; }

    /// What sweeps write for good, and what they add up, by rows. Of n threads, thread w begins with rows [rows * w /
    /// n, rows * (w + 1) / n). It comes to those of others when it is done with its own.
    struct Rows {
        SlotId slot;  // no alias
        std::int64_t rows;
        std::int64_t row_bytes;
    };
    const std::vector<Rows>& rows() const { return rows_; }

    /// A slot of which every chunk of a tile has a part, and of which a kernel reads in each row the same row.
    struct Sum {
        SlotId slot = {};
        std::int64_t samples = 1;  // samples of the tile
        std::int64_t row_bytes = 0;
    };
    struct Sweep {
        std::size_t first = 0;
        std::size_t last = 0;
        std::vector<std::vector<Sum>> sums = {};  // by kernel, from the first
        /// By kernel: it may run once all chunks of the tile before the sweep have done their kernels below this.
        std::vector<std::size_t> after = {};
        std::vector<std::size_t> order = {};  // the kernels, those first that are ready first
    };

    /// The sweep that begins with this kernel, or none.
    const Sweep* at(std::size_t kernel) const;

    /// Flop + bytes, some hundred microseconds of one core. Below this a sweep is best done by the threads that have
    /// its data in their caches, though others have nothing to do.
    static constexpr double kWorthMoving = 1e7;
    /// The same of a sweep that is a run of its own: some 35 microseconds of one core. Its data come from memory or from
    /// what all threads have just computed.
    static constexpr double kWorthSharing = 1e6;
    /// Flop + bytes of a sweep.
    double work(const Sweep& sweep, std::int64_t batch) const;

    /// Runs the sweep that begins with this kernel: each thread does its rows of every kernel, then what others have
    /// not come to. Returns the first kernel after it, or `kernel` itself when no sweep begins there.
    /// \throws UserError as KernelCalls::call().
    std::size_t run(std::size_t kernel, std::int64_t batch, ThreadTeam& team);

    /// Before threads take rows of a sweep: none is taken. There will be so many shares, done by workers of a team.
    void begin(const Sweep& sweep, std::size_t shares, const ThreadTeam& team);
    /// Does rows of every kernel that is ready and that nobody has taken: those of one share, then those of the others.
    /// Returns whether all kernels were ready, and so all rows are taken.
    /// \throws UserError as KernelCalls::call().
    template <typename Ready>
    bool take(const Sweep& sweep, std::size_t share, WorkerId worker, std::int64_t batch, Ready&& ready) {
        bool all = true;
        for (std::size_t turn = 0; turn < shares_; ++turn) {
            for (const std::size_t kernel : sweep.order) {
                if (ready(sweep.after[kernel - sweep.first])) {
                    take_share(sweep, kernel, (share + turn) % shares_, worker, batch);
                } else {
                    all = false;
                }
            }
        }
        return all;
    }

  private:
    /// What a worker has for itself: the addresses of the rows in hand, and those rows of the sums.
    struct Own {
        IdVector<SlotId, void*> table;
        std::vector<std::vector<std::byte>> rows;
    };
    /// The first row of a thread's share of a kernel that nobody has taken.
    struct alignas(64) Next {
        std::atomic<std::int64_t> row = 0;
    };

    /// Of so many rows the first of a share; the end of the last share is that of share number `shares_`.
    std::int64_t first_row(std::int64_t rows, std::size_t share) const {
        return rows * static_cast<std::int64_t>(share) / static_cast<std::int64_t>(shares_);
    }
    std::vector<Sum> sums_of(std::size_t kernel) const;
    void list_rows(const Sweep& sweep);
    void set_order(Sweep& sweep) const;
    std::int64_t rows_at_a_time(const Sweep& sweep, std::size_t kernel) const;
    void take_share(const Sweep& sweep, std::size_t kernel, std::size_t share, WorkerId worker, std::int64_t batch);
    void run_rows(const Sweep& sweep, std::size_t kernel, std::int64_t begin, std::int64_t end, WorkerId worker,
                  std::int64_t batch);

    const Program& program_;
    const Addresses& addresses_;
    KernelCalls& calls_;
    std::vector<Sweep> sweeps_;  // in the order of their kernels
    std::vector<Rows> rows_;
    IdVector<SlotId, bool> added_up_;
    IdVector<WorkerId, Own> own_;
    std::size_t shares_ = 1;  // shares of the sweep in hand
    std::vector<Next> next_;      // of the sweep in hand, by kernel and share
};

}  // namespace ricci::runtime
