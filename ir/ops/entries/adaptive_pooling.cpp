// Pooling into a given number of windows, which cover a sequence, an image or a volume whatever its size.
#include <vector>

#include "ir/ops/entries/directions.h"
#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

/// The index of an operand's elements, which is not that of the windows.
std::string element_of(const Direction& d) {
    return std::string_view(d.inside) == d.index ? "s" : d.inside;
}

/// Window p of P takes elements floor(p*H/P) to ceil((p+1)*H/P) - 1 of H. `p*H - h*P < P` says that h is not before the
/// first, `h*P - p*H < H` that it is not behind the last.
std::string inside_window(const Direction& d) {
    return fmt::format("{0}*{2} - {1}*P{2} < P{2} && {1}*P{2} - {0}*{2} < {2}", d.index, element_of(d), d.extent);
}

/// How many elements that window has.
std::string count(const Direction& d) {
    return fmt::format("((({0} + 1)*{1} + P{1} - 1) / P{1} - {0}*{1} / P{1})", d.index, d.extent);
}

struct Fold {
    const char* name;     // of the op: "avg"
    const char* what;     // "mean"
    const char* word;     // "sum"
    const char* nothing;  // its identity
    bool mean;
};

/// The first direction is folded last: of equal elements the first in memory is the largest, as in other systems.
Op adaptive(const Extended& of, const Fold& fold, std::vector<std::string> examples) {
    const std::string counts = of.each(" * ", [](const Direction& d) { return count(d); });
    const std::string parts = of.each(" x ", [](const Direction& d) { return std::string(d.what); });
    const std::size_t rank = of.directions.size();
    std::string read = "x", equations;
    for (std::size_t folded = rank; folded-- > 0;) {
        const Direction& d = of.directions[folded];
        std::string left, from, where;
        for (std::size_t i = 0; i < rank; ++i) {
            const Direction& other = of.directions[i];
            const bool before = i < folded;
            left += fmt::format(", {}", before ? element_of(other) : other.index);
            from += fmt::format(", {}", i <= folded ? element_of(other) : other.index);
            if (!before) where += fmt::format("{}{}: {} P{}", where.empty() ? "" : ", ", other.index, other.axis, other.extent);
        }
        const std::string result = folded == 0 ? "y" : fmt::format("part{}", rank - folded);
        const std::string divided = fold.mean && folded == 0 ? fmt::format(" / real({})", counts) : "";
        equations += fmt::format("{}[b, c{}] = {}({}) select({}, {}[b, c{}], {}){} where {}\n", result, left, fold.word,
                                 element_of(d), inside_window(d), read, from, fold.nothing, divided, where);
        read = result;
    }
    Op op{.name = fmt::format("adaptive_{}_pool{}", fold.name, of.rank),
          .summary = fmt::format("the {} of each of {} windows, which cover the {}", fold.what, parts, of.one),
          .signature = {of.operand()},
          .equations = std::move(equations),
          .examples = std::move(examples)};
    for (const Direction& d : of.directions) {
        op.constants += fmt::format("P{0}[] = {1}\nS{0}[] = floor({0} / {1})\n", d.extent, d.what);
        op.attributes.push_back({d.what, OpAttribute::kRequired, fmt::format("{} of the result", d.what), true, 1});
    }
    op.constants +=
        fmt::format("SCALE[] = 1 / max({}, 1)\nEVEN[] = {}\n",
                    of.each("*", [](const Direction& d) { return fmt::format("S{}", d.extent); }),
                    of.each(" && ", [](const Direction& d) { return fmt::format("S{0}*{1} == {0}", d.extent, d.what); }));
    const std::string taps = of.each(", ", [](const Direction& d) { return fmt::format("d{}: {} S{}", d.index, d.tap, d.extent); });
    const std::string at = of.each(", ", [](const Direction& d) { return fmt::format("S{0}*{1} + d{1}", d.extent, d.index); });
    const std::string where = of.each(", ", [](const Direction& d) { return fmt::format("{}: {} P{}", d.index, d.axis, d.extent); });
    op.cases = {{"EVEN", fmt::format("y[b, c, {}] = {}({}) {}x[b, c, {}] where {}", of.indices(), fold.word, taps,
                                     fold.mean ? "SCALE * " : "", at, where)}};
    return op;
}

}  // namespace

void add_adaptive_pooling_ops(std::vector<Op>& table) {
    for (const Fold& fold : {Fold{"avg", "mean", "sum", "0", true}, Fold{"max", "largest element", "max", "-inf", false}}) {
        table.push_back(adaptive(kSequences, fold,
                                 {"x: f32[batch 2, channel 3, time 8]; steps = 4", "x: f64[batch ?, time 5, channel 2]; steps = 3",
                                  "x: f32[batch 1, channel 2, time 2]; steps = 3"}));
        table.push_back(adaptive(kImages, fold,
                                 {"x: f32[batch 2, channel 3, height 8, width 6]; rows = 4, columns = 3",
                                  "x: f64[batch ?, height 5, width 7, channel 2]; rows = 3, columns = 2",
                                  "x: f32[batch 1, channel 2, height 1, width 2]; rows = 2, columns = 3"}));
        table.push_back(adaptive(kVolumes, fold,
                                 {"x: f32[batch 2, channel 2, depth 4, height 2, width 6]; slices = 2, rows = 2, columns = 3",
                                  "x: f64[batch ?, depth 3, height 5, width 4, channel 2]; slices = 2, rows = 3, columns = 3"}));
    }
}

}  // namespace ricci::ir
