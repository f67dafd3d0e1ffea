// Finds a reader's index for each loop of a kernel by the point that wrote what it reads.
#include "passes/fusion/shared_loops.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "ir/analysis/look_ups.h"
#include "ir/base/places.h"
#include "ir/core/iteration.h"
#include "ir/core/tile.h"
#include "passes/fusion/inline_pointwise.h"

namespace ricci::passes {

using namespace ir;

namespace {

/// Bytes that equations pass on in an iteration: below it a larger iteration is better. Its rows are a few vectors, and the
/// last of them is not full.
constexpr std::int64_t kShortBytes = 256;

}  // namespace

std::vector<std::string> loop_names(const Equation& equation) {
    std::vector<std::string> names;
    const IndexId sample = equation.tile >= 0 ? sample_index(equation) : -1;
    for (const IndexId i : equation.indices.ids()) {
        const Index& index = equation.indices[i];
        bool on_left = std::ranges::any_of(equation.left, [&](const Affine& at) { return at.uses(i); });
        bool innermost = on_left && equation.left.back().uses(i);
        if (innermost && equation.left.size() == 1 && index.kind == kinds::batch()) innermost = false;
        if (equation.tile >= 0) innermost = i == sample;
        if (on_left && !innermost && index.extent != 1) names.push_back(index.name);
    }
    return names;
}

void rename_indices(Equation& equation, const LoopNames& names) {
    std::set<std::string> taken;
    for (const auto& [index, name] : names) taken.insert(name);
    auto renamed = [&](IndexId i) {
        return std::ranges::any_of(names, [&](const auto& entry) { return entry.first == i; });
    };
    for (const IndexId i : equation.indices.ids()) {
        Index& index = equation.indices[i];
        if (renamed(i)) continue;
        std::string unique = index.name;
        for (int n = 2; taken.contains(unique); ++n) unique = index.name + std::to_string(n);
        taken.insert(index.name = unique);
    }
    for (const auto& [index, name] : names) equation.indices[index].name = name;
}

LoopNames SharedLoops::names(const Group& group, const Equation& reader) const {
    LoopNames pairs;
    for (const std::string& loop : group.loops) {
        IndexId found = -1;
        bool agrees = true;
        for (const Access* access : accesses(reader.body)) {
            const EquationId place = producers_[access->tensor];
            if (!std::ranges::binary_search(group.members, place)) continue;
            const Equation& writer = equation(place);
            IndexId index = writer.index_named(loop);
            const IdVector<IndexId, std::optional<Affine>> point = written_at(writer, reader, access->at);
            const std::optional<Affine>& at = point[index];
            IndexId bare = at ? at->bare() : -1;
            agrees = agrees && bare >= 0 && (found < 0 || found == bare) &&
                     reader.indices[bare].extent ==
                         writer.indices[index].extent;
            if (!agrees) break;
            found = bare;
        }
        bool twice = std::ranges::any_of(pairs, [&](const auto& pair) { return pair.first == found; });
        if (agrees && found >= 0 && !twice) pairs.push_back({found, loop});
    }
    std::vector<IndexId> reduced = reader.reduced();
    // The number of the first largest point is not known from part of the points.
    if (reader.reduce == Reduce::argmax) {
        std::erase_if(pairs, [&](const auto& pair) { return std::ranges::find(reduced, pair.first) != reduced.end(); });
    }
    // What an id says is no loop around others.
    if (reader.tile < 0) {
        for (const LookUp& found : look_ups(graph_, reader))
            std::erase_if(pairs, [&](const auto& pair) { return pair.first == found.index; });
    }
    return pairs;
}

void SharedLoops::pass_on(Group& group, std::size_t reader) const {
    for (const Access* access : accesses(equation(group.members[reader]).body)) {
        const EquationId place = producers_[access->tensor];
        const auto found = std::ranges::lower_bound(group.members, place);
        if (found == group.members.end() || *found != place) continue;
        const std::size_t writer = place_at(group.members, found);
        if ((reader < group.in_registers && writer + 1 == reader) || is_tiled_contraction(equation(place))) continue;
        const auto at = std::ranges::lower_bound(group.passed, access->tensor);
        if (at == group.passed.end() || *at != access->tensor) group.passed.insert(at, access->tensor);
    }
}

void SharedLoops::pass_on(Group& group) const { pass_on(group, group.members.size() - 1); }

void SharedLoops::pass_all_on(Group& group) const {
    group.passed.clear();
    for (std::size_t reader = 0; reader < group.members.size(); ++reader) pass_on(group, reader);
}

std::int64_t SharedLoops::iteration_bytes(const Group& group, std::span<const std::string> loops) const {
    std::int64_t bytes = 0;
    for (ValueId value : group.passed) {
        const Equation& writer = equation(producers_[value]);
        std::int64_t elements = 1;
        for (const IndexId i : writer.indices.ids()) {
            const Index& index = writer.indices[i];
            bool inside = std::ranges::find(loops, index.name) == loops.end() &&
                          std::ranges::any_of(writer.left, [&](const Affine& at) { return at.uses(i); });
            if (!inside) continue;
            if (index.extent == kOpen && writer.tile < 0) return std::numeric_limits<std::int64_t>::max();
            elements *=
                index.extent == kOpen ? graph_.tiles[writer.tile].samples : index.extent;
        }
        bytes += elements * static_cast<std::int64_t>(size_of(graph_.value(value).type.dtype));
    }
    return bytes;
}

/// True when the batch is one of the loops, or no member runs over it, or samples are vectors.
bool SharedLoops::shares_batch(const Group& group) const {
    if (equation(group.members.front()).tile >= 0) return true;
    return std::ranges::all_of(group.members, [&](EquationId member) {
        return std::ranges::all_of(equation(member).indices, [&](const Index& index) {
            return index.kind != kinds::batch() || std::ranges::find(group.loops, index.name) != group.loops.end();
        });
    });
}

bool SharedLoops::may_share(const Group& group, std::size_t most_loops) const {
    const bool fewer = group.loops.size() < most_loops;
    return shares_batch(group) &&
           iteration_bytes(group, group.loops) <= (fewer ? iteration_bytes_ : most_iteration_bytes_);
}

std::size_t SharedLoops::few_loops(const Group& group) const {
    const Equation& first = equation(group.members.front());
    auto is_batch = [&](const std::string& loop) {
        IndexId index = first.index_named(loop);
        return index >= 0 && first.indices[index].kind == kinds::batch();
    };
    std::size_t least = 0;
    for (std::size_t i = 0; i < group.loops.size(); ++i) {
        if (is_batch(group.loops[i])) least = i + 1;
    }
    const auto bytes = [&](std::size_t count) { return iteration_bytes(group, std::span(group.loops).first(count)); };
    std::size_t count = least;
    while (count < group.loops.size() && bytes(count) > iteration_bytes_) ++count;
    const bool shortened = first.tile < 0 && count > least && bytes(count) < kShortBytes && bytes(count - 1) <= most_iteration_bytes_;
    return shortened ? count - 1 : count;
}

}  // namespace ricci::passes
