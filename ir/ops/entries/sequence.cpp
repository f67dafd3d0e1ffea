// Convolution along the time: windows of one axis.
#include "ir/ops/entries/directions.h"
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
void add_sequence_ops(std::vector<Op>& table) {
    table.push_back(
        {.name = "conv1d",
         .summary = "1-D cross-correlation of sequences",
         .signature = {kSequences.operand(), "w[o: channel, i: channel, dt: tap_time]"},
         .constants = "P[] = floor((T + pad_before + pad_after - dilation*(DT - 1) - 1) / stride) + 1\n",
         .requirements =
             {{"C == groups * I",
               "{x} has {C} channels (axis {x.c}) but {w} expects {groups * I} (axis {w.i}), groups = {groups}"},
              {"floor(O / groups) * groups == O",
               "{w} gives {O} channels (axis {w.o}), which groups = {groups} does not divide"},
              {"T + pad_before + pad_after > dilation*(DT - 1)",
               "a kernel of {DT} steps, {dilation*(DT - 1) + 1} with its dilation, does not fit into {x}: time {T}, "
               "pad_before {pad_before}, pad_after {pad_after}"}},
         .equations = "y[b, (g, o), t] = sum(i, dt) pad(x[b, (g, i), stride*t + dilation*dt - pad_before], 0) * "
                      "w[(g, o), i, dt] where g: channel groups, t: time P",
         .attributes = convolution_attributes(kSequences),
         .source = "Waibel et al. 1989",
         .examples = {
             "x: f32[batch 2, channel 3, time 8], w: f32[channel 4, channel 3, tap_time 3]",
             "x: f32[batch ?, channel 2, time 7], w: f32[channel 4, channel 1, tap_time 3]; groups = 2, stride = 2, "
             "pad_before = 1",
             "x: f64[batch 2, time 9, channel 2], w: f64[channel 3, channel 2, tap_time 2]; dilation = 3, "
             "pad_after = 1"}});
}

}  // namespace ricci::ir
