// Compares each call with the same one on rounded factors, and takes what is predicted to be faster.
#include "passes/precision/lower_precision.h"

#include <optional>

#include "ir/analysis/convolution_form.h"
#include "ir/analysis/gemm_form.h"
#include "passes/convolution/choose_convolution.h"
#include "passes/products/product_cost.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// A call as it is, and with rounded factors.
struct Ways {
    const Routine* routine = nullptr;
    double seconds_now = 0;
    double seconds_rounded = 0;
    bool by_samples = false;  // the seconds are those of a sample
};

ExprRef rounded(const ExprRef& body) {
    return rewrite(body, [](const ExprRef& node) -> ExprRef {
        return node->form == Expr::Form::access ? call(Scalar::round_bf16, {node}) : nullptr;
    });
}

std::optional<Ways> ways_of_product(const StoredTypes& types, const Equation& equation, const Machine& machine) {
    const std::optional<GemmForm> form = gemm_form(types, equation);
    if (!form) return std::nullopt;
    const ProductCost now = predict_product(types, equation, form, machine);
    return Ways{routine_named("bf16"), now.blas.seconds, bf16_product_seconds(types, equation, *form, machine), now.by_samples};
}

std::optional<Ways> ways_of_convolution(const Graph& graph, const Equation& equation, const Machine& machine) {
    const auto form = convolution_form(graph, equation);
    if (!form || form->bf16) return std::nullopt;
    const auto samples = static_cast<double>(form->batch == kOpen ? graph.typical_samples() : form->batch);
    const Routine* routine = routine_named("bf16_blocks");
    return Ways{routine, routine_seconds(*form, *equation.schedule.routine, samples, machine),
                routine_seconds(*form, *routine, samples, machine), true};
}

std::optional<Ways> ways_of(const StoredTypes& types, const Equation& equation, const Machine& machine) {
    if (equation.tile >= 0 || equation.body->dtype != f32) return std::nullopt;
    switch (equation.schedule.how) {
        case How::blas: return ways_of_product(types, equation, machine);
        case How::library: return ways_of_convolution(types.graph(), equation, machine);
        default: return std::nullopt;
    }
}

}  // namespace

Graph lower_precision(const Graph& graph, const Options& options, Remarks& remarks) {
    if (options.precision == Precision::full) return graph;
    const StoredTypes types(graph);
    Graph result = graph;
    for (Equation& equation : result.equations) {
        const std::optional<Ways> ways = ways_of(types, equation, options.machine);
        if (!ways) continue;
        const std::string& name = graph.value(equation.result).name;
        const std::string times = fmt::format("predicted {} with factors of bf16, {} by {}{}", time_text(ways->seconds_rounded),
                                              time_text(ways->seconds_now), print(equation.schedule),
                                              ways->by_samples ? " a sample" : "");
        // Without instructions for bf16 numbers are widened, for the same products as before.
        const bool helps = options.machine.bf16_flop_per_second > options.machine.blas_flop_per_second;
        const bool faster = helps && ways->seconds_rounded < ways->seconds_now;
        if (!faster && options.precision != Precision::all_mixed) {
            remarks.push_back({"lower-precision", fmt::format("{}: stays f32; {}", name, times)});
            continue;
        }
        equation.body = rounded(equation.body);
        equation.schedule = Schedule::by(*ways->routine);
        remarks.push_back({"lower-precision", fmt::format("{}: by {}; {}", name, print(equation.schedule), times)});
    }
    return result;
}

}  // namespace ricci::passes
