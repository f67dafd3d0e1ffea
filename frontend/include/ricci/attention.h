/// \file ricci/attention.h
/// Attention. Errors are those of ricci/layers.h.
#pragma once

#include <cstdint>
#include <string>

#include "ricci/layers.h"

namespace ricci {

struct AttentionOptions {
    std::int64_t heads = 1;   // parts that the features are split into
    bool causal = false;      // step t sees steps up to t alone
    Tensor seen{};            // bool[batch, time]: steps of the memory that may be seen; all when not given
    /// [time T, time U], with a batch or a head in front if wished. True where step t may see step u of the memory; or
    /// numbers that are added to the scores.
    Tensor mask{};
    bool bias = true;
    std::string name{};
};
/// Each step of x asks, each step of the memory answers:
///   score[b,h,t,u] = sum(e) query[b,t,(h,e)] * key[b,u,(h,e)] / sqrt(features / heads)
///   y[b,t,o] = sum(h,e) output[o,(h,e)] * sum(u) softmax(score)[b,h,t,u] * value[b,u,(h,e)]
/// \param x       {batch, time T, feature F} in any order, also without a batch.
/// \param memory  of the same kinds, with as many features; x itself in self_attention.
/// \returns  the axes of x. Parameters NAME.query.weight, .key.weight, .value.weight and .output.weight [F, F], each with
///           a bias, uniform in +-1/sqrt(F).
/// A step that sees nothing gets the mean of all values. \throws UserError unless `heads` divides F, and the times of x
/// and memory agree where `causal`; and for a mask of other axes.
/// Cost: N*T*(8*F*F + 4*U*F) flop.  Source: Vaswani et al. 2017, section 3.2.
Tensor multi_head_attention(TensorAt x, TensorAt memory, const AttentionOptions& options = {});
Tensor self_attention(TensorAt x, const AttentionOptions& options = {});

}  // namespace ricci
