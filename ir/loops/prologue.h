/// \file ir/loops/prologue.h
/// A contraction that computes one of its operands where it needs it, such as the gradient of an activation and a pool.
/// The operand's elements are evaluated in registers and never stored. Its sums, such as a bias gradient, ride along as
/// further accumulators.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ir/base/or_reason.h"
#include "ir/loops/nest.h"

namespace ricci::ir {

/// What a nest was made from whose equation is none of the graph's.
struct Prologue {
    /// A sum of the operand over all points that one element of its result has: one more accumulator.
    struct Sum {
        const Equation* equation = nullptr;
        Stream left;  // by level of the contraction
        bool accumulates = false;
    };

    Equation equation;              // the contraction with the operand's body in its product
    const Expr* operand = nullptr;  // that body
    ValueId written = -1;           // the value that the operand's equation writes, which is stored nowhere
    std::vector<Sum> sums;
};

/// A part of a product: a read, or what is computed from several.
struct Factor {
    const Expr* expr = nullptr;
    std::vector<std::size_t> reads;  // of the nest
    IdVector<LevelId, bool> levels;  // on which its value depends
    double operations = 0;           // that compute it, for a vector of points; 0 for a read
};

/// The factors of a nest's body, but constants; nothing when it is no product of reads and its prologue's operand.
std::vector<Factor> factors_of(const Nest& nest);

/// The nest of `contraction` with `operand` computed inside, or why there is none. `operand`: the pointwise equation of
/// one of its factors. `sums`: of the operand, which ride along. `nest`: makes the nest of the equation that comes out.
/// An index that numbers an axis which the operand writes in windows, 2*py + dy, becomes those two. Where sums ride
/// along, a register tile holds all results that an element of the operand goes into (Nest::whole).
OrReason<Nest> with_prologue(const Graph& graph, const Equation& operand, const Equation& contraction,
                             std::span<const Equation* const> sums, std::int64_t samples,
                             const std::function<Nest(const Equation&)>& nest);

}  // namespace ricci::ir
