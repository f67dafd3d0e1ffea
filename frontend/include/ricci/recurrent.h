/// \file ricci/recurrent.h
/// Recurrent cells, and layers that run one along the time, unrolled: each step is equations of its own. Errors are those
/// of ricci/layers.h.
#pragma once

#include <cstdint>
#include <string>

#include "ricci/layers.h"

namespace ricci {

struct RecurrentOptions {
    std::int64_t hidden = 0;  // features of the state
    bool reversed = false;    // from the last step to the first
    std::string name{};
};

/// The state behind a step, [batch, feature hidden]. `cell` is of LSTM alone.
struct RecurrentState {
    Tensor hidden{};
    Tensor cell{};
};

/// The parameters of a cell, which all its steps share. They are NAME.input.weight [feature G*hidden, feature I],
/// NAME.state.weight [feature G*hidden, feature hidden] and a bias of each. All begin uniform in +-1/sqrt(hidden). G is 4 for LSTM
/// (input, forget, cell, output) and 3 for GRU (reset, update, new): the order and the equations of PyTorch.
class RecurrentCell {
  public:
    enum class Form : std::uint8_t { lstm, gru };
    /// A cell for inputs like `x`, [batch, feature I]; also with a time. \throws UserError for hidden below 1.
    RecurrentCell(Form form, TensorAt x, const RecurrentOptions& options);
    /// The state after a step on x, [batch, feature I]. A state that is not given is 0.
    RecurrentState operator()(TensorAt x, const RecurrentState& before = {}) const;

  private:
    Form form_;
    std::int64_t hidden_;
    std::string name_;
    Tensor input_weight_, input_bias_, state_weight_, state_bias_;
};

/// The states behind each step, [batch, time, feature hidden]. \param x  [batch, time T, feature I] in any order.
/// The number of equations grows with T. Cost: N*T*2*G*hidden*(I + hidden) flop.
/// Source: Hochreiter, Schmidhuber 1997, with the forget gate of Gers et al. 2000; Cho et al. 2014.
Tensor lstm(TensorAt x, const RecurrentOptions& options);
Tensor gru(TensorAt x, const RecurrentOptions& options);

}  // namespace ricci
