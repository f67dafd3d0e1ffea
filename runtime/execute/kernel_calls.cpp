// Errors and times of kernels.
#include "runtime/execute/kernel_calls.h"

#include <utility>

#include "ir/base/error.h"
#include "runtime/call/abi.h"

namespace ricci::runtime {

void KernelCalls::call(const Kernel& kernel, void* const* table, std::int64_t a, std::int64_t b, std::int64_t c,
                       Ahead* ahead) const {
    if (kernel.slots.empty()) {
        kernel.fn(table, a, b, c);
    } else {
        thread_local std::vector<void*> buffers;
        buffers.resize(kernel.slots.size() + 1);
        for (std::size_t i = 0; i < kernel.slots.size(); ++i) buffers[i] = table[kernel.slots[i].place()];
        buffers.back() = ahead;
        kernel.fn(buffers.data(), a, b, c);
    }
    if (const std::string error = take_abi_error(); !error.empty())
        user_error("{}: kernel {}: {}", program_.name, kernel.name, error);
}

void KernelCalls::set_profiling(bool on) {
    profiling_ = on;
    if (!on) return;
    profile_.clear();
    for (const Kernel& kernel : program_.kernels) profile_.push_back({.name = kernel.name});
    for (const TileRun& tile : program_.tiles) profile_.push_back({.name = tile.name + ".sum"});
    spent_.clear();
}

void KernelCalls::prepare(std::size_t workers) {
    if (spent_.size() < workers) spent_.resize(workers, std::vector<Spent>(profile_.size()));
}

void KernelCalls::collect() {
    for (std::vector<Spent>& worker : spent_) {
        for (std::size_t place = 0; place < worker.size(); ++place) {
            const Spent spent = std::exchange(worker[place], {});
            profile_[place].calls += spent.calls;
            profile_[place].nanoseconds += spent.nanoseconds;
        }
    }
}

}  // namespace ricci::runtime
