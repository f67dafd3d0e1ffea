/// \file ricci/optimizer.h
/// Optimizers as a user asks for them; what they do is the pass apply-optimizer.
#pragma once

#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "ricci/error.h"

namespace ricci {

/// A number for a model. A float stands for the decimal that it is written as: 0.05f is 0.05, also in an f64 model.
struct Decimal {
    Decimal(float number);
    Decimal(double number) : value(number) {}
    Decimal(int number) : value(number) {}
    double value;
};

struct SgdOptions {
    Decimal learning_rate = 0.01;
    Decimal momentum = 0;
    Decimal weight_decay = 0;
    bool nesterov = false;
};

/// An optimizer by name, with its numbers.
struct Optimizer {
    std::string name;
    std::vector<std::pair<std::string, double>> options;
};

/// Stochastic gradient descent: g = gradient + weight_decay * w; v = momentum * v + g; w = w - learning_rate * v (with
/// nesterov, w - learning_rate * (g + momentum * v)). The learning rate is a state of the program, which Function::set
/// changes between steps.
/// \throws UserError unless learning_rate and weight_decay are finite and at least 0, 0 <= momentum < 1, and
///         momentum > 0 with nesterov.
/// Source: Polyak 1964; in this form Sutskever et al. 2013, as PyTorch has it.
Optimizer sgd(const SgdOptions& options = {}, std::source_location where = std::source_location::current());

/// \throws UserError naming the value unless it is finite and at least 0.
void check_learning_rate(double learning_rate, const Location& where);

}  // namespace ricci
