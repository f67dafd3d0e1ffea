// Compares the addresses of what is written and read, and the iterations of shared loops.
#include "ir/analysis/overwrites.h"

#include "ir/analysis/address.h"
#include "ir/core/iteration.h"

namespace ricci::ir {

bool same_elements(const Graph& graph, const Equation& equation, const Access& access) {
    if (access.pad) return false;
    const std::size_t count = equation.indices.size();
    const Address read = address(graph.value(access.tensor).type, access.at, count);
    const Address written = address(graph.value(equation.result).type, equation.left, count);
    for (std::size_t i = 0; i < count; ++i) {
        if (equation.indices[i].extent != 1 && read.strides[i] != written.strides[i]) return false;
    }
    return read.offset == written.offset;
}

bool is_view(const Graph& graph, const Equation& equation) {
    const bool plain = equation.body->form == Expr::Form::access && equation.reduce == Reduce::none && !equation.clipped;
    return plain && same_elements(graph, equation, equation.body->access);
}

Overwrites::Overwrites(const Graph& graph)
    : graph_(graph), kernels_(kernel_spans(graph)), sums_products_(graph.equations.size(), false) {
    for (const EquationId id : graph.equations.ids()) {
        const Equation& equation = graph.equations[id];
        const Expr& body = *equation.body;
        const bool product =
            body.form == Expr::Form::access || (body.form == Expr::Form::call && body.function == Scalar::mul);
        if (equation.reduce == Reduce::sum && product) sums_products_[kernel(id)] = true;
    }
}

int Overwrites::form_of(const Read& read) {
    const Equation& reader = graph_.equations[read.reader];
    Form form{.extents = graph_.value(read.access->tensor).type.extents(),
              .at = read.access->at,
              .indices = {},
              .same_elements = same_elements(graph_, reader, *read.access)};
    for (const Index& index : reader.indices) form.indices.emplace_back(index.name, index.extent);
    return forms_.try_emplace(std::move(form), static_cast<int>(forms_.size())).first->second;
}

std::string_view Overwrites::why_not(EquationId writer, const Read& read) const {
    if (read.reader > writer) return "the old value is read afterwards";
    if (kernel(read.reader) != kernel(writer)) return "";
    const Equation& own = graph_.equations[writer];
    if (own.reduce != Reduce::none || own.clipped) return "it is a reduction";
    if (read.reader == writer) {
        return same_elements(graph_, own, *read.access) ? "" : "it reads other elements than the one it writes";
    }
    const Equation& reader = graph_.equations[read.reader];
    const TensorType& old = graph_.value(read.access->tensor).type;
    if (old.extents() != graph_.value(own.result).type.extents() ||
        !same_iteration(own, reader, read.access->at, graph_.kernels[own.kernel].loops)) {
        return "another iteration of its kernel reads the old value";
    }
    if (sums_products_[kernel(writer)] && !same_elements(graph_, reader, *read.access))
        return "a register tile of its kernel reads the old value after another wrote it";
    return "";
}

}  // namespace ricci::ir
