/// \file ir/core/scalar_value.h
/// Values of scalar functions and conversions, by the rules of docs/language.md, "Numbers": for the interpreter and for
/// the folding of constants.
#pragma once

#include <cstdint>

#include "ir/base/dtype.h"
#include "ir/core/number.h"
#include "ir/core/scalar.h"

namespace ricci::ir {

/// A value of some element type: `real` of a floating-point type, else `integer`, sign-extended; a bool is 0 or 1.
/// f32 is computed in double here: what rounds to float, and when, is the caller's.
union Datum {
    double real;
    std::int64_t integer;
};

/// The constant as a value of its type.
Datum datum(const Number& number, DType dtype);
Number number(Datum value, DType dtype);

/// The value of a function whose arguments are of type `operands`, but the condition of a select. Integers are exact
/// and wrap to the type.
Datum apply(const ScalarInfo& function, DType operands, const Datum* arguments);

/// The conversion of a value from one type to another. A float truncates and saturates to an integer, and nan gives 0.
/// An integer wraps to a narrower one. A bool is whether the value differs from 0.
Datum convert(Datum value, DType from, DType to);

}  // namespace ricci::ir
