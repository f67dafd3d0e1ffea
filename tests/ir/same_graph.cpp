// Compares graphs field by field.
#include "tests/ir/same_graph.h"

#include "ir/print/print.h"

namespace ricci::ir {
namespace {

/// The first thing in which two equations differ.
std::string difference(const Graph& a, const Graph& b, const Equation& p, const Equation& q) {
    std::string at = print(a, p);
    if (a.value(p.result).name != b.value(q.result).name) return at + ": result";
    if (p.indices != q.indices) return at + ": indices";
    if (p.left != q.left || p.clipped != q.clipped) return at + ": left";
    if (p.reduce != q.reduce) return at + ": reduction";
    if (p.op != q.op) return at + ": op";
    if (p.schedule != q.schedule) return at + ": schedule";
    if ((p.kernel < 0) != (q.kernel < 0)) return at + ": kernel";
    if (p.kernel >= 0) {
        const KernelGroup& k = a.kernels[p.kernel];
        const KernelGroup& l = b.kernels[q.kernel];
        if (k.name != l.name || k.loops != l.loops || k.split != l.split || k.split_by != l.split_by) return at + ": kernel";
    }
    if ((p.tile < 0) != (q.tile < 0)) return at + ": tile";
    if (p.tile >= 0) {
        const BatchTile& t = a.tiles[p.tile];
        const BatchTile& u = b.tiles[q.tile];
        if (t.name != u.name || t.samples != u.samples) return at + ": tile";
    }
    ExprRef renumbered = rewrite(q.body, [&](const ExprRef& node) -> ExprRef {
        if (node->form != Expr::Form::access) return nullptr;
        Access access = node->access;
        access.tensor = a.find(b.value(access.tensor).name);
        return element(std::move(access), node->dtype);
    });
    return same(p.body, renumbered) ? "" : at + ": body";
}

}  // namespace

std::string difference(const Graph& a, const Graph& b) {
    if (a.name != b.name || a.stage != b.stage) return "name or stage";
    if (a.fixed_batch != b.fixed_batch) return "batch";
    if (a.values.size() != b.values.size()) return "number of values";
    for (const Value& value : a.values) {
        ValueId id = b.find(value.name);
        if (id < 0) return value.name;
        const Value& other = b.value(id);
        if (value.type != other.type || value.role != other.role || value.initial != other.initial) return value.name;
        if (value.placement.has_value() != other.placement.has_value()) return value.name + ": placement";
        if (!value.placement) continue;
        Placement place = *other.placement;
        if (place.shares >= 0) place.shares = a.find(b.value(place.shares).name);
        if (*value.placement != place) return value.name + ": placement";
    }
    if (a.equations.size() != b.equations.size()) return "number of equations";
    for (std::size_t i = 0; i < a.equations.size(); ++i) {
        std::string found = difference(a, b, a.equations[i], b.equations[i]);
        if (!found.empty()) return found;
    }
    auto same_name = [&](ValueId p, ValueId q) { return a.value(p).name == b.value(q).name; };
    if (a.outputs.size() != b.outputs.size() || a.updates.size() != b.updates.size()) return "number of results";
    for (std::size_t i = 0; i < a.outputs.size(); ++i) {
        if (a.outputs[i].name != b.outputs[i].name || !same_name(a.outputs[i].value, b.outputs[i].value))
            return "output";
    }
    for (std::size_t i = 0; i < a.updates.size(); ++i) {
        bool same_update =
            same_name(a.updates[i].target, b.updates[i].target) && same_name(a.updates[i].source, b.updates[i].source);
        if (!same_update) return "update";
    }
    if (a.gradients.size() != b.gradients.size() || a.training.has_value() != b.training.has_value()) return "wishes";
    for (std::size_t i = 0; i < a.gradients.size(); ++i) {
        bool same_wish = a.gradients[i].name == b.gradients[i].name &&
                         same_name(a.gradients[i].of, b.gradients[i].of) &&
                         same_name(a.gradients[i].by, b.gradients[i].by);
        if (!same_wish) return "gradient";
    }
    if (a.training && (a.training->optimizer != b.training->optimizer || a.training->options != b.training->options ||
                       a.training->schedule != b.training->schedule)) {
        return "training";
    }
    const bool same_arena = a.arena_fixed == b.arena_fixed && a.arena_per_sample == b.arena_per_sample &&
                            a.arena_per_pair == b.arena_per_pair && a.arena_per_thread == b.arena_per_thread &&
                            a.arena_per_chunk == b.arena_per_chunk;
    if (!same_arena) return "arena";
    return "";
}

}  // namespace ricci::ir
