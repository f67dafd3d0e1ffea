/// \file ir/analysis/work.h
/// What an equation costs by what it says: operations and bytes, whatever method computes it.
#pragma once

#include <cstdint>

#include "ir/core/graph.h"

namespace ricci::ir {

/// Points on padding count as any other, as in 2*N*O*P*Q*C*R*S of a convolution. A look-up counts what it reads.
struct Work {
    double product_flop = 0;  // multiplications and additions of products of matrices: two a point
    double other_flop = 0;    // scalar functions that vary from point to point, and what combines points; one each
    double bytes = 0;         // of each tensor that is read, once an equation, and of the result

    double flop() const { return product_flop + other_flop; }
    Work& operator+=(const Work& other);
};

/// \param batch  what an open batch counts as.
Work work_of(const Graph& graph, const Equation& equation, std::int64_t batch);
/// Of all equations. At stage step that is what the program asks for; later stages add what their methods do beside it.
Work work_of(const Graph& graph, std::int64_t batch);

/// True for a product of accesses and constants, of either sign.
bool is_product(const ExprRef& body);
/// True when the product is one of matrices, not of numbers or of rows: something is summed, and some operand serves
/// several results. A channel of its own under one tap is only scaled.
bool multiplies_matrices(const Equation& equation);

}  // namespace ricci::ir
