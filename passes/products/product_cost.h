/// \file passes/products/product_cost.h
/// How long a product of matrices takes by each method: the cost model of match-gemm, and of what im2col leaves to it.
#pragma once

#include <string>

#include "ir/analysis/gemm_form.h"
#include "passes/pass.h"

namespace ricci::passes {

/// One method of computing a product: predicted seconds, or why it cannot.
struct Prediction {
    double seconds = 0;
    std::string why_not{};  // "" when it can
};

/// All for one sample of an open batch, an open batch counted as 64, or for one call where no batch is open. In a batch
/// tile a call is that of a tile.
struct ProductCost {
    Prediction blas;
    Prediction contraction;  // register tiles
    Prediction loops;
    bool by_samples = false;  // the seconds are those of a sample
};

/// \param form  gemm_form of the equation.
/// Source: the rates of the machine (passes/machine.h).
ProductCost predict_product(const ir::StoredTypes& types, const ir::Equation& equation,
                            const std::optional<ir::GemmForm>& form, const Machine& machine);

/// Seconds of a sample that all products of matrices of a planned graph take, as they are named, with patches. What the runtime
/// computes as one call is left out, for batch tiles make no difference to it.
double predicted_seconds(const ir::Graph& graph, const Machine& machine);

/// Seconds of one call of BLAS on M x K and K x N matrices that the second-level cache holds.
double blas_seconds(double m, double n, double k, bool transpose_b, const Machine& machine);

/// Seconds of one call of the runtime's product of bf16 on M x K and K x N matrices.
double bf16_seconds(double m, double n, double k, const Machine& machine);
/// The same of all calls of a form, for a sample where `ProductCost::by_samples` would say so.
double bf16_product_seconds(const ir::StoredTypes& types, const ir::Equation& equation, const ir::GemmForm& form,
                            const Machine& machine);

/// "2.7 us", "0.16 ms".
std::string time_text(double seconds);

}  // namespace ricci::passes
