/// \file passes/batch/open_batch.h
/// Opens a batch of a fixed size, so that its equations can run in batch tiles as those of an open batch do.
///
///     input x: f32[batch 64, feature 3]      ->  batch 64
///     h[b, i] = tanh(x[b, i])                    input x: f32[batch ?, feature 3]
///
/// The graph keeps the number (Graph::fixed_batch), and every call must have that many samples. So what the equations
/// say of it stays true: a mean over the samples still divides by 64.
///
/// The batch stays as it is, with a remark, where one of these holds:
///
///  - Inputs have batch axes of several extents, or one input has two of them.
///  - The open batch would break a rule of the verifier. A sample is read beside another one, or samples and positions
///    count along one axis, or a parameter has an element for each sample.
///  - No equation would run in a tile, or a tile takes more samples than a call has.
///
/// Runs after:  simplify, which has turned extent(b) into a number.  Runs before: choose-layout and lower-conv2d, whose
///              choices depend on tiles.
/// Requires:    stage step, no kernels and no tiles.
/// Ensures:     rule V24; with tile = "off" the graph is the one before.
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph open_batch(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
