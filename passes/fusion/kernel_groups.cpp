// Grows kernels equation by equation along the edges from writers to readers, then orders them.
#include "passes/fusion/kernel_groups.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "ir/analysis/coverage.h"
#include "ir/analysis/look_ups.h"
#include "ir/analysis/windows.h"
#include "ir/core/iteration.h"
#include "passes/build.h"
#include "passes/fusion/inline_pointwise.h"
#include "passes/fusion/shared_loops.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// Results that a window takes from registers at the most: a limit of the policy. A window of 4 x 4 is the largest that
/// networks pool by, and a register tile holds as many rows and columns together.
constexpr std::int64_t kMostPoints = 16;

/// A sum over whole indices into a result without overlaps: what may share loops. A scatter by ids does not: its loops
/// are those of what it adds up.
bool is_regular(const Graph& graph, const Equation& equation) {
    return covers_once(equation, graph.value(equation.result).type) && !scatters_by_ids(graph, equation);
}

/// For each equation the number of borders of batch tiles before it.
IdVector<EquationId, int> stretches(const Graph& graph) {
    IdVector<EquationId, int> numbers;
    for (std::size_t i = 0; i < graph.equations.size(); ++i) {
        const bool border = i > 0 && graph.equations[i].tile != graph.equations[i - 1].tile;
        numbers.push_back((i > 0 ? numbers.back() : 0) + border);
    }
    return numbers;
}

class Grouping {
  public:
    Grouping(const Graph& graph, const Machine& machine)
        : result_(graph),
          producers_(graph.producers()),
          shared_(result_, producers_, machine),
          stretches_(stretches(graph)),
          group_of_(graph.equations.size(), -1) {}

    /// With `join` false every equation is a kernel of its own.
    Graph grouped(bool join_readers, Remarks& remarks);

  private:
    Equation& equation(EquationId place) { return result_.equations[place]; }
    const Equation& equation(EquationId place) const { return result_.equations[place]; }
    GroupId producer_group(const Access& access) const {
        const EquationId place = producers_[access.tensor];
        return place < 0 ? GroupId() : group_of_[place];
    }

    void start(EquationId place);
    bool join(GroupId number, EquationId place);
    void merge(GroupId number, GroupId other, EquationId place);
    bool follows(const Group& group, const Equation& reader) const;
    std::size_t rank(GroupId group) const { return ranks_[group]; }
    std::vector<GroupId> operands(GroupId group) const;
    std::set<GroupId> needed_by(GroupId group, std::size_t least, GroupId skipped = -1) const;
    bool reaches(GroupId from, GroupId to) const;
    void reorder(std::size_t first, std::size_t last, const std::set<GroupId>& before, GroupId group);
    void rank_behind_operands(GroupId number, const Equation& reader);
    /// True when no border of a batch tile stands between the group and the equation.
    bool same_stretch(const Group& group, EquationId place) const {
        return stretches_[group.members.front()] == stretches_[place];
    }
    std::vector<GroupId> order() const;

    Graph result_;
    IdVector<ValueId, EquationId> producers_;
    SharedLoops shared_;
    IdVector<EquationId, int> stretches_;  // kernels are joined within one
    IdVector<EquationId, GroupId> group_of_;
    IdVector<GroupId, Group> groups_;
    IdVector<GroupId, std::size_t> ranks_;  // a group depends on groups of lower ranks alone, so few are asked
    std::vector<GroupId> by_rank_;
};

void Grouping::start(EquationId place) {
    Group group{.members = {place}, .loops = {}};
    const bool leads = is_tiled_contraction(equation(place));
    group.alone = (stands_alone(equation(place)) && !leads) || !is_regular(result_, equation(place));
    if (leads) {
        group.in_registers = 1;
    } else {
        group.loops = loop_names(equation(place));
    }
    group_of_[place] = groups_.next();
    ranks_.push_back(groups_.size());
    by_rank_.push_back(groups_.next());
    groups_.push_back(std::move(group));
}

/// The groups that a group reads from; some may stand there several times.
std::vector<GroupId> Grouping::operands(GroupId group) const {
    std::vector<GroupId> found;
    for (const EquationId member : groups_[group].members) {
        for (const Access* access : accesses(equation(member).body)) {
            const GroupId operand = producer_group(*access);
            if (operand >= 0 && operand != group) found.push_back(operand);
        }
    }
    return found;
}

