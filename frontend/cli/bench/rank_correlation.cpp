// Pearson's correlation of ranks.
#include "frontend/cli/bench/rank_correlation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ricci::cli {

std::vector<double> ranks_of(std::span<const double> numbers) {
    std::vector<std::size_t> order(numbers.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t place) { return numbers[place]; });
    std::vector<double> ranks(numbers.size());
    for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
        while (last < order.size() && numbers[order[last]] == numbers[order[first]]) ++last;
        const double mean = (static_cast<double>(first) + 1 + static_cast<double>(last)) / 2;
        for (std::size_t i = first; i < last; ++i) ranks[order[i]] = mean;
    }
    return ranks;
}

double rank_correlation(std::span<const double> one, std::span<const double> other) {
    if (one.size() < 2) return 0;
    const std::vector<double> a = ranks_of(one), b = ranks_of(other);
    const double mean = (static_cast<double>(a.size()) + 1) / 2;
    double both = 0, of_a = 0, of_b = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        both += (a[i] - mean) * (b[i] - mean);
        of_a += (a[i] - mean) * (a[i] - mean);
        of_b += (b[i] - mean) * (b[i] - mean);
    }
    return of_a == 0 || of_b == 0 ? 0 : both / std::sqrt(of_a * of_b);
}

}  // namespace ricci::cli
