// One pass over the equations; readers of all values lie in one array.
#include "ir/core/uses.h"

#include <algorithm>

namespace ricci::ir {

IdVector<ValueId, bool> leaving(const Graph& graph) {
    IdVector<ValueId, bool> leaves(graph.values.size(), false);
    for (const Output& output : graph.outputs) leaves[output.value] = true;
    for (const Update& update : graph.updates) leaves[update.source] = true;
    return leaves;
}

Uses::Uses(const Graph& graph)
    : writers_(graph.values.size()), leaves_(leaving(graph)), first_(graph.values.size() + 1, 0) {
    struct Read {
        ValueId value;
        EquationId reader;
    };
    std::vector<Read> reads;
    IdVector<ValueId, EquationId> last(graph.values.size());  // that read the value so far
    for (EquationId id : graph.equations.ids()) {
        writers_[graph.equations[id].result] = id;
        walk(graph.equations[id].body, [&](const Expr& node) {
            if (node.form != Expr::Form::access || std::exchange(last[node.access.tensor], id) == id) return;
            reads.push_back({node.access.tensor, id});
            ++first_[node.access.tensor];
        });
    }
    std::size_t sum = 0;
    for (std::size_t& count : first_) sum += std::exchange(count, sum);
    readers_.resize(reads.size());
    IdVector<ValueId, std::size_t> next = first_;
    for (const Read& read : reads) readers_[next[read.value]++] = read.reader;
}

std::span<const EquationId> Uses::readers(ValueId value) const {
    return std::span(readers_).subspan(first_[value], first_[value + 1] - first_[value]);
}

EquationId Uses::last_use(ValueId value) const {
    const std::span<const EquationId> of = readers(value);
    return of.empty() ? writer(value) : std::max(writer(value), of.back());
}

namespace {

template <class Id>
IdVector<EquationId, EquationRange> spans_of(const Graph& graph, Id Equation::*block) {
    IdVector<EquationId, EquationRange> spans;
    const IdVector<EquationId, Equation>& equations = graph.equations;
    for (EquationId first = 0; first < equations.next();) {
        EquationId end = first + 1;
        const Id number = equations[first].*block;
        while (number >= 0 && end < equations.next() && equations[end].*block == number) ++end;
        spans.resize(end.place(), {first, end - 1});
        first = end;
    }
    return spans;
}

}  // namespace

IdVector<EquationId, EquationRange> kernel_spans(const Graph& graph) { return spans_of(graph, &Equation::kernel); }
IdVector<EquationId, EquationRange> tile_spans(const Graph& graph) { return spans_of(graph, &Equation::tile); }

IdVector<ValueId, ValueId> ends_of_shares(const IdVector<ValueId, ValueId>& shares) {
    IdVector<ValueId, ValueId> ends(shares.size());
    std::vector<ValueId> path;
    for (ValueId id : shares.ids()) {
        path.clear();
        ValueId at = id;
        while (ends[at] < 0 && shares[at] >= 0 && path.size() <= shares.size()) {
            path.push_back(at);
            at = shares[at];
        }
        const bool circle = path.size() > shares.size();
        const ValueId end = ends[at] < 0 ? at : ends[at];
        if (!circle) ends[at] = end;
        for (ValueId each : path) ends[each] = circle ? each : end;
    }
    return ends;
}

IdVector<ValueId, ValueId> storages(const Graph& graph) {
    IdVector<ValueId, ValueId> shares;
    for (const Value& value : graph.values) shares.push_back(value.placement ? value.placement->shares : ValueId());
    return ends_of_shares(shares);
}

ValueId storage_of(const Graph& graph, ValueId value) {
    ValueId at = value;
    for (std::size_t steps = 0; steps <= graph.values.size(); ++steps) {
        const std::optional<Placement>& place = graph.value(at).placement;
        if (!place || place->shares < 0) return at;
        at = place->shares;
    }
    return value;
}

}  // namespace ricci::ir
