/// \file ir/base/spelling.h
/// How far a misspelt name is from a known one, for "did you mean".
#pragma once

#include <cstddef>
#include <string_view>

namespace ricci {

/// The fewest characters to insert, delete or exchange that make one word of the other.
/// Source: Levenshtein 1966. Cost: the product of the lengths.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace ricci
