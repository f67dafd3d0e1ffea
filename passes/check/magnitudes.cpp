// Each equation gets a companion that computes the magnitudes of its result.
#include "passes/check/magnitudes.h"

#include <algorithm>
#include <cmath>

#include "ir/core/scalar.h"

namespace ricci::passes {
namespace {

using namespace ir;

ExprRef absolute(ExprRef a) {
    return call(Scalar::abs, {std::move(a)});
}

Number absolute(const Number& number) {
    const double size = std::fabs(number.real());
    return Number(std::isfinite(size) ? size : 0);  // an infinity is the identity of a reduction, and no term
}

/// Null is a magnitude of 0.
ExprRef sum_of(ExprRef a, ExprRef b) {
    if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
    return std::move(a) + std::move(b);
}
ExprRef scaled(const ExprRef& by, ExprRef magnitude) {
    return magnitude == nullptr ? nullptr : absolute(by) * std::move(magnitude);
}
ExprRef larger_of(ExprRef a, ExprRef b) {
    if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
    return call(Scalar::max, {std::move(a), std::move(b)});
}

/// What magnitudes are of.
enum class Of : std::uint8_t {
    all,      // all that went into a result
    last,     // the operands of its last equation, which reduces nothing: their absolute values; copies are looked through
    carried,  // the largest single term of each reduction, and what that is in the equations behind it
};

class Companion {
  public:
    Companion(const Graph& graph, Of of) : graph_(graph), of_(of), magnitude_of_(graph.values.size(), -1) {
        result_.name = graph.name;
        result_.stage = Stage::step;
        result_.values = graph.values;
    }

    Graph build() {
        for (const Equation& equation : graph_.equations) add(equation);
        for (const Output& output : graph_.outputs) put_out(output.name, output.value);
        for (const Update& update : graph_.updates) put_out(graph_.value(update.target).name, update.source);
        return std::move(result_);
    }

  private:
    void put_out(const std::string& name, ValueId value) {
        const ValueId magnitude = magnitude_of_[value];
        if (magnitude >= 0) result_.outputs.push_back({name, magnitude});
    }

    void add(const Equation& equation) {
        Equation plain = equation;
        plain.kernel = -1;
        plain.tile = -1;
        result_.equations.push_back(plain);
        const Value& value = graph_.value(equation.result);
        if (!is_float(value.type.dtype) || equation.reduce == Reduce::argmax) return;
        const bool reduces = equation.reduce != Reduce::none;
        if (of_ == Of::last && reduces) return;
        follows_ = of_ == Of::all || (!reduces && (of_ == Of::carried || equation.body->form == Expr::Form::access));
        leaves_ = of_ != Of::carried || reduces;
        plain.body = magnitude(equation.body);
        if (plain.body == nullptr) return;
        if (plain.reduce == Reduce::min || (of_ == Of::carried && reduces)) plain.reduce = Reduce::max;
        plain.result = result_.add({.name = value.name + ".magnitude", .type = {computed(value.type.dtype), value.type.axes}});
        magnitude_of_[equation.result] = plain.result;
        result_.equations.push_back(std::move(plain));
    }

    /// The magnitude of an expression as one; null for a number that is exact, and for one that carries nothing.
    ExprRef magnitude(const ExprRef& expr) const {
        if (!is_float(expr->dtype)) return nullptr;
        switch (expr->form) {
            case Expr::Form::constant: return leaves_ ? constant(absolute(expr->number), expr->dtype) : nullptr;
            case Expr::Form::access: {
                const ValueId of = follows_ ? magnitude_of_[expr->access.tensor] : ValueId(-1);
                if (of < 0 && !leaves_) return nullptr;
                Access access = expr->access;
                if (access.pad) access.pad = absolute(*access.pad);
                if (of >= 0) access.tensor = of;
                ExprRef read = element(std::move(access), expr->dtype);
                return of >= 0 ? read : absolute(std::move(read));
            }
            case Expr::Form::cast: {
                ExprRef from = magnitude(expr->args[0]);
                if (from == nullptr) return leaves_ ? absolute(expr) : nullptr;
                return cast(std::move(from), expr->dtype);
            }
            case Expr::Form::call: return of_call(expr);
            case Expr::Form::index:
            case Expr::Form::extent: break;
        }
        return nullptr;
    }

