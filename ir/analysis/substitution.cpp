// Substitutes first, then asks the kind algebra about what stands there.
#include "ir/analysis/substitution.h"

#include <algorithm>

#include "ir/core/iteration.h"

namespace ricci::ir {
namespace {

void substitute_everywhere(Equation& equation, std::span<const Affine> with) {
    for (Affine& at : equation.left) at = substitute(at, with);
    equation.body = substitute(equation.body, with);
}

bool asks_extent_of_expression(const ExprRef& body, std::span<const Affine> with) {
    bool asks = false;
    walk(body, [&](const Expr& node) {
        if (node.form == Expr::Form::extent) asks |= substitute(node.affine, with).bare() < 0;
    });
    return asks;
}

/// Why the producer's body cannot stand at this read; "" when it can.
std::string why_not_at(const Graph& graph, const Equation& producer, const Equation& reader, const Access& access,
                       std::vector<Affine>& with) {
    const std::string& name = graph.value(producer.result).name;
    if (access.pad) return fmt::format("{} is padded", name);
    for (const std::optional<Affine>& index : written_at(producer, reader, access.at)) {
        if (!index) return fmt::format("the places of {} that are read do not tell the indices it is written by", name);
        with.push_back(*index);
    }
    bool extents = true;
    walk(producer.body, [&](const Expr& part) {
        if (part.form != Expr::Form::extent) return;
        const IndexId bare = substitute(part.affine, with).bare();
        extents = extents && bare >= 0 &&
                  reader.indices[bare].extent ==
                      producer.indices[part.affine.bare()].extent;
    });
    return extents ? "" : fmt::format("{} asks for the extent of an index", name);
}

}  // namespace

void select_indices(Equation& equation, std::span<const IndexId> order) {
    IdVector<IndexId, Affine> with(equation.indices.size());
    IdVector<IndexId, Index> indices;
    for (IndexId index : order) {
        with[index] = Affine::of(indices.next());
        indices.push_back(equation.indices[index]);
    }
    equation.indices = std::move(indices);
    substitute_everywhere(equation, with);
}

ExprRef renamed(const ExprRef& body, std::span<const IndexId> to) {
    std::vector<Affine> with;
    for (IndexId index : to) with.push_back(Affine::of(index));
    return substitute(body, with);
}

std::optional<Misplaced> settle_kinds(const Graph& graph, Equation& equation) {
    const std::optional<Misplaced> first = misplaced(graph, equation);
    if (!first) return std::nullopt;
    std::vector<Index> before = equation.indices;
    while (std::optional<Misplaced> found = misplaced(graph, equation)) {
        const IndexId alone = found->at.terms.size() == 1 ? found->at.terms[0].index : -1;
        // A kind that was given stays: each index changes once, so the loop ends.
        if (alone < 0 || equation.indices[alone].kind != kinds::feature()) {
            equation.indices = std::move(before);
            return first;
        }
        equation.indices[alone].kind = kind_asked(graph, *found);
    }
    return std::nullopt;
}

std::optional<Equation> substituted(const Graph& graph, const Equation& equation, std::vector<Index> indices,
                                    std::span<const Affine> with) {
    if (asks_extent_of_expression(equation.body, with)) return std::nullopt;
    Equation made = equation;
    made.indices = std::move(indices);
    substitute_everywhere(made, with);
    if (settle_kinds(graph, made)) return std::nullopt;
    return made;
}

std::optional<Equation> with_body_of(const Graph& graph, const Equation& producer, const Equation& reader,
                                     std::string* why_not) {
    std::string why;
    Equation made = reader;
    made.body = rewrite(reader.body, [&](const ExprRef& node) -> ExprRef {
        if (node->form != Expr::Form::access || node->access.tensor != producer.result || !why.empty()) return nullptr;
        std::vector<Affine> with;
        why = why_not_at(graph, producer, reader, node->access, with);
        return why.empty() ? substitute(producer.body, with) : nullptr;
    });
    if (why.empty()) {
        if (std::optional<Misplaced> found = settle_kinds(graph, made)) {
            // In the words of the equation as it would be.
            why = to_string(graph, made, *found);
        }
    }
    if (why.empty()) return made;
    if (why_not != nullptr) *why_not = std::move(why);
    return std::nullopt;
}

}  // namespace ricci::ir
