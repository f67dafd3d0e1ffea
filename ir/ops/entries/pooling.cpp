// Pooling of sequences, images and volumes: a maximum or a mean over windows.
#include "ir/ops/entries/directions.h"
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

/// With the padding, and what becomes of a last window that does not fit.
std::vector<OpAttribute> pool_attributes(const Extended& of) {
    std::vector<OpAttribute> attributes = window_attributes(of);
    for (const Direction& d : of.directions) {
        attributes.push_back({d.first, 0, fmt::format("{} before the first", d.what), true, 0});
        attributes.push_back({d.last, 0, fmt::format("{} after the last", d.what), true, 0});
    }
    attributes.push_back({"ceil", 0, "1: a last window may reach past the padding, if it starts before it", true, 0});
    return attributes;
}

/// How many windows there are. One that would start in the padding after the last element is dropped.
std::string constants(const Extended& of, bool dilated) {
    return of.each("", [&](const Direction& d) {
        const std::string reach =
            dilated ? fmt::format("dilation{0}*(window{0} - 1)", d.suffix) : fmt::format("(window{} - 1)", d.suffix);
        return fmt::format("S{0}[] = select(stride{1} == 0, window{1}, stride{1})\n"
                           "ROOM_{0}[] = {0} + {2} + {3} - {4} - 1\n"
                           "UP_{0}[] = floor((ROOM_{0} + select(ceil != 0, S{0} - 1, 0)) / S{0}) + 1\n"
                           "P{0}[] = UP_{0} - select(ceil != 0 && (UP_{0} - 1)*S{0} >= {0} + {2}, 1, 0)\n",
                           d.extent, d.suffix, d.first, d.last, reach);
    });
}

std::vector<OpRequirement> requirements(const Extended& of, bool dilated) {
    std::vector<OpRequirement> all;
    for (const Direction& d : of.directions) {
        const std::string size =
            dilated ? fmt::format("dilation{0}*(window{0} - 1) + 1", d.suffix) : fmt::format("window{}", d.suffix);
        all.push_back({fmt::format("ROOM_{} >= 0", d.extent),
                       fmt::format("windows of {{{}}} {} do not fit into {{x}}: {} {{{}}}, {} {{{}}}, {} {{{}}}", size, d.what,
                                   d.axis, d.extent, d.first, d.first, d.last, d.last)});
    }
    for (const Direction& d : of.directions) {
        all.push_back({fmt::format("2*max({}, {}) <= window{}", d.first, d.last, d.suffix),
                       fmt::format("padding of {{max({}, {})}} {} is more than half a window of {{window{}}}", d.first, d.last,
                                   d.what, d.suffix)});
    }
    return all;
}

/// "y[b, c, y, x] = max(dy: tap_h window_h, dx: tap_w window_w) BODY where y: height PH, x: width PW"
std::string folded(const Extended& of, const char* fold, const std::string& body) {
    return fmt::format("y[b, c, {}] = {}({}) {} where {}", of.indices(), fold,
                       of.each(", ", [](const Direction& d) { return fmt::format("d{}: {} window{}", d.index, d.tap, d.suffix); }),
                       body, of.each(", ", [](const Direction& d) { return fmt::format("{}: {} P{}", d.index, d.axis, d.extent); }));
}

std::string read(const Extended& of, bool dilated, const char* outside) {
    const std::string at = of.each(", ", [&](const Direction& d) {
        const std::string step = dilated ? fmt::format("dilation{}*d{}", d.suffix, d.index) : fmt::format("d{}", d.index);
        return fmt::format("S{}*{} + {} - {}", d.extent, d.index, step, d.first);
    });
    return fmt::format("pad(x[b, c, {}], {})", at, outside);
}

Op max_pool(const Extended& of, std::vector<std::string> examples) {
    std::vector<OpAttribute> attributes = pool_attributes(of);
    for (const Direction& d : of.directions)
        attributes.push_back({fmt::format("dilation{}", d.suffix), 1, fmt::format("{} from one tap to the next", d.what), true, 1});
    return {.name = fmt::format("max_pool{}", of.rank),
            .summary = fmt::format("the largest element of each window{}; padding counts as -inf", of.of),
            .signature = {of.operand()},
            .constants = constants(of, true),
            .requirements = requirements(of, true),
            .equations = folded(of, "max", read(of, true, "-inf")),
            .attributes = std::move(attributes),
            .examples = std::move(examples)};
}

