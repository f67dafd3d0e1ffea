/// \file passes/convolution/convolution_roles.h
/// Which operand and which index of an equation is what in a convolution: what its cost and its lowering share.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ir/analysis/convolution_form.h"

namespace ricci::passes {

/// One of the three tensors of a convolution and where it is read or written.
struct ConvolutionOperand {
    ir::ValueId tensor = -1;
    std::vector<ir::Affine> at;
    ir::ExprRef access;  // the node of the body; null for the result
};

/// A convolution in any direction: which operand is what, and the indices by the operands that hold them.
struct Convolution {
    ir::ConvolutionDirection direction;
    ConvolutionOperand image;                         // x or dx, read or written through the window
    ConvolutionOperand kernel;                        // w or dw
    ConvolutionOperand result;                        // y or dy
    std::vector<ir::IndexId> groups, channels, taps;  // groups: all three; the others: image and kernel
};

/// Why an equation is no convolution that the passes know, or the convolution. Of any float type, and of more shapes
/// than ir::convolution_form, which reads what the runtime computes.
struct RecognizedConvolution {
    std::optional<Convolution> convolution;
    std::string_view why_not;
};
RecognizedConvolution recognize_convolution(const ir::Graph& graph, const ir::Equation& equation);

/// The convolution that an equation is, if no method was chosen for it. Its tag says nothing.
std::optional<Convolution> open_convolution(const ir::Graph& graph, const ir::Equation& equation);

/// True when the window is one element that moves by one: the product needs no patches.
bool is_pointwise_window(const ir::Graph& graph, const ir::Equation& equation, const Convolution& convolution);

/// Whether any of these index expressions holds the index.
bool uses(const std::vector<ir::Affine>& at, ir::IndexId index);

}  // namespace ricci::passes
