// Checks the numbers of an optimizer where they are given.
#include "ricci/optimizer.h"

#include <charconv>
#include <cmath>

#include "ir/base/error.h"
#include "ir/core/graph.h"

namespace ricci {

Decimal::Decimal(float number) : value(number) {
    // Both ways without the locale. What has no digits, as inf, stays the number that it is.
    const std::string text = fmt::format("{}", number);
    double written = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), written);
    if (error == std::errc() && end == text.data() + text.size()) value = written;
}

Optimizer sgd(const SgdOptions& options, std::source_location where) {
    Location location = Location::of(where);
    check_learning_rate(options.learning_rate.value, location);
    double momentum = options.momentum.value;
    if (!(momentum >= 0 && momentum < 1)) {
        user_error(location, "sgd: momentum is {}; it is at least 0 and below 1, and 0 is none", momentum);
    }
    double weight_decay = options.weight_decay.value;
    if (!(std::isfinite(weight_decay) && weight_decay >= 0)) {
        user_error(location, "sgd: weight_decay is {}; it is a finite number of at least 0", weight_decay);
    }
    if (options.nesterov && momentum == 0) user_error(location, "sgd: nesterov needs a momentum above 0, such as 0.9");
    Optimizer optimizer{"sgd", {{std::string(ir::kLearningRate), options.learning_rate.value}}};
    if (momentum != 0) optimizer.options.emplace_back("momentum", momentum);
    if (weight_decay != 0) optimizer.options.emplace_back("weight_decay", weight_decay);
    if (options.nesterov) optimizer.options.emplace_back("nesterov", 1);
    return optimizer;
}

void check_learning_rate(double learning_rate, const Location& where) {
    if (std::isfinite(learning_rate) && learning_rate >= 0) return;
    user_error(where, "learning rate is {}; it is a finite number of at least 0", learning_rate);
}

}  // namespace ricci
