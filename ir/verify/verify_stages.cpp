// Rules about kernels and memory, which later stages fill in.
#include "ir/verify/verify_stages.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "ir/analysis/occupied.h"
#include "ir/base/checked.h"
#include "ir/base/memory.h"
#include "ir/core/iteration.h"
#include "ir/core/tile.h"
#include "ir/core/uses.h"
#include "ir/loops/kernel_plan.h"
#include "ir/print/print.h"
#include "ir/surface/lexer.h"
#include "ir/verify/verify_sharing.h"

namespace ricci::ir {
namespace {

using Ids = std::vector<IndexId>;

// Kernels

/// The kernel's loops among an equation's indices, by name; -1 for one that it does not have.
Ids loops_of(const Graph& graph, const Equation& equation) {
    Ids ids;
    for (const std::string& name : graph.kernels[equation.kernel].loops) {
        ids.push_back(equation.index_named(name));
    }
    return ids;
}

bool is_reduced(const Equation& equation, IndexId index) {
    return equation.indices[index].extent != 1 &&
           std::ranges::none_of(equation.left, [&](const Affine& at) { return at.uses(index); });
}

/// Groups by themselves and their equations' loops; false when a kernel's reads cannot be judged.
bool check_groups(Report& report) {
    const Graph& graph = report.graph();
    IdVector<KernelId, const Equation*> first(graph.kernels.size(), nullptr);
    bool sound = true;
    auto broken = [&](const Equation& equation, const std::string& text) {
        report.add("V15", equation, "{}", text);
        sound = false;
    };
    KernelId before = -1;
    for (const Equation& equation : graph.equations) {
        bool entered = equation.kernel != before;
        before = equation.kernel;
        if (equation.kernel < 0) continue;
        const KernelId number = equation.kernel;
        const KernelGroup& kernel = graph.kernels[number];
        if (first[number] == nullptr) {
            first[number] = &equation;
        } else if (entered) {
            broken(equation, fmt::format("kernel {} has other equations in between", kernel.name));
        }
        Ids ids = loops_of(graph, equation);
        Ids ids_of_first = loops_of(graph, *first[number]);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (ids[i] < 0) {
                broken(equation, fmt::format("it has no index {}, a loop of kernel {}", kernel.loops[i], kernel.name));
            } else if (equation.reduce == Reduce::argmax && is_reduced(equation, ids[i])) {
                broken(equation, fmt::format("loop {} of kernel {} cuts the points that argmax numbers",
                                             kernel.loops[i], kernel.name));
            } else if (ids_of_first[i] >= 0) {
                std::int64_t own = equation.indices[ids[i]].extent;
                std::int64_t other = first[number]->indices[ids_of_first[i]].extent;
                if (own == other) continue;
                broken(equation,
                       fmt::format("loop {} of kernel {} has extent {}, but {} in {}", kernel.loops[i], kernel.name,
                                   extent_text(own), extent_text(other), report.subject(*first[number])));
            }
        }
    }
    std::set<std::string_view> names;
    for (const KernelId id : graph.kernels.ids()) {
        const KernelGroup& kernel = graph.kernels[id];
        if (!is_value_name(kernel.name))
            report.add("V2", Location{}, "the text cannot spell the kernel \"{}\"", kernel.name);
        if (!names.insert(kernel.name).second) report.add("V2", Location{}, "two kernels are called {}", kernel.name);
        std::set<std::string_view> loops(kernel.loops.begin(), kernel.loops.end());
        if (loops.size() != kernel.loops.size())
            report.add("V15", Location{}, "kernel {} has a loop twice", kernel.name);
        if (first[id] == nullptr) report.add("V15", Location{}, "kernel {} has no equation", kernel.name);
    }
    return sound;
}

/// What an index expression is apart from the kernel's loops: the elements that one iteration touches along an axis.
struct Inner {
    std::int64_t low = 0;
    std::int64_t high = 0;
    bool dense = true;  // no gaps in between
    bool open = false;  // runs over the whole open batch
};

Inner inner_of(const Affine& at, const Equation& equation, const Ids& loops) {
    Affine inner = Affine::constant(at.offset);
    for (const Affine::Term& term : at.terms) {
        if (std::ranges::find(loops, term.index) == loops.end()) inner.terms.push_back(term);
    }
    Inner result;
    std::tie(result.low, result.high) = range(inner, equation.extents());
    std::ranges::sort(inner.terms, {}, [](const Affine::Term& term) { return std::abs(term.coefficient); });
    std::int64_t reach = 0;
    for (const Affine::Term& term : inner.terms) {
        std::int64_t extent = equation.indices[term.index].extent;
        result.open |= extent == kOpen;
        if (extent > 1 && std::abs(term.coefficient) > reach + 1) result.dense = false;
        if (extent <= 1) continue;
        std::int64_t span = checked_mul(std::abs(term.coefficient), extent - 1, "index range");
        reach = checked_add(reach, span, "index range");
    }
    return result;
}

/// Why an iteration of a kernel has not completed what it reads of `writer`'s result; "" when it has.
std::string incomplete(const Equation& writer, const Equation& reader, const Access& access, const Graph& graph) {
    Ids written_by = loops_of(graph, writer);
    Ids read_by = loops_of(graph, reader);
    const std::vector<std::string>& names = graph.kernels[writer.kernel].loops;
    auto runs = [&](std::size_t loop) {
        return writer.indices[written_by[loop]].extent != 1;
    };
    for (std::size_t loop = 0; loop < names.size(); ++loop) {
        bool on_left = std::ranges::any_of(writer.left, [&](const Affine& at) { return at.uses(written_by[loop]); });
        if (runs(loop) && !on_left) return fmt::format("it is complete only after the last {}", names[loop]);
    }
    if (same_iteration(writer, reader, access.at, names)) return "";  // tuples too, which the ranges below do not see
    for (std::size_t axis = 0; axis < access.at.size(); ++axis) {
        Inner written = inner_of(writer.left[axis], writer, written_by);
        Inner read = inner_of(access.at[axis], reader, read_by);
        bool follows = false;  // some loop moves along this axis
        for (std::size_t loop = 0; loop < names.size(); ++loop) {
            if (!runs(loop)) continue;
            std::int64_t step = writer.left[axis].coefficient(written_by[loop]);
            if (step != access.at[axis].coefficient(read_by[loop])) {
                return fmt::format("axis {} does not follow loop {} as the equation that writes it does", axis,
                                   names[loop]);
            }
            follows = follows || step != 0;
            if (step != 0 && writer.reduce != Reduce::none && std::abs(step) <= written.high - written.low) {
                return fmt::format("neighbouring iterations of {} add to the same elements of axis {}", names[loop],
                                   axis);
            }
        }
        if (written.open) continue;
        std::int64_t extent = graph.value(access.tensor).type.axes[axis].extent;
        if (access.pad && !follows && extent != kOpen) {  // what lies outside is not read at all
            read.low = std::clamp<std::int64_t>(read.low, 0, extent - 1);
            read.high = std::clamp<std::int64_t>(read.high, 0, extent - 1);
        }
        if (read.low < written.low || read.high > written.high || !written.dense || read.open) {
            return fmt::format("one iteration writes {} to {} of axis {} and reads {} to {}", written.low, written.high,
                               axis, read.low, read.high);
        }
    }
    return "";
}

// Memory

std::int64_t arena_of(const Graph& graph, Placement::Scope scope) {
    switch (scope) {
        case Placement::Scope::per_sample:
            return graph.arena_per_sample;
        case Placement::Scope::per_pair:
            return graph.arena_per_pair;
        case Placement::Scope::per_thread:
            return graph.arena_per_thread;
        case Placement::Scope::per_chunk:
            return graph.arena_per_chunk;
        case Placement::Scope::fixed:
            break;
    }
    return graph.arena_fixed;
}

/// What the rules of places look up.
struct Placed {
    explicit Placed(const Graph& whole)
        : graph(whole),
          uses(graph),
          storages(ir::storages(graph)),
          crosses(crossings(graph)),
          kernels(kernel_spans(graph)),
          tiles(tile_spans(graph)),
          held(held_in_registers(graph)),
          outputs(graph.values.size(), false) {
        for (const Output& output : graph.outputs) outputs[output.value] = true;
    }

