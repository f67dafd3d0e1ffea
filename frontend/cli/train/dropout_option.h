/// \file frontend/cli/train/dropout_option.h
/// The option --dropout: another rate for the dropout of a model that is built already.
#pragma once

#include <cstdint>

#include "ricci/model.h"

namespace ricci::cli {

/// Gives every dropout of the model this rate: each select(random_bits(...) < bound, 0, factor * x).
/// \returns  how many there are.
std::int64_t set_dropout(Model& model, double rate);

}  // namespace ricci::cli
