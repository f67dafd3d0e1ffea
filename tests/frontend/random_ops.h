/// \file tests/frontend/random_ops.h
/// Calls of ops with shapes and attributes drawn at random around the examples of the op table.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "ir/ops/table.h"

namespace ricci::testing {

/// An op with the types of its operands and its attributes; whether they fit is for ir::instantiate to say.
struct RandomCall {
    const ir::Op* op;
    std::vector<ir::TensorType> operands;
    std::map<std::string, double> attributes;
    std::optional<ir::Kind> over;

    /// "conv2d(x: f32[...], w: f32[...]; stride_h = 2)".
    std::string text() const;
};

/// Of one of the op's examples, floats as `dtype`. Axes of one kind that have one extent in the example have one again;
/// an open batch stays open. With `first`, the first operand is to be of that type: nothing when no drawn example
/// has its kinds.
std::optional<RandomCall> draw_call(const ir::Op& op, DType dtype, std::mt19937_64& random,
                                    const ir::TensorType* first = nullptr);

/// Appends the call with inputs NAME.OPERAND (but `first` for the first operand, when there is one) and the result
/// NAME. Returns the result, or -1 when the call does not fit and the graph is as it was.
ir::ValueId append(ir::Graph& graph, const RandomCall& call, const std::string& name, ir::ValueId first = -1);

/// Appends NAME.weighted = sum(value * NAME.coefficients), these a new input, and returns it: a scalar that every element has a part in.
ir::ValueId append_weighted_sum(ir::Graph& graph, ir::ValueId value, const std::string& name);

/// Appends the sum of these scalars. \pre there is one or more
ir::ValueId append_total(ir::Graph& graph, const std::vector<ir::ValueId>& scalars, const std::string& name);

}  // namespace ricci::testing
