// Pooling of volumes: a maximum or a mean over windows along three directions.
#include <fmt/format.h>

#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

struct Direction {
    char letter;       // of its attributes: window_d
    char extent;       // the constant that is its axis's extent
    const char* axis;  // "depth"
    const char* tap;
    char index;        // of the result
    const char* first;  // of the paddings
    const char* last;
    const char* what;  // "rows"
};

constexpr Direction kDirections[] = {{'d', 'D', "depth", "tap_depth", 'z', "pad_front", "pad_back", "slices"},
                                     {'h', 'H', "height", "tap_h", 'y', "pad_top", "pad_bottom", "rows"},
                                     {'w', 'W', "width", "tap_w", 'x', "pad_left", "pad_right", "columns"}};

/// Per direction a piece of text, joined.
template <typename Piece>
std::string each(Piece&& piece, std::string_view between) {
    std::string text;
    for (const Direction& d : kDirections) text += (text.empty() ? "" : std::string(between)) + piece(d);
    return text;
}

std::vector<OpAttribute> window_attributes() {
    std::vector<OpAttribute> attributes;
    for (const Direction& d : kDirections)
        attributes.push_back({fmt::format("window_{}", d.letter), OpAttribute::kRequired, fmt::format("{} of a window", d.what), true, 1});
    for (const Direction& d : kDirections) {
        attributes.push_back({fmt::format("stride_{}", d.letter), 0,
                              fmt::format("{0} from one window to the next; 0: the {0} of a window", d.what), true, 0});
    }
    for (const Direction& d : kDirections) {
        attributes.push_back({d.first, 0, fmt::format("{} before the first", d.what), true, 0});
        attributes.push_back({d.last, 0, fmt::format("{} after the last", d.what), true, 0});
    }
    attributes.push_back({"ceil", 0, "1: a last window may reach past the padding, if it starts before it", true, 0});
    return attributes;
}

/// How many windows there are. One that would start in the padding after the last element is dropped.
std::string constants(bool dilated) {
    return each(
        [&](const Direction& d) {
            const std::string reach = dilated ? fmt::format("dilation_{0}*(window_{0} - 1)", d.letter)
                                              : fmt::format("(window_{} - 1)", d.letter);
            return fmt::format("S{0}[] = select(stride_{1} == 0, window_{1}, stride_{1})\n"
                               "ROOM_{0}[] = {0} + {2} + {3} - {4} - 1\n"
                               "UP_{0}[] = floor((ROOM_{0} + select(ceil != 0, S{0} - 1, 0)) / S{0}) + 1\n"
                               "P{0}[] = UP_{0} - select(ceil != 0 && (UP_{0} - 1)*S{0} >= {0} + {2}, 1, 0)\n",
                               d.extent, d.letter, d.first, d.last, reach);
        },
        "");
}

std::vector<OpRequirement> requirements(bool dilated) {
    std::vector<OpRequirement> all;
    for (const Direction& d : kDirections) {
        const std::string size = dilated ? fmt::format("dilation_{0}*(window_{0} - 1) + 1", d.letter) : fmt::format("window_{}", d.letter);
        all.push_back({fmt::format("ROOM_{} >= 0", d.extent),
                       fmt::format("windows of {{{}}} {} do not fit into {{x}}: {} {{{}}}, {} {{{}}}, {} {{{}}}", size, d.what,
                                   d.axis, d.extent, d.first, d.first, d.last, d.last)});
    }
    for (const Direction& d : kDirections) {
        all.push_back({fmt::format("2*max({}, {}) <= window_{}", d.first, d.last, d.letter),
                       fmt::format("padding of {{max({}, {})}} {} is more than half a window of {{window_{}}}", d.first, d.last,
                                   d.what, d.letter)});
    }
    return all;
}

std::string window() {
    return each([](const Direction& d) { return fmt::format("d{}: {} window_{}", d.letter, d.tap, d.letter); }, ", ");
}

