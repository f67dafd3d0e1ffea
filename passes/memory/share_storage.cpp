// Aliasing decisions: each looks at every read of the bytes that would be shared.
#include "passes/memory/share_storage.h"

#include <algorithm>
#include <map>

#include "ir/analysis/overwrites.h"
#include "ir/core/tile.h"
#include "ir/core/uses.h"
#include "ir/loops/kernel_plan.h"
#include "passes/build.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// What is known of one storage: of the values that share it in the end.
struct Storage {
    bool leaves = false;   // one of them is an output or the source of an update
    int outputs = 0;
    int updates = 0;       // that take their new value from it
    EquationId last_read{};  // -1: nothing reads it
    /// The first read in a kernel of each form, by the first equation of the kernel and the number of the form.
    std::map<std::pair<EquationId, int>, Read> reads{};
};

class Sharing {
  public:
    explicit Sharing(const Graph& graph);

    void find_views();
    void find_in_place();
    void find_updates(Remarks& remarks);

    IdVector<ValueId, ValueId> shares;

  private:
    const Equation& equation(EquationId place) const { return graph_.equations[place]; }
    bool has_bytes(ValueId value) const { return !held_[value]; }
    /// Both in memory, of the same size, in the same part of it.
    bool same_bytes(ValueId a, ValueId b) const;
    bool becomes_output(ValueId original, ValueId output);
    std::string_view why_not_over(EquationId place, ValueId storage);

    ValueId storage_of(ValueId value);
    /// What is known of a value's storage, when it has one of its own.
    const Storage& own_storage(ValueId value) {
        static const Storage kNone;
        return storage_of(value) == value ? storages_[value] : kNone;
    }
    void share(ValueId value, ValueId with);

    const Graph& graph_;
    Uses uses_;
    IdVector<ValueId, bool> held_;  // by registers alone
    IdVector<ValueId, Crossing> crosses_;
    Overwrites overwrites_;
    IdVector<ValueId, ValueId> towards_;  // a shorter way to the end of the chain of shares; a value itself at the end
    IdVector<ValueId, Storage> storages_; // by the value at the end
};

Sharing::Sharing(const Graph& graph)
    : shares(graph.values.size()),
      graph_(graph),
      uses_(graph),
      held_(held_in_registers(graph)),
      crosses_(crossings(graph)),
      overwrites_(graph) {
    storages_.resize(graph.values.size());
    for (ValueId id : graph.values.ids()) {
        towards_.push_back(id);
        storages_[id].leaves = uses_.leaves(id);
    }
    for (EquationId id : graph.equations.ids()) {
        for (const Access* access : accesses(equation(id).body)) {
            Storage& storage = storages_[access->tensor];
            storage.last_read = id;
            const Read read{id, access};
            storage.reads.try_emplace({overwrites_.kernel(id), overwrites_.form_of(read)}, read);
        }
    }
    for (const Output& output : graph.outputs) ++storages_[output.value].outputs;
    for (const Update& update : graph.updates) ++storages_[update.source].updates;
}

ValueId Sharing::storage_of(ValueId value) {
    while (towards_[value] != value) value = towards_[value] = towards_[towards_[value]];
    return value;
}

void Sharing::share(ValueId value, ValueId with) {
    const ValueId own = storage_of(value), other = storage_of(with);
    shares[value] = with;
    towards_[own] = other;
    Storage& both = storages_[other];
    both.leaves = both.leaves || storages_[own].leaves;
    both.outputs += storages_[own].outputs;
    both.updates += storages_[own].updates;
    both.last_read = std::max(both.last_read, storages_[own].last_read);
    // The smaller part goes into the larger one.
    if (both.reads.size() < storages_[own].reads.size()) std::swap(both.reads, storages_[own].reads);
    for (const auto& [form, read] : storages_[own].reads) {
        Read& first = both.reads.try_emplace(form, read).first->second;
        if (read.reader < first.reader) first = read;
    }
    storages_[own].reads = {};
}

