// Convolutions of volumes, and the transposes of convolutions of sequences and volumes.
#include <fmt/format.h>

#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

struct Direction {
    char letter;            // of its constants: D, H, W
    const char* axis;       // "depth"
    const char* first;      // of the paddings
    const char* last;
    const char* what;       // "rows"
};

constexpr Direction kVolume[] = {{'d', "depth", "pad_front", "pad_back", "slices"},
                                 {'h', "height", "pad_top", "pad_bottom", "rows"},
                                 {'w', "width", "pad_left", "pad_right", "columns"}};

std::vector<OpAttribute> volume_attributes() {
    std::vector<OpAttribute> attributes;
    for (const Direction& d : kVolume)
        attributes.push_back({fmt::format("stride_{}", d.letter), 1, fmt::format("{} from one window to the next", d.what), true, 1});
    for (const Direction& d : kVolume) {
        attributes.push_back({d.first, 0, fmt::format("{} of zeros before the first", d.what), true, 0});
        attributes.push_back({d.last, 0, fmt::format("{} of zeros after the last", d.what), true, 0});
    }
    for (const Direction& d : kVolume)
        attributes.push_back({fmt::format("dilation_{}", d.letter), 1, fmt::format("{} from one tap to the next", d.what), true, 1});
    attributes.push_back({"groups", 1, "parts that the channels are split into, each with kernels of its own", true, 1});
    return attributes;
}

char capital(char letter) {
    return static_cast<char>(letter - 'a' + 'A');
}

const char* const kVolumes = "x[b: batch, c: channel, d: depth, h: height, w: width]";

Op conv3d() {
    Op op{.name = "conv3d",
          .summary = "3-D cross-correlation of volumes",
          .signature = {kVolumes, "k[o: channel, i: channel, dd: tap_depth, dh: tap_h, dw: tap_w]"},
          .requirements = {{"C == groups * I",
                            "{x} has {C} channels (axis {x.c}) but {k} expects {groups * I} (axis {k.i}), groups = {groups}"},
                           {"floor(O / groups) * groups == O",
                            "{k} gives {O} channels (axis {k.o}), which groups = {groups} does not divide"}},
          .equations = "y[b, (g, o), z, y, x] = sum(i, dd, dh, dw) pad(x[b, (g, i), stride_d*z + dilation_d*dd - pad_front, "
                       "stride_h*y + dilation_h*dh - pad_top, stride_w*x + dilation_w*dw - pad_left], 0) * "
                       "k[(g, o), i, dd, dh, dw] where g: channel groups, z: depth PD, y: height PH, x: width PW",
          .attributes = volume_attributes(),
          .source = "Ji et al. 2013",
          .examples = {"x: f32[batch 2, channel 2, depth 4, height 5, width 4], k: f32[channel 3, channel 2, tap_depth 3, tap_h 3, "
                       "tap_w 2]",
                       "x: f64[batch ?, depth 3, height 4, width 3, channel 2], k: f64[channel 4, channel 1, tap_depth 2, tap_h 3, "
                       "tap_w 3]; groups = 2, stride = 2, pad = 1"}};
    for (const Direction& d : kVolume) {
        const char e = capital(d.letter);
        op.constants += fmt::format("P{0}[] = floor(({0} + {1} + {2} - dilation_{3}*(D{0} - 1) - 1) / stride_{3}) + 1\n", e,
                                    d.first, d.last, d.letter);
        op.requirements.push_back({fmt::format("{0} + {1} + {2} > dilation_{3}*(D{0} - 1)", e, d.first, d.last, d.letter),
                                   fmt::format("a kernel of {{D{0}}} {4}, {{dilation_{3}*(D{0} - 1) + 1}} with its dilation, does not "
                                               "fit into {{x}}: {5} {{{0}}}, {1} {{{1}}}, {2} {{{2}}}",
                                               e, d.first, d.last, d.letter, d.what, d.axis)});
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
                       {kVolumes, "k[j: channel, o: channel, dd: tap_depth, dh: tap_h, dw: tap_w]"});
    op.attributes = volume_attributes();
    for (const Direction& d : kVolume) {
        op.constants += fmt::format("P{0}[] = ({0} - 1)*stride_{3} - {1} - {2} + dilation_{3}*(D{0} - 1) + output_pad_{3} + 1\n",
                                    capital(d.letter), d.first, d.last, d.letter);
        op.attributes.push_back({fmt::format("output_pad_{}", d.letter), 0,
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
                       {"x[b: batch, c: channel, t: time]", "k[j: channel, o: channel, dt: tap_time]"});
    op.constants += "P[] = (T - 1)*stride - pad_before - pad_after + dilation*(DT - 1) + output_pad + 1\n";
    op.equations = "clip y[b, (g, o), stride*t + dilation*dt - pad_before] += x[b, (g, i), t] * k[(g, i), o, dt] "
                   "where g: channel groups, i: channel I";
    op.result = "y[b, r: channel R, p: time P]";
    op.attributes = {{"stride", 1, "steps from one window to the next", true, 1},
                     {"pad_before", 0, "steps of zeros before the first", true, 0},
                     {"pad_after", 0, "steps of zeros after the last", true, 0},
                     {"dilation", 1, "steps from one tap to the next", true, 1},
                     {"groups", 1, "parts that the channels are split into, each with kernels of its own", true, 1},
                     {"output_pad", 0, "steps added to the result at the end", true, 0}};
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