/// The group and those that it depends on, directly or not, of a rank of at least `least`. What only `skipped` leads to
/// is left out.
std::set<GroupId> Grouping::needed_by(GroupId group, std::size_t least, GroupId skipped) const {
    std::set<GroupId> found;
    std::vector<GroupId> open{group};
    while (!open.empty()) {
        const GroupId next = open.back();
        open.pop_back();
        if (next == skipped || rank(next) < least || !found.insert(next).second) continue;
        const std::vector<GroupId> operands_of_next = operands(next);
        open.insert(open.end(), operands_of_next.begin(), operands_of_next.end());
    }
    return found;
}

/// True when group `to` depends on group `from`, directly or not.
bool Grouping::reaches(GroupId from, GroupId to) const {
    // Lowest ranks first: where there is a way, it is mostly found after a few steps.
    std::set<std::size_t> open{rank(to)};
    std::set<std::size_t> seen = open;
    while (!open.empty()) {
        const GroupId next = by_rank_[open.extract(open.begin()).value()];
        if (next == from) return true;
        for (const GroupId operand : operands(next)) {
            if (rank(operand) >= rank(from) && seen.insert(rank(operand)).second) open.insert(rank(operand));
        }
    }
    return false;
}

/// Gives the groups of these ranks a new order: first `before`, then `group`, then the others, each as they were.
void Grouping::reorder(std::size_t first, std::size_t last, const std::set<GroupId>& before, GroupId group) {
    const auto from = by_rank_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = by_rank_.begin() + static_cast<std::ptrdiff_t>(last) + 1;
    std::stable_partition(from, end, [&](GroupId each) { return each == group; });
    std::stable_partition(from, end, [&](GroupId each) { return before.contains(each); });
    for (std::size_t at = first; at <= last; ++at) ranks_[by_rank_[at]] = at;
}

/// The rank of a group is behind those of all that it reads from.
void Grouping::rank_behind_operands(GroupId number, const Equation& reader) {
    for (const Access* access : accesses(reader.body)) {
        const GroupId operand = producer_group(*access);
        if (operand < 0 || rank(operand) <= rank(number)) continue;
        reorder(rank(number), rank(operand), needed_by(operand, rank(number)), number);
    }
}

/// True when the reader takes each result of the last member from the register it is in, alone or in windows.
bool Grouping::follows(const Group& group, const Equation& reader) const {
    if (group.in_registers == 0 || group.in_registers < group.members.size()) return false;
    const auto windows = windows_of(result_, equation(group.members.back()), reader);
    return windows && points_of(*windows) <= kMostPoints;
}

bool Grouping::join(GroupId number, EquationId place) {
    Group& group = groups_[number];
    const Equation& reader = equation(place);
    if (group.alone || stands_alone(reader) || !is_regular(result_, reader) || !same_stretch(group, place))
        return false;
    const bool in_registers = follows(group, reader);
    if (is_tiled_contraction(equation(group.members.back())) && !in_registers) return false;
    for (const Access* access : accesses(reader.body)) {
        const GroupId operand = producer_group(*access);
        if (operand >= 0 && operand != number && reaches(number, operand)) return false;
    }
    const LoopNames names = shared_.names(group, reader);
    Group joined = group;
    joined.members.push_back(place);
    joined.in_registers += in_registers;
    shared_.pass_on(joined);
    joined.loops.clear();
    for (const auto& [index, name] : names) joined.loops.push_back(name);
    const Equation before = reader;
    rename_indices(equation(place), names);
    if (!in_registers && !shared_.may_share(joined, group.loops.size())) {
        equation(place) = before;
        return false;
    }
    group = std::move(joined);
    group_of_[place] = number;
    rank_behind_operands(number, equation(place));
    return true;
}

