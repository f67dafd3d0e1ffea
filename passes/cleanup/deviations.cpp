// Finds the equation of the mean and compares the elements that both add up.
#include "passes/cleanup/deviations.h"

#include <cmath>
#include <optional>

namespace ricci::passes {
namespace {

using namespace ir;

constexpr double kOpenSamples = 7;  // any number will do: both sides count with it

double extent_of_index(const Equation& equation, IndexId index) {
    const std::int64_t extent = equation.indices[index].extent;
    return extent == kOpen ? kOpenSamples : static_cast<double>(extent);
}

/// The value of what constants and extents make.
std::optional<double> number_of(const Equation& equation, const ExprRef& expr) {
    switch (expr->form) {
        case Expr::Form::constant: return expr->number.real();
        case Expr::Form::extent: return extent_of_index(equation, expr->affine.bare());
        case Expr::Form::cast: return number_of(equation, expr->args[0]);
        case Expr::Form::access:
        case Expr::Form::index: return std::nullopt;
        case Expr::Form::call: break;
    }
    std::vector<double> arguments;
    for (const ExprRef& argument : expr->args) {
        const std::optional<double> number = number_of(equation, argument);
        if (!number) return std::nullopt;
        arguments.push_back(*number);
    }
    return info(expr->function).value(arguments.data());
}

/// expr = factor * rest.
struct Scaled {
    double factor = 1;
    ExprRef rest;
};

Scaled scaled(const Equation& equation, const ExprRef& expr) {
    if (expr->form == Expr::Form::call) {
        const std::vector<ExprRef>& args = expr->args;
        if (expr->function == Scalar::neg) {
            const Scaled own = scaled(equation, args[0]);
            return {-own.factor, own.rest};
        }
        if (expr->function == Scalar::mul || expr->function == Scalar::div) {
            const bool divides = expr->function == Scalar::div;
            if (const std::optional<double> number = number_of(equation, args[1])) {
                const Scaled own = scaled(equation, args[0]);
                return {divides ? own.factor / *number : own.factor * *number, own.rest};
            }
            if (const std::optional<double> number = number_of(equation, args[0]); number && !divides) {
                const Scaled own = scaled(equation, args[1]);
                return {own.factor * *number, own.rest};
            }
        }
    }
    return {1, expr};
}

/// An element of a tensor at bare indices, whole axes.
const Access* whole_access(const Graph& graph, const Equation& equation, const ExprRef& expr) {
    if (expr->form != Expr::Form::access || expr->access.pad) return nullptr;
    const TensorType& type = graph.value(expr->access.tensor).type;
    IdVector<IndexId, bool> met(equation.indices.size(), false);
    for (std::size_t axis = 0; axis < type.axes.size(); ++axis) {
        const IndexId index = expr->access.at[axis].bare();
        if (index < 0 || met[index] || equation.indices[index].extent != type.axes[axis].extent) return nullptr;
        met[index] = true;
    }
    return &expr->access;
}

/// The places of the axes whose index the left holds; nothing when an index of the equation is not met.
std::optional<std::vector<std::size_t>> kept_axes(const Equation& equation, const Access& access) {
    if (access.at.size() != equation.indices.size()) return std::nullopt;
    std::vector<std::size_t> kept(equation.left.size(), access.at.size());
    for (std::size_t axis = 0; axis < access.at.size(); ++axis) {
        for (std::size_t place = 0; place < equation.left.size(); ++place) {
            if (equation.left[place] == access.at[axis]) kept[place] = axis;
        }
    }
    for (std::size_t axis : kept) {
        if (axis == access.at.size()) return std::nullopt;
    }
    return kept;
}

/// True when the expression is x - m, m the mean of x over the reduced indices of `sum`.
bool is_deviation(const Graph& graph, const Equation& sum, const ExprRef& expr) {
    if (expr->form != Expr::Form::call || expr->function != Scalar::sub) return false;
    const Access* x = whole_access(graph, sum, expr->args[0]);
    const ExprRef& mean = expr->args[1];
    if (x == nullptr || mean->form != Expr::Form::access || mean->access.at != sum.left) return false;
    const EquationId place = graph.writer(mean->access.tensor);
    if (place < 0) return false;
    const Equation& writer = graph.equations[place];
    if (writer.reduce != Reduce::sum || writer.clipped) return false;
    const Scaled body = scaled(writer, writer.body);
    const Access* elements = whole_access(graph, writer, body.rest);
    if (elements == nullptr || elements->tensor != x->tensor) return false;
    double points = 1;
    for (const IndexId i : writer.reduced()) points *= extent_of_index(writer, i);
    constexpr double kRounding = 1e-12;
    if (std::abs(body.factor * points - 1) > kRounding) return false;
    const auto own = kept_axes(sum, *x), theirs = kept_axes(writer, *elements);
    return own && theirs && *own == *theirs;
}

/// The mean that such deviations are from, each with a factor of its own; null where they are not all from one.
ExprRef mean_of(const Graph& graph, const Equation& sum, const ExprRef& expr) {
    const ExprRef rest = scaled(sum, expr).rest;
    if (is_deviation(graph, sum, rest)) return rest->args[1];
    if (rest->form != Expr::Form::call || (rest->function != Scalar::add && rest->function != Scalar::sub)) return nullptr;
    const ExprRef left = mean_of(graph, sum, rest->args[0]), right = mean_of(graph, sum, rest->args[1]);
    return left && right && same(left, right) ? left : nullptr;
}

}  // namespace

ExprRef mean_of_deviations(const Graph& graph, const Equation& sum) { return mean_of(graph, sum, sum.body); }

}  // namespace ricci::passes
