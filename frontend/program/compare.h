/// \file frontend/program/compare.h
/// Whether an array of machine code is that of the interpreter.
#pragma once

#include <string>

#include "runtime/base/buffer.h"

namespace ricci {

/// How far apart two floating-point arrays may be. An element may differ by a share of itself and a share of the
/// largest finite element of the expected array. The second part is for sums whose terms cancel.
struct Tolerance {
    double of_element = 0;
    double of_largest = 0;
};
Tolerance tolerance_of(DType dtype);

/// How two arrays differ.
struct Comparison {
    double largest = 0;  // difference, over the largest finite element of the expected array
    std::string broken;  // "element 3 is 2, the interpreter has 1": the first that differs by too much; "" for none
};

/// Types and extents first, then integers and bools exactly, nan as equal to nan, infinities exactly, and other numbers
/// by their tolerance.
Comparison compare(const runtime::Buffer& got, const runtime::Buffer& expected);

/// True when there is an element and all are 0.
bool is_zero(const runtime::Buffer& buffer);

}  // namespace ricci
