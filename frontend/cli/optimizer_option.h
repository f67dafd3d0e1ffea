/// \file frontend/cli/optimizer_option.h
/// The option --optimizer: an optimizer as texts say it.
#pragma once

#include <optional>
#include <string>

#include "ricci/optimizer.h"

namespace ricci::cli {

/// `adamw`, or `adamw(weight_decay = 0.1, clip_norm = 1) except bias(weight_decay = 0)`. What the text leaves out is added.
/// That is the learning rate, of ricci/optimizer.h where none is given, and the momentum, where one is given.
/// \throws UserError naming the option and what is wrong with it.
Optimizer optimizer_of(const std::string& text, std::optional<double> learning_rate, std::optional<double> momentum);

/// The settings beside the learning rate, as a text: "momentum 0.9", "adamw, weight_decay 0.1".
std::string describe(const Optimizer& optimizer);

}  // namespace ricci::cli
