/// \file ricci/pieces.h
/// Tensors joined, split, cut, turned, repeated, padded and reshaped. `along` is the kind of an axis. Every function
/// throws UserError naming the tensor, the axis and both numbers when they do not fit; none goes along the batch.
///
/// Each copies its elements once and asks nothing for each of them. Gradients are copies too.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ricci/sequences.h"

namespace ricci {

/// Tensors joined along an axis, in their order; their other axes are the same, or have an extent of 1 and are repeated.
/// More than 256 are joined in pieces, whose results are joined. So are those of stack().
Tensor concat(const std::vector<Tensor>& parts, Kind along, std::source_location where = std::source_location::current());
/// Tensors of one type side by side along a new axis, which becomes the last.
Tensor stack(const std::vector<Tensor>& parts, Kind along, std::source_location where = std::source_location::current());
/// The parts of an axis, one after the other. \throws UserError unless the extents add up to that of the axis.
std::vector<Tensor> split(TensorAt x, Kind along, const std::vector<std::int64_t>& extents);

struct SliceOptions {
    std::int64_t start = 0;              // below 0 it counts from the end
    std::optional<std::int64_t> stop{};  // behind the last; the end when not given; below 0 it counts from the end
    std::int64_t step = 1;               // at least 1; flip(x, along) goes backwards
};
/// Every step-th position, as Python's x[start:stop:step]. Beside `using namespace std`, where another slice may be, it
/// is ricci::slice(x, ...).
Tensor slice(TensorAt x, Kind along, const SliceOptions& options);

/// The same elements, in the order of memory, under other axes. \throws UserError unless both have as many elements, or
/// where the batch is open and the first axis of one of them only.
Tensor reshape(TensorAt x, const std::vector<Axis>& axes);

Tensor tile(TensorAt x, Kind along, std::int64_t times);    ///< The axis several times, one after the other.
Tensor repeat(TensorAt x, Kind along, std::int64_t times);  ///< Each position several times.
Tensor flip(TensorAt x, Kind along);                        ///< From the end to the begin.
/// Moved on by `shift` positions; what leaves the end comes in at the begin.
Tensor roll(TensorAt x, Kind along, std::int64_t shift);

/// Positions added at both ends of an axis, of one value.
Tensor pad_constant(TensorAt x, Kind along, const Ends& added, double value = 0);
/// ... like the first and like the last.
Tensor pad_edge(TensorAt x, Kind along, const Ends& added);
/// ... like those behind the ends, mirrored, without the ends. \throws UserError unless fewer are added than there are.
Tensor pad_reflect(TensorAt x, Kind along, const Ends& added);

/// The sum of each position and all before it. Cost: about 2 K^1.5 additions for K positions.
Tensor cumsum(TensorAt x, Kind along);

}  // namespace ricci
