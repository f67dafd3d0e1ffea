/// \file ir/analysis/index_kind.h
/// The kind algebra over index expressions: what may stand on an axis, and how it is spelt there. The elaborator, the
/// verifier, the printer and whatever rewrites index expressions ask here, so that what one lets pass the others read.
///
///   sum      y, 2*y + dy - 1       one position and taps of it; on the axis of a tap, such taps alone
///   tuple    (c, y, x), (c)        row-major, and fills the axis: of the axis's kind; on a feature axis, of any kinds
///   radix    20*c + 5*y + x + 3    several indices, none of which reaches into another; kinds as in a tuple
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/core/equation.h"
#include "ir/core/type.h"

namespace ricci::ir {

struct Graph;

enum class Spelling : std::uint8_t { none, constant, sum, tuple, radix };

/// How the expression is spelt on that axis; `none` when the kinds do not allow it there.
Spelling spelling(const Affine& at, std::span<const Index> indices, const Axis& axis);

/// True when the terms are one position of that kind and taps of it, or taps alone on the axis of a tap.
bool adds_up_to(const Affine& at, std::span<const Index> indices, Kind axis);

/// The indices of a row-major tuple of `extent` elements, outermost first; empty when the expression is none. An index
/// of that extent is a tuple of one.
std::vector<IndexId> tuple_of(const Affine& at, std::span<const Index> indices, std::int64_t extent);

/// True for several indices whose coefficients pass the reach of all smaller ones, as in 20*c + 5*y + x. An index of
/// extent 1 has any coefficient. An open extent fits nowhere.
bool is_mixed_radix(const Affine& at, std::span<const Index> indices);

/// An index expression that may not stand where it does: of a read, or of the left when `value` is the result. With
/// `compared` it is an index whose number the ids in `value` are compared with, though they number another kind.
struct Misplaced {
    ValueId value;
    std::size_t axis;  // 0 with `compared`
    Affine at;
    bool compared = false;
};

/// The first one in the equation's reads, then in its left, then in its comparisons with ids; nothing when all kinds are
/// right.
std::optional<Misplaced> misplaced(const Graph& graph, const Equation& equation);

/// The kind that is asked for there.
Kind kind_asked(const Graph& graph, const Misplaced& found);

/// "index 3*a + b (a: height, b: channel) stands on axis 0 of x, a channel".
/// "ids numbers class 10, but it is compared with index k of kind height".
std::string to_string(const Graph& graph, const Equation& equation, const Misplaced& found);

}  // namespace ricci::ir
