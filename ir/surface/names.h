/// \file ir/surface/names.h
/// The names of indices and constants in what people write.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ir/surface/surface.h"

namespace ricci::ir {

/// Words that stand where an index could: no index is called so.
inline constexpr std::array<std::string_view, 6> kReservedWords = {"where", "by", "inf", "nan", "true", "false"};

/// Names in index position, in order, with repetitions.
void collect_names(const surface::IndexExpr& expr, std::vector<std::string>& names);

/// Every name in the equation that an index or a constant may have, with repetitions. An index that is added to the
/// equation takes none of them.
std::vector<std::string> names_in(const surface::Equation& equation);

}  // namespace ricci::ir
