// Judges index expressions by the kinds and the extents of their indices.
#include "ir/analysis/index_kind.h"

#include <algorithm>

#include "ir/core/graph.h"

namespace ricci::ir {
namespace {

const Index& index_of(IdSpan<IndexId, const Index> indices, const Affine::Term& term) {
    return indices[term.index];
}

/// Whether indices of these kinds may be flattened onto an axis of that kind.
bool flattens_to(const Affine& at, std::span<const Index> indices, Kind axis) {
    return axis == kinds::feature() || std::ranges::all_of(at.terms, [&](const Affine::Term& term) {
               return index_of(indices, term).kind == axis;
           });
}

/// What a comparison reads through conversions.
const Expr& converted(const ExprRef& node) { return node->form == Expr::Form::cast ? *node->args[0] : *node; }

/// Ids that this comparison holds against an index of another kind than they number.
std::optional<Misplaced> compared_ids(const Graph& graph, const Equation& equation, const Expr& comparison) {
    for (std::size_t side = 0; side < 2; ++side) {
        const Expr& id = converted(comparison.args[side]);
        const Expr& number = converted(comparison.args[1 - side]);
        if (id.form != Expr::Form::access || number.form != Expr::Form::index || number.affine.bare() < 0) continue;
        const std::optional<Axis>& numbers = graph.value(id.access.tensor).numbers;
        if (!numbers || numbers->kind == equation.indices[number.affine.bare()].kind) continue;
        return Misplaced{.value = id.access.tensor, .axis = 0, .at = number.affine, .compared = true};
    }
    return std::nullopt;
}

}  // namespace

bool adds_up_to(const Affine& at, std::span<const Index> indices, Kind axis) {
    std::size_t positions = 0;
    std::size_t taps = 0;
    for (const Affine::Term& term : at.terms) {
        const Kind kind = index_of(indices, term).kind;
        positions += kind == axis;
        taps += kind.position() == axis;
    }
    if (positions + taps != at.terms.size()) return false;
    return positions == 1 || (axis.position().has_value() && taps == 0);
}

std::vector<IndexId> tuple_of(const Affine& at, std::span<const Index> indices, std::int64_t extent) {
    if (at.terms.empty() || at.offset != 0) return {};
    auto extent_of = [&](const Affine::Term& term) { return index_of(indices, term).extent; };
    std::vector<Affine::Term> terms = at.terms;
    // Outermost first; among equal coefficients all but one have extent 1 and stand further in.
    std::ranges::stable_sort(terms, [&](const Affine::Term& a, const Affine::Term& b) {
        if (a.coefficient != b.coefficient) return a.coefficient > b.coefficient;
        return extent_of(a) != 1 && extent_of(b) == 1;
    });
    std::int64_t radix = 1;
    std::vector<IndexId> tuple;
    for (std::size_t i = terms.size(); i-- > 0;) {
        if (terms[i].coefficient != radix || (extent_of(terms[i]) == kOpen && i != 0)) return {};
        if (extent_of(terms[i]) == kOpen && radix == 1) {
            radix = kOpen;
        } else if (__builtin_mul_overflow(radix, extent_of(terms[i]), &radix)) {
            return {};
        }
        tuple.insert(tuple.begin(), terms[i].index);
    }
    return radix == extent ? tuple : std::vector<IndexId>{};
}

bool is_mixed_radix(const Affine& at, std::span<const Index> indices) {
    if (at.terms.size() < 2) return false;
    std::vector<Affine::Term> terms = at.terms;
    std::ranges::sort(terms, {}, &Affine::Term::coefficient);
    std::int64_t reach = 0;
    for (const Affine::Term& term : terms) {
        const std::int64_t extent = index_of(indices, term).extent;
        if (extent == 1) continue;
        std::int64_t span = 0;
        if (term.coefficient <= reach || extent == kOpen) return false;
        if (__builtin_mul_overflow(term.coefficient, extent - 1, &span)) return false;
        if (__builtin_add_overflow(reach, span, &reach)) return false;
    }
    return true;
}

Spelling spelling(const Affine& at, std::span<const Index> indices, const Axis& axis) {
    if (at.is_constant()) return Spelling::constant;
    if (adds_up_to(at, indices, axis.kind)) return Spelling::sum;
    if (!flattens_to(at, indices, axis.kind)) return Spelling::none;
    if (!tuple_of(at, indices, axis.extent).empty()) return Spelling::tuple;
    return is_mixed_radix(at, indices) ? Spelling::radix : Spelling::none;
}

std::optional<Misplaced> misplaced(const Graph& graph, const Equation& equation) {
    auto first = [&](ValueId value, const std::vector<Affine>& at) -> std::optional<Misplaced> {
        const TensorType& type = graph.value(value).type;
        for (std::size_t axis = 0; axis < at.size(); ++axis) {
            if (spelling(at[axis], equation.indices, type.axes[axis]) != Spelling::none) continue;
            return Misplaced{value, axis, at[axis]};
        }
        return std::nullopt;
    };
    for (const Access* access : accesses(equation.body)) {
        if (std::optional<Misplaced> found = first(access->tensor, access->at)) return found;
    }
    if (std::optional<Misplaced> found = first(equation.result, equation.left)) return found;
    std::optional<Misplaced> found;
    walk(equation.body, [&](const Expr& node) {
        if (!found && node.form == Expr::Form::call && node.function == Scalar::equal)
            found = compared_ids(graph, equation, node);
    });
    return found;
}

Kind kind_asked(const Graph& graph, const Misplaced& found) {
    const Value& value = graph.value(found.value);
    return found.compared ? value.numbers->kind : value.type.axes[found.axis].kind;
}

std::string to_string(const Graph& graph, const Equation& equation, const Misplaced& found) {
    if (found.compared) {
        const Value& ids = graph.value(found.value);
        const Index& index = equation.indices[found.at.bare()];
        return fmt::format("{} numbers {}, but it is compared with index {} of kind {}", ids.name, to_string(*ids.numbers),
                           index.name, index.kind.name());
    }
    std::string parts;
    for (const Affine::Term& term : found.at.terms) {
        const Index& index = index_of(equation.indices, term);
        parts += fmt::format("{}{}: {}", parts.empty() ? "" : ", ", index.name, index.kind.name());
    }
    const Value& value = graph.value(found.value);
    return fmt::format("index {} ({}) stands on axis {} of {}, a {}", print(found.at, equation.indices), parts,
                       found.axis, value.name, kind_asked(graph, found).name());
}

}  // namespace ricci::ir
