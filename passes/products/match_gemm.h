/// \file passes/products/match_gemm.h
/// Chooses how each product of matrices runs: by blas, by register tile (--gemm=contraction) or by loops.
///
///     logits[b, k] = sum(f: feature 84) h[b, f] * out.weight[k, f]  @linear    ->    ...  @linear  by blas
///
/// The equations stay as they are: ir::gemm_form says which indices are rows, columns, depth and loops, here and in
/// codegen. Options::gemm is "auto" for the least predicted time (passes/products/product_cost.h), or "blas",
/// "contraction" or "loops" for every product that can be so. A remark gives each choice, its reason and the times of all
/// three. With "auto" a product outside of batch tiles stays undecided when it has fewer than kSmallestProduct
/// multiplications. It then fuses with what surrounds it. This pass leaves alone what lower-conv2d scheduled.
///
/// A sum over the samples of a batch tile alone, such as the gradient of a weight matrix, becomes a contraction. That
/// one goes along rows where it pays: passes/products/sample_rows.h.
///
/// Runs after:  lower-conv2d, choose-layout (strides are final).  Runs before: fuse, which keeps calls apart.
/// Requires:    typed values, static extents but the batch.
/// Ensures:     ir::gemm_form holds for every equation scheduled by blas.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

/// Multiplications of a product that is worth a loop nest of its own, an open batch with its typical samples: a limit of
/// the policy. They take a few dozen nanoseconds, which a kernel's call costs too.
inline constexpr std::int64_t kSmallestProduct = 512;

ir::Graph match_gemm(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
