// Convolution and pooling along the time: windows of one axis.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

std::vector<OpAttribute> pool_attributes() {
    return {{"window", OpAttribute::kRequired, "steps of a window", true, 1},
            {"stride", 0, "steps from one window to the next; 0: the steps of a window", true, 0},
            {"pad_before", 0, "steps before the first", true, 0},
            {"pad_after", 0, "steps after the last", true, 0},
            {"ceil", 0, "1: a last window may reach past the padding, if it starts before it", true, 0}};
}

const char* const kPoolConstants =
    "S[] = select(stride == 0, window, stride)\n"
    "UP[] = floor((T + pad_before + pad_after - window + select(ceil != 0, S - 1, 0)) / S) + 1\n"
    "P[] = UP - select(ceil != 0 && (UP - 1)*S >= T + pad_before, 1, 0)\n"
    "WHOLE[] = (P - 1)*S + window <= T + pad_before + pad_after\n";

std::vector<OpRequirement> pool_requirements() {
    return {{"T + pad_before + pad_after >= window",
             "windows of {window} steps do not fit into {x}: time {T}, pad_before {pad_before}, pad_after {pad_after}"},
            {"2*max(pad_before, pad_after) <= window",
             "padding of {max(pad_before, pad_after)} steps is more than half a window of {window}"}};
}

const char* const kSequences = "x[b: batch, c: channel, t: time]";

}  // namespace

void add_sequence_ops(std::vector<Op>& table) {
    table.push_back(
        {.name = "conv1d",
         .summary = "1-D cross-correlation of sequences",
         .signature = {kSequences, "w[o: channel, i: channel, dt: tap_time]"},
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
         .attributes = {{"stride", 1, "steps from one window to the next", true, 1},
                        {"pad_before", 0, "steps of zeros before the first", true, 0},
                        {"pad_after", 0, "steps of zeros after the last", true, 0},
                        {"dilation", 1, "steps from one tap to the next", true, 1},
                        {"groups", 1, "parts that the channels are split into, each with kernels of its own", true, 1}},
         .source = "Waibel et al. 1989",
         .examples = {
             "x: f32[batch 2, channel 3, time 8], w: f32[channel 4, channel 3, tap_time 3]",
             "x: f32[batch ?, channel 2, time 7], w: f32[channel 4, channel 1, tap_time 3]; groups = 2, stride = 2, "
             "pad_before = 1",
             "x: f64[batch 2, time 9, channel 2], w: f64[channel 3, channel 2, tap_time 2]; dilation = 3, "
             "pad_after = 1"}});
    table.push_back(
        {.name = "max_pool1d",
         .summary = "the largest element of each window of steps; padding counts as -inf",
         .signature = {kSequences},
         .constants = kPoolConstants,
         .requirements = pool_requirements(),
         .equations = "y[b, c, t] = max(dt: tap_time window) pad(x[b, c, S*t + dt - pad_before], -inf) where t: time P",
         .attributes = pool_attributes(),
         .examples = {"x: f32[batch 2, channel 3, time 8]; window = 2",
                      "x: f64[batch ?, time 7, channel 2]; window = 3, stride = 2, pad_before = 1",
                      "x: f64[batch 2, time 6, channel 2]; window = 3, stride = 2, ceil = 1"}});
    table.push_back(
        {.name = "avg_pool1d",
         .summary = "the mean of each window of steps; padding counts as 0",
         .signature = {kSequences},
         .constants = kPoolConstants,
         .requirements = pool_requirements(),
         .equations =
             "y[b, c, t] = sum(dt: tap_time window) pad(x[b, c, S*t + dt - pad_before], 0) / (min(real(index(S*t + window - "
             "pad_before)), T + pad_after) - real(index(S*t - pad_before))) where t: time P",
         .cases = {{"WHOLE",
                    "y[b, c, t] = sum(dt: tap_time window) pad(x[b, c, S*t + dt - pad_before], 0) / window where t: time P"}},
         .attributes = pool_attributes(),
         .examples = {"x: f32[batch 2, channel 3, time 8]; window = 2",
                      "x: f64[batch ?, time 7, channel 2]; window = 3, stride = 2, pad_before = 1",
                      "x: f64[batch 2, time 6, channel 2]; window = 3, stride = 2, ceil = 1"}});
}

}  // namespace ricci::ir
