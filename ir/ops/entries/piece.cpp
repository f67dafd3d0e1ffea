// Pieces of tensors: joined, cut out, turned round, repeated, and surrounded by more. All but cumsum copy elements.
#include <fmt/format.h>

#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

const std::vector<std::pair<std::string, std::string>>& no_batch() {
    static const std::vector<std::pair<std::string, std::string>> refused = {
        {"batch", "the samples of a call stay apart; another kind is meant"}};
    return refused;
}

/// A choice among the parts first .. last - 1 by the number of j, a tree of the least height.
std::string choice(const std::vector<std::string>& parts, std::size_t first, std::size_t last) {
    if (last - first == 1) return parts[first];
    const std::size_t middle = first + (last - first + 1) / 2;
    return fmt::format("select(j < B{}, {}, {})", middle + 1, choice(parts, first, middle), choice(parts, middle, last));
}

Op concat(std::size_t count) {
    Op op{.name = "concat",
          .summary = "tensors joined along an axis, any number of them",
          .refuse_over = no_batch(),
          .takes_over = true,
          .many = concat,
          .examples = {"x1: f32[batch 2, channel 3, height 4, width 5], x2: f32[batch 2, channel 2, height 4, width 5]; "
                       "over = channel",
                       "x1: f64[batch ?, feature 2], x2: f64[batch ?, feature 1], x3: f64[batch ?, feature 4]; over = "
                       "feature",
                       "x1: i32[time 3, height 2], x2: i32[time 1, height 2]; over = time"}};
    std::vector<std::string> parts;
    std::string begin = "0";
    for (std::size_t i = 1; i <= count; ++i) {
        op.signature.push_back(fmt::format("x{}[..., c{}: over]", i, i));
        parts.push_back(i == 1 ? "pad(x1[..., j + 0], 0)" : fmt::format("pad(x{}[..., j - B{}], 0)", i, i));
        op.constants += fmt::format("B{}[] = {}\n", i, begin);
        begin = fmt::format("B{} + C{}", i, i);
    }
    op.constants += fmt::format("TOTAL[] = {}\n", begin);
    op.equations = fmt::format("y[..., j] = {} where j: over TOTAL", choice(parts, 0, count));
    return op;
}

Op stack(std::size_t count) {
    Op op{.name = "stack",
          .summary = "tensors of one type side by side along a new axis, the last, any number of them",
          .refuse_over = no_batch(),
          .takes_over = true,
          .new_axis = true,
          .many = stack,
          .examples = {"x1: f32[batch ?, feature 3], x2: f32[batch ?, feature 3]; over = time",
                       "x1: f64[height 2, width 3], x2: f64[height 2, width 3], x3: f64[height 2, width 3]; over = channel"}};
    std::vector<std::string> parts;
    for (std::size_t i = 1; i <= count; ++i) {
        op.signature.push_back(fmt::format("x{}[...]", i));
        parts.push_back(fmt::format("x{}[...]", i));
        op.constants += fmt::format("B{}[] = {}\n", i, i - 1);
    }
    op.constants += fmt::format("TOTAL[] = {}\n", count);
    op.equations = fmt::format("y[..., j] = {} where j: over TOTAL", choice(parts, 0, count));
    return op;
}

/// An op of one operand that goes over a kind: `body` is of index j, of as many points as `total` says.
Op along(std::string name, std::string summary, const std::string& body, const std::string& constants,
         std::vector<OpAttribute> attributes, std::vector<std::string> examples) {
    return {.name = std::move(name),
            .summary = std::move(summary),
            .signature = {"x[..., k: over]"},
            .constants = constants,
            .equations = "y[..., j] = " + body + " where j: over TOTAL",
            .attributes = std::move(attributes),
            .refuse_over = no_batch(),
            .takes_over = true,
            .examples = std::move(examples)};
}

std::vector<OpAttribute> sides() {
    return {{"before", 0, "positions added before the first", true, 0},
            {"after", 0, "positions added behind the last", true, 0}};
}

void add_border_ops(std::vector<Op>& table) {
    const std::string constants = "END[] = before + K\nLAST[] = K - 1\nTOTAL[] = before + K + after\n";
    std::vector<OpAttribute> with_value = sides();
    with_value.push_back({.name = "value", .standard = 0, .doc = "what stands there", .element = true});
    table.push_back(along("pad_constant", "an axis made longer by positions of one value",
                          "select(j < before, value, select(j < END, pad(x[..., j - before], 0), value))", constants,
                          with_value,
                          {"x: f32[batch 2, channel 3, width 4]; before = 1, after = 2, over = width",
                           "x: f64[batch ?, time 3]; before = 2, value = -1, over = time"}));
    table.push_back(along("pad_edge", "an axis made longer by its first and its last position",
                          "select(j < before, x[..., 0], select(j < END, pad(x[..., j - before], 0), x[..., LAST]))",
                          constants, sides(),
                          {"x: f32[batch 2, channel 3, width 4]; before = 1, after = 2, over = width",
                           "x: f64[batch ?, time 3]; after = 5, over = time"}));
    Op reflect = along("pad_reflect", "an axis made longer by what lies behind its ends, mirrored, without the ends",
                       "select(j < before, pad(x[..., before - j], 0), select(j < END, pad(x[..., j - before], 0), "
                       "pad(x[..., BACK - j], 0)))",
                       constants + "BACK[] = before + 2*K - 2\n", sides(),
                       {"x: f32[batch 2, channel 3, width 4]; before = 1, after = 2, over = width",
                        "x: f64[batch ?, time 3]; before = 2, over = time"});
    reflect.requirements = {{"max(before, after) < K",
                             "{max(before, after)} positions are added but {x} has {K}; reflection adds at most {K - 1}"}};
    table.push_back(std::move(reflect));
}

