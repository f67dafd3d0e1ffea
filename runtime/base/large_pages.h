/// \file runtime/base/large_pages.h
/// Asks the system for large pages where a program reads here and there in much memory. With pages of 4 KiB the
/// processor would look most addresses up first. On a virtual machine that takes longer than the reading.
#pragma once

#include <cstddef>

namespace ricci::runtime {

/// Bytes of a large page, and of an array or the end of one that is given a whole one.
inline constexpr std::size_t kLargePage = std::size_t{2} << 20;
inline constexpr std::size_t kWorthLargePages = kLargePage / 4 * 3;

/// Of an array of so many bytes, those that lie in large pages from its first on. The end has small ones where it would
/// leave more than a quarter of a large one empty.
inline std::size_t bytes_in_large_pages(std::size_t bytes) {
    return (bytes + (kLargePage - kWorthLargePages)) / kLargePage * kLargePage;
}

/// Wherever the system has them, the whole large pages inside [memory, memory + bytes) become such when they are first
/// written. Advice: nothing else changes.
void prefer_large_pages(void* memory, std::size_t bytes);

/// The same for memory in use, whose contents are moved. Cost: half a second a GiB.
void move_to_large_pages(const void* memory, std::size_t bytes);

}  // namespace ricci::runtime
