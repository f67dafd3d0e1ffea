/// \file ir/ops/call/expand.h
/// An op's equations and formulas, written out for one call.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/ops/call/binding.h"

namespace ricci::ir {

/// The value of an expression over the constants. \pre names in it are constants.
double evaluate(const Binding& binding, const surface::Expr& expr);
double evaluate(const Binding& binding, const std::string& expression);

/// The equation of a template with its names bound: axes in the order of the operands, `...` and packs written out.
/// `orders` holds for each value in between how its axes were put, by name.
using Orders = std::map<std::string, std::vector<std::size_t>>;
surface::Equation expand(const Binding& binding, const surface::Equation& written, Orders& orders);

}  // namespace ricci::ir