    /// The equations that run again and again around an equation: those of its kernel. For a value that outlives one
    /// round of the tile, those of its tile.
    EquationRange rounds_around(EquationId equation, Placement::Scope scope) const {
        const bool in_tile = graph.equations[equation].tile >= 0;
        const bool outlives = scope != Placement::Scope::per_thread;
        return (in_tile && outlives ? tiles : kernels)[equation];
    }

    const Graph& graph;
    Uses uses;
    IdVector<ValueId, ValueId> storages;
    IdVector<ValueId, Crossing> crosses;
    IdVector<EquationId, EquationRange> kernels;
    IdVector<EquationId, EquationRange> tiles;
    IdVector<ValueId, bool> held;  // by registers alone
    IdVector<ValueId, bool> outputs;
};

std::string a_role(Role role) { return fmt::format("{} {}", role == Role::input ? "an" : "a", name_of(role)); }

/// What code writes to memory that no caller brings: each result but outputs and what only registers hold.
bool needs_place(const Graph& graph, const Placed& placed, ValueId id) {
    const bool written = graph.value(id).role == Role::temporary && placed.uses.writer(id) >= 0;
    return written && !placed.held[id] && !placed.outputs[id];
}

/// The place that a value needs, at an offset that the planner would choose.
Placement needed_place(const Graph& graph, const Placed& placed, ValueId id) {
    const Uses& uses = placed.uses;
    const TensorType& type = graph.value(id).type;
    const Crossing crossing = placed.crosses[id];
    const EquationId written = uses.writer(id);
    const std::int64_t samples =
        crossing == Crossing::local ? graph.tiles[graph.equations[written].tile].samples : 1;
    const bool unread = uses.readers(id).empty();
    return {.bytes = checked_mul(type.count(samples), static_cast<std::int64_t>(size_of(type.dtype)), "bytes"),
            .scope = scope_of(type, crossing),
            .first = written,
            .last = uses.leaves(id) ? graph.equations.next() - 1 : unread ? written : uses.readers(id).back()};
}

std::string missing(const Graph& graph, const Placed& placed, ValueId id) {
    const Placement needed = needed_place(graph, placed, id);
    const std::string& name = graph.value(id).name;
    const bool once = needed.scope == Placement::Scope::fixed;
    return fmt::format("{} has no place; add `place {} at OFFSET, {} bytes{}{}, live {}..{}`", name, name,
                       needed.bytes, once ? "" : " ", once ? "" : name_of(needed.scope), needed.first, needed.last);
}

void check_place(Report& report, const Placed& placed, ValueId id) {
    const Graph& graph = report.graph();
    const Value& value = graph.value(id);
    const Placement& place = *value.placement;
    auto broken = [&](const std::string& text) { report.add("V17", value.location, "{}: {}", value.name, text); };
    if (value.role != Role::temporary)
        return broken(fmt::format("{} has no place in the arena", a_role(value.role)));
    if (placed.held[id]) return broken("it has a place, but only registers hold it");
    if (placed.outputs[id]) return broken("it has a place, but an output has memory of its own");
    const Placement needed = needed_place(graph, placed, id);
    if (place.scope != needed.scope) {
        broken(fmt::format("it counts {}, expected {}",
                           place.scope == Placement::Scope::fixed ? "once" : name_of(place.scope),
                           needed.scope == Placement::Scope::fixed ? "once" : name_of(needed.scope)));
    }
    if (place.bytes < needed.bytes)
        broken(fmt::format("{} bytes are placed, but {} are needed", place.bytes, needed.bytes));
    const EquationId end = graph.equations.next() - 1;
    if (place.first > needed.first || place.last < needed.last || place.last > end || place.first < 0) {
        broken(fmt::format("live {}..{}, but used {}..{}", place.first, place.last, needed.first, needed.last));
    }
    if (place.shares >= 0) {
        const Value& other = graph.value(place.shares);
        const bool differs = other.placement && other.placement->scope != place.scope;
        if (differs || other.type.dtype != value.type.dtype || other.type.open_axes() != value.type.open_axes() ||
            other.type.count() != value.type.count()) {
            broken(fmt::format("it shares {}, which is {}", other.name, to_string(other.type)));
        }
        if (placed.held[place.shares]) return broken(fmt::format("it shares {}, which only registers hold", other.name));
        if (!graph.value(placed.storages[id]).placement)
            return;  // not in the arena: a parameter, an input, an output
        if (other.placement && other.placement->offset != place.offset)
            broken(fmt::format("it shares {}, but lies elsewhere", other.name));
    }
    std::int64_t arena = arena_of(graph, place.scope);
    // Pairs of samples come in multiples of the alignment.
    if (place.scope != Placement::Scope::per_pair && place.offset % kAlignment != 0)
        broken(fmt::format("offset {} is no multiple of {}", place.offset, kAlignment));
    if (place.offset < 0 || place.offset > arena || place.bytes > arena - place.offset) {
        broken(
            fmt::format("bytes {} to {} are outside the arena of {}", place.offset, place.offset + place.bytes, arena));
    }
}

/// A value with a place in the arena.
struct Block {
    ValueId id;
    ValueId storage;
    const Placement* place;
    EquationId first;  // between which it is live
    EquationId last;
};

/// True when a block has bytes of another storage while both are live. Cost: n log n for sound graphs.
bool any_overlap(const Graph& graph, std::vector<Block> blocks) {
    std::ranges::stable_sort(blocks, {}, &Block::storage);
    std::map<Placement::Scope, Occupied> arenas;
    for (std::size_t i = 0; i < blocks.size();) {
        std::size_t end = i;
        for (; end < blocks.size() && blocks[end].storage == blocks[i].storage; ++end) {
            const Block& block = blocks[end];
            const Occupied& taken = arenas.try_emplace(block.place->scope, graph.equations.size()).first->second;
            if (block.place->bytes <= 0) continue;
            if (!taken.is_free(block.first, block.last, block.place->offset, block.place->bytes)) return true;
        }
        for (; i < end; ++i) {
            const auto& [id, storage, place, first, last] = blocks[i];
            if (place->bytes > 0) arenas.at(place->scope).take(first, last, place->offset, place->bytes);
        }
    }
    return false;
}

void check_overlaps(Report& report, const Placed& placed) {
    const Graph& graph = report.graph();
    std::vector<Block> blocks;
    for (ValueId id : graph.values.ids()) {
        const std::optional<Placement>& place = graph.value(id).placement;
        if (!place) continue;
        if (!graph.value(placed.storages[id]).placement) continue;  // outside the arena
        const EquationId end = graph.equations.next() - 1;
        if (place->first < 0 || place->last > end || place->first > place->last) continue;  // V17 has said so
        blocks.push_back({id, placed.storages[id], &*place, placed.rounds_around(place->first, place->scope).first,
                          placed.rounds_around(place->last, place->scope).last});
    }
    if (!any_overlap(graph, blocks)) return;
    std::ranges::sort(blocks, {}, [](const Block& block) { return block.place->offset; });
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const Block& a = blocks[i];
        for (std::size_t j = i + 1; j < blocks.size() && blocks[j].place->offset < a.place->offset + a.place->bytes;
             ++j) {
            const Block& b = blocks[j];
            bool together = a.first <= b.last && b.first <= a.last && a.place->scope == b.place->scope;
            if (!together || b.place->bytes == 0 || a.storage == b.storage) continue;
            report.add("V18", graph.value(b.id).location,
                       "{} (bytes {} to {}) and {} (from {}) overlap while both are live", graph.value(a.id).name,
                       a.place->offset, a.place->offset + a.place->bytes, graph.value(b.id).name, b.place->offset);
        }
    }
}

}  // namespace

