// Promises of runtime/base/large_pages.h: memory holds what it held, and large arrays begin at a large page.
#include "runtime/base/large_pages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "runtime/base/buffer.h"

namespace ricci::runtime {
namespace {

TEST(LargePages, MovingKeepsTheContents) {
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{100}, kLargePage, 3 * kLargePage + 12345}) {
        std::vector<std::uint8_t> memory(bytes);
        for (std::size_t i = 0; i < bytes; ++i) memory[i] = static_cast<std::uint8_t>(i * 7 % 251);
        move_to_large_pages(memory.data(), memory.size());
        for (std::size_t i = 0; i < bytes; ++i) ASSERT_EQ(memory[i], i * 7 % 251) << i << " of " << bytes;
    }
}

TEST(LargePages, AreWhereLargeArraysAndTheArenaBegin) {
    const auto begins = [](const void* memory) { return reinterpret_cast<std::uintptr_t>(memory) % kLargePage == 0; };
    const auto elements = static_cast<std::int64_t>(kWorthLargePages / sizeof(float));
    const Buffer large({"large", f32, {}, {elements}});
    EXPECT_TRUE(begins(large.data()));
    EXPECT_EQ(large.bytes(), static_cast<std::int64_t>(kWorthLargePages)) << "what an array says of itself";
    Arena arena;
    EXPECT_TRUE(begins(arena.reserve(static_cast<std::int64_t>(kWorthLargePages))));
}

TEST(LargePages, LeaveNoMoreThanAQuarterOfOneEmpty) {
    EXPECT_EQ(bytes_in_large_pages(kWorthLargePages - 1), 0);
    EXPECT_EQ(bytes_in_large_pages(kWorthLargePages), kLargePage);
    EXPECT_EQ(bytes_in_large_pages(kLargePage + kLargePage / 2), kLargePage);
    EXPECT_EQ(bytes_in_large_pages(3 * kLargePage), 3 * kLargePage);
}

}  // namespace
}  // namespace ricci::runtime
