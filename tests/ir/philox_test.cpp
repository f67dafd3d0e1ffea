// Philox 4x32-10 against the known answers that its authors publish with Random123 (kat_vectors, philox4x32 10).
#include <gtest/gtest.h>

#include "ir/base/philox.h"
#include "ir/core/scalar.h"
#include "ir/core/scalar_value.h"

namespace ricci::ir {
namespace {

using Words = std::array<std::uint32_t, 4>;

TEST(Philox, GivesTheKnownAnswers) {
    EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    constexpr std::uint32_t f = 0xffffffff;
    EXPECT_EQ(philox({f, f, f, f}, {f, f}), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
              (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, BitsAreTheFirstTwoWords) {
    EXPECT_EQ(random_bits(0, 0, 0), std::int64_t{0x6627e8d5e169c});
    const Datum arguments[] = {{.integer = 0}, {.integer = 0}, {.integer = 0}};
    EXPECT_EQ(apply(info(Scalar::random_bits), i64, arguments).integer, std::int64_t{0x6627e8d5e169c});
    EXPECT_EQ(random_bits(-1, -1, -1), std::int64_t{0x408f276d41c83});
}

TEST(Philox, BitsHaveTheMeanAndTheSpreadOfAUniformNumber) {
    double sum = 0, squares = 0;
    constexpr int kCount = 100'000;
    for (int place = 0; place < kCount; ++place) {
        const double u = static_cast<double>(random_bits(7, place, 3)) * 0x1p-52;
        ASSERT_TRUE(u >= 0 && u < 1);
        sum += u;
        squares += u * u;
    }
    EXPECT_NEAR(sum / kCount, 0.5, 0.005);
    EXPECT_NEAR(squares / kCount, 1.0 / 3, 0.005);
}

}  // namespace
}  // namespace ricci::ir
