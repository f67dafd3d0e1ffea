// Finds the largest matrix multiplication in a sum of products. It tries every way to collapse indices into rows,
// columns and depth, and keeps the best that BLAS can express.
#include "ir/analysis/gemm_form.h"

#include <algorithm>

#include "ir/analysis/coverage.h"
#include "ir/base/checked.h"
#include "ir/core/tile.h"

namespace ricci::ir {
namespace {

constexpr Size kOne{1, 0};

/// Collects the accesses of a pure product and its sign; false for anything else. Other constant factors are refused:
/// they would come after the sum, which may overflow where the points do not.
bool gather_product(const Graph& graph, const ExprRef& expr, Factors factors, double& alpha, std::vector<const Access*>& found) {
    if (is_constant(expr, 1)) return true;
    if (is_constant(expr, -1)) {
        alpha = -alpha;
        return true;
    }
    const bool rounds = expr->form == Expr::Form::call && expr->function == Scalar::round_bf16;
    const ExprRef& factor = rounds ? expr->args[0] : expr;
    if (factor->form == Expr::Form::access) {
        found.push_back(&factor->access);
        const bool of_bf16 = rounds || graph.value(factor->access.tensor).type.dtype == bf16;
        return !factor->access.pad && of_bf16 == (factors == Factors::bf16);
    }
    if (expr->form != Expr::Form::call) return false;
    if (expr->function == Scalar::neg) {
        alpha = -alpha;
    } else if (expr->function != Scalar::mul) {
        return false;
    }
    return std::ranges::all_of(expr->args, [&](const ExprRef& arg) { return gather_product(graph, arg, factors, alpha, found); });
}

/// The equation as seen from one choice of A and B.
struct Problem {
    const Equation& equation;
    Address a, b, c;
    std::int64_t samples = 0;                     // the most that a call sees, in a batch tile; 0 for any batch
    std::vector<IndexId> m{}, n{}, k{}, loops{};  // candidates by the matrices they belong to