std::string read(bool dilated, const char* outside) {
    const std::string at = each(
        [&](const Direction& d) {
            const std::string step = dilated ? fmt::format("dilation_{0}*d{0}", d.letter) : fmt::format("d{}", d.letter);
            return fmt::format("S{}*{} + {} - {}", d.extent, d.index, step, d.first);
        },
        ", ");
    return fmt::format("pad(x[b, c, {}], {})", at, outside);
}

const char* const kVolumes = "x[b: batch, c: channel, d: depth, h: height, w: width]";
const char* const kLeft = "y[b, c, z, y, x] = ";
const char* const kWhere = " where z: depth PD, y: height PH, x: width PW";

}  // namespace

void add_volume_pooling_ops(std::vector<Op>& table) {
    std::vector<OpAttribute> dilated = window_attributes();
    for (const Direction& d : kDirections)
        dilated.push_back({fmt::format("dilation_{}", d.letter), 1, fmt::format("{} from one tap to the next", d.what), true, 1});
    table.push_back({.name = "max_pool3d",
                     .summary = "the largest element of each window of a volume; padding counts as -inf",
                     .signature = {kVolumes},
                     .constants = constants(true),
                     .requirements = requirements(true),
                     .equations = fmt::format("{}max({}) {}{}", kLeft, window(), read(true, "-inf"), kWhere),
                     .attributes = std::move(dilated),
                     .examples = {"x: f32[batch 2, channel 2, depth 4, height 4, width 6]; window = 2",
                                  "x: f64[batch ?, depth 3, height 4, width 5, channel 2]; window = 3, stride = 2, pad = 1",
                                  "x: f32[batch 1, channel 2, depth 5, height 3, width 4]; window_d = 2, window_h = 2, window_w "
                                  "= 3, ceil = 1"}});
    std::vector<OpAttribute> attributes = window_attributes();
    attributes.push_back({"count_include_pad", 1, "0: the mean is of the elements inside the volume only", true, 0});
    const std::string sum = fmt::format("{}sum({}) ", kLeft, window());
    const std::string elements = each(
        [](const Direction& d) {
            return fmt::format("(min(real(index(S{0}*{1} + window_{2} - {3})), HIGH_{0}) - max(real(index(S{0}*{1} - {3})), LOW_{0}))",
                               d.extent, d.index, d.letter, d.first);
        },
        " * ");
    const std::string bounds = each(
        [](const Direction& d) {
            return fmt::format("LOW_{0}[] = select(count_include_pad != 0, -{1}, 0)\n"
                               "HIGH_{0}[] = {0} + select(count_include_pad != 0, {2}, 0)\n",
                               d.extent, d.first, d.last);
        },
        "");
    const std::string whole = each(
        [](const Direction& d) {
            return fmt::format("LOW_{0} <= -{1} && (P{0} - 1)*S{0} + window_{2} - {1} <= HIGH_{0}", d.extent, d.first, d.letter);
        },
        " && ");
    table.push_back({.name = "avg_pool3d",
                     .summary = "the mean of each window of a volume",
                     .signature = {kVolumes},
                     .constants = constants(false) + bounds + "WHOLE[] = " + whole +
                                  "\nSCALE[] = 1 / (window_d*window_h*window_w)\n",
                     .requirements = requirements(false),
                     .equations = fmt::format("{}{} / ({}){}", sum, read(false, "0"), elements, kWhere),
                     .cases = {{"WHOLE", fmt::format("{}SCALE * {}{}", sum, read(false, "0"), kWhere)}},
                     .attributes = std::move(attributes),
                     .examples = {"x: f32[batch 2, channel 2, depth 4, height 4, width 6]; window = 2",
                                  "x: f64[batch ?, depth 3, height 4, width 5, channel 2]; window = 3, stride = 2, pad = 1, "
                                  "count_include_pad = 0",
                                  "x: f32[batch 1, channel 2, depth 5, height 3, width 4]; window_d = 2, window_h = 2, window_w "
                                  "= 3, ceil = 1"}});
}

}  // namespace ricci::ir
