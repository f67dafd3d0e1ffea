// Arithmetic of sizes that grow with the batch, and the flat addresses made of them.
#include "ir/analysis/address.h"

#include "ir/base/checked.h"

namespace ricci::ir {

Size operator+(Size a, Size b) {
    return {checked_add(a.fixed, b.fixed, "address"), checked_add(a.per_batch, b.per_batch, "address"),
            checked_add(a.per_pair, b.per_pair, "address")};
}

Size operator*(std::int64_t factor, Size a) {
    return {checked_mul(factor, a.fixed, "address"), checked_mul(factor, a.per_batch, "address"),
            checked_mul(factor, a.per_pair, "address")};
}

std::optional<Size> product(Size a, Size b) {
    if (!a.is_fixed() && !b.is_fixed()) return std::nullopt;
    return a.is_fixed() ? a.fixed * b : b.fixed * a;
}

Size times_extent(Size a, std::int64_t extent) {
    if (extent != kOpen) return extent * a;
    RICCI_CHECK(a.per_pair == 0, "a tensor with three open axes");
    return {0, a.fixed, a.per_batch};
}

Size count_of(const TensorType& tensor) {
    Size count{1, 0};
    for (const Axis& axis : tensor.axes) count = times_extent(count, axis.extent);
    return count;
}

bool at_least(Size a, Size b) {
    return a.per_pair >= b.per_pair && a.per_batch >= b.per_batch && a.at(1) >= b.at(1);
}

Address address(const TensorType& tensor, std::span<const Affine> at, std::size_t indices) {
    RICCI_CHECK(at.size() == tensor.axes.size(), "an access of rank {} to {}", at.size(), to_string(tensor));
    Address flat{{}, std::vector<Size>(indices)};
    Size step{1, 0};
    for (std::size_t axis = at.size(); axis-- > 0;) {
        flat.offset = flat.offset + at[axis].offset * step;
        for (const Affine::Term& term : at[axis].terms) {
            Size& stride = flat.strides[term.index];
            stride = stride + term.coefficient * step;
        }
        if (axis == 0) break;
        step = times_extent(step, tensor.axes[axis].extent);
    }
    return flat;
}

}  // namespace ricci::ir
