// Each element of each input moved both ways, the loss read twice.
#include "tests/passes/gradient_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "ir/verify/verify.h"
#include "passes/build.h"
#include "passes/check/magnitudes.h"
#include "passes/check/verify_values.h"
#include "passes/gradient/differentiate.h"

namespace ricci::passes::testing {
namespace {

using namespace ir;

/// Where a function has a pole or bends, at 0, its third derivative says nothing about a step that reaches so far.
constexpr double kFromZero = 1.0 / 64;  // the least |element| drawn

Arrays draw(const Graph& graph, const GradientCheck& check) {
    Arrays given = random_inputs(graph, check.batch, check.seed);
    for (auto& [name, array] : given) {
        if (!is_float(graph.value(graph.find(name)).type.dtype)) continue;
        for (double& element : array.elements) {
            element = check.low + (element + 1) / 2 * (check.high - check.low);
            element = element * (1 - kFromZero) + std::copysign(kFromZero, element);
        }
    }
    return given;
}

/// Places of the elements to move: all, or some spread over the array.
std::vector<std::size_t> places(std::size_t count, std::size_t most) {
    std::vector<std::size_t> all;
    const std::size_t taken = std::min(count, most);
    for (std::size_t i = 0; i < taken; ++i) all.push_back(i * count / taken);
    return all;
}

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kRoundings = 16;  // of the loss's terms, that two of its values may be apart by

double value_of(const Graph& model, const Arrays& given) {
    return interpret(model, given).at("loss").elements.at(0);
}

/// The magnitude of what the loss sums.
double loss_terms(const Graph& model, const Arrays& given) {
    const double terms = magnitudes(model, given).at("loss").elements.at(0);
    return std::isfinite(terms) ? terms : std::fabs(value_of(model, given));
}

/// The central difference by an element of `given`.
double slope(const Graph& model, const Arrays& given, double& element, double by) {
    const double at = element;
    element = at + by;
    const double above = value_of(model, given);
    element = at - by;
    const double below = value_of(model, given);
    element = at;
    return (above - below) / (2 * by);
}

}  // namespace

double loss_value(const Graph& graph, const GradientCheck& check) {
    Graph model = graph;
    model.outputs = {{"loss", graph.find(check.loss)}};
    return interpret(model, draw(graph, check)).at("loss").elements.at(0);
}

std::string gradient_error(const Graph& graph, const GradientCheck& check) {
    Graph model = graph;
    ValueId loss = graph.find(check.loss);
    model.outputs = {{"loss", loss}};
    model.updates.clear();
    Graph asked = model;
    for (const std::string& name : check.by) asked.gradients.push_back({"gradient." + name, loss, graph.find(name)});
    Remarks remarks;
    Graph step = differentiate(asked, {}, remarks);
    verify(step, "differentiate");

    Arrays given = draw(graph, check);
    Arrays gradients = interpret(step, given);
    const double terms = loss_terms(model, given);
    for (const std::string& name : check.by) {
        const Array& gradient = gradients.at("gradient." + name);
        Array& moved = given.at(name);
        for (std::size_t i : places(moved.elements.size(), check.most)) {
            const auto apart = [&](double by, double& difference) {
                difference = slope(model, given, moved.elements[i], by);
                const double bound = check.tolerance * std::fabs(gradient.elements[i]) + kRoundings * kEpsilon * terms / by;
                return !(std::fabs(difference - gradient.elements[i]) <= bound);
            };
            // A bend of the loss between the two points, or a steep third derivative, is gone where they are closer.
            double difference = 0;
            if (!apart(check.step, difference) || !apart(check.step / 16, difference)) continue;
            return fmt::format("d {} / d {}[{}] is {}, central difference {} (terms of the loss {}, seed {})", check.loss,
                               name, i, gradient.elements[i], difference, terms, check.seed);
        }
    }
    return "";
}

std::string second_order_error(const Graph& graph, const GradientCheck& check) {
    Graph asked = graph;
    ValueId loss = graph.find(check.loss);
    asked.outputs = {{"loss", loss}};
    asked.updates.clear();
    for (const std::string& name : check.by) asked.gradients.push_back({"gradient." + name, loss, graph.find(name)});
    Remarks remarks;
    Graph first = differentiate(asked, {}, remarks);

    // total = sum over all gradients of sum(c * gradient), c a new input of the gradient's type.
    ExprRef total;
    for (std::size_t i = 1; i < first.outputs.size(); ++i) {
        ValueId gradient = first.outputs[i].value;
        ValueId c = first.add({.name = fmt::format("c{}", i), .type = first.value(gradient).type, .role = Role::input});
        ValueId dot = first.add({.name = fmt::format("dot{}", i), .type = {first.value(gradient).type.dtype, {}}});
        Equation sum = pointwise(first, c);
        sum.result = dot;
        sum.body = read(first, c, sum.left) * read(first, gradient, sum.left);
        if (!sum.indices.empty()) sum.reduce = Reduce::sum;
        sum.left.clear();
        first.equations.push_back(sum);
        ExprRef term = read(first, dot, {});
        total = total ? total + term : term;
    }
    Equation last;
    last.result = first.add({.name = "total", .type = {total->dtype, {}}});
    last.body = total;
    first.equations.push_back(last);
    GradientCheck again = check;
    again.loss = "total";
    return gradient_error(first, again);
}

}  // namespace ricci::passes::testing
