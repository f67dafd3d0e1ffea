/// \file ir/core/equation.h
/// Equations: result[left] (reduce)= body, over all points of the indices.
///
/// Meaning: every element of the result starts at the identity of the reduction; then, for every point of `indices` in
/// row-major order, result[left] = reduce(result[left], body). Without a reduction each element is written exactly once.
/// Indices absent from `left` are the reduced ones; an affine `left` with several points per element is a scatter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ir/base/error.h"
#include "ir/core/affine.h"
#include "ir/core/expr.h"
#include "ir/core/ids.h"
#include "ir/core/kind.h"
#include "ir/core/op_tag.h"
#include "ir/core/schedule.h"

namespace ricci::ir {

/// An index of one equation. Names are unique within the equation.
struct Index {
    std::string name;
    Kind kind;
    std::int64_t extent;  // >= 1, or kOpen for kind batch
    friend bool operator==(const Index&, const Index&) = default;
};

enum class Reduce : std::uint8_t {
    none,
    sum,
    prod,
    max,     // identity -inf (lowest of an integer type); ties keep the first; nan wins
    min,
    argmax,  // the row-major number (i64) of the first largest point of the reduced indices, in the order they stand
};

struct Equation {
    ValueId result = -1;
    IdVector<IndexId, Index> indices;  // those bare in `left` first, in the order of the result's axes, then the others
    std::vector<Affine> left;    // one per axis of the result
    bool clipped = false;        // points of `left` outside the result are dropped (the gradient of a padded read)
    Reduce reduce = Reduce::none;
    ExprRef body;
    OpTag op{};          // what it is called: "conv2d", "conv2d.input_gradient", ...; none for a user's own equation
    Schedule schedule{};
    KernelId kernel = -1;  // -1 before fusion
    TileId tile = -1;      // -1 outside of batch tiles
    Location location{};

    IdVector<IndexId, std::int64_t> extents() const;
    /// Indices that appear in no expression of `left`.
    std::vector<IndexId> reduced() const;
    IndexId index_named(std::string_view name) const;  // -1 when there is none
};

/// "sum", "max", ...; "" for none.
std::string_view name_of(Reduce reduce);
/// What an element is before any point: 0, 1, -inf, +inf; for integers the lowest or highest value.
Number identity(Reduce reduce, DType dtype);
/// The function of two arguments that combines elements, but for none and argmax.
Scalar combiner(Reduce reduce);

/// True when `left` over `indices` writes every element of a tensor exactly once. `axis_extents`: of the tensor. Each
/// axis is a bare index or a mixed-radix tuple, no index is used twice, and extents fill the axes.
bool is_bijection(const std::vector<Affine>& left, const std::vector<Index>& indices,
                  const std::vector<std::int64_t>& axis_extents);

/// Adds an index and returns its id; the name is made unique.
IndexId add_index(Equation& equation, std::string name, Kind kind, std::int64_t extent);

/// An index expression: "2*y + dy - 1".
std::string print(const Affine& affine, IdSpan<IndexId, const Index> indices);

}  // namespace ricci::ir
