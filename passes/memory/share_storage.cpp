// Aliasing decisions: each looks at every read of the bytes that would be shared.
#include "passes/memory/share_storage.h"

#include <algorithm>

#include "ir/analysis/address.h"
#include "ir/core/iteration.h"
#include "ir/core/tile.h"
#include "ir/loops/kernel_plan.h"
#include "passes/build.h"

namespace ricci::passes {
namespace {

using namespace ir;

class Sharing {
  public:
    explicit Sharing(const Graph& graph);

    void find_views();
    void find_in_place();
    void find_updates(Remarks& remarks);

    std::vector<ValueId> shares;

  private:
    struct Read {
        int equation;
        const Access* access;
    };

    const Equation& equation(int place) const { return graph_.equations[static_cast<std::size_t>(place)]; }
    bool leaves(ValueId value) const { return leaves_[static_cast<std::size_t>(value)]; }
    bool has_bytes(ValueId value) const { return !held_[static_cast<std::size_t>(value)]; }
    /// Both in memory, of the same size, in the same part of it.
    bool same_bytes(ValueId a, ValueId b) const;
    bool same_elements(const Equation& equation, const Access& access) const;
    /// True when codegen may go through equations of the kernel a register tile at a time.
    bool sums_products(int kernel) const;
    std::string_view why_not_over(int place, ValueId storage) const;

    const Graph& graph_;
    std::vector<Crossing> crosses_;
    std::vector<bool> leaves_;  // outputs and sources of updates
    std::vector<bool> held_;    // by registers alone
    std::vector<Read> reads_;
};

Sharing::Sharing(const Graph& graph)
    : shares(graph.values.size(), -1), graph_(graph), crosses_(crossings(graph)), leaves_(graph.values.size(), false), held_(held_in_registers(graph)) {
    for (const Output& output : graph.outputs) leaves_[static_cast<std::size_t>(output.value)] = true;
    for (const Update& update : graph.updates) leaves_[static_cast<std::size_t>(update.source)] = true;
    for (int place = 0; place < static_cast<int>(graph.equations.size()); ++place) {
        for (const Access* access : accesses(equation(place).body)) reads_.push_back({place, access});
    }
}

bool Sharing::same_bytes(ValueId a, ValueId b) const {
    if (!has_bytes(a) || !has_bytes(b)) return false;
    const TensorType& x = graph_.value(a).type;
    const TensorType& y = graph_.value(b).type;
    const Placement::Scope scope = scope_of(x, crosses_[static_cast<std::size_t>(a)]);
    if (scope != scope_of(y, crosses_[static_cast<std::size_t>(b)])) return false;
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
        if (!plain || leaves(copy.result)) continue;
        ValueId original = copy.body->access.tensor;
        if (same_bytes(original, copy.result) && same_elements(copy, copy.body->access)) {
            shares[static_cast<std::size_t>(copy.result)] = original;
        }
    }
}

bool Sharing::sums_products(int kernel) const {
    return std::ranges::any_of(graph_.equations, [&](const Equation& member) {
        const Expr& body = *member.body;
        const bool product =
            body.form == Expr::Form::access || (body.form == Expr::Form::call && body.function == Scalar::mul);
        return member.kernel == kernel && member.reduce == Reduce::sum && product;
    });
}

/// Why the equation must not write its result over that storage; "" when it may.
std::string_view Sharing::why_not_over(int place, ValueId storage) const {
    const Equation& writer = equation(place);
    if (writer.reduce != Reduce::none || writer.clipped) return "it is a reduction";
    for (const Read& read : reads_) {
        if (storage_of(shares, read.access->tensor) != storage) continue;
        const Equation& reader = equation(read.equation);
        if (read.equation == place) {
            if (!same_elements(writer, *read.access)) return "it reads other elements than the one it writes";
        } else if (read.equation > place) {
            return "the old value is read afterwards";
        } else if (writer.kernel >= 0 && reader.kernel == writer.kernel) {
            const std::vector<std::string>& loops = graph_.kernels[static_cast<std::size_t>(writer.kernel)].loops;
            bool same_axes =
                extents_of(graph_.value(read.access->tensor).type) == extents_of(graph_.value(writer.result).type);
            if (!same_axes || !same_iteration(writer, reader, read.access->at, loops)) {
                return "another iteration of its kernel reads the old value";
            }
            if (sums_products(writer.kernel) && !same_elements(reader, *read.access)) {
                return "a register tile of its kernel reads the old value after another wrote it";
            }
        }
    }
    return "";
}

void Sharing::find_in_place() {
    for (int place = 0; place < static_cast<int>(graph_.equations.size()); ++place) {
        ValueId result = equation(place).result;
        if (leaves(result) || shares[static_cast<std::size_t>(result)] >= 0) continue;
        for (const Access* access : accesses(equation(place).body)) {
            ValueId storage = storage_of(shares, access->tensor);
            bool ours = graph_.value(storage).role == Role::temporary && same_bytes(result, storage);
            for (ValueId value = 0; value < static_cast<ValueId>(shares.size()); ++value) {
                ours = ours && !(leaves(value) && storage_of(shares, value) == storage);
            }
            if (!ours || !why_not_over(place, storage).empty()) continue;
            shares[static_cast<std::size_t>(result)] = access->tensor;
            break;
        }
    }
}

void Sharing::find_updates(Remarks& remarks) {
    const std::vector<int> producers = graph_.producers();
    auto is_output = [&](ValueId storage) {
        return std::ranges::any_of(graph_.outputs,
                                   [&](const Output& o) { return storage_of(shares, o.value) == storage; });
    };
    auto updates_from = [&](ValueId storage) {
        return std::ranges::count_if(graph_.updates,
                                     [&](const Update& u) { return storage_of(shares, u.source) == storage; });
    };
    for (const Update& update : graph_.updates) {
        int place = producers[static_cast<std::size_t>(update.source)];
        std::string_view why = "";
        if (place < 0) {
            why = "the new value is not a temporary";
        } else if (is_output(update.source) || is_output(update.target)) {
            why = "the old or the new value is an output";
        } else if (updates_from(update.source) > 1 || updates_from(update.target) > 0) {
            why = "its old or new value updates another";
        } else if (shares[static_cast<std::size_t>(update.source)] >= 0) {
            why = "the new value shares other storage";
        } else {
            why = why_not_over(place, update.target);
        }
        if (why.empty()) {
            shares[static_cast<std::size_t>(update.source)] = update.target;
        } else {
            remarks.push_back({"plan-memory", fmt::format("update {}: copied at the end, for {}",
                                                          graph_.value(update.target).name, why)});
        }
    }
}

}  // namespace

ValueId storage_of(const std::vector<ValueId>& shares, ValueId value) {
    while (shares[static_cast<std::size_t>(value)] >= 0) value = shares[static_cast<std::size_t>(value)];
    return value;
}

std::vector<ValueId> share_storage(const Graph& graph, Remarks& remarks) {
    Sharing sharing(graph);
    sharing.find_views();
    sharing.find_updates(remarks);
    sharing.find_in_place();
    return sharing.shares;
}

}  // namespace ricci::passes
