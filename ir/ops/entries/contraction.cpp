// Ops that are sums of products; their gradients follow from the equations.
#include "ir/ops/entries/directions.h"
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

Op conv2d() {
    return {
        .name = "conv2d",
        .summary = "2-D cross-correlation of images",
        .signature = {"x[b: batch, c: channel, h: height, w: width]",
                      "w[o: channel, i: channel, dy: tap_h, dx: tap_w]"},
        .constants =
            "P[] = floor((H + pad_top + pad_bottom - dilation_h*(DY - 1) - 1) / stride_h) + 1\n"
            "Q[] = floor((W + pad_left + pad_right - dilation_w*(DX - 1) - 1) / stride_w) + 1\n",
        .requirements =
            {{"C == groups * I",
              "{x} has {C} channels (axis {x.c}) but {w} expects {groups * I} (axis {w.i}), groups = {groups}"},
             {"floor(O / groups) * groups == O",
              "{w} gives {O} channels (axis {w.o}), which groups = {groups} does not divide"},
             {"H + pad_top + pad_bottom > dilation_h*(DY - 1)",
              "a kernel of {DY} rows, {dilation_h*(DY - 1) + 1} with its dilation, does not fit into {x}: height {H}, "
              "pad_top {pad_top}, pad_bottom {pad_bottom}"},
             {"W + pad_left + pad_right > dilation_w*(DX - 1)",
              "a kernel of {DX} columns, {dilation_w*(DX - 1) + 1} with its dilation, does not fit into {x}: width "
              "{W}, pad_left {pad_left}, pad_right {pad_right}"}},
        .equations =
            "y[b, (g, o), y, x] = sum(i, dy, dx) pad(x[b, (g, i), stride_h*y + dilation_h*dy - pad_top, "
            "stride_w*x + dilation_w*dx - pad_left], 0) * w[(g, o), i, dy, dx] "
            "where g: channel groups, y: height P, x: width Q",
        .attributes = convolution_attributes(kImages),
        .source = "LeCun et al. 1998, section II",
        .gradients = {"conv2d.input_gradient", "conv2d.kernel_gradient"},
        .examples = {"x: f32[batch 2, channel 3, height 8, width 8], w: f32[channel 4, channel 3, tap_h 3, tap_w 3]",
                     "x: f32[batch ?, channel 1, height 6, width 5], w: f32[channel 2, channel 1, tap_h 3, tap_w 2]; "
                     "stride = 2, "
                     "pad = 1",
                     "x: f64[batch 2, height 7, width 6, channel 4], w: f64[channel 6, channel 2, tap_h 3, tap_w 3]; "
                     "groups = 2, "
                     "dilation_h = 2, pad_top = 1, pad_right = 2",
                     "x: f32[batch 1, channel 3, height 4, width 4], w: f32[channel 3, channel 1, tap_h 1, tap_w 3]; "
                     "groups = 3"},
    };
}

Op conv_transpose2d() {
    std::vector<OpAttribute> attributes = convolution_attributes(kImages);
    attributes.push_back({"output_pad_h", 0, "rows added to the result at the bottom", true, 0});
    attributes.push_back({"output_pad_w", 0, "columns added to the result at the right", true, 0});
    return {
        .name = "conv_transpose2d",
        .summary = "the transpose of conv2d: each element of x adds a scaled kernel to the result",
        .signature = {"x[b: batch, c: channel, h: height, w: width]",
                      "w[j: channel, o: channel, dy: tap_h, dx: tap_w]"},
        .constants =
            "P[] = (H - 1)*stride_h - pad_top - pad_bottom + dilation_h*(DY - 1) + output_pad_h + 1\n"
            "Q[] = (W - 1)*stride_w - pad_left - pad_right + dilation_w*(DX - 1) + output_pad_w + 1\n"
            "I[] = C / groups\n"
            "R[] = groups * O\n",
        .requirements = {{"C == J", "{x} has {C} channels (axis {x.c}) but {w} expects {J} (axis {w.j})"},
                         {"floor(I) == I",
                          "{x} has {C} channels (axis {x.c}), which groups = {groups} does not divide"}},
        .equations =
            "clip y[b, (g, o), stride_h*y + dilation_h*dy - pad_top, stride_w*x + dilation_w*dx - pad_left] += "
            "x[b, (g, i), y, x] * w[(g, i), o, dy, dx] where g: channel groups, i: channel I",
        .result = "y[b, r: channel R, p: height P, q: width Q]",
        .attributes = std::move(attributes),
        .source = "Zeiler et al. 2010, \"Deconvolutional Networks\"",
        .examples = {"x: f32[batch 2, channel 3, height 4, width 5], w: f32[channel 3, channel 2, tap_h 3, tap_w 3]; "
                     "stride = 2, pad = 1",
                     "x: f64[batch 2, channel 4, height 3, width 3], w: f64[channel 4, channel 1, tap_h 2, tap_w 2]; "
                     "groups = 2",
                     "x: f32[batch ?, height 3, width 4, channel 2], w: f32[channel 2, channel 3, tap_h 2, tap_w 3]"},
    };
}

}  // namespace

void add_contractions(std::vector<Op>& table) {
    table.push_back(conv2d());
    table.push_back(conv_transpose2d());
    table.push_back({.name = "linear",
                     .summary = "features times a weight matrix of [out, in]",
                     .signature = {"x[..., i: feature]", "w[o, i: feature]"},
                     .equations = "y[..., o] = sum(i) x[..., i] * w[o, i]",
                     .examples = {"x: f32[batch 3, feature 5], w: f32[feature 4, feature 5]",
                                  "x: f32[batch ?, feature 5], w: f32[class 4, feature 5]",
                                  "x: f64[batch 2, time 3, feature 4], w: f64[feature 2, feature 4]"}});
    table.push_back({.name = "matmul",
                     .summary = "the product of two matrices: columns of a meet rows of b",
                     .signature = {"a[i, k]", "b[k, j]"},
                     .equations = "y[i, j] = sum(k) a[i, k] * b[k, j]",
                     .examples = {"a: f32[feature 3, feature 4], b: f32[feature 4, feature 5]",
                                  "a: f64[batch 2, feature 4], b: f64[feature 4, class 3]"}});
    table.push_back({.name = "batch_matmul",
                     .summary = "a product of two matrices for each sample",
                     .signature = {"a[b: batch, i, k]", "b[b: batch, k, j]"},
                     .equations = "y[b, i, j] = sum(k) a[b, i, k] * b[b, k, j]",
                     .examples = {"a: f32[batch 2, time 3, feature 4], b: f32[batch 2, feature 4, time 5]"}});
    table.push_back({.name = "outer",
                     .summary = "all products of an element of a and one of b",
                     .signature = {"a[i]", "b[j]"},
                     .equations = "y[i, j] = a[i] * b[j]",
                     .examples = {"a: f32[feature 3], b: f32[feature 4]", "a: f64[channel 2], b: f64[class 3]"}});
}

}  // namespace ricci::ir
