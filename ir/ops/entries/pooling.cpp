// Pooling: a maximum or a mean over windows.
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

std::vector<OpAttribute> window_attributes() {
    return {
        {"window_h", OpAttribute::kRequired, "rows of a window", true, 1},
        {"window_w", OpAttribute::kRequired, "columns of a window", true, 1},
        {"stride_h", 0, "rows from one window to the next; 0: the rows of a window", true, 0},
        {"stride_w", 0, "columns from one window to the next; 0: the columns of a window", true, 0},
        {"pad_top", 0, "rows before the first", true, 0},
        {"pad_bottom", 0, "rows after the last", true, 0},
        {"pad_left", 0, "columns before the first", true, 0},
        {"pad_right", 0, "columns after the last", true, 0},
        {"ceil", 0, "1: a last window may reach past the padding, if it starts before it", true, 0},
    };
}

// A window that starts in the padding after the last element is dropped.
const char* const kConstants =
    "SH[] = select(stride_h == 0, window_h, stride_h)\n"
    "SW[] = select(stride_w == 0, window_w, stride_w)\n"
    "DH[] = H + pad_top + pad_bottom - dilation_h*(window_h - 1) - 1\n"
    "DW[] = W + pad_left + pad_right - dilation_w*(window_w - 1) - 1\n"
    "PU[] = floor((DH + select(ceil != 0, SH - 1, 0)) / SH) + 1\n"
    "QU[] = floor((DW + select(ceil != 0, SW - 1, 0)) / SW) + 1\n"
    "P[] = PU - select(ceil != 0 && (PU - 1)*SH >= H + pad_top, 1, 0)\n"
    "Q[] = QU - select(ceil != 0 && (QU - 1)*SW >= W + pad_left, 1, 0)\n";

std::vector<OpRequirement> requirements() {
    return {{"DH >= 0",
             "windows of {dilation_h*(window_h - 1) + 1} rows do not fit into {x}: height {H}, pad_top {pad_top}, "
             "pad_bottom {pad_bottom}"},
            {"DW >= 0",
             "windows of {dilation_w*(window_w - 1) + 1} columns do not fit into {x}: width {W}, pad_left "
             "{pad_left}, pad_right {pad_right}"},
            {"2*max(pad_top, pad_bottom) <= window_h",
             "padding of {max(pad_top, pad_bottom)} rows is more than half a window of {window_h}"},
            {"2*max(pad_left, pad_right) <= window_w",
             "padding of {max(pad_left, pad_right)} columns is more than half a window of {window_w}"}};
}

const char* const kImages = "x[b: batch, c: channel, h: height, w: width]";

}  // namespace

void add_pooling_ops(std::vector<Op>& table) {
    std::vector<OpAttribute> with_dilation = window_attributes();
    with_dilation.push_back({"dilation_h", 1, "rows from one tap to the next", true, 1});
    with_dilation.push_back({"dilation_w", 1, "columns from one tap to the next", true, 1});
    table.push_back({
        .name = "max_pool2d",
        .summary = "the largest element of each window; padding counts as -inf",
        .signature = {kImages},
        .constants = kConstants,
        .requirements = requirements(),
        .equations =
            "y[b, c, y, x] = max(dy: tap_h window_h, dx: tap_w window_w) pad(x[b, c, SH*y + dilation_h*dy - pad_top, "
            "SW*x + dilation_w*dx - pad_left], -inf) where y: height P, x: width Q",
        .attributes = std::move(with_dilation),
        .gradients = {"max_pool2d.gradient"},
        .examples = {"x: f32[batch 2, channel 3, height 8, width 8]; window = 2",
                     "x: f64[batch ?, height 7, width 6, channel 2]; window = 3, stride = 2, pad = 1",
                     "x: f32[batch 1, channel 2, height 5, width 6]; window_h = 2, window_w = 3, ceil = 1"},
    });

    // How many elements a window has: those of its rows and columns inside [low, high).
    std::string count =
        "((min(real(index(SH*y + window_h - pad_top)), HIGH_H) - max(real(index(SH*y - pad_top)), LOW_H)) * "
        "(min(real(index(SW*x + window_w - pad_left)), HIGH_W) - max(real(index(SW*x - pad_left)), LOW_W)))";
    std::string read = "pad(x[b, c, SH*y + dy - pad_top, SW*x + dx - pad_left], 0)";
    std::string left = "y[b, c, y, x] = sum(dy: tap_h window_h, dx: tap_w window_w) ";
    std::string where = " where y: height P, x: width Q";
    std::string constants = kConstants;
    for (std::size_t at; (at = constants.find("dilation_")) != std::string::npos;) constants.replace(at, 10, "1");
    std::vector<OpRequirement> windows = requirements();
    windows[0].message =
        "windows of {window_h} rows do not fit into {x}: height {H}, pad_top {pad_top}, pad_bottom {pad_bottom}";
    windows[1].message =
        "windows of {window_w} columns do not fit into {x}: width {W}, pad_left {pad_left}, pad_right {pad_right}";
    std::vector<OpAttribute> attributes = window_attributes();
    attributes.push_back({"count_include_pad", 1, "0: the mean is of the elements inside the image only", true, 0});
    table.push_back({
        .name = "avg_pool2d",
        .summary = "the mean of each window",
        .signature = {kImages},
        .constants =
            constants +
            "LOW_H[] = select(count_include_pad != 0, -pad_top, 0)\n"
            "LOW_W[] = select(count_include_pad != 0, -pad_left, 0)\n"
            "HIGH_H[] = H + select(count_include_pad != 0, pad_bottom, 0)\n"
            "HIGH_W[] = W + select(count_include_pad != 0, pad_right, 0)\n"
            "WHOLE[] = LOW_H <= -pad_top && LOW_W <= -pad_left && (P - 1)*SH + window_h - pad_top <= HIGH_H && "
            "(Q - 1)*SW + window_w - pad_left <= HIGH_W\n"
            "SCALE[] = 1 / (window_h*window_w)\n",
        .requirements = std::move(windows),
        .equations = left + read + " / " + count + where,
        .cases = {{"WHOLE", left + "SCALE * " + read + where}},
        .attributes = std::move(attributes),
        .source = "LeCun et al. 1998, section II",
        .gradients = {"avg_pool2d.gradient"},
        .examples =
            {"x: f32[batch 2, channel 3, height 8, width 8]; window = 2",
             "x: f64[batch ?, height 7, width 6, channel 2]; window = 3, stride = 2, pad = 1",
             "x: f64[batch 2, channel 2, height 7, width 6]; window = 3, stride = 2, pad = 1, count_include_pad = 0",
             "x: f32[batch 1, channel 2, height 5, width 6]; window_h = 2, window_w = 4, ceil = 1"},
    });
}

}  // namespace ricci::ir
