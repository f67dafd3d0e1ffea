/// \file passes/match_gemm.h
/// Tags "gemm" the sums of products that one BLAS matrix multiplication, perhaps in loops, computes.
///
///     logits[b, k] = sum(f: feature 84) h[b, f] * out.weight[k, f]  @linear    ->    ...  @gemm
///
/// The equations stay as they are: ir::gemm_form says which indices are rows, columns, depth and loops, here and in
/// codegen. A product below kSmallestProduct multiplications stays a loop nest, for a call would cost more than it; so
/// does what lower-conv2d left direct or naive. A remark states each product and each refusal.
///
/// In a batch tile the samples are the columns of every activation, and products of matrices are tagged "contraction",
/// for the kernel that the code generator writes for the samples of a tile. A sum over the samples alone (the gradient
/// of a weight matrix) becomes one along rows, passes/sample_rows.h; where that does not pay it is a call.
///
/// Runs after:  lower-conv2d, choose-layout (strides are final).  Runs before: fuse, which keeps calls apart.
/// Requires:    typed values, static extents but the batch.
/// Ensures:     ir::gemm_form holds for every equation tagged "gemm".
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

/// M * N * K of one call, an open batch counted as 64.
inline constexpr std::int64_t kSmallestProduct = 512;

ir::Graph match_gemm(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
