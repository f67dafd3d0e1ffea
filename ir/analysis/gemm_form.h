/// \file ir/analysis/gemm_form.h
/// How a sum of products is a matrix multiplication of BLAS: the one analysis that match-gemm and codegen share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/analysis/address.h"
#include "ir/core/tile.h"

namespace ricci::ir {

/// For every point of `parallel`, and within it every point of `accumulate`, one call
///     C[m, n] = alpha * op(A)[m, k] * op(B)[k, n] + beta * C[m, n], row-major, C contiguous along n. Each matrix
/// starts at the operand's offset + sum(stride * loop index). beta is 0 at the first point of `accumulate` (or without
/// any) and 1 after it. `transpose_a` says that A is stored [k, m], `transpose_b` that B is stored [n, k]; leading
/// dimensions are the row steps of what is stored. All sizes are in elements and hold for every batch. Indices of
/// extent 1 appear in no list: they are always 0. In a batch tile the sizes hold for the samples that one call sees,
/// and local values lie as wide as the tile (ir/core/tile.h).
struct GemmForm {
    struct Loop {
        IndexId index;
        Size extent;
        Size a, b, c;  // steps of the three matrices per unit of the index
    };

    std::size_t a_operand = 0;  // which of accesses(body) is A; the other is B
    std::size_t b_operand = 1;
    ValueId a = -1;
    ValueId b = -1;
    ValueId c = -1;
    double alpha = 1;  // or -1: any other factor stays in the sum
    bool transpose_a = false;
    bool transpose_b = false;
    std::vector<IndexId> m, n, k;  // collapsed into one dimension each, outermost first; m or n may be empty, k is not
    Size rows{1, 0}, columns{1, 0}, depth{1, 0};  // M, N, K
    Size lda, ldb, ldc;
    Size offset_a, offset_b, offset_c;
    std::vector<Loop> parallel;    // outermost first: each point writes elements of C of its own
    std::vector<Loop> accumulate;  // outermost first: contracted indices that do not collapse into k
};

/// What the two factors of a product are: tensors as they are, or rounded to bf16, which what is stored as bf16 is.
enum class Factors : std::uint8_t { plain, bf16 };

/// The form with the largest single product M*N*K. An open batch counts as 64. Nothing for an equation that is not
/// floating point. Nothing for one that is no sum of a product of two unpadded accesses and constants over a shared
/// index. Nothing where no choice of loops gives matrices with contiguous rows. Each index of the equation belongs to C
/// and A (m), C and B (n), A and B (k, accumulate), or all three (parallel). An index that belongs to a single access
/// refuses the form.
std::optional<GemmForm> gemm_form(const StoredTypes& types, const Equation& equation, Factors factors = Factors::plain);
/// Cost: one pass over the graph where it has batch tiles.
std::optional<GemmForm> gemm_form(const Graph& graph, const Equation& equation, Factors factors = Factors::plain);

/// False when the samples of a batch tile, `sample`, are summed as one dimension with other indices. A call would
/// always sum those of a whole tile. The last tile of a batch may have fewer.
bool sums_any_batch(const GemmForm& form, IndexId sample);

/// "M 6, N 784, K 25"; an open extent is "64 ?" for 64 times the batch.
std::string size_text(const GemmForm& form);

/// The form with the samples of a batch tile as they lie in memory, `samples` of them; gemm_form where that is 0. Nothing
/// where BLAS would sum over more of them than the call has. The types are those that `graph` says: it is as
/// ir/loops/tile_view.h shows it. Cost: none for the size of the graph.
std::optional<GemmForm> gemm_form_in_tile(const Graph& graph, Equation equation, std::int64_t samples);

}  // namespace ricci::ir
