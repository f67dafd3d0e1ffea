// The steps from an equation as written to typed equations in the graph.
#include "ir/elaborate/elaborate.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ir/core/body_size.h"
#include "ir/core/rollback.h"
#include "ir/core/stored.h"
#include "ir/elaborate/draft.h"
#include "ir/elaborate/implied_sums.h"
#include "ir/elaborate/infer_extents.h"
#include "ir/elaborate/infer_kinds.h"
#include "ir/elaborate/infer_types.h"
#include "ir/elaborate/resolve.h"
#include "ir/elaborate/written_look_ups.h"

namespace ricci::ir {
namespace {

void add_once(std::vector<IndexId>& order, IndexId id) {
    if (std::ranges::find(order, id) == order.end()) order.push_back(id);
}

/// Indices that `node` uses and does not reduce over.
void collect_free(const Draft& draft, const Node& node, std::vector<IndexId>& reduced, std::vector<IndexId>& free) {
    auto use = [&](IndexId id) {
        if (std::ranges::find(reduced, id) == reduced.end()) add_once(free, id);
    };
    if (node.form == Node::Form::access) {
        for (const Position& at : draft.uses[node.use].at)
            std::ranges::for_each(at.indices(), use);
    }
    if (node.form == Node::Form::index) std::ranges::for_each(node.position.indices(), use);
    if (node.form == Node::Form::extent) use(node.index);
    std::size_t outer = reduced.size();
    reduced.insert(reduced.end(), node.indices.begin(), node.indices.end());
    for (const Node& arg : node.args) collect_free(draft, arg, reduced, free);
    reduced.resize(outer);
}

class EquationWriter {
  public:
    EquationWriter(Graph& graph, const Draft& draft) : graph_(graph), draft_(draft) {}

    ValueId write() {
        const surface::Equation& written = draft_.written;
        const Use& left = draft_.uses[0];
        bool reduces = draft_.body.form == Node::Form::reduction;
        std::vector<IndexId> order = left_order();
        Equation equation = start(order, reduces ? &draft_.body : nullptr);
        equation.clipped = written.clipped;
        equation.op = written.op;
        equation.schedule = written.schedule;
        for (const Position& at : left.at) equation.left.push_back(place(at, order));
        if (written.reduce == Reduce::none) check_written_once(equation, order.size());

        bool declared = written.type || left.tensor >= 0;
        std::optional<DType> stored = declared ? std::optional(left.type->dtype) : std::nullopt;
        std::optional<DType> expected = declared ? std::optional(computed(*stored)) : std::nullopt;
        if (reduces && stored == bf16) {
            draft_.fail("{} is declared bf16, but its equation adds up in f32; declare it f32, and store that by an equation "
                        "of its own", left.name);
        }
        DType dtype = finish(equation, reduces ? &draft_.body : nullptr, order, expected);
        if (stored) equation.body = to_stored(graph_, equation.body, *stored);
        if (expected && dtype != *expected) {
            draft_.fail("{} is declared {} but its equation gives {}; write {}(...)", left.name, name_of(*expected),
                        name_of(dtype), name_of(*expected));
        }
        equation.result = left.tensor;
        if (equation.result < 0) {
            TensorType type = *left.type;
            type.dtype = dtype;
            check_open_axes(written.result, type, order);
            equation.result =
                graph_.add({.name = written.result, .type = std::move(type), .location = written.location});
        }
        ValueId result = equation.result;
        graph_.equations.push_back(std::move(equation));
        return result;
    }

  private:
    /// Those bare on the left in the order of the axes, then the others of the left: as declared, then as they appear.
    std::vector<IndexId> left_order() const {
        const Use& left = draft_.uses[0];
        std::vector<IndexId> order;
        for (const Position& at : left.at) {
            if (IndexId bare = affine_of(draft_, at).bare(); bare >= 0) add_once(order, bare);
        }
        std::vector<IndexId> others;
        for (const Position& at : left.at) {
            for (IndexId id : at.indices()) add_once(others, id);
        }
        for (const surface::IndexDecl& decl : draft_.written.where) {
            for (IndexId id : others) {
                if (draft_.index(id).name == decl.name) add_once(order, id);
            }
        }
        for (IndexId id : others) add_once(order, id);
        return order;
    }

    Equation start(const std::vector<IndexId>& left, const Node* reduction) const {
        Equation equation;
        equation.location = draft_.written.location;
        auto add = [&](IndexId id) {
            const DraftIndex& index = draft_.index(id);
            add_index(equation, index.name, *index.kind, *index.extent);
        };
        std::ranges::for_each(left, add);
        if (reduction) {
            equation.reduce = reduction->reduce;
            std::ranges::for_each(reduction->indices, add);
        }
        return equation;
    }

