// Takes out copies of kernels that only put axes in another order.
#include "passes/layout/permuted_kernels.h"

#include <algorithm>

#include "ir/core/uses.h"
#include "passes/build.h"
#include "passes/convolution/convolution_roles.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// For each axis of the result the axis of the source, where an equation is a whole value in another order of axes; else
/// empty.
std::vector<std::size_t> order_of_copy(const Graph& graph, const Equation& copy) {
    if (copy.body->form != Expr::Form::access || copy.body->access.pad || copy.reduce != Reduce::none || copy.clipped)
        return {};
    const Access& source = copy.body->access;
    const TensorType& from = graph.value(source.tensor).type;
    if (from.dtype != graph.value(copy.result).type.dtype || source.at.size() != copy.left.size()) return {};
    std::vector<std::size_t> order;
    for (const Affine& left : copy.left) {
        const IndexId index = left.bare();
        if (index < 0) return {};
        const auto axis = std::ranges::find(source.at, index, &Affine::bare);
        if (axis == source.at.end()) return {};
        order.push_back(static_cast<std::size_t>(axis - source.at.begin()));
        if (from.axes[order.back()].extent != copy.indices[index].extent) return {};
    }
    return order;
}

class KernelCopies {
  public:
    KernelCopies(const Graph& graph, Remarks& remarks)
        : graph_(graph), uses_(graph), remarks_(remarks), orders_(graph.values.size()) {}

    Graph without_copies() {
        Graph result = graph_;
        IdVector<EquationId, bool> gone(graph_.equations.size(), false);
        for (EquationId id : graph_.equations.ids()) {
            const Equation& copy = graph_.equations[id];
            const std::vector<std::size_t> order = order_of_copy(graph_, copy);
            if (order.empty()) continue;
            const ValueId source = copy.body->access.tensor;
            if (is_read_as_kernel(copy.result)) {
                orders_[copy.result] = {source, order};
                say(copy, "read");
            } else if (const EquationId writer = written_for(source); writer >= 0) {
                Equation& other = result.equations[writer];
                other.result = copy.result;
                other.left = permuted(other.left, order);
                order_indices(other);
                say(copy, "write");
            } else {
                continue;
            }
            gone[id] = true;
        }
        std::vector<Equation> left;
        for (EquationId id : result.equations.ids()) {
            if (gone[id]) continue;
            Equation& equation = result.equations[id];
            equation.body = rewrite(equation.body, [&](const ExprRef& node) { return at_source(node); });
            left.push_back(std::move(equation));
        }
        if (left.size() == graph_.equations.size()) return graph_;
        result.equations = std::move(left);
        result.compact();
        return result;
    }

  private:
    struct Source {
        ValueId value = -1;
        std::vector<std::size_t> order{};
    };

    bool has_kernel(EquationId id, ValueId kernel) const {
        const std::optional<Convolution> found = open_convolution(graph_, graph_.equations[id]);
        return found && found->kernel.tensor == kernel && found->image.tensor != kernel && found->result.tensor != kernel;
    }

    /// Nothing reads the value but convolutions, as their kernel.
    bool is_read_as_kernel(ValueId value) const {
        const std::span<const EquationId> readers = uses_.readers(value);
        return !uses_.leaves(value) && !readers.empty() &&
               std::ranges::all_of(readers, [&](EquationId id) { return has_kernel(id, value); });
    }

    /// The convolution that writes the value for one copy alone, as its kernel; -1 for none.
    EquationId written_for(ValueId value) const {
        const EquationId writer = uses_.writer(value);
        const bool ours = writer >= 0 && !uses_.leaves(value) && uses_.readers(value).size() == 1;
        return ours && has_kernel(writer, value) ? writer : EquationId(-1);
    }

    ExprRef at_source(const ExprRef& node) const {
        if (node->form != Expr::Form::access) return nullptr;
        const Source& source = orders_[node->access.tensor];
        if (source.value < 0) return nullptr;
        Access access = node->access;
        access.tensor = source.value;
        for (std::size_t axis = 0; axis < source.order.size(); ++axis)
            access.at[source.order[axis]] = node->access.at[axis];
        return element(std::move(access), node->dtype);
    }

    void say(const Equation& copy, std::string_view how) {
        remarks_.push_back({"choose-layout", fmt::format("{}: no copy, for convolutions {} {} where it lies",
                                                         graph_.value(copy.result).name, how,
                                                         graph_.value(copy.body->access.tensor).name)});
    }

    const Graph& graph_;
    Uses uses_;
    Remarks& remarks_;
    IdVector<ValueId, Source> orders_;
};

}  // namespace

Graph without_permuted_kernels(const Graph& graph, Remarks& remarks) {
    return KernelCopies(graph, remarks).without_copies();
}

}  // namespace ricci::passes
