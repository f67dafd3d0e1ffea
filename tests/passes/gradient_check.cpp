// Each element of each input moved both ways, the loss read twice.
#include "tests/passes/gradient_check.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "ir/verify/verify.h"
#include "passes/build.h"
#include "passes/check/verify_values.h"
#include "passes/gradient/differentiate.h"

namespace ricci::passes::testing {
namespace {

using namespace ir;

Arrays draw(const Graph& graph, const GradientCheck& check) {
    Arrays given = random_inputs(graph, check.batch, check.seed);
    for (auto& [name, array] : given) {
        if (!is_float(graph.value(graph.find(name)).type.dtype)) continue;
        for (double& element : array.elements) element = check.low + (element + 1) / 2 * (check.high - check.low);
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
    for (const std::string& name : check.by) {
        const Array& gradient = gradients.at("gradient." + name);
        double scale = 1;
        for (double element : gradient.elements) scale = std::max(scale, std::fabs(element));
        Array& moved = given.at(name);
        for (std::size_t i : places(moved.elements.size(), check.most)) {
            const double at = moved.elements[i];
            moved.elements[i] = at + check.step;
            double above = interpret(model, given).at("loss").elements.at(0);
            moved.elements[i] = at - check.step;
            double below = interpret(model, given).at("loss").elements.at(0);
            moved.elements[i] = at;
            double difference = (above - below) / (2 * check.step);
            if (std::fabs(difference - gradient.elements[i]) <= check.tolerance * scale) continue;
            return fmt::format("d {} / d {}[{}] is {}, central difference {} (seed {})", check.loss, name, i,
                               gradient.elements[i], difference, check.seed);
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
