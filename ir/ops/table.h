/// \file ir/ops/table.h
/// The one table of named ops. An op is its operands and its equations; shapes, errors, gradients, loops, docs and
/// tests come from them.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/core/graph.h"

namespace ricci::ir {

struct OpAttribute {
    /// The standard value of an attribute that the caller must give.
    static constexpr double kRequired = std::numeric_limits<double>::quiet_NaN();
    std::string name;
    double standard;  // the value when none is given
    std::string doc;
    bool integer = false;
    double least = -std::numeric_limits<double>::infinity();
    bool element = false;  // stands for an element of the first operand: true or false where that is bool
    std::string instead{};  // what does what a number below `least` might mean
};

/// A condition over the constants of a call, and the message when it does not hold. In the message, "{C / groups}" is
/// computed and "{x.c}" is the place of that axis.
struct OpRequirement {
    std::string condition;
    std::string message;
};

/// The texts are in the language of docs/language.md.
///  - signature: one line an operand, `x[b: batch, i: channel, h: height, w: width]`. Axes are matched by kind, not by
///    place; several of one kind in their order. An axis without a kind matches any; the same name is the same kind and
///    extent in all operands. `r: rest` are all axes left over, `k: over` all of the kind that the caller gives (every
///    axis when over_all and none is given). `...` are the axes left over, aligned by kind among the operands, an
///    extent of 1 being repeated.
///  - constants: the extent of axis `h` is called H, also that of `k: over` unless over_all. More lines
///    `P[] = floor(H / 2)` define more. Attributes are constants.
///  - equations: one a line. An access has one index expression per axis of the signature. The result is `y`; it takes
///    its axes in the order of the first operand. Other names are values in between. `real(e)` casts to the type of the
///    first operand. An index declared in `where` with extent 1 is left out of tuples.
///  - cases: equations that take the place of `equations` where a condition holds, the first that does.
///  - result: the axes of `y` with kinds and extents, where they do not follow from the equations.
/// In equations the kind `over` is the one that the caller gives: `where j: over TOTAL`.
struct Op {
    std::string name;
    std::string summary;
    std::vector<std::string> operands{};  // the names in `signature`; filled by the table
    std::vector<std::string> signature{};
    std::string constants{};
    std::vector<OpRequirement> requirements{};
    std::string equations{};
    std::vector<std::pair<std::string, std::string>> cases{};
    std::string result{};
    std::vector<OpAttribute> attributes{};
    /// Kinds that `over` must not be, and why. Where over_all, only while other axes remain.
    std::vector<std::pair<std::string, std::string>> refuse_over{};
    bool takes_over = false;
    bool over_all = false;
    bool new_axis = false;                // the kind is that of an axis that the op makes, and no operand has
    bool keep_order = false;              // the result's axes stay in the order of the equation
    std::vector<std::string> as_written{};  // values in between whose axes do
    std::vector<std::string> integers{};  // operands of an integer type; all others are floats of one type
    /// Operands whose elements are positions along an axis of the signature, {"labels", "k"}. Of an axis that the op makes
    /// the kind and a constant are given, {"rows", "over out"}. Where such an operand is an input of the model, each call is
    /// checked, and a constant at once.
    std::vector<std::pair<std::string, std::string>> positions{};
    std::string ignored_by{};  // the attribute with an id that need not be such a position, and counts for nothing
    std::string source{};                 // paper or section the formula is from
    /// What the gradients of its equation are called, by the place of the operand in the body; no name where there is
    /// none.
    std::vector<std::string> gradients{};
    /// Of an op of any number of operands: its entry for so many. The table has that for two.
    Op (*many)(std::size_t count) = nullptr;
    std::vector<std::string> examples{};  // "x: f32[batch 2, channel 3, height 8, width 8], w: ...; stride_h = 2"
};

/// All ops, by name.
std::span<const Op> ops();
const Op* op_named(std::string_view name);
/// The entry of an op that takes any number of operands, for so many of them. \pre op.many, count >= 1
Op op_of_many(const Op& op, std::size_t count);

/// A model in text form that runs an example of an op: inputs, the call as `y`, the output y.
std::string example_text(const Op& op, std::string_view example);

}  // namespace ricci::ir
