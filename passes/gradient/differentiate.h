/// \file passes/gradient/differentiate.h
/// Reverse mode on equations: adds the gradients that the model asks for, as more equations.
///
/// y[left] = reduce body gives, for each element T[at] that the body reads, d.T[at] += d.y[left] * d body / d T[at].
/// The scalar table has the derivatives; nothing here knows an op. A padded read gives a clipped left. max and min send
/// everything to the first of equal elements; prod multiplies the other factors, so that zeros are right. Where a
/// derivative mentions the whole body, it reads the result instead. Several terms of one gradient are added in an
/// order that the order of equations fixes.
///
/// Runs after:  the model is complete.  Runs before: apply-optimizer.
/// Ensures:     Graph::gradients is empty, each request is an output. With Graph::training, each parameter that
///              the loss depends on has its gradient in Training::gradients, for apply-optimizer.
///              The result is ordinary equations: it can be differentiated again.
/// Tags:        gradients of conv2d: conv2d.input_gradient and conv2d.kernel_gradient; of the poolings: <op>.gradient.
/// \throws      UserError when the loss is no float scalar, or a gradient by integers is asked for.
/// Cost:        about twice the points of the model; the gradient of prod over n elements takes n*n points.
/// Source:      Speelpenning 1980, "Compiling Fast Partial Derivatives of Functions Given by Algorithms".
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph differentiate(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