    /// Places in the equation instead of places in the draft.
    Affine place(const Position& at, const std::vector<IndexId>& order) const {
        IdVector<IndexId, Affine> with(draft_.indices.size());
        for (std::size_t i = 0; i < order.size(); ++i) {
            with[order[i]] = Affine::of(static_cast<IndexId>(i));
        }
        return substitute(affine_of(draft_, at), with);
    }

    /// Builds the body of an equation whose left indices are `order`; returns the result's element type.
    DType finish(Equation& equation, const Node* reduction, std::vector<IndexId> order, std::optional<DType> expected) {
        if (reduction) order.insert(order.end(), reduction->indices.begin(), reduction->indices.end());
        bool argmax = reduction && reduction->reduce == Reduce::argmax;
        BodyContext context{
            .affine = [&](const Position& at) { return place(at, order); },
            .reduction = [&](const Node& node, std::optional<DType> type) { return nested(node, order, type); }};
        equation.body =
            typed(draft_, reduction ? reduction->args[0] : draft_.body, argmax ? std::nullopt : expected, context);
        if (!fits_in_text(equation.body)) {
            const BodySize size = size_of_body(equation.body);
            draft_.fail(
                "its expression is {} operators high and nests {} constructs; at most {} and {}: give a part "
                "of it a name of its own",
                size.high, size.nested, kMostHighInBody, kMostNestedInBody);
        }
        if (reduction && equation.body->dtype == boolean) {
            draft_.fail("{} takes numbers but meets bool; write select(..., 1, 0)", name_of(reduction->reduce));
        }
        return argmax ? i64 : equation.body->dtype;
    }

    /// A reduction inside a body: an equation of its own, read at the indices it shares with the body.
    ExprRef nested(const Node& node, const std::vector<IndexId>& order, std::optional<DType> expected) {
        std::vector<IndexId> reduced;
        std::vector<IndexId> used;
        collect_free(draft_, node, reduced, used);
        std::vector<IndexId> free;
        Access access;
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (std::ranges::find(used, order[i]) == used.end()) continue;
            free.push_back(order[i]);
            access.at.push_back(Affine::of(static_cast<IndexId>(i)));
        }
        Equation equation = start(free, &node);
        TensorType type;
        for (std::size_t i = 0; i < free.size(); ++i) {
            equation.left.push_back(Affine::of(static_cast<IndexId>(i)));
            type.axes.push_back({equation.indices[i].kind, equation.indices[i].extent});
        }
        check_open_axes(fmt::format("this {}", name_of(node.reduce)), type, free);
        type.dtype = finish(equation, &node, free, expected);
        DType dtype = type.dtype;
        equation.result = graph_.add({.name = fmt::format("{}.{}", draft_.written.result, name_of(node.reduce)),
                                      .type = std::move(type),
                                      .location = draft_.written.location});
        access.tensor = equation.result;
        graph_.equations.push_back(std::move(equation));
        return element(std::move(access), dtype);
    }

    void check_open_axes(const std::string& name, const TensorType& type, const std::vector<IndexId>& indices) const {
        if (type.open_axes() <= kMostOpenAxes) return;
        std::vector<std::string_view> open;
        for (IndexId id : indices) {
            if (*draft_.index(id).extent == kOpen) open.push_back(draft_.index(id).name);
        }
        draft_.fail(
            "{} has an element for each {}, all of the open batch; a value has {} open axes at the most, so sum "
            "over one of them first",
            name, fmt::join(open, ", "), kMostOpenAxes);
    }

    void check_written_once(const Equation& equation, std::size_t left_indices) const {
        std::vector<Index> indices(equation.indices.begin(),
                                   equation.indices.begin() + static_cast<std::ptrdiff_t>(left_indices));
        if (!is_bijection(equation.left, indices, draft_.uses[0].type->extents())) {
            draft_.fail(
                "= writes each element once, but here some elements of {} are written more than once or never; "
                "+= adds up what meets, from 0",
                draft_.uses[0].name);
        }
    }

    Graph& graph_;
    const Draft& draft_;
};

}  // namespace

ValueId elaborate(Graph& graph, const surface::Equation& equation, const Scope& scope) {
    graph.index_writers();
    const WithoutLookUps written = without_look_ups(graph, equation, scope);
    Draft draft{.graph = graph, .written = written.equation, .scope = scope};
    resolve(draft);
    infer_kinds(draft);
    infer_extents(draft);
    check_kinds(draft);
    check_extents(draft);
    Rollback rollback(graph);
    ValueId result = EquationWriter(graph, draft).write();
    rollback.keep();
    for (const auto& [input, axis] : written.numbered) {
        Value& ids = graph.value(input);
        ids.numbers = axis;
        ids.ignored.reset();  // each is looked up
    }
    return result;
}

}  // namespace ricci::ir
