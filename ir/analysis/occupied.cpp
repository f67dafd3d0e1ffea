// A segment tree over time, whose nodes hold pieces of memory.
#include "ir/analysis/occupied.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>
#include <utility>

namespace ricci::ir {

Occupied::Occupied(std::size_t equations)
    : leaves_(std::bit_ceil(std::max<std::size_t>(equations, 1))), nodes_(2 * leaves_) {}

void Occupied::add(Pieces& pieces, std::int64_t begin, std::int64_t end) {
    auto next = pieces.upper_bound(begin);
    if (next != pieces.begin() && std::prev(next)->second >= begin) --next;
    while (next != pieces.end() && next->first <= end) {
        begin = std::min(begin, next->first);
        end = std::max(end, next->second);
        next = pieces.erase(next);
    }
    pieces.emplace(begin, end);
}

std::vector<const Occupied::Pieces*> Occupied::during(EquationId first, EquationId last) const {
    // Who lives with the block does so during a part of a node that covers it, or all the time of a node around one.
    std::vector<const Pieces*> met;
    std::vector<std::size_t> around;
    const auto meet = [&](std::size_t node) {
        met.push_back(&nodes_[node].some);
        while ((node /= 2) >= 1) around.push_back(node);
    };
    std::size_t low = leaves_ + first.place(), high = leaves_ + last.place() + 1;
    for (; low < high; low /= 2, high /= 2) {
        if (low % 2 == 1) meet(low++);
        if (high % 2 == 1) meet(--high);
    }
    std::ranges::sort(around);
    around.erase(std::ranges::unique(around).begin(), around.end());
    for (std::size_t node : around) met.push_back(&nodes_[node].all);
    return met;
}

bool Occupied::is_free(EquationId first, EquationId last, std::int64_t offset, std::int64_t bytes) const {
    return std::ranges::none_of(during(first, last), [&](const Pieces* pieces) {
        auto next = pieces->lower_bound(offset + bytes);  // the first that begins behind
        return next != pieces->begin() && std::prev(next)->second > offset;
    });
}

std::int64_t Occupied::best_offset(EquationId first, EquationId last, std::int64_t bytes) const {
    std::vector<std::pair<std::int64_t, std::int64_t>> pieces;
    for (const Pieces* each : during(first, last)) pieces.insert(pieces.end(), each->begin(), each->end());
    std::ranges::sort(pieces);
    std::int64_t best = -1;
    std::int64_t smallest = std::numeric_limits<std::int64_t>::max();
    std::int64_t end = 0;
    for (const auto& [begin, finish] : pieces) {
        const std::int64_t gap = begin - end;
        if (gap >= bytes && gap < smallest) best = end, smallest = gap;
        end = std::max(end, finish);
    }
    return best >= 0 ? best : end;
}

void Occupied::take(EquationId first, EquationId last, std::int64_t offset, std::int64_t bytes) {
    std::size_t low = leaves_ + first.place(), high = leaves_ + last.place() + 1;
    const auto cover = [&](std::size_t node) {
        add(nodes_[node].all, offset, offset + bytes);
        for (; node >= 1; node /= 2) add(nodes_[node].some, offset, offset + bytes);
    };
    for (; low < high; low /= 2, high /= 2) {
        if (low % 2 == 1) cover(low++);
        if (high % 2 == 1) cover(--high);
    }
}

}  // namespace ricci::ir
