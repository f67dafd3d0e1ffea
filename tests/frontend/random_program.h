/// \file tests/frontend/random_program.h
/// Programs drawn at random, as text: what the notation can say rather than what a network needs. Scatters shorter and
/// longer than their axis, tuples with extents of 1, axes of one kind twice, integers at their bounds, casts, padded
/// and strided reads, reductions of every sort, ops of the table, gradients; several outputs in any order.
#pragma once

#include <cstdint>
#include <string>

namespace ricci::testing {

/// A program of `steps` equations at stage model, the same for the same numbers: the first equations of a longer
/// program of that seed are those of a shorter one, so that a failing program is shrunk by taking fewer. Its values
/// stay moderate where its inputs are, and depend on no last bit: nothing jumps but on inputs.
std::string random_program(std::uint64_t seed, int steps);

}  // namespace ricci::testing
