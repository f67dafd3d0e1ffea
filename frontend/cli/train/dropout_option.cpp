// Finds masks of random bits in the equations of a model, and gives them another bound and factor.
#include "frontend/cli/train/dropout_option.h"

#include <cmath>

#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"

namespace ricci::cli {
namespace {

using ir::ExprRef;
using ir::Scalar;

bool is_call(const ExprRef& node, Scalar function) {
    return node->form == ir::Expr::Form::call && node->function == function;
}
bool is_number(const ExprRef& node) {
    return node->form == ir::Expr::Form::constant;
}

/// The node with this rate where it is a dropout, else null.
ExprRef with_rate(const ExprRef& node, double rate) {
    if (!is_call(node, Scalar::select) || !is_call(node->args[0], Scalar::less)) return nullptr;
    const ExprRef &bits = node->args[0]->args[0], &bound = node->args[0]->args[1];
    const ExprRef& kept = node->args[2];
    if (!is_call(bits, Scalar::random_bits) || !is_number(bound) || !ir::is_constant(node->args[1], 0.0))
        return nullptr;
    if (!is_call(kept, Scalar::mul)) return nullptr;
    const std::size_t factor = is_number(kept->args[0]) ? 0 : 1;
    if (!is_number(kept->args[factor])) return nullptr;
    const auto dropped = static_cast<std::int64_t>(std::ldexp(rate, 52));
    const ExprRef scale = ir::constant(1 / (1 - rate), kept->dtype);
    return ir::call(Scalar::select, {ir::call(Scalar::less, {bits, ir::constant(dropped, bound->dtype)}), node->args[1],
                                     scale * kept->args[1 - factor]});
}

}  // namespace

std::int64_t set_dropout(Model& model, double rate) {
    std::int64_t found = 0;
    for (ir::Equation& equation : detail::Internals::state(model)->graph.equations) {
        equation.body = ir::rewrite(equation.body, [&](const ExprRef& node) {
            ExprRef changed = with_rate(node, rate);
            if (changed != nullptr) ++found;
            return changed;
        });
    }
    return found;
}

}  // namespace ricci::cli
