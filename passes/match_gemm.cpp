// Names matrix multiplications, so that codegen calls BLAS for them.
#include "passes/match_gemm.h"

#include <fmt/ranges.h>

#include "ir/convolution_form.h"
#include "ir/gemm_form.h"
#include "ir/tile.h"
#include "passes/build.h"

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
        const bool times = node.form == Expr::Form::call && (node.function == Scalar::mul || node.function == Scalar::neg);
        product &= factor || times;
    });
    return product && accesses(equation.body).size() >= 2 && multiplies_matrices(equation);
}

/// In a batch tile only a sum over the samples alone is a call: samples are otherwise the lanes of a vector, and what
/// multiplies matrices is left to the contraction kernel.
std::string_view tag_in_tile(const Equation& equation, const std::optional<GemmForm>& form, bool calls) {
    const IndexId sample = sample_index(equation);
    const bool over_samples = form && form->k == std::vector<IndexId>{sample} && form->accumulate.empty();
    if (calls && over_samples && usual_product(*form) >= kSmallestProduct) return "gemm";
    return is_contraction(equation) ? "contraction" : "";
}

}  // namespace

Graph match_gemm(const Graph& graph, const Options& options, Remarks& remarks) {
    Graph result = graph;
    for (Equation& equation : result.equations) {
        if (equation.op.ends_with(".naive") || equation.op.ends_with(".direct")) continue;
        if (!convolution_method(equation.op).empty()) continue;
        if (!options.gemm && equation.tile < 0) continue;
        std::optional<GemmForm> form = gemm_form(result, equation);
        if (equation.tile >= 0) {
            const std::string_view tag = tag_in_tile(equation, form, options.gemm);
            if (tag.empty()) continue;
            equation.op = tag;
            const std::string& name = result.value(equation.result).name;
            remarks.push_back({"match-gemm", tag == "gemm" ? fmt::format("{}: {}", name, size_text(*form))
                                                           : fmt::format("{}: a contraction along the samples", name)});
            continue;
        }
        if (!form) continue;
        std::string said = fmt::format("{}: {}", result.value(equation.result).name, size_text(*form));
        if (!form->parallel.empty()) said += fmt::format(", for each {}", names(equation, form->parallel));
        if (!form->accumulate.empty()) said += fmt::format(", summed over {}", names(equation, form->accumulate));
        if (usual_product(*form) < kSmallestProduct) {
            remarks.push_back(
                {"match-gemm", fmt::format("{}: loops, for a call pays from M*N*K = {} on", said, kSmallestProduct)});
            continue;
        }
        equation.op = "gemm";
        remarks.push_back({"match-gemm", std::move(said)});
    }
    return result;
}

}  // namespace ricci::passes
