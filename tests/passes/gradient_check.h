/// \file tests/passes/gradient_check.h
/// Central differences against differentiate, both in f64 through the interpreter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/interpret/interpreter.h"
#include "tests/seed.h"

namespace ricci::passes::testing {

struct GradientCheck {
    std::string loss;                // value name of a float scalar
    std::vector<std::string> by;     // value names of inputs or parameters
    double step = 1e-5;
    double tolerance = 1e-6;         // of the gradient element, beside the rounding of the loss over the step
    std::int64_t batch = 3;
    std::uint64_t seed = test::seed();
    double low = -1, high = 1;       // inputs are drawn between these, a little away from 0
    std::size_t most = 40;           // elements of each value that are moved; all when it has no more
};

/// What the loss is on the drawn inputs.
double loss_value(const ir::Graph& graph, const GradientCheck& check);

/// The first difference as a line, or "" when all elements agree.
std::string gradient_error(const ir::Graph& graph, const GradientCheck& check);

/// The same for second derivatives: of sum(c * d loss / d x) for fixed random c, by each of `by`.
std::string second_order_error(const ir::Graph& graph, const GradientCheck& check);

}  // namespace ricci::passes::testing
