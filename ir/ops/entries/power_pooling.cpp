// Pooling by a power of the elements, and over whole sequences, images and volumes.
#include "ir/ops/entries/directions.h"
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

/// "h, w"
std::string insides(const Extended& of) {
    return of.each(", ", [](const Direction& d) { return std::string(d.inside); });
}

/// An input of that type, its channels first or last: "x: f32[batch ?, channel 3, height 4, width 5]".
std::string example(const Extended& of, const char* type, const char* batch, bool channels_last) {
    int extent = 4;
    const std::string inner = of.each(", ", [&](const Direction& d) { return fmt::format("{} {}", d.axis, extent++); });
    return channels_last ? fmt::format("x: {}[batch {}, {}, channel 2]", type, batch, inner)
                         : fmt::format("x: {}[batch {}, channel 3, {}]", type, batch, inner);
}

Op global_pool(const Extended& of, const char* name, const char* what, const std::string& body) {
    return {.name = fmt::format("{}{}", name, of.rank),
            .summary = fmt::format("the {} of each channel of each {}", what, of.one),
            .signature = {of.operand()},
            .equations = "y[b, c] = " + body,
            .source = "Lin, Chen and Yan 2014",
            .examples = {example(of, "f32", "?", false), example(of, "f64", "2", true)}};
}

/// The root is kept away from 0, where its slope is infinite. A window that reaches past the end (ceil) takes the mean of
/// the powers inside for those outside, as PyTorch has it.
Op lp_pool(const Extended& of, std::string summary, std::vector<std::string> examples) {
    const auto text = [&](std::string_view between, auto&& piece) { return of.each(between, piece); };
    Op op{.name = fmt::format("lp_pool{}", of.rank), .summary = std::move(summary), .signature = {of.operand()}};
    op.constants = text("", [](const Direction& d) {
        return fmt::format("S{0}[] = select(stride{1} == 0, window{1}, stride{1})\n"
                           "UP_{0}[] = floor(({0} - window{1} + select(ceil != 0, S{0} - 1, 0)) / S{0}) + 1\n"
                           "P{0}[] = UP_{0} - select((UP_{0} - 1)*S{0} >= {0}, 1, 0)\n",
                           d.extent, d.suffix);
    });
    op.constants += fmt::format("WHOLE[] = {}\n", text(" && ", [](const Direction& d) {
                                    return fmt::format("(P{0} - 1)*S{0} + window{1} <= {0}", d.extent, d.suffix);
                                }));
    for (const Direction& d : of.directions) {
        op.requirements.push_back({fmt::format("{} >= window{}", d.extent, d.suffix),
                                   fmt::format("windows of {{window{}}} {} do not fit into {{x}}: {} {{{}}}", d.suffix, d.what,
                                               d.axis, d.extent)});
    }
    const std::string left = of.indices();
    const std::string window = text(", ", [](const Direction& d) { return fmt::format("d{}: {} window{}", d.index, d.tap, d.suffix); });
    const std::string where = text(", ", [](const Direction& d) { return fmt::format("{}: {} P{}", d.index, d.axis, d.extent); });
    const auto equations = [&](const std::string& read, const std::string& powers) {
        return fmt::format("powers[b, c, {0}] = sum({1}) pow(abs({2}), p) where {3}\n"
                           "y[b, c, {0}] = select(powers[b, c, {0}] > 0, pow(max({4}, 1e-37), 1 / p), 0)\n",
                           left, window, read, where, fmt::format(fmt::runtime(powers), left));
    };
    const std::string at = text(", ", [](const Direction& d) { return fmt::format("S{0}*{1} + d{1}", d.extent, d.index); });
    const std::string share = text(" * ", [](const Direction& d) {
        return fmt::format("(window{2} / (min(real(index(S{0}*{1} + window{2})), {0}) - real(index(S{0}*{1}))))", d.extent, d.index,
                           d.suffix);
    });
    const std::string inside = fmt::format("x[b, c, {}]", at), padded = fmt::format("pad({}, 0)", inside);
    const auto largest = [&](const std::string& read) {
        return fmt::format("y[b, c, {}] = max({}) abs({}) where {}", left, window, read, where);
    };
    op.equations = equations(padded, "powers[b, c, {}] * " + share);
    op.cases = {{"p == inf && WHOLE", largest(inside)}, {"p == inf", largest(padded)}, {"WHOLE", equations(inside, "powers[b, c, {}]")}};
    op.attributes = window_attributes(of);
    op.attributes.push_back({"p", 2, "the power, at least 1; inf: the largest absolute value", false, 1});
    op.attributes.push_back({"ceil", 0, "1: a last window may reach past the end", true, 0});
    op.examples = std::move(examples);
    return op;
}

}  // namespace

void add_power_pooling_ops(std::vector<Op>& table) {
    for (const Extended& of : {kSequences, kImages, kVolumes}) {
        const std::string count = of.each(" * ", [](const Direction& d) { return fmt::format("real(extent({}))", d.inside); });
        table.push_back(global_pool(of, "global_avg_pool", "mean", fmt::format("sum({0}) x[b, c, {0}] / ({1})", insides(of), count)));
        table.push_back(global_pool(of, "global_max_pool", "largest element", fmt::format("max({0}) x[b, c, {0}]", insides(of))));
    }
    table.push_back(lp_pool(kSequences, "the p-norm of each window of steps, as lp_pool2d",
                            {"x: f32[batch 2, channel 3, time 8]; window = 2",
                             "x: f64[batch ?, time 7, channel 2]; window = 3, stride = 2, p = 3",
                             "x: f32[batch 2, time 7, channel 2]; window = 2, p = inf, ceil = 1",
                             "x: f64[batch 2, channel 2, time 6]; window = 3, stride = 2, ceil = 1"}));
    table.push_back(lp_pool(kImages,
                            "the p-norm of each window: the p-th root of the sum of the p-th powers of the absolute values; for p = inf their largest",
                            {"x: f32[batch 2, channel 3, height 8, width 8]; window = 2",
                             "x: f64[batch ?, height 7, width 6, channel 2]; window = 3, stride = 2, p = 3",
                             "x: f64[batch ?, channel 2, height 6, width 6]; window = 3, p = inf",
                             "x: f64[batch 2, channel 2, height 6, width 8]; window = 3, stride = 2, ceil = 1"}));
}

}  // namespace ricci::ir
