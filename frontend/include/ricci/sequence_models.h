/// \file ricci/sequence_models.h
/// Networks of sequences.
#pragma once

#include <cstdint>

#include "ricci/model.h"

namespace ricci {

struct CharacterTransformerOptions {
    DType dtype = f32;
    std::int64_t batch = kOpen;    // bound at each call, or always this
    std::int64_t characters = 65;  // that there are
    std::int64_t steps = 32;       // characters of a text
    std::int64_t features = 64;
    std::int64_t heads = 4;
    std::int64_t blocks = 2;
    double dropout = 0;
};

/// A network that predicts the next token of a text at each of its steps.
struct SequenceModel {
    Model model;
    Tensor tokens;     // i32[batch, time]
    Tensor labels;     // i32[batch, time]: the tokens one step on
    Tensor logits;     // dtype[batch, time, class]
    Tensor loss;       // dtype[], the mean over all steps
    Tensor predicted;  // i64[batch, time]
};

/// A decoder of blocks with causal attention and a hidden layer of 4 * features, each behind a layer norm: 110,529 parameters
/// without options. Source: Vaswani et al. 2017; Radford et al. 2019 for the place of the norms.
SequenceModel character_transformer(const CharacterTransformerOptions& options = {});

}  // namespace ricci
