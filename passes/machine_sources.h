/// \file passes/machine_sources.h
/// Where each number of the table of machines comes from, so that nobody takes one that was never measured for one that was.
#pragma once

#include <string_view>

namespace ricci::passes {

/// Where a number of a machine comes from. \pre both names exist.
/// - "documented": the maker says it.
/// - "measured": by `ricci bench machine`.
/// - "fitted": to what `ricci bench choices` and `bench kernel` measured.
/// - "avx512-intel", "half of avx512-intel": taken over, and not measured on a processor of this row.
std::string_view source_of(std::string_view machine, std::string_view field);

}  // namespace ricci::passes