void check_kernels(Report& report) {
    const Graph& graph = report.graph();
    if (graph.stage < Stage::kernels && !graph.kernels.empty()) {
        report.add("V15", Location{}, "stage {} has kernels", name_of(graph.stage));
    }
    if (!check_groups(report)) return;
    const Uses uses(graph);
    for (const Equation& reader : graph.equations) {
        if (reader.kernel < 0) continue;
        for (const Access* access : accesses(reader.body)) {
            const EquationId producer = uses.writer(access->tensor);
            if (producer < 0 || graph.equations[producer].kernel != reader.kernel) continue;
            std::string why = incomplete(graph.equations[producer], reader, *access, graph);
            if (!why.empty())
                report.add("V16", reader, "it reads {} in its own kernel, but {}", graph.value(access->tensor).name,
                           why);
        }
    }
}

void check_placements(Report& report) {
    const Graph& graph = report.graph();
    if (graph.stage < Stage::planned) {
        for (const Value& value : graph.values) {
            if (value.placement)
                report.add("V17", value.location, "{} has a place at stage {}", value.name, name_of(graph.stage));
        }
        return;
    }
    using Scope = Placement::Scope;
    for (const Scope scope : {Scope::fixed, Scope::per_sample, Scope::per_thread, Scope::per_chunk}) {
        if (arena_of(graph, scope) % kAlignment == 0) continue;
        report.add("V17", Location{}, "the arena has {} bytes {}, no multiple of {}", arena_of(graph, scope),
                   scope == Scope::fixed ? "that count once" : name_of(scope), kAlignment);
    }
    const Placed placed(graph);
    for (ValueId id : graph.values.ids()) {
        if (graph.value(id).placement) {
            check_place(report, placed, id);
        } else if (needs_place(graph, placed, id)) {
            report.add("V17", graph.value(id).location, "{}", missing(graph, placed, id));
        }
    }
    check_sharing(report, placed.uses, placed.storages);
    check_overlaps(report, placed);
}

}  // namespace ricci::ir
