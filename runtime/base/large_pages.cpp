// Large pages on Linux by madvise(); elsewhere nothing.
#include "runtime/base/large_pages.h"

#include <cstdint>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace ricci::runtime {
namespace {

// Gives the whole large pages of a range the advice; what the system makes of it is its own affair.
void advise(void* memory, std::size_t bytes, [[maybe_unused]] int advice) {
    const auto begin = reinterpret_cast<std::uintptr_t>(memory);
    const std::uintptr_t first = (begin + kLargePage - 1) / kLargePage * kLargePage;
    const std::uintptr_t last = (begin + bytes) / kLargePage * kLargePage;
#ifdef __linux__
    if (first < last) madvise(reinterpret_cast<void*>(first), last - first, advice);
#endif
}

}  // namespace

void prefer_large_pages(void* memory, std::size_t bytes) {
#ifdef MADV_HUGEPAGE
    advise(memory, bytes, MADV_HUGEPAGE);
#endif
}

void move_to_large_pages(const void* memory, std::size_t bytes) {
    constexpr int kCollapse = 25;  // MADV_COLLAPSE of Linux 6.1, which Debian 12's headers do not name
    prefer_large_pages(const_cast<void*>(memory), bytes);
    advise(const_cast<void*>(memory), bytes, kCollapse);
}

}  // namespace ricci::runtime
