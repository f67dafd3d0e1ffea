// Names matrix multiplications, so that codegen calls BLAS for them.
#include "passes/match_gemm.h"

#include <fmt/ranges.h>

#include "ir/gemm_form.h"

namespace ricci::passes {
namespace {

using namespace ir;

std::string names(const Equation& equation, const std::vector<GemmForm::Loop>& loops) {
    std::vector<std::string_view> found;
    for (const GemmForm::Loop& loop : loops)
        found.push_back(equation.indices[static_cast<std::size_t>(loop.index)].name);
    return fmt::format("{}", fmt::join(found, ", "));
}

}  // namespace

Graph match_gemm(const Graph& graph, const Options& options, Remarks& remarks) {
    Graph result = graph;
    if (!options.gemm) return result;
    for (Equation& equation : result.equations) {
        if (equation.op.ends_with(".naive")) continue;
        std::optional<GemmForm> form = gemm_form(result, equation);
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
