// Reverse mode inside one body: the factor so far goes down the tree and is collected at the accesses.
#include "passes/gradient/derivative.h"

#include <algorithm>

namespace ricci::passes {
namespace {

using namespace ir;
using Form = Expr::Form;

bool is_call(const ExprRef& expr, Scalar function) { return expr->form == Form::call && expr->function == function; }

/// factor * derivative, or null when the derivative is 0 everywhere. Selects stay outermost: where a branch is not
/// taken, the derivative may be inf, and 0 * inf is nan.
ExprRef times(const ExprRef& factor, const ExprRef& derivative) {
    if (is_constant(derivative, 0)) return nullptr;
    if (is_call(factor, Scalar::select)) {
        const bool no_is_zero = is_constant(factor->args[2], 0);
        if (no_is_zero || is_constant(factor->args[1], 0)) {
            ExprRef product = times(factor->args[no_is_zero ? 1 : 2], derivative);
            if (!product) return nullptr;
            const ExprRef zero = constant(0, product->dtype);
            return call(Scalar::select, {factor->args[0], no_is_zero ? product : zero, no_is_zero ? zero : product});
        }
    }
    if (is_constant(derivative, 1)) return factor;
    if (is_constant(derivative, -1)) return -factor;
    if (is_constant(factor, 1)) return derivative;
    if (is_call(derivative, Scalar::neg)) return -times(factor, derivative->args[0]);
    if (is_call(derivative, Scalar::div) && is_constant(derivative->args[0], 1)) return factor / derivative->args[1];
    if (is_call(derivative, Scalar::select)) {
        const ExprRef zero = constant(0, factor->dtype);
        ExprRef yes = times(factor, derivative->args[1]);
        ExprRef no = times(factor, derivative->args[2]);
        if (!yes && !no) return nullptr;
        return call(Scalar::select, {derivative->args[0], yes ? yes : zero, no ? no : zero});
    }
    return factor * derivative;
}

class Collector {
  public:
    explicit Collector(const std::function<bool(ValueId)>& wanted) : wanted_(wanted) {}

    void descend(const ExprRef& node, const ExprRef& factor) {
        if (!is_float(node->dtype)) return;
        if (node->form == Form::access) return collect(node->access, factor);
        if (node->form == Form::cast) {
            if (is_float(node->args[0]->dtype)) descend(node->args[0], cast(factor, node->args[0]->dtype));
            return;
        }
        if (node->form != Form::call) return;
        for (std::size_t i = 0; i < node->args.size(); ++i) {
            if (!reaches(node->args[i])) continue;
            ExprRef derivative = info(node->function).derivative(node, static_cast<int>(i));
            if (!derivative) continue;
            if (ExprRef next = times(factor, derivative)) descend(node->args[i], next);
        }
    }

    std::vector<Partial> take() { return std::move(partials_); }

  private:
    bool reaches(const ExprRef& node) const {
        if (!is_float(node->dtype)) return false;
        if (node->form == Form::access) return wanted_(node->access.tensor);
        return std::ranges::any_of(node->args, [&](const ExprRef& arg) { return reaches(arg); });
    }

    void collect(const Access& access, const ExprRef& value) {
        if (!wanted_(access.tensor)) return;
        auto found = std::ranges::find(partials_, access, &Partial::access);
        if (found == partials_.end()) {
            partials_.push_back({access, value});
        } else {
            found->value = found->value + value;
        }
    }

    const std::function<bool(ValueId)>& wanted_;
    std::vector<Partial> partials_;
};

}  // namespace

std::vector<Partial> partials(const ExprRef& body, const ExprRef& seed, const std::function<bool(ValueId)>& wanted) {
    Collector collector(wanted);
    collector.descend(body, seed);
    return collector.take();
}

}  // namespace ricci::passes
