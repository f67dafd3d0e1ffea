// Which loops of a nest are written out.
#include "passes/loops/plain_loops.h"

namespace ricci::codegen {
namespace {

/// Operations (as nest.h counts them) that the innermost code of one nest may grow to by writing loops out.
constexpr double kMostOperations = 160;

}  // namespace

PlainLoops plan_plain_loops(const Nest& nest, int split) {
    PlainLoops plan{.nest = nest, .left = {}, .reduced = {}, .written_out = std::vector<bool>(nest.levels.size(), false)};
    const auto level = [&](int number) -> const Level& { return nest.levels[static_cast<std::size_t>(number)]; };
    for (int number = nest.shared; number < static_cast<int>(nest.levels.size()); ++number) {
        if (number == nest.vector || number == nest.pair) continue;
        (level(number).reduced ? plan.reduced : plan.left).push_back(number);
    }
    double room = kMostOperations / (operations(nest.equation->body) + static_cast<double>(nest.reads.size()) + 1);
    const auto take = [&](int number) {
        const ir::Size extent = level(number).extent;
        if (extent.per_batch != 0 || number == split || static_cast<double>(extent.fixed) > room) return false;
        room /= static_cast<double>(extent.fixed);
        plan.written_out[static_cast<std::size_t>(number)] = true;
        return true;
    };
    if (nest.vector >= 0 && level(nest.vector).extent.per_batch == 0) {
        const std::int64_t vectors = (level(nest.vector).extent.fixed + plan.units() - 1) / plan.units();
        if (vectors <= kMostVectorsWrittenOut && static_cast<double>(vectors) <= room) room /= static_cast<double>(vectors);
    }
    bool open = true;
    for (auto it = plan.reduced.rbegin(); open && it != plan.reduced.rend(); ++it) open = take(*it);
    for (auto it = plan.left.rbegin(); open && it != plan.left.rend(); ++it) open = take(*it);
    return plan;
}

}  // namespace ricci::codegen
