// One line for the loops over the result, and one for each equation that is computed in them.
#include "ir/print/print_loops.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ir/loops/pieces.h"

namespace ricci::ir {
namespace {

/// "y", "(y, x)".
std::string spelt(const std::vector<std::string>& names) {
    const std::string joined = fmt::format("{}", fmt::join(names, ", "));
    return names.size() == 1 ? joined : fmt::format("({})", joined);
}

/// "unrolled y by 2", "vector b of 16".
std::string text_of(const Loop& loop, int lanes) {
    std::string text = loop.look_up ? "lookup " : loop.unrolled ? "unrolled " : "";
    text += loop.vector ? "vector " + spelt(loop.indices) : spelt(loop.indices);
    if (!loop.pair.empty()) text += " with " + spelt(loop.pair);
    if (loop.vector) text += fmt::format(" of {}", lanes);
    if (loop.by > 1) text += fmt::format(" by {}", loop.by);
    return text;
}

std::string text_of(const std::vector<Loop>& loops, int lanes) {
    std::vector<std::string> texts;
    for (const Loop& loop : loops) texts.push_back(text_of(loop, lanes));
    return fmt::format("{}", fmt::join(texts, ", "));
}

/// How the tile meets the guards of its padded reads, a line each.
std::vector<std::string> guards_of(const Graph& graph, const Contraction& tile) {
    std::vector<std::string> lines;
    for (const Stream& read : tile.nest.reads) {
        for (const Guard& guard : read.guards) {
            std::vector<std::string> along;
            for (std::size_t level = 0; level < guard.coefficients.size(); ++level) {
                if (guard.coefficients[level] != 0) along.push_back(tile.nest.name_of(LevelId(level)));
            }
            const MetGuard how = met(tile, guard);
            std::string meets = "asked at each load";
            if (how.form == GuardForm::known) meets = "left out of the code";
            if (how.form == GuardForm::bounds) meets = "bounds the loop over " + tile.nest.name_of(how.level);
            lines.push_back(fmt::format("# padding of {} along {}: {}", graph.value(read.value).name,
                                        fmt::join(along, ", "), meets));
        }
    }
    return lines;
}

/// Where plain loops are cut into pieces, a line for each loop.
std::vector<std::string> pieces_of(const Graph& graph, const PlainLoops& plan) {
    std::vector<std::string> lines;
    const IdVector<LevelId, std::vector<std::int64_t>> cuts = cuts_of(graph, plan.nest);
    for (const LevelId level : cuts.ids()) {
        if (cuts[level].empty()) continue;
        lines.push_back(fmt::format("# {} in pieces from 0, {}", plan.nest.name_of(level), fmt::join(cuts[level], ", ")));
    }
    return lines;
}

}  // namespace

std::string print(const Graph& graph, const LoopNest& nest, const LoopStep* step) {
    const auto name = [&](ValueId id) -> const std::string& { return graph.value(id).name; };
    std::string text;
    std::string indent;
    const auto line = [&](const std::string& words) { text += indent + words + "\n"; };
    if (!nest.outer.empty()) {
        line(fmt::format("for {}:", text_of(nest.outer, nest.lanes)));
        indent = "    ";
    }
    const bool turned = nest.form == LoopNest::Form::transpose;
    const bool tiled = nest.form == LoopNest::Form::register_tile;
    if (nest.operand >= 0) line("first " + name(nest.operand));
    std::string words = fmt::format("{} {}", turned ? "transpose" : "compute", name(nest.result));
    if (nest.stored && !nest.following.empty()) words += ", stored,";
    if (tiled) words += " in registers";
    if (!nest.inner.empty()) words += " over " + text_of(nest.inner, nest.lanes);
    if (turned) words += fmt::format(" in blocks of {}", nest.lanes);
    if (nest.cycles > 0) words += fmt::format("  predicted {} cycles", nest.cycles);
    if (tiled) {
        std::int64_t sums = 1;
        for (const Loop& loop : nest.outer) sums *= loop.by;
        words += fmt::format("  # {} sum{}", sums, sums == 1 ? "" : "s");
    }
    line(words);
    if (const auto* loops = step ? std::get_if<TileLoops>(&step->loops) : nullptr) {
        for (const std::string& guard : guards_of(graph, loops->tile)) line(guard);
    }
    if (const auto* plain = step ? std::get_if<PlainLoops>(&step->loops) : nullptr) {
        for (const std::string& piece : pieces_of(graph, *plain)) line(piece);
    }
    if (!nest.alongside.empty()) {
        std::vector<std::string> sums;
        for (ValueId sum : nest.alongside) sums.push_back(name(sum));
        line(fmt::format("with {}", fmt::join(sums, ", ")));
    }
    for (const Following& next : nest.following) line(fmt::format("then {}{}", name(next.result), next.stored ? ", stored" : ""));
    return text;
}

}  // namespace ricci::ir
