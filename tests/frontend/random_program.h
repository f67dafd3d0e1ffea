/// \file tests/frontend/random_program.h
/// Programs drawn at random, as text: what the notation can say rather than what a network needs.
/// - Scatters shorter and longer than their axis, padded and strided reads, reductions of every sort.
/// - Tuples with extents of 1, axes of one kind twice.
/// - Integers at their bounds, casts.
/// - Ops of the table, gradients, several outputs in any order.
#pragma once

#include <cstdint>
#include <string>

namespace ricci::testing {

/// A program of `steps` equations at stage model. The same numbers give the same program. A shorter program of a seed
/// is the beginning of a longer one, so taking fewer steps shrinks a failing program. Its values stay moderate where
/// its inputs are, and depend on no last bit: nothing jumps but on inputs.
std::string random_program(std::uint64_t seed, int steps);

}  // namespace ricci::testing
