// Aliasing decisions: each looks at every read of the bytes that would be shared.
#include "passes/memory/share_storage.h"

#include <algorithm>

#include "ir/analysis/address.h"
#include "ir/core/iteration.h"
#include "ir/core/tile.h"
#include "ir/core/uses.h"
#include "ir/loops/kernel_plan.h"
#include "passes/build.h"

namespace ricci::passes {
namespace {

using namespace ir;

struct Read {
    EquationId reader;
    const Access* access;
};

/// What is known of one storage: of the values that share it in the end.
struct Storage {
    bool leaves = false;   // one of them is an output or the source of an update
    int outputs = 0;
    int updates = 0;       // that take their new value from it
    std::vector<Read> reads{};  // of all of them, in the order of their readers
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
    bool same_elements(const Equation& equation, const Access& access) const;
    /// True when codegen may go through equations of the kernel around it a register tile at a time.
    bool sums_products(EquationId place) const { return sums_products_[kernels_[place].first]; }
    std::string_view why_not_over(EquationId place, ValueId storage) const;

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
    IdVector<EquationId, EquationRange> kernels_;
    IdVector<EquationId, bool> sums_products_;  // by the first equation of a kernel
    IdVector<ValueId, ValueId> towards_;  // a shorter way to the end of the chain of shares; a value itself at the end
    IdVector<ValueId, Storage> storages_; // by the value at the end
};

Sharing::Sharing(const Graph& graph)
    : shares(graph.values.size()),
      graph_(graph),
      uses_(graph),
      held_(held_in_registers(graph)),
      crosses_(crossings(graph)),
      kernels_(kernel_spans(graph)),
      sums_products_(graph.equations.size(), false) {
    storages_.resize(graph.values.size());
    for (ValueId id : graph.values.ids()) {
        towards_.push_back(id);
        storages_[id].leaves = uses_.leaves(id);
    }
    for (EquationId id : graph.equations.ids()) {
        const Expr& body = *equation(id).body;
        const bool product =
            body.form == Expr::Form::access || (body.form == Expr::Form::call && body.function == Scalar::mul);
        if (equation(id).reduce == Reduce::sum && product) sums_products_[kernels_[id].first] = true;
        for (const Access* access : accesses(equation(id).body)) {
            storages_[access->tensor].reads.push_back({id, access});
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
    std::vector<Read>& reads = both.reads;
    std::vector<Read>& more = storages_[own].reads;
    if (more.empty()) return;
    const auto behind = std::ranges::upper_bound(reads, more.front().reader, {}, &Read::reader) - reads.begin();
    const auto size = std::ssize(reads);
    reads.insert(reads.end(), more.begin(), more.end());
    std::ranges::inplace_merge(reads.begin() + behind, reads.begin() + size, reads.end(), {}, &Read::reader);
    more = {};
}

bool Sharing::same_bytes(ValueId a, ValueId b) const {
    if (!has_bytes(a) || !has_bytes(b)) return false;
    const TensorType& x = graph_.value(a).type;
    const TensorType& y = graph_.value(b).type;
    const Placement::Scope scope = scope_of(x, crosses_[a]);
    if (scope != scope_of(y, crosses_[b])) return false;
    return x.dtype == y.dtype && x.open_axes() == y.open_axes() && x.count() == y.count();
}

/// True when the equation writes each element at the address where it reads the access.
bool Sharing::same_elements(const Equation& equation, const Access& access) const {
    if (access.pad) return false;
    std::size_t count = equation.indices.size();
    Address read = address(graph_.value(access.tensor).type, access.at, count);
    Address written = address(graph_.value(equation.result).type, equation.left, count);
    for (std::size_t i = 0; i < count; ++i) {
        if (equation.indices[i].extent != 1 && read.strides[i] != written.strides[i]) return false;
    }
    return read.offset == written.offset;
}

void Sharing::find_views() {
    for (const Equation& copy : graph_.equations) {
        bool plain = copy.body->form == Expr::Form::access && copy.reduce == Reduce::none && !copy.clipped;
        if (!plain || uses_.leaves(copy.result)) continue;
        ValueId original = copy.body->access.tensor;
        if (same_bytes(original, copy.result) && same_elements(copy, copy.body->access)) {
            share(copy.result, original);
        }
    }
}

/// Why the equation must not write its result over that storage; "" when it may.
std::string_view Sharing::why_not_over(EquationId place, ValueId storage) const {
    const Equation& writer = equation(place);
    if (writer.reduce != Reduce::none || writer.clipped) return "it is a reduction";
    const std::vector<Read>& reads = storages_[storage].reads;
    auto read = std::ranges::lower_bound(reads, kernels_[place].first, {}, &Read::reader);
    for (; read != reads.end() && read->reader <= place; ++read) {
        const Access& access = *read->access;
        if (read->reader == place) {
            if (!same_elements(writer, access)) return "it reads other elements than the one it writes";
            continue;
        }
        const Equation& reader = equation(read->reader);
        const std::vector<std::string>& loops = graph_.kernels[writer.kernel].loops;
        bool same_axes = extents_of(graph_.value(access.tensor).type) == extents_of(graph_.value(writer.result).type);
        if (!same_axes || !same_iteration(writer, reader, access.at, loops)) {
            return "another iteration of its kernel reads the old value";
        }
        if (sums_products(place) && !same_elements(reader, access)) {
            return "a register tile of its kernel reads the old value after another wrote it";
        }
    }
    return read != reads.end() ? "the old value is read afterwards" : "";
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
