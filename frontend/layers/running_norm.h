/// \file frontend/layers/running_norm.h
/// Batch normalisation that keeps statistics between steps. Internal.
#pragma once

#include "ricci/layers.h"

namespace ricci::detail {

/// batch_norm() with `options.running` above 0, along the axis of `kind`.
Tensor running_norm(const TensorAt& x, const AxisName& kind, const BatchNormOptions& options);

}  // namespace ricci::detail
