/// \file runtime/base/large_pages.h
/// Asks the system for large pages where a program reads here and there in much memory. With pages of 4 KiB the
/// processor would look most addresses up first. On a virtual machine that takes longer than the reading.
#pragma once

#include <cstddef>

namespace ricci::runtime {

/// Bytes of a large page, and of an array that is given whole ones.
inline constexpr std::size_t kLargePage = std::size_t{2} << 20;
inline constexpr std::size_t kWorthLargePages = kLargePage / 2;

/// Wherever the system has them, the whole large pages inside [memory, memory + bytes) become such when they are first
/// written. Advice: nothing else changes.
void prefer_large_pages(void* memory, std::size_t bytes);

/// The same for memory in use, whose contents are moved. Cost: half a second a GiB.
void move_to_large_pages(const void* memory, std::size_t bytes);

}  // namespace ricci::runtime
