// Names matrix multiplications, so that codegen calls BLAS for them.
#include "passes/match_gemm.h"

#include <fmt/ranges.h>

#include "ir/convolution_form.h"
#include "ir/gemm_form.h"
#include "ir/tile.h"
#include "passes/build.h"
#include "passes/sample_rows.h"

namespace ricci::passes {
namespace {

using namespace ir;

std::string names(const Equation& equation, const std::vector<GemmForm::Loop>& loops) {
    std::vector<std::string_view> found;
    for (const GemmForm::Loop& loop : loops)
        found.push_back(equation.indices[static_cast<std::size_t>(loop.index)].name);
    return fmt::format("{}", fmt::join(found, ", "));
}

/// A sum of products of two tensors or more that serves several results with each element.
bool is_contraction(const Equation& equation) {
    bool product = equation.reduce == Reduce::sum && !equation.clipped;
    walk(equation.body, [&](const Expr& node) {
        const bool factor = node.form == Expr::Form::constant || node.form == Expr::Form::access;
        const bool times =
            node.form == Expr::Form::call && (node.function == Scalar::mul || node.function == Scalar::neg);
        product &= factor || times;
    });
    return product && accesses(equation.body).size() >= 2 && multiplies_matrices(equation);
}

/// Whether the sum runs over the samples and nothing else.
bool sums_samples_alone(const Equation& equation, const std::optional<GemmForm>& form) {
    return form && form->k == std::vector<IndexId>{sample_index(equation)} && form->accumulate.empty();
}

/// Names one equation of `whole`; what it needs before it goes to the end of the equations of `graph`.
void name_product(const Graph& whole, Graph& graph, Equation& equation, const Options& options, Remarks& remarks) {
    if (equation.op.ends_with(".naive") || equation.op.ends_with(".direct")) return;
    if (!convolution_method(equation.op).empty()) return;
    if (!options.gemm && equation.tile < 0) return;
    const std::optional<GemmForm> form = gemm_form(whole, equation);
    const std::string& name = whole.value(equation.result).name;
    auto say = [&](std::string text) { remarks.push_back({"match-gemm", fmt::format("{}: {}", name, text)}); };
    if (equation.tile >= 0) {
        if (sums_samples_alone(equation, form)) {
            const ValueId before = form->b;
            if (std::optional<Equation> copy = turn_samples_into_rows(graph, equation, *form)) {
                graph.equations.push_back(std::move(*copy));
            }
            if (accesses(equation.body)[static_cast<std::size_t>(form->b_operand)]->tensor != before) {
                equation.op = "contraction";
                return say(fmt::format("a contraction along rows of {}", whole.value(before).name));
            }
            if (options.gemm && usual_product(*form) >= kSmallestProduct) {
                equation.op = "gemm";
                return say(size_text(*form));
            }
        }
        if (!is_contraction(equation)) return;
        equation.op = "contraction";
        return say("a contraction along the samples");
    }
    if (!form) return;
    std::string said = size_text(*form);
    if (!form->parallel.empty()) said += fmt::format(", for each {}", names(equation, form->parallel));
    if (!form->accumulate.empty()) said += fmt::format(", summed over {}", names(equation, form->accumulate));
    if (usual_product(*form) < kSmallestProduct) {
        return say(fmt::format("{}: loops, for a call pays from M*N*K = {} on", said, kSmallestProduct));
    }
    equation.op = "gemm";
    say(std::move(said));
}

}  // namespace

Graph match_gemm(const Graph& graph, const Options& options, Remarks& remarks) {
    Graph result = graph;
    result.equations.clear();
    for (Equation equation : graph.equations) {
        name_product(graph, result, equation, options, remarks);
        result.equations.push_back(std::move(equation));
    }
    return result;
}

}  // namespace ricci::passes
