/// \file passes/check/verify_values.h
/// Checks a pass by its values: the interpreter runs the graph before and after on the same random inputs.
///
/// The open batch is bound to 2, the smallest extent at which samples can be mixed up. Static extents stay, because
/// bodies and index expressions hold them. A graph of more points than kVerifyPoints is skipped with a remark.
#pragma once

#include <cstdint>

#include "ir/interpret/interpreter.h"
#include "passes/pass.h"

namespace ricci::passes {

/// How far values may move, as a part of the terms that go into them. The roundings are those of f64, and of factors to bf16.
/// Such a factor is off by 2^-9 at the most, and what it goes into may be a factor again.
inline constexpr double kExactTolerance = 1e-9;
inline constexpr double kBf16Tolerance = 0x1p-5;

/// Points of all equations, about two seconds of interpreter.
inline constexpr std::int64_t kVerifyPoints = 20'000'000;

/// Random inputs for every input, parameter and state: floats in (-1, 1), integers 0 .. 9, from the seed and the name.
ir::Arrays random_inputs(const ir::Graph& graph, std::int64_t batch, std::uint64_t seed);

/// Points that the interpreter visits with that batch.
std::int64_t point_count(const ir::Graph& graph, std::int64_t batch);

/// What differs between two graphs' outputs and updates (those that both have), a line each: names, the element, both
/// values. Each number agrees within `tolerance` of the terms that went into it before (passes/check/magnitudes.h). These
/// count at most as much as the largest element of its array, or 1.
std::vector<std::string> value_differences(const ir::Graph& before, const ir::Graph& after, std::int64_t batch,
                                           std::uint64_t seed, double tolerance = kExactTolerance);

/// \throws InternalError naming the pass when values differ.
void verify_values(const ir::Graph& before, const ir::Graph& after, std::string_view pass, Remarks& remarks,
                   double tolerance = kExactTolerance);

}  // namespace ricci::passes
