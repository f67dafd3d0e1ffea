/// \file ir/core/body_size.h
/// How large a body may be. The parser, the elaborator, the verifier and the inlining passes share these bounds. Every
/// graph then has a text that is read back, and no text exhausts the stack.
#pragma once

#include "ir/core/expr.h"

namespace ricci::ir {

/// What the parser takes: constructs inside each other, and operators above each other in the tree of a body.
inline constexpr int kMostNested = 200;
inline constexpr int kMostHigh = 400;

/// How tight the printed expression binds: as its operator does, or tightest where none is outermost.
inline constexpr int kTightest = 100;
int binding(const Expr& expr);

/// What a body's text needs of the parser.
struct BodySize {
    int nested = 0;  // constructs inside each other: a call is two, an operand in parentheses three
    int high = 0;    // operators above each other: a sum of n terms has n
};

/// Cost: one walk over the body.
BodySize size_of_body(const ExprRef& body);

/// Room for a reduction, in front of the body in parentheses.
inline constexpr int kMostNestedInBody = kMostNested - 4;
inline constexpr int kMostHighInBody = kMostHigh - 1;

/// True when the body, as a whole right side or behind a reduction, can be read back.
bool fits_in_text(const ExprRef& body);

}  // namespace ricci::ir
