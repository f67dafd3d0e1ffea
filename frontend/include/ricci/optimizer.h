/// \file ricci/optimizer.h
/// Optimizers as a user asks for them; what they do is the pass apply-optimizer.
#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
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

struct AdagradOptions {
    Decimal learning_rate = 0.01;
    Decimal epsilon = 1e-10;
    Decimal weight_decay = 0;
    Decimal rate_decay = 0;
};

struct RmspropOptions {
    Decimal learning_rate = 0.01;
    Decimal alpha = 0.99;
    Decimal epsilon = 1e-8;
    Decimal weight_decay = 0;
    Decimal momentum = 0;
};

struct AdamOptions {
    Decimal learning_rate = 0.001;
    Decimal beta1 = 0.9;
    Decimal beta2 = 0.999;
    Decimal epsilon = 1e-8;
    Decimal weight_decay = 0;
};

struct AdamwOptions {
    Decimal learning_rate = 0.001;
    Decimal beta1 = 0.9;
    Decimal beta2 = 0.999;
    Decimal epsilon = 1e-8;
    Decimal weight_decay = 0.01;
};

struct LionOptions {
    Decimal learning_rate = 0.0001;
    Decimal beta1 = 0.9;
    Decimal beta2 = 0.99;
    Decimal weight_decay = 0;
};

/// Numbers by the name of the setting: {{"weight_decay", 0}}.
using Settings = std::vector<std::pair<std::string, Decimal>>;

/// An optimizer: one of the table by name, or one that its lines say; and what it is told. `ricci opt --list-optimizers`
/// prints the table.
class Optimizer {
  public:
    /// What every optimizer can be told beside its own settings: the least upper bounds of gradients.
    /// The gradients are scaled so that the root of the sum of all squares is at most `most`.
    /// Source: Pascanu, Mikolov and Bengio 2013.
    Optimizer clip_norm(Decimal most, std::source_location where = std::source_location::current()) const;
    /// No element of a gradient is larger than `most`, either way.
    Optimizer clip_value(Decimal most, std::source_location where = std::source_location::current()) const;
    /// Gradients of so many calls make one step, which follows their mean, each counted by its samples.
    /// The limits hold for the mean. Function::set("optimizer.call", calls - 1) makes the next call the one that steps.
    Optimizer accumulate(std::int64_t calls, std::source_location where = std::source_location::current()) const;
    /// Keeps a moving mean of each parameter after its steps: mean = share * mean + (1 - share) * parameter, from the first
    /// step's parameter on. It is the state NAME.average; Parameters::swap_averages() puts the means in use. A Trainer tests
    /// with them, and ends with them. Source: Polyak, Juditsky 1992; in this form PyTorch's AveragedModel.
    Optimizer average(Decimal share, std::source_location where = std::source_location::current()) const;
    /// The learning rate by an entry of the table of schedules, such as schedule("cosine", {{"warm_up", 500}}). `ricci opt
    /// --list-schedules` prints the table. The step counter is a state of the program.
    Optimizer schedule(std::string name, const Settings& settings = {},
                       std::source_location where = std::source_location::current()) const;
    /// Other settings for the parameters whose name is `part`, or has it among its parts: "bias" says conv1.bias,
    /// fc1.bias, ...; "conv1" both conv1.kernel and conv1.bias. `rate_factor` multiplies their learning rate. Of several
    /// groups the last one counts.
    Optimizer group(std::string part, const Settings& settings,
                    std::source_location where = std::source_location::current()) const;
    /// These parameters stay as they are, and no gradient is computed for them.
    Optimizer freeze(std::string part, std::source_location where = std::source_location::current()) const;

    std::string name;
    std::vector<std::pair<std::string, double>> options{};
    struct Group {
        std::string part;
        std::vector<std::pair<std::string, double>> settings;
    };
    std::vector<Group> groups{};
    std::vector<std::pair<std::string, double>> settings{};  // of lines: the standard values
    struct Line {
        std::string text;
        Location where{};  // in the file of a text that has it
    };
    std::vector<Line> lines{};                               // of an optimizer that is not in the table
    std::string rate_schedule{};                             // "": the rate that Function::set says
    std::vector<std::pair<std::string, double>> schedule_settings{};
};

/// Stochastic gradient descent: g = gradient + weight_decay * w; v = momentum * v + g; w = w - learning_rate * v (with
/// nesterov, w - learning_rate * (g + momentum * v)). The learning rate is a state of the program, which Function::set
/// changes between steps.
/// \throws UserError, as the others below, for a number out of its range. learning_rate and weight_decay are finite and at
///         least 0. It holds that 0 <= momentum < 1, and momentum > 0 with nesterov.
/// Source: Polyak 1964; in this form Sutskever et al. 2013, as PyTorch has it.
Optimizer sgd(const SgdOptions& options = {}, std::source_location where = std::source_location::current());
/// Source: Duchi, Hazan and Singer 2011.
Optimizer adagrad(const AdagradOptions& options = {}, std::source_location where = std::source_location::current());
/// Source: Tieleman and Hinton 2012.
Optimizer rmsprop(const RmspropOptions& options = {}, std::source_location where = std::source_location::current());
/// Source: Kingma and Ba 2015.
Optimizer adam(const AdamOptions& options = {}, std::source_location where = std::source_location::current());
/// Source: Loshchilov and Hutter 2019.
Optimizer adamw(const AdamwOptions& options = {}, std::source_location where = std::source_location::current());
/// Source: Chen et al. 2023.
Optimizer lion(const LionOptions& options = {}, std::source_location where = std::source_location::current());

/// An optimizer of your own, in the lines of docs/language.md, "Optimizers":
///
///     optimizer("heavy_ball", 0.1, R"(
///         state m[...]
///         m.next[...] = beta * m[...] + g[...]
///         w.next[...] = w[...] - learning_rate[] * m.next[...]
///     )", {{"beta", 0.9}})
///
/// \throws UserError for a name of the table. What is wrong with the lines is said where a step is made of them.
Optimizer optimizer(std::string name, Decimal learning_rate, std::string_view lines, const Settings& settings = {},
                    std::source_location where = std::source_location::current());

/// \throws UserError naming the value unless it is finite and at least 0.
void check_learning_rate(double learning_rate, const Location& where);

}  // namespace ricci
