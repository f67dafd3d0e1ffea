/// \file ir/analysis/address.h
/// Flat addresses: the number of an element in memory as a linear function of the indices, exact for any open batch.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ir/core/equation.h"
#include "ir/core/type.h"

namespace ricci::ir {

/// fixed + per_batch * batch + per_pair * batch * batch, where batch is the open extent: an extent, a stride or an
/// offset, in elements. A tensor whose batch axis is outermost has strides with per_batch 0. Extents of loops have
/// per_pair 0; what holds a number for each pair of samples has strides, and a count of elements, with per_pair.
struct Size {
    std::int64_t fixed = 0;
    std::int64_t per_batch = 0;
    std::int64_t per_pair = 0;

    /// Of an extent of an axis or index: kOpen is one batch.
    static Size of(std::int64_t extent) { return extent == kOpen ? Size{0, 1} : Size{extent, 0}; }
    std::int64_t at(std::int64_t batch) const { return fixed + (per_batch + per_pair * batch) * batch; }
    bool is_fixed() const { return per_batch == 0 && per_pair == 0; }
    friend bool operator==(const Size&, const Size&) = default;
};

Size operator+(Size a, Size b);
Size operator*(std::int64_t factor, Size a);
/// The product, or nothing when both grow with the batch: no loop runs over pairs of samples.
std::optional<Size> product(Size a, Size b);
/// `extent` times the size, kOpen being the batch. \pre it does not grow with the third power of the batch: a tensor
/// has two open axes at the most.
Size times_extent(Size a, std::int64_t extent);
/// Elements of a tensor.
Size count_of(const TensorType& tensor);
/// True when a >= b for every batch of 1 or more.
bool at_least(Size a, Size b);

/// offset + sum(strides[i] * index i).
struct Address {
    Size offset;
    IdVector<IndexId, Size> strides;  // {0, 0} for an index that the access does not use
};

/// The address of tensor[at...], `at` being over `indices` indices. An Access reads it, an equation's left writes it.
Address address(const TensorType& tensor, std::span<const Affine> at, std::size_t indices);

}  // namespace ricci::ir
