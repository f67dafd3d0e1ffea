/// \file frontend/program/compare.h
/// Whether an array of machine code is that of the interpreter.
#pragma once

#include <functional>
#include <string>

#include "ir/interpret/interpreter.h"
#include "runtime/base/buffer.h"

namespace ricci {

/// How far apart two elements of floating-point arrays may be. That is a share of the expected element, and a share of
/// the terms that went into it. The second part is for sums whose terms cancel.
struct Tolerance {
    double of_element = 0;
    double of_terms = 0;  // their magnitude, at most the largest finite element of the expected array or of the last terms
};
Tolerance tolerance_of(DType dtype);

/// How two arrays differ.
struct Comparison {
    double largest = 0;  // difference, over the largest finite element of the expected array or of the last terms
    std::string broken;  // "element 3 is 2, the interpreter has 1": the first that differs by too much; "" for none
};

/// What went into the elements of an array.
struct TermsOf {
    const ir::Array* each = nullptr;  // magnitudes, passes/check/magnitudes.h; null where there is none but the element itself
    double largest_of_last = 0;       // of its last equation or reduction: w - w is exact to a part of w, wherever all elements are 0
};

/// Types and extents first, then integers and bools exactly, nan as equal to nan, infinities exactly, and other numbers
/// by their tolerance. `terms` is asked only where an element is farther off than its own part allows.
Comparison compare(const runtime::Buffer& got, const runtime::Buffer& expected,
                   const std::function<TermsOf()>& terms);

/// True when there is an element and all are 0.
bool is_zero(const runtime::Buffer& buffer);

}  // namespace ricci
