// Convolutions of volumes, and the transposes of convolutions of sequences and volumes.
#include "ir/ops/entries/directions.h"
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

Op conv3d() {
    Op op{.name = "conv3d",
          .summary = "3-D cross-correlation of volumes",
          .signature = {kVolumes.operand(), "k[o: channel, i: channel, dd: tap_depth, dh: tap_h, dw: tap_w]"},
          .requirements = {{"C == groups * I",
                            "{x} has {C} channels (axis {x.c}) but {k} expects {groups * I} (axis {k.i}), groups = {groups}"},
                           {"floor(O / groups) * groups == O",
                            "{k} gives {O} channels (axis {k.o}), which groups = {groups} does not divide"}},
          .equations = "y[b, (g, o), z, y, x] = sum(i, dd, dh, dw) pad(x[b, (g, i), stride_d*z + dilation_d*dd - pad_front, "
                       "stride_h*y + dilation_h*dh - pad_top, stride_w*x + dilation_w*dw - pad_left], 0) * "
                       "k[(g, o), i, dd, dh, dw] where g: channel groups, z: depth PD, y: height PH, x: width PW",
          .attributes = convolution_attributes(kVolumes),
          .source = "Ji et al. 2013",
          .examples = {"x: f32[batch 2, channel 2, depth 4, height 5, width 4], k: f32[channel 3, channel 2, tap_depth 3, tap_h 3, "
                       "tap_w 2]",
                       "x: f64[batch ?, depth 3, height 4, width 3, channel 2], k: f64[channel 4, channel 1, tap_depth 2, tap_h 3, "
                       "tap_w 3]; groups = 2, stride = 2, pad = 1"}};
    for (const Direction& d : kVolumes.directions) {
        op.constants += fmt::format("P{0}[] = floor(({0} + {1} + {2} - dilation{3}*(D{0} - 1) - 1) / stride{3}) + 1\n", d.extent,
                                    d.first, d.last, d.suffix);
        op.requirements.push_back({fmt::format("{0} + {1} + {2} > dilation{3}*(D{0} - 1)", d.extent, d.first, d.last, d.suffix),
                                   fmt::format("a kernel of {{D{0}}} {4}, {{dilation{3}*(D{0} - 1) + 1}} with its dilation, does not "
                                               "fit into {{x}}: {5} {{{0}}}, {1} {{{1}}}, {2} {{{2}}}",
                                               d.extent, d.first, d.last, d.suffix, d.what, d.axis)});
    }
    return op;
}

/// What transposed convolutions share: channels, groups, and how large the result is along each direction.
Op transposed(std::string name, std::string summary, std::vector<std::string> signature) {
    return {.name = std::move(name),
            .summary = std::move(summary),
            .signature = std::move(signature),
            .constants = "I[] = C / groups\nR[] = groups * O\n",
            .requirements = {{"C == J", "{x} has {C} channels (axis {x.c}) but {k} expects {J} (axis {k.j})"},
                             {"floor(I) == I", "{x} has {C} channels (axis {x.c}), which groups = {groups} does not divide"}},
            .equations = "",
            .source = "Zeiler et al. 2010, \"Deconvolutional Networks\""};
}

Op conv_transpose3d() {
    Op op = transposed("conv_transpose3d", "the transpose of conv3d: each element of x adds a scaled kernel to the result",
                       {kVolumes.operand(), "k[j: channel, o: channel, dd: tap_depth, dh: tap_h, dw: tap_w]"});
    op.attributes = convolution_attributes(kVolumes);
    for (const Direction& d : kVolumes.directions) {
        op.constants += fmt::format("P{0}[] = ({0} - 1)*stride{3} - {1} - {2} + dilation{3}*(D{0} - 1) + output_pad{3} + 1\n",
                                    d.extent, d.first, d.last, d.suffix);
        op.attributes.push_back({fmt::format("output_pad{}", d.suffix), 0,
                                 fmt::format("{} added to the result at the end", d.what), true, 0});
    }
    op.equations = "clip y[b, (g, o), stride_d*d + dilation_d*dd - pad_front, stride_h*h + dilation_h*dh - pad_top, stride_w*w + "
                   "dilation_w*dw - pad_left] += x[b, (g, i), d, h, w] * k[(g, i), o, dd, dh, dw] "
                   "where g: channel groups, i: channel I";
    op.result = "y[b, r: channel R, z: depth PD, p: height PH, q: width PW]";
    op.examples = {"x: f32[batch 2, channel 2, depth 2, height 3, width 3], k: f32[channel 2, channel 3, tap_depth 2, tap_h 3, tap_w "
                   "3]; stride = 2, pad = 1",
                   "x: f64[batch ?, depth 2, height 2, width 3, channel 2], k: f64[channel 2, channel 1, tap_depth 2, tap_h 2, "
                   "tap_w 2]; groups = 2"};
    return op;
}

Op conv_transpose1d() {
    Op op = transposed("conv_transpose1d", "the transpose of conv1d: each element of x adds a scaled kernel to the result",
                       {kSequences.operand(), "k[j: channel, o: channel, dt: tap_time]"});
    op.constants += "P[] = (T - 1)*stride - pad_before - pad_after + dilation*(DT - 1) + output_pad + 1\n";
    op.equations = "clip y[b, (g, o), stride*t + dilation*dt - pad_before] += x[b, (g, i), t] * k[(g, i), o, dt] "
                   "where g: channel groups, i: channel I";
    op.result = "y[b, r: channel R, p: time P]";
    op.attributes = convolution_attributes(kSequences);
    op.attributes.push_back({"output_pad", 0, "steps added to the result at the end", true, 0});
    op.examples = {"x: f32[batch 2, channel 3, time 4], k: f32[channel 3, channel 2, tap_time 3]; stride = 2, pad = 1",
                   "x: f64[batch ?, time 5, channel 4], k: f64[channel 4, channel 1, tap_time 2]; groups = 2, dilation = 2"};
    return op;
}

}  // namespace

void add_volume_ops(std::vector<Op>& table) {
    table.push_back(conv3d());
    table.push_back(conv_transpose1d());
    table.push_back(conv_transpose3d());
}

}  // namespace ricci::ir
