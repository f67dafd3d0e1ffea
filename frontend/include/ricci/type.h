/// \file ricci/type.h
/// Tensor types: an element type and ordered axes. The order of the axes is the layout; there is no other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ricci/dtype.h"
#include "ricci/extent.h"
#include "ricci/kind.h"

namespace ricci {

struct Axis {
    Kind kind;
    std::int64_t extent;  // >= 1, or kOpen
    friend bool operator==(const Axis&, const Axis&) = default;
};

struct TensorType {
    DType dtype = DType::f32;
    std::vector<Axis> axes{};  // outermost first; the last axis is contiguous in memory

    int rank() const { return static_cast<int>(axes.size()); }
    bool is_open() const { return open_axes() > 0; }
    /// Axes of the open extent: 1 for what has a row for each sample, 2 for what has a number for each pair of them.
    int open_axes() const;
    /// Of the axes, the open extent bound to `batch`.
    std::vector<std::int64_t> extents(std::int64_t batch = kOpen) const;
    /// Elements with the open extent bound to `batch`. \throws UserError when the count passes 2^63 - 1.
    std::int64_t count(std::int64_t batch = 1) const;
    /// Elements that the caller steps over per unit of each axis, the open extent bound to `batch`.
    std::vector<std::int64_t> strides(std::int64_t batch = 1) const;
    /// The first axis of that kind, or nothing.
    std::optional<std::size_t> axis_of(Kind kind) const;

    friend bool operator==(const TensorType&, const TensorType&) = default;
};

/// "6", or "?" when open.
std::string extent_text(std::int64_t extent);
/// "f32[batch ?, channel 6, height 28, width 28]".
std::string to_string(const TensorType& type);
/// "channel 6".
std::string to_string(const Axis& axis);

}  // namespace ricci
