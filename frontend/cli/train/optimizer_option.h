/// \file frontend/cli/train/optimizer_option.h
/// The options that say how a training steps: an optimizer and a schedule as texts say them, and single settings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ricci/optimizer.h"

namespace ricci::cli {

/// What the command line says; what it leaves open is empty.
struct OptimizerRequest {
    std::optional<std::string> optimizer{};  // `adamw`, or `adamw(weight_decay = 0.1) except bias(weight_decay = 0)`
    std::optional<std::string> schedule{};   // `cosine`, or `step(every = 1000)`
    std::optional<double> learning_rate{};
    std::optional<double> momentum{};
    std::optional<double> weight_decay{};
    std::optional<double> clip{};
    std::optional<std::int64_t> accumulate{};
    std::optional<double> average{};
};

inline constexpr double kUsualRate = 0.05;     // learning rate of sgd, where nothing says one
inline constexpr double kUsualMomentum = 0.9;  // likewise

/// The optimizer of the request. Where it names none, it is that of the model's text. Where that has none either, it is
/// sgd with a momentum, and a cosine where no schedule is asked for. An optimizer of the request begins with the rate
/// of ricci/optimizer.h. \throws UserError naming the option and what is wrong with it.
Optimizer optimizer_of(const OptimizerRequest& request, const std::optional<Optimizer>& of_text);

/// The settings beside the learning rate, as a text: "momentum 0.9", "adamw, weight_decay 0.1".
std::string describe(const Optimizer& optimizer);
/// "constant", "cosine", "cosine(warm_up = 500)".
std::string describe_schedule(const Optimizer& optimizer);
/// The learning rate that it begins with.
double learning_rate_of(const Optimizer& optimizer);

}  // namespace ricci::cli
