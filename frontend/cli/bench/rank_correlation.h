/// \file frontend/cli/bench/rank_correlation.h
/// How well predictions put things in order.
#pragma once

#include <span>
#include <vector>

namespace ricci::cli {

/// Places of the numbers in their order, from 1; equal ones share the mean of theirs.
std::vector<double> ranks_of(std::span<const double> numbers);

/// Spearman's rank correlation. It is 1 where both lists have one order, and -1 where they have opposite ones. It is 0
/// for fewer than two numbers, or where all of a list are equal. \pre both have the same length.
double rank_correlation(std::span<const double> one, std::span<const double> other);

}  // namespace ricci::cli