    Size extent(IndexId i) const { return Size::of(equation.indices[i].extent); }
};

Size stride(const Address& matrix, IndexId i) {
    return matrix.strides[i];
}

/// Sorts the indices into their lists; false when one belongs to a single matrix.
bool classify(Problem& p) {
    for (IndexId i : p.equation.indices.ids()) {
        if (p.extent(i) == kOne) continue;
        bool in_a = stride(p.a, i) != Size{};
        bool in_b = stride(p.b, i) != Size{};
        bool in_c = stride(p.c, i) != Size{};
        if (in_a + in_b + in_c < 2) return false;
        (in_a && in_b && in_c ? p.loops : in_a && in_b ? p.k : in_a ? p.m : p.n).push_back(i);
    }
    return !p.k.empty();
}

using Chain = std::vector<IndexId>;

bool holds(const Chain& chain, IndexId i) {
    return std::ranges::find(chain, i) != chain.end();
}

/// Every sequence of these indices that is one dimension of both matrices, outermost first; the empty one is the first.
std::vector<Chain> chains(const Problem& p, const std::vector<IndexId>& candidates, const Address& x,
                          const Address& y) {
    auto composes = [&](const Address& matrix, IndexId outer, IndexId inner) {
        std::optional<Size> row = product(stride(matrix, inner), p.extent(inner));
        return row && *row == stride(matrix, outer);
    };
    std::vector<Chain> found{{}};
    for (IndexId i : candidates) found.push_back({i});
    for (std::size_t next = 1; next < found.size(); ++next) {
        for (IndexId i : candidates) {
            IndexId last = found[next].back();
            if (holds(found[next], i) || !composes(x, last, i) || !composes(y, last, i)) continue;
            Chain longer = found[next];
            longer.push_back(i);
            found.push_back(std::move(longer));
        }
    }
    return found;
}

std::optional<Size> volume(const Problem& p, const Chain& chain) {
    std::optional<Size> size = kOne;
    for (IndexId i : chain) {
        if (size) size = product(*size, p.extent(i));
    }
    return size;
}

/// a >= b for every batch that the equation sees.
bool at_least(const Problem& p, Size a, Size b) {
    if (p.samples == 0) return at_least(a, b);
    return a.at(1) >= b.at(1) && a.at(p.samples) >= b.at(p.samples);
}

/// Sets transpose and leading dimension of a stored matrix [outer, inner], or [inner, outer] when transposed. A
/// dimension of extent 1 has no index and no step.
bool store(const Problem& p, bool& transpose, Size& leading, std::optional<Size> outer_step, Size outer,
           std::optional<Size> inner_step, Size inner) {
    auto fits = [&](std::optional<Size> row_step, std::optional<Size> step, Size width) {
        leading = row_step.value_or(width);
        return step.value_or(kOne) == kOne && at_least(p, leading, width);
    };
    transpose = !fits(outer_step, inner_step, inner);
    return !transpose || fits(inner_step, outer_step, outer);
}

/// The form that collapses exactly these chains, or nothing when a matrix has no contiguous rows.
std::optional<GemmForm> assemble(const Problem& p, const Chain& m, const Chain& n, const Chain& k) {
    std::optional<Size> rows = volume(p, m);
    std::optional<Size> columns = volume(p, n);
    std::optional<Size> depth = volume(p, k);
    if (!rows || !columns || !depth) return std::nullopt;
    auto step = [](const Address& matrix, const Chain& chain) -> std::optional<Size> {
        if (chain.empty()) return std::nullopt;
        return stride(matrix, chain.back());
    };
    GemmForm form;
    bool transpose_c = false;
    if (!store(p, form.transpose_a, form.lda, step(p.a, m), *rows, step(p.a, k), *depth)) return std::nullopt;
    if (!store(p, form.transpose_b, form.ldb, step(p.b, k), *depth, step(p.b, n), *columns)) return std::nullopt;
    if (!store(p, transpose_c, form.ldc, step(p.c, m), *rows, step(p.c, n), *columns) || transpose_c)
        return std::nullopt;
    form.m = m, form.n = n, form.k = k;
    form.rows = *rows, form.columns = *columns, form.depth = *depth;
    form.offset_a = p.a.offset, form.offset_b = p.b.offset, form.offset_c = p.c.offset;

    for (IndexId i : p.equation.indices.ids()) {
        if (p.extent(i) == kOne || holds(m, i) || holds(n, i) || holds(k, i)) continue;
        GemmForm::Loop loop{i, p.extent(i), stride(p.a, i), stride(p.b, i), stride(p.c, i)};
        (loop.c == Size{} ? form.accumulate : form.parallel).push_back(loop);
    }
    return form;
}

/// Larger products first, then fewer transposed operands. `samples`: what an open batch counts as.
std::pair<std::int64_t, int> merit(const GemmForm& form, std::int64_t samples) {
    std::int64_t product = 1;
    for (Size extent : {form.rows, form.columns, form.depth}) product = checked_mul(product, extent.at(samples), "M*N*K");
    return {product, -(form.transpose_a + form.transpose_b)};
}

std::string size_text(Size size) {
    if (size.per_batch == 0) return std::to_string(size.fixed);
    return size == Size{0, 1} ? "?" : fmt::format("{} ?", size.per_batch);
}

}  // namespace

std::optional<GemmForm> gemm_form(const Graph& graph, const Equation& equation, Factors factors) {
    return gemm_form(StoredTypes(graph), equation, factors);
}

std::optional<GemmForm> gemm_form(const StoredTypes& types, const Equation& equation, Factors factors) {
    const Graph& graph = types.graph();
    double alpha = 1;
    std::vector<const Access*> operands;
    const TensorType& type = graph.value(equation.result).type;
    // Each element of C must be the sum over the reduced indices alone.
    const bool sums = equation.reduce == Reduce::sum && is_float(type.dtype) && type.dtype == equation.body->dtype &&
                      covers_once(equation, type);
    if (!sums || !gather_product(graph, equation.body, factors, alpha, operands) || operands.size() != 2) return std::nullopt;

    const std::int64_t samples = equation.tile < 0 ? 0 : graph.tiles[equation.tile].samples;
    const auto merit_of = [&](const GemmForm& form) { return merit(form, graph.typical_samples()); };
    std::optional<GemmForm> best;
    for (std::size_t first : {0, 1}) {
        const Access& a = *operands[first];
        const Access& b = *operands[1 - first];
        std::size_t count = equation.indices.size();
        Problem problem{.equation = equation,
                        .a = address(types.type(a.tensor), a.at, count),
                        .b = address(types.type(b.tensor), b.at, count),
                        .c = address(types.type(equation.result), equation.left, count),
                        .samples = samples};
        if (!classify(problem)) return std::nullopt;
        std::vector<Chain> of_m = chains(problem, problem.m, problem.a, problem.c);
        std::vector<Chain> of_n = chains(problem, problem.n, problem.b, problem.c);
        for (const Chain& k : chains(problem, problem.k, problem.a, problem.b)) {
            if (k.empty()) continue;
            for (const Chain& m : of_m) {
                for (const Chain& n : of_n) {
                    if (m.empty() && n.empty()) continue;
                    std::optional<GemmForm> form = assemble(problem, m, n, k);
                    if (!form || (best && merit_of(*form) <= merit_of(*best))) continue;
                    form->a_operand = first, form->b_operand = 1 - first;
                    form->a = a.tensor, form->b = b.tensor, form->c = equation.result;
                    form->alpha = alpha;
                    best = std::move(form);
                }
            }
        }
    }
    return best;
}

bool sums_any_batch(const GemmForm& form, IndexId sample) {
    return form.k.size() <= 1 || std::ranges::find(form.k, sample) == form.k.end();
}

std::string size_text(const GemmForm& form) {
    return fmt::format("M {}, N {}, K {}", size_text(form.rows), size_text(form.columns), size_text(form.depth));
}

namespace {

/// In a batch tile the samples that are summed are those of the call, of which the matrices may hold more.
void limit_to_batch(GemmForm& form, IndexId sample) {
    if (std::ranges::find(form.k, sample) != form.k.end()) form.depth = {0, 1};
    for (GemmForm::Loop& loop : form.accumulate) {
        if (loop.index == sample) loop.extent = {0, 1};
    }
}

}  // namespace

std::optional<GemmForm> gemm_form_in_tile(const Graph& graph, Equation equation, std::int64_t samples) {
    const IndexId sample = samples > 0 ? sample_index(equation) : -1;
    if (sample >= 0) equation.indices[sample].extent = samples;
    std::optional<GemmForm> form = gemm_form(StoredTypes(graph, StoredTypes::kAllGlobal), equation);
    if (!form || sample < 0) return form;
    if (!sums_any_batch(*form, sample)) return std::nullopt;
    limit_to_batch(*form, sample);
    return form;
}

}  // namespace ricci::ir
