/// \file runtime/sweeps.h
/// Runs kernels that do not depend on each other, such as the updates of all parameters, as one run of the team. What
/// they alone read of a batch tile's sums is added up on the way, a few rows at a time. Internal.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/addresses.h"
#include "runtime/kernel_calls.h"
#include "runtime/threads.h"

namespace ricci::runtime {

class Sweeps {
  public:
    /// Finds the sweeps of a program. Keeps references to all of these.
    Sweeps(const Program& program, const Addresses& addresses, KernelCalls& calls);

    /// True when a sweep adds up the chunks of this slot, so that nobody else has to.
    bool adds_up(std::size_t slot) const { return added_up_[slot]; }

    /// What sweeps write for good, and what they add up, by rows: of n threads, thread w has rows
    /// [rows * w / n, rows * (w + 1) / n), unless it is too little to share.
    struct Rows {
        std::size_t slot;  // no alias
        std::int64_t rows;
        std::int64_t row_bytes;
    };
    const std::vector<Rows>& rows() const { return rows_; }

    /// Runs the sweep that begins with this kernel: each thread does its rows of every kernel. Returns the first kernel
    /// after it, or `kernel` itself when no sweep begins there.
    /// \throws UserError as KernelCalls::call().
    std::size_t run(std::size_t kernel, std::int64_t batch, ThreadTeam& team);

  private:
    /// A slot of which every chunk of a tile has a part, and of which a kernel reads in each row the same row.
    struct Sum {
        std::size_t slot = 0;
        std::int64_t samples = 1;  // of the tile
        std::int64_t row_bytes = 0;
    };
    struct Sweep {
        std::size_t first = 0;
        std::size_t last = 0;
        std::vector<std::vector<Sum>> sums = {};  // by kernel, from the first
    };
    struct Share {  // rows [begin, end) of a kernel
        std::size_t kernel;
        std::int64_t begin;
        std::int64_t end;
    };
    /// What a worker has for itself: the addresses of the rows in hand, and those rows of the sums.
    struct Own {
        std::vector<void*> table;
        std::vector<std::vector<std::byte>> rows;
    };

    std::vector<Sum> sums_of(std::size_t kernel) const;
    void list_rows(const Sweep& sweep);
    double work(const Sweep& sweep, std::int64_t batch) const;
    void run_share(const std::vector<Sum>& sums, const Share& share, int worker, std::int64_t batch);

    const Program& program_;
    const Addresses& addresses_;
    KernelCalls& calls_;
    std::vector<Sweep> sweeps_;  // in the order of their kernels
    std::vector<Rows> rows_;
    std::vector<bool> added_up_;  // by slot
    std::vector<Own> own_;        // by worker
};

}  // namespace ricci::runtime
