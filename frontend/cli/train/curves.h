/// \file frontend/cli/train/curves.h
/// Curves of a training: loss and accuracy by epoch, as SVG and as CSV.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ricci/trainer.h"

namespace ricci::cli {

/// Two panels, the loss on the left, the accuracy on the right where there is one.
/// \param tested  "test" or "validation".
std::string curves_svg(std::string_view title, std::string_view tested, const std::vector<EpochReport>& epochs);

/// A line of names, then one an epoch. Numbers that there are not are left empty.
std::string epochs_csv(std::string_view tested, const std::vector<EpochReport>& epochs);

}  // namespace ricci::cli
