/// \file ir/analysis/convolution_form.h
/// How an equation is a 2-D convolution or one of its gradients, in numbers. lower-conv2d, the verifier and codegen
/// share this analysis.
#pragma once

#include <optional>
#include <string_view>

#include "ir/analysis/address.h"
#include "ir/base/convolution_routines.h"
#include "ir/base/or_reason.h"
#include "ir/core/graph.h"

namespace ricci::ir {

using ricci::ConvolutionDirection;

/// y[b, g, o, p, q] = sum(i, r, s) x[b, g, i, stride_h*p + dilation_h*r - top, stride_w*q + dilation_w*s - left]
///                                 * w[g, o, i, r, s],     x reads 0 outside;
/// the gradients are the same with the result exchanged for the image or the kernel. All steps are in elements.
struct ConvolutionForm {
    struct Steps {  // what one unit of each index moves
        std::int64_t batch = 0, group = 0, channel = 0, row = 0, column = 0;
    };
    ConvolutionDirection direction = ConvolutionDirection::forward;
    ValueId image = -1, kernel = -1, result = -1;  // x, w and y or their gradients
    bool bf16 = false;                             // both factors are rounded to bf16
    std::int64_t batch = 1;                        // or kOpen
    std::int64_t groups = 1, in = 1, out = 1;      // channels of one group
    std::int64_t height = 1, width = 1, result_height = 1, result_width = 1, taps_h = 1, taps_w = 1;
    std::int64_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1, top = 0, left = 0;
    Steps image_steps, result_steps;
    std::int64_t kernel_group = 0, kernel_out = 0, kernel_in = 0, kernel_row = 0, kernel_column = 0;

    /// Multiplications and additions of one sample.
    double flop() const;
};

/// Which of the three an equation is, if it is a convolution. The place of the taps tells: on axes of the result, in
/// its index expressions, or in those of a read.
ConvolutionDirection convolution_direction(const Graph& graph, const Equation& equation);
/// Why a routine of the runtime does not compute a convolution of this form; "" where it does.
std::string_view why_not(const Routine& routine, const ConvolutionForm& form);

/// True when an index expression joins a tap with the position that it belongs to, as a window over an image does.
bool slides(const Equation& equation);
/// The same of a window of several taps and several positions: elements are met again.
bool reads_again(const Equation& equation);

/// The form of a convolution or of a gradient of one, or why the runtime computes none of this form.
OrReason<ConvolutionForm> convolution_form(const Graph& graph, const Equation& equation);

}  // namespace ricci::ir
