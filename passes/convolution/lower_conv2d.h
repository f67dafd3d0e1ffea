/// \file passes/convolution/lower_conv2d.h
/// Rewrites convolutions and their gradients to patches and one matrix multiplication, so that codegen can call BLAS.
/// It finds them by their form, whatever their tag (convolution_roles.h): transposed ones and those of volumes, too.
///
///   forward           P = patches of x (im2col);  y = sum(i, r, s) P * w
///   kernel's gradient P as in the forward pass (cse makes them one);  dw = sum(b, p, q) dy * P
///   input's gradient  dP = sum(o) dy * w;  dx += dP, each patch back to where it came from (col2im)
///
/// Patches have the axes of x, with what the product contracts in place of the channel axis. They are P[b, i, r, s, p,
/// q] where channels come first, P[b, p, q, r, s, i] where they are last. Groups stand before them. A kernel whose axes
/// do not collapse in that order is repacked by an equation of its own. Stride, padding, dilation and groups are read
/// from the index expressions. A window of one element without stride or padding needs no patches. Other methods leave
/// the equation as it is and schedule it:
///
///   --conv=direct             by register tile
///   --conv=naive              by loops
///   --conv=blocks, winograd   by library blocks, winograd2, winograd4
///
/// `auto` takes what passes/convolution/choose_convolution.h predicts to be fastest. A remark gives each choice, its
/// reason and time, that of the others, and patch bytes, M, N and K. Convolutions leave a batch tile where calls win more
/// than the values that live inside it would cost from memory, its copies counted.
///
/// Runs after:  differentiate, choose-layout.  Runs before: match-gemm, fuse.
/// Requires:    typed values, static extents but the batch.
/// Ensures:     no convolution, and no equation tagged conv2d, is left without a schedule, or a remark says why.
/// Source:      Chellapilla, Puri, Simard 2006, "High Performance Convolutional Neural Networks for Document
/// Processing".
#pragma once

#include "passes/pass.h"

namespace ricci::passes {

ir::Graph lower_conv2d(const ir::Graph& graph, const Options& options, Remarks& remarks);

}  // namespace ricci::passes
