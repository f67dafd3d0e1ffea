// Pooling into a given number of windows, which cover the image whatever its size.
#include <fmt/format.h>

#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

/// Window p of P takes elements floor(p*H/P) to ceil((p+1)*H/P) - 1 of H. `p*H - h*P < P` says that h is not before the
/// first, `h*P - p*H < H` that it is not behind the last.
std::string part(const std::string& window, const std::string& element, const std::string& extent, const std::string& parts) {
    return fmt::format("{0}*{2} - {1}*{3} < {3} && {1}*{3} - {0}*{2} < {2}", window, element, extent, parts);
}

/// How many elements window p has.
std::string count(const std::string& window, const std::string& extent, const std::string& parts) {
    return fmt::format("((({0} + 1)*{1} + {2} - 1) / {2} - {0}*{1} / {2})", window, extent, parts);
}

/// Rows are folded last: of equal elements the first in memory is the largest, as in other systems.
/// `fold`: sum or max; `nothing`: its identity; `divided`: what the folded elements are divided by in the general case.
Op adaptive(std::string name, std::string summary, const std::string& fold, const std::string& nothing,
            const std::string& divided, const std::string& factor) {
    return {
        .name = std::move(name),
        .summary = std::move(summary),
        .signature = {"x[b: batch, c: channel, h: height, w: width]"},
        .constants = "P[] = rows\nQ[] = columns\nSH[] = floor(H / rows)\nSW[] = floor(W / columns)\n"
                     "SCALE[] = 1 / max(SH*SW, 1)\nEVEN[] = SH*rows == H && SW*columns == W\n",
        .equations = fmt::format(
            "part[b, c, h, x] = {0}(w) select({3}, x[b, c, h, w], {2}) where x: width Q\n"
            "y[b, c, y, x] = {0}(h) select({1}, part[b, c, h, x], {2}){4} where y: height P, x: width Q\n",
            fold, part("y", "h", "H", "P"), nothing, part("x", "w", "W", "Q"), divided),
        .cases = {{"EVEN", fmt::format("y[b, c, y, x] = {}(dy: tap_h SH, dx: tap_w SW) {}x[b, c, SH*y + dy, SW*x + dx] "
                                       "where y: height P, x: width Q",
                                       fold, factor)}},
        .attributes = {{"rows", OpAttribute::kRequired, "rows of the result", true, 1},
                       {"columns", OpAttribute::kRequired, "columns of the result", true, 1}},
        .examples = {"x: f32[batch 2, channel 3, height 8, width 6]; rows = 4, columns = 3",
                     "x: f64[batch ?, height 5, width 7, channel 2]; rows = 3, columns = 2",
                     "x: f32[batch 1, channel 2, height 1, width 2]; rows = 2, columns = 3"}};
}

}  // namespace

void add_adaptive_pooling_ops(std::vector<Op>& table) {
    table.push_back(adaptive("adaptive_avg_pool2d", "the mean of each of rows x columns windows, which cover the image",
                             "sum", "0", fmt::format(" / real({} * {})", count("y", "H", "P"), count("x", "W", "Q")),
                             "SCALE * "));
    table.push_back(adaptive("adaptive_max_pool2d", "the largest element of each of rows x columns windows, which cover the image",
                             "max", "-inf", "", ""));
}

}  // namespace ricci::ir