    ExprRef of_call(const ExprRef& expr) const {
        const std::vector<ExprRef>& args = expr->args;
        switch (expr->function) {
            case Scalar::neg:
            case Scalar::abs:
            case Scalar::stop_gradient: return magnitude(args[0]);
            case Scalar::round_bf16: return of_rounding(expr);
            case Scalar::add:
            case Scalar::sub: return sum_of(magnitude(args[0]), magnitude(args[1]));
            case Scalar::mul: return sum_of(scaled(args[0], magnitude(args[1])), scaled(args[1], magnitude(args[0])));
            case Scalar::min:
            case Scalar::max: return larger_of(magnitude(args[0]), magnitude(args[1]));
            case Scalar::select: {
                ExprRef a = magnitude(args[1]), b = magnitude(args[2]);
                if (a == nullptr && b == nullptr) return nullptr;
                const auto or_zero = [&](ExprRef of) { return of == nullptr ? constant(0, expr->dtype) : std::move(of); };
                return call(Scalar::select, {args[0], or_zero(std::move(a)), or_zero(std::move(b))});
            }
            default: break;
        }
        ExprRef all = leaves_ ? absolute(expr) : nullptr;
        const auto derivative = info(expr->function).derivative;
        for (std::size_t i = 0; derivative != nullptr && i < args.size(); ++i) {
            // A literal is exact: that pow(a, 2) has a slope by the 2 says nothing.
            ExprRef of = args[i]->form == Expr::Form::constant ? nullptr : magnitude(args[i]);
            ExprRef slope = of == nullptr ? nullptr : derivative(expr, static_cast<int>(i));
            if (slope != nullptr) all = sum_of(std::move(all), scaled(slope, std::move(of)));
        }
        return all;
    }

    /// What is given is rounded alike everywhere. What was computed may lie on the other side of the middle between two
    /// numbers of bf16. So its bound is a step of bf16 on top, in terms of the bound of an f32.
    ExprRef of_rounding(const ExprRef& expr) const {
        constexpr double kStep = 0x1p-7 / 5e-5;  // a step of bf16, in those of Tolerance::of_terms for f32
        const ExprRef& arg = expr->args[0];
        const bool given = arg->form == Expr::Form::access && magnitude_of_[arg->access.tensor] < 0;
        ExprRef of = magnitude(arg);
        if (of == nullptr && !leaves_) return nullptr;
        if (of == nullptr || given || expr->dtype != f32) return of == nullptr ? absolute(expr) : of;
        return std::move(of) + constant(kStep, f32) * absolute(expr);
    }

    const Graph& graph_;
    Of of_;
    bool follows_ = false;  // of the equation at hand: magnitudes of operands count, where they have them
    bool leaves_ = true;    // and what is given counts by its absolute value
    Graph result_{};
    IdVector<ValueId, ValueId> magnitude_of_;  // of the graph; -1 for what is given or exact
};

}  // namespace

Graph magnitude_graph(const Graph& graph) {
    return Companion(graph, Of::all).build();
}

Graph last_terms_graph(const Graph& graph) {
    return Companion(graph, Of::last).build();
}

Graph carried_terms_graph(const Graph& graph) {
    return Companion(graph, Of::carried).build();
}

Arrays magnitudes(const Graph& graph, const Arrays& given) {
    return interpret(magnitude_graph(graph), given);
}

const Array* Terms::of(const std::string& name) {
    if (!all_) all_ = magnitudes(graph_, given_);
    const auto found = all_->find(name);
    return found == all_->end() ? nullptr : &found->second;
}

double Terms::largest_of_last(const std::string& name) {
    if (!last_) last_ = interpret(last_terms_graph(graph_), given_);
    if (!carried_) carried_ = interpret(carried_terms_graph(graph_), given_);
    double largest = 0;
    for (const Arrays* terms : {&*last_, &*carried_}) {
        const auto found = terms->find(name);
        if (found == terms->end()) continue;
        for (double term : found->second.elements) {
            if (std::isfinite(term)) largest = std::max(largest, term);
        }
    }
    return largest;
}

double scale_of(const Array* terms, std::size_t element, double most) {
    if (terms == nullptr || element >= terms->elements.size()) return most;
    const double size = terms->elements[element];
    return std::isnan(size) ? most : std::min(size, most);
}

}  // namespace ricci::passes
