/// \file ir/surface/surface_parser.h
/// Reads equations as people write them, without giving them a meaning: `elaborate` does that.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ir/surface/surface.h"

namespace ricci::ir {

/// One equation: "y[b, o] = sum(i) x[b, i] * w[o, i] where i: feature 84 @linear". An ellipsis `...` among the index
/// expressions of an access or of the left is an IndexExpr of form ellipsis. Index expressions mix integers and names
/// with + - * and parentheses. Names are told apart later: indices, or constants of the scope.
/// \param file, line  where the text begins, for the locations of the equations and for messages.
/// \throws UserError with file:line, what was found and what was expected; text after the equation is an error.
surface::Equation parse_equation(std::string_view text, std::string_view file, std::uint32_t line);

/// Equations, one a line; blank lines and comments from '#' to the end of a line are skipped.
std::vector<surface::Equation> parse_equations(std::string_view text, std::string_view file, std::uint32_t line);

class Tokens;
/// The equation that begins here, without the end of its line.
surface::Equation parse_equation(Tokens& tokens);
/// "S = L[0, X, Y, N]", which is S[X, Y, N] = L[0, X, Y, N]: capitals run over whole axes. \throws UserError for another
/// name that is not one of the constants.
surface::Equation parse_slice(Tokens& tokens, const std::set<std::string>& constants);
/// "b: batch ?, o: channel 6, y" up to what cannot be a declaration.
std::vector<surface::IndexDecl> parse_declarations(Tokens& tokens);

}  // namespace ricci::ir
