/// \file ricci/norms.h
/// Normalisations beside batch_norm and layer_norm of ricci/layers.h. None mixes samples: they are the same in training
/// and later. Scales begin at 1, shifts at 0. Errors are those of ricci/layers.h.
#pragma once

#include <cstdint>
#include <string>

#include "ricci/layers.h"

namespace ricci {

/// Each of `groups` parts of the channels of each sample to mean 0 and variance 1, then each channel scaled and
/// shifted. Parameters NAME.scale and NAME.shift [channel].  Source: Wu, He 2018.
Tensor group_norm(TensorAt x, std::int64_t groups, const NormOptions& options = {});
/// Each channel of each sample by itself. Parameters as group_norm.  Source: Ulyanov, Vedaldi, Lempitsky 2016.
Tensor instance_norm(TensorAt x, const NormOptions& options = {});
/// The features of each sample over the root of their mean square, then scaled.
/// Parameter NAME.scale [feature].  Source: Zhang, Sennrich 2019.
Tensor rms_norm(TensorAt x, const NormOptions& options = {});

struct LocalResponseNormOptions {
    std::int64_t size = 5;  // channels of a window
    double alpha = 1e-4;
    double beta = 0.75;
    double k = 1;
    std::string name{};
};
/// y[b,c,...] = x[b,c,...] / (k + alpha / size * sum of the squares of `size` channels around c)^beta. No parameters.
/// Source: Krizhevsky, Sutskever, Hinton 2012, section 3.3.
Tensor local_response_norm(TensorAt x, const LocalResponseNormOptions& options = {});

}  // namespace ricci
