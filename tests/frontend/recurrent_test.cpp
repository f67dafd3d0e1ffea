/// \file tests/frontend/recurrent_test.cpp
/// Recurrent layers and cells: long sequences against the formula of the cell, open batches against the interpreter.
#include "ricci/recurrent.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "ricci.h"

namespace ricci::test {
namespace {

constexpr int kSteps = 300;  // an op joins 256

double squashed(double x) {
    return 1 / (1 + std::exp(-x));
}

/// One number in and one state, so that a step is a few lines. Weights by gate, in PyTorch's order.
struct Weights {
    std::vector<double> input, state, input_bias, state_bias;

    double of_x(std::size_t gate, double x) const { return input[gate] * x + input_bias[gate]; }
    double of_h(std::size_t gate, double h) const { return state[gate] * h + state_bias[gate]; }
    double both(std::size_t gate, double x, double h) const { return of_x(gate, x) + of_h(gate, h); }

    std::vector<double> lstm(const std::vector<double>& xs) const {
        std::vector<double> states;
        double h = 0, c = 0;
        for (const double x : xs) {
            c = squashed(both(1, x, h)) * c + squashed(both(0, x, h)) * std::tanh(both(2, x, h));
            h = squashed(both(3, x, h)) * std::tanh(c);
            states.push_back(h);
        }
        return states;
    }
    std::vector<double> gru(const std::vector<double>& xs) const {
        std::vector<double> states;
        double h = 0;
        for (const double x : xs) {
            const double update = squashed(both(1, x, h));
            const double fresh = std::tanh(of_x(2, x) + squashed(both(0, x, h)) * of_h(2, h));
            h = (1 - update) * fresh + update * h;
            states.push_back(h);
        }
        return states;
    }
};

TEST(Recurrent, ManyStepsFollowTheFormula) {
    std::vector<double> xs;
    for (int t = 0; t < kSteps; ++t) xs.push_back(std::sin(0.7 * t));
    for (const bool is_lstm : {true, false}) {
        SCOPED_TRACE(is_lstm ? "lstm" : "gru");
        Model m("sequence");
        const Tensor x = m.input("x", f64, {batch(), time(kSteps), feature(1)});
        const Tensor y = is_lstm ? lstm(x, {.hidden = 1, .name = "cell"}) : gru(x, {.hidden = 1, .name = "cell"});
        EXPECT_EQ(to_string(y.type()), "f64[batch ?, time 300, feature 1]");
        // Machine code of so many steps takes long to make; Pieces.* has the join in it.
        Function f = compile(gradients(mean(y * y), {m["cell.state.weight"]}), {.engine = Engine::interpreter});
        Function states = compile(y, {.engine = Engine::interpreter});
        m.parameters().draw(5);
        const auto weights = [&](const char* name) {
            return m.parameters()[std::string("cell.") + name].to_vector<double>();
        };
        const Weights cell{weights("input.weight"), weights("state.weight"), weights("input.bias"),
                           weights("state.bias")};
        const std::vector<double> wanted = is_lstm ? cell.lstm(xs) : cell.gru(xs);
        const Array input(xs, {batch(1), time(kSteps), feature(1)});
        const std::vector<double> found = states(input)[0].to_vector<double>();
        ASSERT_EQ(found.size(), wanted.size());
        for (std::size_t t = 0; t < wanted.size(); ++t) EXPECT_NEAR(found[t], wanted[t], 1e-12) << t;
        // The gradient by one weight against a difference quotient of the formula.
        const auto loss = [&](double change) {
            Weights moved = cell;
            moved.state[1] += change;
            double sum = 0;
            for (const double h : is_lstm ? moved.lstm(xs) : moved.gru(xs)) sum += h * h / kSteps;
            return sum;
        };
        EXPECT_NEAR(f(input)[1].to_vector<double>()[1], (loss(1e-5) - loss(-1e-5)) / 2e-5, 1e-8);
    }
}

/// A layer over the time, or one step of a cell, on a batch of any size.
Tensor states_of(Model& m, RecurrentCell::Form form, bool layer) {
    if (layer) {
        const Tensor x = m.input("x", f64, {batch(), time(4), feature(3)});
        const RecurrentOptions options{.hidden = 5, .name = "cell"};
        return form == RecurrentCell::Form::lstm ? lstm(x, options) : gru(x, options);
    }
    const Tensor x = m.input("x", f64, {batch(), feature(3)});
    const RecurrentCell cell(form, x, {.hidden = 5, .name = "cell"});
    return cell(x, cell(x)).hidden;
}

TEST(Recurrent, HaveTheGradientsOfTheInterpreterWithAnOpenBatch) {
    for (const RecurrentCell::Form form : {RecurrentCell::Form::lstm, RecurrentCell::Form::gru}) {
        for (const bool layer : {true, false}) {
            SCOPED_TRACE(std::string(form == RecurrentCell::Form::lstm ? "lstm" : "gru") + (layer ? "" : " cell"));
            Model m("sequence");
            const Tensor y = states_of(m, form, layer);
            const Tensor loss = mean(y * y);
            const auto weight = [&](const char* name) { return m[std::string("cell.") + name]; };
            const Program wanted = gradients(
                loss, {weight("input.weight"), weight("input.bias"), weight("state.weight"), weight("state.bias")});
            Function compiled = compile(wanted);
            Function interpreted = compile(wanted, {.engine = Engine::interpreter});
            m.parameters().draw(5);
            std::vector<double> numbers;
            for (int i = 0; i < 7 * (layer ? 4 : 1) * 3; ++i) numbers.push_back(std::sin(0.9 * i));
            const Array x = layer ? Array(numbers, {batch(7), time(4), feature(3)}) : Array(numbers, {batch(7), feature(3)});
            const auto found = compiled(x), expected = interpreted(x);
            ASSERT_EQ(found.size(), expected.size());
            for (std::size_t i = 0; i < found.size(); ++i) {
                const std::vector<double> a = found[i].to_vector<double>(), b = expected[i].to_vector<double>();
                ASSERT_EQ(a.size(), b.size());
                for (std::size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(a[k], b[k], 1e-14) << i << ", " << k;
            }
            Function step = compile(training_step(loss, sgd({.learning_rate = 0.1})));
            const double before = step(x)[0].to_vector<double>()[0];
            EXPECT_LT(step(x)[0].to_vector<double>()[0], before);
        }
    }
}

}  // namespace
}  // namespace ricci::test
