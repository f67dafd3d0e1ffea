/// \file passes/layout/choose_layout.h
/// Chooses the order of axes of images inside the program: a layout is nothing else.
///
///     images.nhwc[b, y, x, c] = images[b, c, y, x]  @layout        an input in the other order is copied once
///     conv[b, y, x, o] = sum(...) images.nhwc[...] * kernel[...]   temporaries change their type; equations follow
///
/// Kernels need no order: what only permutes one goes, see permuted_kernels.h.
///
/// With --layout=keep nothing happens; nchw and nhwc permute every temporary that has one axis each of batch, channel,
/// height and width and nothing else. Inputs, parameters, states and outputs keep the order that the caller knows. A
/// copy that only relabels (one channel) costs nothing: plan-memory makes it a view.
///
/// Runs after:  differentiate, so that gradients follow.  Runs before: lower-conv2d, match-gemm, which look at strides.
/// Ensures:     values of outputs and updates are the same.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph choose_layout(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