/// Takes the equations of kernel `other` into kernel `number`. It does so when the equation at `place`, a member of
/// `number`, reads from both and its loops are loops of both.
void Grouping::merge(GroupId number, GroupId other, EquationId place) {
    const Group& mine = groups_[number];
    const Group& its = groups_[other];
    if (its.alone || is_tiled_contraction(equation(its.members.front())) || !same_stretch(its, place)) return;
    Group both = mine;
    both.in_registers = 0;
    both.members.insert(both.members.end(), its.members.begin(), its.members.end());
    std::ranges::sort(both.members);
    shared_.pass_all_on(both);
    for (const EquationId member : both.members) {
        for (const Access* access : accesses(equation(member).body)) {
            const GroupId operand = producer_group(*access);
            if (operand < 0 || operand == number || operand == other) continue;
            if (reaches(number, operand) || reaches(other, operand)) return;
        }
    }
    both.loops.clear();
    std::vector<std::pair<std::string, std::string>> renamed;  // its loop, my loop
    const LoopNames names = shared_.names(its, equation(place));
    for (const std::string& loop : mine.loops) {
        IndexId index = equation(place).index_named(loop);
        auto pair = std::ranges::find(names, index, &LoopNames::value_type::first);
        if (pair == names.end()) continue;
        both.loops.push_back(loop);
        renamed.push_back({pair->second, loop});
    }
    std::vector<Equation> before;
    for (const EquationId member : its.members) {
        before.push_back(equation(member));
        LoopNames own;
        for (const auto& [its_loop, loop] : renamed) own.push_back({equation(member).index_named(its_loop), loop});
        rename_indices(equation(member), own);
    }
    bool legal = shared_.may_share(both, std::max(mine.loops.size(), its.loops.size()));
    for (const EquationId member : both.members) {
        for (const Access* access : accesses(equation(member).body)) {
            const EquationId writer = producers_[access->tensor];
            if (!std::ranges::binary_search(both.members, writer)) continue;
            legal = legal && same_iteration(equation(writer), equation(member), access->at, both.loops);
        }
    }
    if (!legal) {
        for (std::size_t i = 0; i < before.size(); ++i) equation(its.members[i]) = std::move(before[i]);
        return;
    }
    const auto [early, late] = rank(number) < rank(other) ? std::pair(number, other) : std::pair(other, number);
    std::set<GroupId> before_late = needed_by(late, rank(early), early);
    before_late.erase(late);
    reorder(rank(early), rank(late), before_late, number);
    for (const EquationId member : both.members) group_of_[member] = number;
    groups_[other].members.clear();
    groups_[number] = std::move(both);
}

/// The groups, each behind those it reads from; of several that could come next the one that starts first.
std::vector<GroupId> Grouping::order() const {
    IdVector<GroupId, std::set<GroupId>> read_by(groups_.size());
    IdVector<GroupId, std::size_t> waits_for(groups_.size(), 0);
    for (const GroupId g : groups_.ids()) {
        for (const EquationId member : groups_[g].members) {
            for (const Access* access : accesses(equation(member).body)) {
                const GroupId operand = producer_group(*access);
                if (operand < 0 || operand == g) continue;
                waits_for[g] += read_by[operand].insert(g).second;
            }
        }
    }
    std::set<GroupId> ready;
    std::size_t left = 0;
    for (const GroupId g : groups_.ids()) {
        if (groups_[g].members.empty()) continue;  // merged into another
        ++left;
        if (waits_for[g] == 0) ready.insert(g);
    }
    std::vector<GroupId> order;
    while (!ready.empty()) {
        const GroupId next = ready.extract(ready.begin()).value();
        order.push_back(next);
        for (const GroupId reader : read_by[next]) {
            if (--waits_for[reader] == 0) ready.insert(reader);
        }
    }
    RICCI_CHECK(order.size() == left, "kernels that wait for each other");
    return order;
}

Graph Grouping::grouped(bool join_readers, Remarks& remarks) {
    for (const EquationId place : result_.equations.ids()) {
        std::set<GroupId, std::greater<>> candidates;  // the latest kernel first
        for (const Access* access : accesses(equation(place).body)) candidates.insert(producer_group(*access));
        candidates.erase(-1);
        if (!join_readers) candidates.clear();
        auto joined = std::ranges::find_if(candidates, [&](GroupId group) { return join(group, place); });
        if (joined == candidates.end()) {
            start(place);
            continue;
        }
        for (const GroupId other : candidates) {
            if (other != *joined) merge(*joined, other, place);
        }
    }
    std::vector<Equation> ordered;
    for (const GroupId number : order()) {
        const Group& group = groups_[number];
        const std::string& first = result_.value(equation(group.members.front()).result).name;
        const std::string& last = result_.value(equation(group.members.back()).result).name;
        const bool call = group.alone && equation(group.members.front()).schedule.is_call();
        KernelGroup kernel{group.members.size() == 1 ? first : first + ".to." + last,
                           {group.loops.begin(),
                            group.loops.begin() + static_cast<std::ptrdiff_t>(call ? 0 : shared_.few_loops(group))}};
        if (group.members.size() > 1) {
            remarks.push_back({"fuse", fmt::format("{}: {} equations share the loops ({}), {} bytes an iteration",
                                                   kernel.name, group.members.size(), fmt::join(kernel.loops, ", "),
                                                   shared_.iteration_bytes(group, kernel.loops))});
        }
        for (const EquationId member : group.members) {
            ordered.push_back(equation(member));
            ordered.back().kernel = result_.kernels.next();
        }
        result_.kernels.push_back(std::move(kernel));
    }
    result_.equations = std::move(ordered);
    return std::move(result_);
}

}  // namespace

Graph group_kernels(const Graph& graph, bool join, const Machine& machine, Remarks& remarks) {
    return Grouping(graph, machine).grouped(join, remarks);
}

}  // namespace ricci::passes
