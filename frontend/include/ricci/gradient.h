/// \file ricci/gradient.h
/// Gradients as tensors of the model, for losses that contain them and for derivatives of a higher order.
#pragma once

#include <source_location>
#include <vector>

#include "ricci/tensor.h"

namespace ricci {

/// The derivative of one number by a tensor, of the type of `by`. It is equations as any other value: it may be put out,
/// stand in a loss, and be differentiated again. Where `of` does not depend on `by` it is 0.
///
///   Tensor slope = grad(sum(u), x);      // of each sample's u by its own x
///   Tensor bend = grad(sum(slope), x);   // of second order
///
/// \throws UserError unless `of` is one floating-point number, and `by` is floating point and of the same model.
/// Cost: about twice the points of what `of` is computed from.
Tensor grad(const Tensor& of, const Tensor& by, std::source_location where = std::source_location::current());
/// By each of several, in one reverse pass.
std::vector<Tensor> grad(const Tensor& of, const std::vector<Tensor>& by,
                         std::source_location where = std::source_location::current());

}  // namespace ricci
