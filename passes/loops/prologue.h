/// \file passes/loops/prologue.h
/// A contraction that computes one of its operands where it needs it: the gradient of an activation and a pool, say,
/// whose elements are evaluated in registers and never stored. Sums of the same operand, such as a bias gradient, ride
/// along as further accumulators. A plan only: no LLVM here.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "passes/loops/nest.h"

namespace ricci::codegen {

/// What a nest was made from whose equation is none of the graph's.
struct Prologue {
    /// A sum of the operand over all points that one element of its result has: one more accumulator.
    struct Rider {
        const ir::Equation* equation = nullptr;
        Stream left;  // by level of the contraction
        bool accumulates = false;
    };

    ir::Equation equation;              // the contraction with the operand's body in its product
    const ir::Expr* operand = nullptr;  // that body
    std::vector<Rider> riders;
};

/// A part of a product: a read, or what is computed from several.
struct Factor {
    const ir::Expr* expr = nullptr;
    std::vector<std::size_t> reads;  // of the nest
    std::vector<bool> levels;        // on which its value depends
    double operations = 0;           // that compute it, for a vector of points; 0 for a read
};

/// The factors of a nest's body, but constants; nothing when it is no product of reads and its prologue's operand.
std::vector<Factor> factors_of(const Nest& nest);

/// The nest of `contraction` with `operand`, the pointwise equation of one of its factors, computed inside, and `sums`
/// of the operand riding along; `lanes` and `samples` as in plan_nest. An index that numbers an axis which the operand
/// writes in windows, 2*py + dy, becomes those two. Nothing when the operand is read more than once or padded, or a
/// sum runs over other points than the contraction does.
std::optional<Nest> plan_prologue(const ir::Graph& graph, const ir::Equation& operand, const ir::Equation& contraction,
                                  std::span<const ir::Equation* const> sums, int lanes, std::int64_t samples);

}  // namespace ricci::codegen
