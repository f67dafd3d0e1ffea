// Promises of codegen/shares.h: even shares of kernels, and the sizes that they are made by.
#include "codegen/shares.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "ir/text/parser.h"
#include "tests/seed.h"

namespace ricci::codegen {
namespace {

double sum_of(const std::vector<std::size_t>& share, const std::vector<double>& sizes) {
    return std::accumulate(share.begin(), share.end(), 0.0, [&](double sum, std::size_t i) { return sum + sizes[i]; });
}

TEST(Shares, HaveEachPieceOnceInOrderAndAreEven) {
    for (const std::uint64_t seed : test::seeds(300)) {
        std::mt19937_64 random(seed);
        std::vector<double> sizes(1 + random() % 40);
        for (double& size : sizes) size = 1 + static_cast<double>(random() % 1000);
        const std::size_t threads = 1 + random() % 6;
        const std::vector<std::vector<std::size_t>> shares = even_shares(sizes, threads);
        ASSERT_EQ(shares.size(), std::min(threads, sizes.size()));
        EXPECT_EQ(shares[0][0], 0U);
        std::vector<std::size_t> all;
        double most = 0;
        for (const std::vector<std::size_t>& share : shares) {
            EXPECT_TRUE(std::ranges::is_sorted(share));
            all.insert(all.end(), share.begin(), share.end());
            most = std::max(most, sum_of(share, sizes));
        }
        std::ranges::sort(all);
        for (std::size_t i = 0; i < sizes.size(); ++i) ASSERT_EQ(all.at(i), i);
        const double total = std::accumulate(sizes.begin(), sizes.end(), 0.0);
        EXPECT_LE(most, total / static_cast<double>(shares.size()) + std::ranges::max(sizes));
    }
}

/// The size of the only kernel of a text.
double size_of(const std::string& loops) {
    const ir::Graph graph = ir::parse(R"(ricci 1 loops t
input a: f32[feature 32, feature 24]
input b: f32[feature 24, feature 48]
kernel first() {
)" + loops + R"(
y: f32[feature 32, feature 48]
y[i, j] = sum(k: feature 24) a[i, k] * b[k, j]
}
output y
)");
    return code_size(graph, ir::kernels_of(graph).at(0));
}

TEST(Shares, CodeThatIsSpelledOutMoreOftenIsLarger) {
    const double plain = size_of("for i, vector j of 8:\ncompute y over k");
    const double tile = size_of("for i by 4, vector j of 8 by 2:\ncompute y in registers over k");
    const double unrolled = size_of("for i by 4, vector j of 8 by 2:\ncompute y in registers over unrolled k");
    EXPECT_LT(plain, tile);
    EXPECT_GT(unrolled, tile + 300);
}

}  // namespace
}  // namespace ricci::codegen