Op avg_pool(const Extended& of, std::vector<std::string> examples) {
    std::vector<OpAttribute> attributes = pool_attributes(of);
    attributes.push_back({"count_include_pad", 1, fmt::format("0: the mean is of the elements inside the {} only", of.one), true, 0});
    // How many elements a window has: those inside [low, high) of each direction.
    const std::string count = of.each(" * ", [](const Direction& d) {
        return fmt::format("(min(real(index(S{0}*{1} + window{2} - {3})), HIGH_{0}) - max(real(index(S{0}*{1} - {3})), LOW_{0}))",
                           d.extent, d.index, d.suffix, d.first);
    });
    const std::string bounds = of.each("", [](const Direction& d) {
        return fmt::format("LOW_{0}[] = select(count_include_pad != 0, -{1}, 0)\n"
                           "HIGH_{0}[] = {0} + select(count_include_pad != 0, {2}, 0)\n",
                           d.extent, d.first, d.last);
    });
    const std::string whole = of.each(" && ", [](const Direction& d) {
        return fmt::format("LOW_{0} <= -{1} && (P{0} - 1)*S{0} + window{2} - {1} <= HIGH_{0}", d.extent, d.first, d.suffix);
    });
    const std::string size = of.each("*", [](const Direction& d) { return fmt::format("window{}", d.suffix); });
    return {.name = fmt::format("avg_pool{}", of.rank),
            .summary = fmt::format("the mean of each window{}", of.of),
            .signature = {of.operand()},
            .constants = constants(of, false) + bounds + fmt::format("WHOLE[] = {}\nSCALE[] = 1 / ({})\n", whole, size),
            .requirements = requirements(of, false),
            .equations = folded(of, "sum", fmt::format("{} / ({})", read(of, false, "0"), count)),
            .cases = {{"WHOLE", folded(of, "sum", "SCALE * " + read(of, false, "0"))}},
            .attributes = std::move(attributes),
            .source = "LeCun et al. 1998, section II",
            .examples = std::move(examples)};
}

}  // namespace

void add_pooling_ops(std::vector<Op>& table) {
    const char* const few_steps = "x: f32[batch 2, channel 3, time 8]; window = 2";
    const char* const rounded_up = "x: f64[batch 2, time 6, channel 2]; window = 3, stride = 2, ceil = 1";
    table.push_back(max_pool(kSequences, {few_steps, rounded_up,
                                          "x: f64[batch ?, time 7, channel 2]; window = 3, stride = 2, pad_before = 1, dilation = 2"}));
    table.push_back(avg_pool(kSequences, {few_steps, rounded_up,
                                          "x: f64[batch ?, time 7, channel 2]; window = 3, stride = 2, pad_before = 1",
                                          "x: f64[batch 2, time 7, channel 2]; window = 3, pad_after = 1, count_include_pad = 0"}));
    const char* const image = "x: f32[batch 2, channel 3, height 8, width 8]; window = 2";
    const char* const padded = "x: f64[batch ?, height 7, width 6, channel 2]; window = 3, stride = 2, pad = 1";
    table.push_back(max_pool(kImages, {image, padded,
                                       "x: f32[batch 1, channel 2, height 5, width 6]; window_h = 2, window_w = 3, ceil = 1"}));
    table.back().gradients = {"max_pool2d.gradient"};
    table.push_back(avg_pool(kImages, {image, padded,
                                       "x: f64[batch 2, channel 2, height 7, width 6]; window = 3, stride = 2, pad = 1, "
                                       "count_include_pad = 0",
                                       "x: f32[batch 1, channel 2, height 5, width 6]; window_h = 2, window_w = 4, ceil = 1"}));
    table.back().gradients = {"avg_pool2d.gradient"};
    const char* const volume = "x: f32[batch 2, channel 2, depth 4, height 4, width 6]; window = 2";
    const char* const uneven = "x: f32[batch 1, channel 2, depth 5, height 3, width 4]; window_d = 2, window_h = 2, window_w = 3, ceil = 1";
    table.push_back(max_pool(kVolumes, {volume, uneven,
                                        "x: f64[batch ?, depth 3, height 4, width 5, channel 2]; window = 3, stride = 2, pad = 1"}));
    table.push_back(avg_pool(kVolumes, {volume, uneven,
                                        "x: f64[batch ?, depth 3, height 4, width 5, channel 2]; window = 3, stride = 2, pad = 1, "
                                        "count_include_pad = 0"}));
}

}  // namespace ricci::ir
