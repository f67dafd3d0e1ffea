// Promises of runtime/base/buffer.h.
#include "runtime/base/buffer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/runtime/refusal.h"

namespace ricci::runtime {
namespace {

const BufferSpec kImages{"images", f32, {"batch", "height", "width"}, {2, 3, 4}};

TEST(Buffer, IsAlignedAndZeroAtTheStart) {
    const Buffer buffer(kImages);
    EXPECT_EQ(buffer.elements(), 24);
    EXPECT_EQ(buffer.bytes(), 96);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0U);
    EXPECT_TRUE(std::ranges::all_of(buffer.span<float>(), [](float value) { return value == 0; }));
}

TEST(Buffer, AScalarHasOneElementAndAnEmptyAxisNone) {
    EXPECT_EQ(Buffer(BufferSpec{"loss", f64, {}, {}}).span<double>().size(), 1U);
    const Buffer empty(BufferSpec{"none", i64, {}, {0, 5}});
    EXPECT_EQ(empty.span<std::int64_t>().size(), 0U);
    EXPECT_NE(empty.data(), nullptr);
}

TEST(Buffer, ReadingAsAnotherTypeIsRefused) {
    Buffer buffer(kImages);
    EXPECT_EQ(refusal([&] { static_cast<void>(buffer.span<double>()); }),
              "buffer \"images\" holds f32 but was read as f64");
}

TEST(Buffer, ResizeKeepsTheMemoryWhileItIsLargeEnough) {
    Buffer buffer(kImages);
    const void* before = buffer.data();
    const std::vector<std::int64_t> fewer = {1, 3, 4};
    buffer.resize(fewer);
    EXPECT_EQ(buffer.elements(), 12);
    EXPECT_EQ(buffer.data(), before);
    const std::vector<std::int64_t> more = {50, 3, 4};
    buffer.resize(more);
    EXPECT_EQ(buffer.span<float>().size(), 600U);
    const std::vector<std::int64_t> other_rank = {50};
    EXPECT_EQ(refusal([&] { buffer.resize(other_rank); }),
              "buffer \"images\" has rank 3 and cannot be resized to rank 1");
}

TEST(Buffer, CloneIsIndependent) {
    Buffer buffer(kImages);
    buffer.span<float>()[5] = 7;
    Buffer copy = buffer.clone();
    buffer.span<float>()[5] = 8;
    EXPECT_EQ(copy.span<float>()[5], 7);
    EXPECT_EQ(copy.spec().name, "images");
}

TEST(Buffer, SizesThatWrapAreRefused) {
    const std::int64_t big = std::int64_t{1} << 40;
    EXPECT_EQ(refusal([&] {
                  Buffer buffer(BufferSpec{"huge", f32, {}, {big, big}});
              }),
              "elements of an array: 1099511627776 * 1099511627776 does not fit in 64 bits");
    EXPECT_EQ(refusal([&] {
                  Buffer buffer(BufferSpec{"open", f32, {"batch"}, {kOpen}});
              }),
              "open: f32[batch ?]: a buffer needs every extent, but one is open");
    EXPECT_EQ(refusal([&] {
                  Buffer buffer(BufferSpec{"bad", f32, {"height"}, {-3}});
              }),
              "bad: f32[height -3]: extent -3 is negative");
}

TEST(Buffer, MemoryThatIsNotThereIsAClearError) {
    EXPECT_TRUE(contains(refusal([] {
                             Buffer buffer(BufferSpec{"huge", f32, {}, {std::int64_t{1} << 55}});
                         }),
                         "cannot allocate 144115188075855872 bytes for huge"));
}

TEST(BufferSpec, OpenExtentsTakeTheBatch) {
    const BufferSpec open{"x", f64, {"batch", "class"}, {kOpen, 10}};
    EXPECT_TRUE(open.open());
    EXPECT_EQ(open.elements(7), 70);
    EXPECT_EQ(open.bytes(7), 560);
    EXPECT_EQ(open.describe(), "x: f64[batch ?, class 10]");
}

}  // namespace
}  // namespace ricci::runtime
