/// \file ricci/by_position.h
/// Axes by their place in the order of memory, as NumPy has them: broadcasting of any two shapes, reductions over numbered
/// axes, moved axes. Places count from 0, or from -1 at the end. Elsewhere in Ricci axes are found by their kind.
#pragma once

#include <source_location>
#include <string_view>
#include <utility>
#include <vector>

#include "ricci/tensor.h"

namespace ricci {

/// function(a, b) for each pair of elements. The axes are aligned from the last one on. One of extent 1, and one that is
/// missing in front, is repeated. The axes of the result are those that are not repeated.
/// \param function  "add", "sub", "mul", "div", "pow", "mod", "atan2", "min", "max", or a comparison: "less",
///                  "less_equal", "greater", "greater_equal", "equal", "not_equal".
/// \throws UserError naming the place and both axes where two axes differ in kind or extent and none is 1.
Tensor by_position(std::string_view function, const Tensor& a, const Tensor& b,
                   std::source_location where = std::source_location::current());

/// The product of matrices: y[..., m, n] = sum(k) a[..., m, k] * b[..., k, n], as NumPy's matmul of two axes and more. Axes
/// in front are aligned and repeated as by_position() does it.
/// \throws UserError for fewer than two axes, and where k is of two extents or kinds.
Tensor matmul(const Tensor& a, const Tensor& b, std::source_location where = std::source_location::current());

/// Places of axes that a reduction takes, and whether they stay as axes of extent 1. No places are all.
struct Places {
    explicit Places(std::vector<int> places, bool keep_axes = false) : axes(std::move(places)), keep(keep_axes) {}
    std::vector<int> axes;
    bool keep;
};
/// \throws UserError for a place that the tensor does not have, or one that is given twice.
Tensor sum(TensorAt x, const Places& over);
Tensor prod(TensorAt x, const Places& over);
Tensor mean(TensorAt x, const Places& over);
Tensor max(TensorAt x, const Places& over);
Tensor min(TensorAt x, const Places& over);

/// The axis at place `from` moved to place `to`; the others keep their order. \throws UserError as sum().
Tensor moveaxis(TensorAt x, int from, int to);

}  // namespace ricci
