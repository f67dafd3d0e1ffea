/// \file passes/choose_convolution.h
/// How a convolution is best computed: the cost model of lower-conv2d.
#pragma once

#include <string>

#include "ir/convolution_form.h"

namespace ricci::passes {

struct ConvolutionChoice {
    std::string method;  // one that --conv forces, or "winograd4"
    std::string reason;  // for people, with the predicted time
};

/// The method with the least predicted time. Convolutions of few operations a sample stay "im2col": what surrounds them
/// counts for more, and fuses with patches and matrices but not with a call. The times are those of a core whose matrix
/// products run at 150 GFLOP/s; the choice depends on their ratio alone.
ConvolutionChoice choose_convolution(const ir::ConvolutionForm& form, bool allow_winograd);

/// The method of Winograd's minimal filtering that computes it: "winograd4" for 3 x 3 and 5 x 5 taps that move by one
/// or, with `small`, "winograd2" for 3 x 3 ones; "" for all else.
std::string winograd_for(const ir::ConvolutionForm& form, bool small);

}  // namespace ricci::passes
