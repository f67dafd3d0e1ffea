// Pooling by a power of the elements, and over whole images.
#include <fmt/format.h>

#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

Op whole_images(std::string name, std::string summary, const std::string& body) {
    return {
        .name = std::move(name),
        .summary = std::move(summary),
        .signature = {"x[b: batch, c: channel, h: height, w: width]"},
        .equations = "y[b, c] = " + body,
        .source = "Lin, Chen and Yan 2014",
        .examples = {"x: f32[batch ?, channel 3, height 4, width 5]", "x: f64[batch 2, height 3, width 2, channel 2]"}};
}

struct Direction {
    char extent;        // the constant that is its axis's extent
    const char* axis;
    const char* tap;
    const char* index;  // of the result
    const char* suffix; // of its attributes
    const char* what;   // "rows"
};

/// Per direction a piece of text, joined.
template <typename Piece>
std::string each(const std::vector<Direction>& directions, std::string_view between, Piece&& piece) {
    std::string text;
    for (const Direction& d : directions) text += (text.empty() ? "" : std::string(between)) + piece(d);
    return text;
}

/// The root is kept away from 0, where its slope is infinite. A window that reaches past the end (ceil) takes the mean of
/// the powers inside for those outside, as PyTorch has it.
Op lp_pool(std::string name, std::string summary, std::string signature, const std::vector<Direction>& directions,
           std::vector<std::string> examples) {
    const auto text = [&](std::string_view between, auto&& piece) { return each(directions, between, piece); };
    Op op{.name = std::move(name), .summary = std::move(summary), .signature = {std::move(signature)}};
    op.constants = text("", [](const Direction& d) {
        return fmt::format("S{0}[] = select(stride{1} == 0, window{1}, stride{1})\n"
                           "UP_{0}[] = floor(({0} - window{1} + select(ceil != 0, S{0} - 1, 0)) / S{0}) + 1\n"
                           "P{0}[] = UP_{0} - select((UP_{0} - 1)*S{0} >= {0}, 1, 0)\n",
                           d.extent, d.suffix);
    });
    op.constants += fmt::format("WHOLE[] = {}\n", text(" && ", [](const Direction& d) {
                                    return fmt::format("(P{0} - 1)*S{0} + window{1} <= {0}", d.extent, d.suffix);
                                }));
    for (const Direction& d : directions) {
        op.requirements.push_back({fmt::format("{} >= window{}", d.extent, d.suffix),
                                   fmt::format("windows of {{window{}}} {} do not fit into {{x}}: {} {{{}}}", d.suffix, d.what,
                                               d.axis, d.extent)});
    }
    const auto equations = [&](const std::string& read, const std::string& powers) {
        const std::string left = text(", ", [](const Direction& d) { return std::string(d.index); });
        const std::string window = text(", ", [](const Direction& d) { return fmt::format("d{}: {} window{}", d.index, d.tap, d.suffix); });
        const std::string where = text(", ", [](const Direction& d) { return fmt::format("{}: {} P{}", d.index, d.axis, d.extent); });
        return fmt::format("powers[b, c, {0}] = sum({1}) pow(abs({2}), p) where {3}\n"
                           "y[b, c, {0}] = select(powers[b, c, {0}] > 0, pow(max({4}, 1e-37), 1 / p), 0)\n",
                           left, window, read, where, fmt::format(fmt::runtime(powers), left));
    };
    const std::string at = text(", ", [](const Direction& d) { return fmt::format("S{0}*{1} + d{1}", d.extent, d.index); });
    const std::string share = text(" * ", [](const Direction& d) {
        return fmt::format("(window{2} / (min(real(index(S{0}*{1} + window{2})), {0}) - real(index(S{0}*{1}))))", d.extent, d.index,
                           d.suffix);
    });
    op.equations = equations(fmt::format("pad(x[b, c, {}], 0)", at), "powers[b, c, {}] * " + share);
    op.cases = {{"WHOLE", equations(fmt::format("x[b, c, {}]", at), "powers[b, c, {}]")}};
    for (const Direction& d : directions)
        op.attributes.push_back({fmt::format("window{}", d.suffix), OpAttribute::kRequired, fmt::format("{} of a window", d.what), true, 1});
    for (const Direction& d : directions) {
        op.attributes.push_back({fmt::format("stride{}", d.suffix), 0,
                                 fmt::format("{0} from one window to the next; 0: the {0} of a window", d.what), true, 0});
    }
    op.attributes.push_back({"p", 2, "the power, at least 1", false, 1});
    op.attributes.push_back({"ceil", 0, "1: a last window may reach past the end", true, 0});
    op.examples = std::move(examples);
    return op;
}

}  // namespace

void add_power_pooling_ops(std::vector<Op>& table) {
    table.push_back(whole_images("global_avg_pool2d", "the mean of each channel of each image",
                                 "sum(h, w) x[b, c, h, w] / (real(extent(h)) * real(extent(w)))"));
    table.push_back(whole_images("global_max_pool2d", "the largest element of each channel of each image",
                                 "max(h, w) x[b, c, h, w]"));
    table.push_back(lp_pool("lp_pool1d", "the p-norm of each window of steps, as lp_pool2d", "x[b: batch, c: channel, t: time]",
                            {{'T', "time", "tap_time", "t", "", "steps"}},
                            {"x: f32[batch 2, channel 3, time 8]; window = 2",
                             "x: f64[batch ?, time 7, channel 2]; window = 3, stride = 2, p = 3",
                             "x: f64[batch 2, channel 2, time 6]; window = 3, stride = 2, ceil = 1"}));
    table.push_back(lp_pool("lp_pool2d",
                            "the p-norm of each window: the p-th root of the sum of the p-th powers of the absolute values",
                            "x[b: batch, c: channel, h: height, w: width]",
                            {{'H', "height", "tap_h", "y", "_h", "rows"}, {'W', "width", "tap_w", "x", "_w", "columns"}},
                            {"x: f32[batch 2, channel 3, height 8, width 8]; window = 2",
                             "x: f64[batch ?, height 7, width 6, channel 2]; window = 3, stride = 2, p = 3",
                             "x: f64[batch 2, channel 2, height 6, width 8]; window = 3, stride = 2, ceil = 1"}));
}

}  // namespace ricci::ir