/// The equations of cumsum in blocks of 16 positions. Sums within a block come first, then those over the blocks' totals in
/// the same way. At the end each block takes what stands before it (Blelloch, "Prefix sums and their applications", 1990).
/// A level has a sixteenth of the positions of the one below, so the additions of all levels grow with K.
/// A position that comes later stays out of a sum, even where it is infinite.
std::string cumsum_by_blocks(int levels) {
    std::string up = "part1[..., p, r] = sum(s: 16) select(s <= r, pad(x[..., 16*p + s], 0), 0) where p: over P1, r: over 16\n";
    std::string down;
    for (int level = 2; level <= levels; ++level) {
        up += fmt::format("part{0}[..., p, r] = sum(s: 16) select(s <= r, pad(part{1}[..., 16*p + s - 1, 15], 0), 0) "
                          "where p: over P{0}, r: over 16\n",
                          level, level - 1);
        down = fmt::format("before{1}[..., (p, r)] = part{0}[..., p, r] + before{0}[..., p + 0] where p: over P{0}, r: over 16\n",
                           level, level - 1) +
               down;
    }
    return up + fmt::format("before{0}[..., p] = sum(q) select(q < p, part{0}[..., q, 15], 0) where p: over P{0}\n", levels) + down +
           "whole[..., (p, r)] = part1[..., p, r] + before1[..., p + 0] where p: over P1, r: over 16\n"
           "y[..., j] = whole[..., j + 0] where j: over TOTAL\n";
}

Op cumsum() {
    constexpr int kLevels = 5;  // more would save additions from 16^9 positions on
    Op op = along("cumsum", "the sum of each position of an axis and all before it; about 18 additions for each position", "",
                  "TOTAL[] = K\nP1[] = floor((K + 15) / 16)\n", {},
                  {"x: f32[batch 2, channel 3, width 4]; over = width", "x: f64[batch ?, time 40]; over = time"});
    op.cases = {{"K <= 16", "y[..., j] = sum(k) select(k <= j, x[..., k], 0) where j: over TOTAL"}};
    for (int level = 2; level <= kLevels; ++level) {
        op.constants += fmt::format("P{}[] = floor((P{} + 15) / 16)\n", level, level - 1);
        op.cases.emplace_back(fmt::format("P{} <= 16", level - 1), cumsum_by_blocks(level - 1));
    }
    op.equations = cumsum_by_blocks(kLevels);
    return op;
}

}  // namespace

void add_piece_ops(std::vector<Op>& table) {
    table.push_back(concat(2));
    table.push_back(stack(2));
    Op slice = along("slice", "every step-th position of an axis, from start on and before stop, as Python's x[start:stop:step]",
                     "x[..., step*j + FIRST]",
                     "FIRST[] = select(start < 0, max(start + K, 0), min(start, K))\n"
                     "END[] = select(stop < 0, max(stop + K, 0), min(stop, K))\n"
                     "TOTAL[] = floor((END - FIRST + step - 1) / step)\n",
                     {{"start", 0, "the first position; below 0 it counts from the end", true},
                      {"stop", 1e9, "the position behind the last; below 0 it counts from the end", true},
                      {.name = "step", .standard = 1, .doc = "positions from one to the next", .integer = true, .least = 1,
                       .instead = "flip turns an axis round"}},
                     {"x: f32[batch 2, channel 7, width 3]; start = 1, stop = -1, step = 2, over = channel",
                      "x: f64[batch ?, time 5]; start = -2, over = time"});
    slice.requirements = {{"END > FIRST", "{x} has {K} positions, and none from {FIRST} on before {END}"}};
    table.push_back(std::move(slice));
    table.push_back(along("flip", "an axis from its end to its begin", "x[..., LAST - j]", "LAST[] = K - 1\nTOTAL[] = K\n",
                          {}, {"x: f32[batch 2, channel 3, width 4]; over = width", "x: f64[batch ?, time 3]; over = time"}));
    table.push_back(along("roll", "an axis moved on by a number of positions; what leaves its end comes in at its begin",
                          "select(j < BY, pad(x[..., j + REST], 0), pad(x[..., j - BY], 0))",
                          "BY[] = shift - K*floor(shift / K)\nREST[] = K - BY\nTOTAL[] = K\n",
                          {{"shift", OpAttribute::kRequired, "positions to move by; below 0 towards the begin", true}},
                          {"x: f32[batch 2, channel 3, width 4]; shift = 1, over = width",
                           "x: f64[batch ?, time 3]; shift = -4, over = time"}));
    const std::vector<OpAttribute> times = {{"times", OpAttribute::kRequired, "how often", true, 1}};
    const std::vector<std::string> examples = {"x: f32[batch 2, channel 3, width 4]; times = 2, over = width",
                                               "x: f64[batch ?, time 3]; times = 1, over = time"};
    Op tile = along("tile", "an axis several times, one after the other", "", "", times, examples);
    tile.equations = "y[..., (r, k)] = x[..., k] where r: over times";
    table.push_back(std::move(tile));
    Op repeat = along("repeat", "each position of an axis several times", "", "", times, examples);
    repeat.equations = "y[..., (k, r)] = x[..., k] where r: over times";
    table.push_back(std::move(repeat));
    add_border_ops(table);
    table.push_back(cumsum());
}

}  // namespace ricci::ir