bool Sharing::same_bytes(ValueId a, ValueId b) const {
    if (!has_bytes(a) || !has_bytes(b)) return false;
    const TensorType& x = graph_.value(a).type;
    const TensorType& y = graph_.value(b).type;
    const Placement::Scope scope = scope_of(x, crosses_[a]);
    if (scope != scope_of(y, crosses_[b])) return false;
    return x.dtype == y.dtype && x.open_axes() == y.open_axes() && x.count() == y.count();
}

/// True when the value can be computed in the memory of that output, of which it is a view. Then nothing else leaves in it.
bool Sharing::becomes_output(ValueId original, ValueId output) {
    const Storage& taken = own_storage(output);
    const Storage& given = own_storage(original);
    const bool computed = graph_.value(original).role == Role::temporary && uses_.writer(original) >= 0;
    return computed && storage_of(original) == original && !given.leaves && storage_of(output) == output &&
           taken.outputs == 1 && taken.updates == 0;
}

void Sharing::find_views() {
    for (const Equation& copy : graph_.equations) {
        if (!is_view(graph_, copy)) continue;
        const ValueId original = copy.body->access.tensor;
        if (!same_bytes(original, copy.result)) continue;
        if (!uses_.leaves(copy.result)) {
            share(copy.result, original);
        } else if (becomes_output(original, copy.result)) {
            share(original, copy.result);
        }
    }
}

/// Why the equation must not write its result over that storage; "" when it may.
std::string_view Sharing::why_not_over(EquationId place, ValueId storage) {
    const Equation& writer = equation(place);
    if (writer.reduce != Reduce::none || writer.clipped) return "it is a reduction";
    const Storage& of = storages_[storage];
    std::string_view why;
    EquationId first = place;  // that reads so
    const EquationId kernel = overwrites_.kernel(place);
    for (auto read = of.reads.lower_bound({kernel, 0}); read != of.reads.end() && read->first.first == kernel; ++read) {
        if (read->second.reader >= first) continue;
        const std::string_view reason = overwrites_.why_not(place, read->second);
        if (reason.empty()) continue;
        why = reason;
        first = read->second.reader;
    }
    if (!why.empty()) return why;
    for (const Access* access : accesses(writer.body)) {
        if (storage_of(access->tensor) != storage) continue;
        if (why = overwrites_.why_not(place, {place, access}); !why.empty()) return why;
    }
    return of.last_read > place ? "the old value is read afterwards" : "";
}

void Sharing::find_in_place() {
    for (EquationId place : graph_.equations.ids()) {
        const ValueId result = equation(place).result;
        if (uses_.leaves(result) || shares[result] >= 0) continue;
        for (const Access* access : accesses(equation(place).body)) {
            const ValueId storage = storage_of(access->tensor);
            const bool ours = graph_.value(storage).role == Role::temporary && same_bytes(result, storage) &&
                              !storages_[storage].leaves;
            if (!ours || !why_not_over(place, storage).empty()) continue;
            share(result, access->tensor);
            break;
        }
    }
}

void Sharing::find_updates(Remarks& remarks) {
    for (const Update& update : graph_.updates) {
        const EquationId place = uses_.writer(update.source);
        const Storage& source = own_storage(update.source);
        const Storage& target = own_storage(update.target);
        std::string_view why = "";
        if (place < 0) {
            why = "the new value is not a temporary";
        } else if (source.outputs > 0 || target.outputs > 0) {
            why = "the old or the new value is an output";
        } else if (source.updates > 1 || target.updates > 0) {
            why = "its old or new value updates another";
        } else if (shares[update.source] >= 0) {
            why = "the new value shares other storage";
        } else {
            why = why_not_over(place, update.target);
        }
        if (why.empty()) {
            share(update.source, update.target);
        } else {
            remarks.push_back({"plan-memory", fmt::format("update {}: copied at the end, for {}",
                                                          graph_.value(update.target).name, why)});
        }
    }
}

}  // namespace

IdVector<ValueId, ValueId> share_storage(const Graph& graph, Remarks& remarks) {
    Sharing sharing(graph);
    sharing.find_views();
    sharing.find_updates(remarks);
    sharing.find_in_place();
    return std::move(sharing.shares);
}

}  // namespace ricci::passes
