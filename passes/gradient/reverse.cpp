// The reverse pass: equations from last to first, each sending terms to the gradients of what it reads.
#include "passes/gradient/reverse.h"

#include <algorithm>
#include <map>

#include "ir/analysis/coverage.h"
#include "ir/analysis/substitution.h"
#include "ir/base/places.h"
#include "ir/core/body_size.h"
#include "ir/core/uses.h"
#include "ir/ops/table.h"
#include "passes/build.h"
#include "passes/cleanup/fold.h"
#include "passes/gradient/derivative.h"

namespace ricci::passes {
namespace {

/// Gradients are of the type that a value is computed in: those of a bf16 are added up in f32.
TensorType computed_type(TensorType type) {
    type.dtype = computed(type.dtype);
    return type;
}


using namespace ir;
using Form = Expr::Form;

/// What the op table calls the gradient of an equation by what it reads there; often nothing.
OpTag tag_of(const Equation& equation, const Access& access) {
    const Op* op = op_named(equation.op.name());
    if (!op) return {};
    std::vector<const Access*> operands = accesses(equation.body);
    auto place = std::ranges::find_if(operands, [&](const Access* operand) { return *operand == access; });
    const std::size_t operand = place_at(operands, place);
    return operand < op->gradients.size() ? OpTag(op->gradients[operand]) : OpTag();
}

/// True when each element of the result has all points of the reduced indices and no others.
bool reduces_whole_indices(const Graph& graph, const Equation& equation) {
    return covers_once(equation, graph.value(equation.result).type);
}

/// The expression with each occurrence of `part` replaced.
ExprRef replaced(const ExprRef& expr, const ExprRef& part, const ExprRef& by) {
    return rewrite(expr, [&](const ExprRef& node) -> ExprRef { return same(node, part) ? by : nullptr; });
}

/// True when one equation can have the bodies of both: an index that stands on one axis of both has one kind.
bool have_the_same_kinds(const Equation& a, const Equation& b) {
    return std::ranges::equal(a.indices, b.indices, {}, &Index::kind, &Index::kind);
}

/// What a value's gradient is made of.
struct Terms {
    std::vector<ValueId> sums;     // terms with an equation of their own: reductions and scatters
    std::vector<Equation> points;  // terms that are one expression a point: joined in one equation
    ValueId total = -1;            // the gradient, once all terms are known
};

class ReverseMode {
  public:
    ReverseMode(Graph& graph, ValueId root) : graph_(graph), root_(root), uses_(graph) {}

    std::vector<ValueId> gradients_by(const std::vector<ValueId>& by);

  private:
    void mark_useful(const std::vector<ValueId>& by);
    std::vector<Partial> partials_of(const Equation& equation, const ExprRef& seed) const;
    std::vector<Partial> influences(const Equation& equation) const;
    void visit(Equation equation);
    bool is_complete(const Equation& equation, const Partial& partial, const std::vector<Partial>& all) const;
    ExprRef result_gradient(const Equation& equation);
    ExprRef seed(const Equation& equation);
    ExprRef extremum_seed(const Equation& equation, ExprRef gradient);
    ExprRef product_seed(const Equation& equation, ExprRef gradient);
    void send(const Equation& equation, const Partial& partial);
    ValueId add_value(std::string name, TensorType type, const Equation& equation);
    ValueId total(ValueId value);

    Graph& graph_;
    ValueId root_;
    Uses uses_;                        // before the reverse pass
    IdVector<ValueId, bool> useful_;   // depends on one of the wanted values
    std::map<ValueId, Terms> terms_;
};

std::vector<ValueId> ReverseMode::gradients_by(const std::vector<ValueId>& by) {
    mark_useful(by);
    for (std::size_t i = graph_.equations.size(); i-- > 0;) {
        ValueId result = graph_.equations[i].result;
        bool asked = result == root_ || terms_.contains(result);
        if (asked && useful_[result]) visit(graph_.equations[i]);
    }
    std::vector<ValueId> gradients;
    for (ValueId value : by) gradients.push_back(total(value));
    return gradients;
}

void ReverseMode::mark_useful(const std::vector<ValueId>& by) {
    useful_.assign(graph_.values.size(), false);
    for (ValueId value : by) useful_[value] = true;
    for (const Equation& equation : graph_.equations) {
        if (!influences(equation).empty()) useful_[equation.result] = true;
    }
}

/// The partials of a body by the values that depend on what is wanted, times the seed.
std::vector<Partial> ReverseMode::partials_of(const Equation& equation, const ExprRef& seed) const {
    return partials(equation.body, seed, [&](ValueId value) { return useful_[value]; });
}

/// The partials with a seed of 1: empty when the result passes no gradient on.
std::vector<Partial> ReverseMode::influences(const Equation& equation) const {
    if (equation.reduce == Reduce::argmax || !is_float(equation.body->dtype)) return {};
    return partials_of(equation, constant(1, equation.body->dtype));
}

/// Takes a copy: the reverse pass appends to Graph::equations.
void ReverseMode::visit(Equation equation) {
    if (equation.reduced().empty() && reduces_whole_indices(graph_, equation)) equation.reduce = Reduce::none;
    // What influences nothing needs no argmax and no product either.
    if (influences(equation).empty()) return;
    std::vector<Partial> found = partials_of(equation, seed(equation));
    const bool own_result = equation.reduce == Reduce::none && !equation.clipped && equation.body->form == Form::call;
    for (Partial& partial : found) {
        ExprRef result = read(graph_, equation.result, equation.left);
        partial.value = fold(own_result ? replaced(partial.value, equation.body, result) : partial.value);
    }
    // Of x + bias, the bias sums the gradient of x, which has one element a point, rather than making it again.
    auto complete = std::ranges::find_if(found, [&](const Partial& p) { return is_complete(equation, p, found); });
    if (complete != found.end()) {
        const Partial first = *complete;
        found.erase(complete);
        send(equation, first);
        ExprRef gradient = read(graph_, total(first.access.tensor), first.access.at);
        for (Partial& partial : found) partial.value = replaced(partial.value, first.value, gradient);
    }
    for (const Partial& partial : found) send(equation, partial);
}

/// True when the partial is a whole gradient, one element a point of the equation, and more than a copy.
bool ReverseMode::is_complete(const Equation& equation, const Partial& partial, const std::vector<Partial>& all) const {
    const ValueId target = partial.access.tensor;
    auto same_target = [&](const Partial& other) { return other.access.tensor == target; };
    return partial.value->form == Form::call && !partial.access.pad &&
           uses_.readers(target).size() == 1 && std::ranges::count_if(all, same_target) == 1 &&
           is_bijection(partial.access.at, equation.indices, graph_.value(target).type.extents());
}

/// d.y[left], 1 for the scalar itself. A point that a clipped left drops has no influence.
ExprRef ReverseMode::result_gradient(const Equation& equation) {
    DType dtype = graph_.value(equation.result).type.dtype;
    if (equation.result == root_) return constant(1, dtype);
    std::optional<Number> pad = equation.clipped ? std::optional(Number()) : std::nullopt;
    return element({.tensor = total(equation.result), .at = equation.left, .pad = pad}, dtype);
}

ExprRef ReverseMode::seed(const Equation& equation) {
    ExprRef gradient = result_gradient(equation);
    switch (equation.reduce) {
        case Reduce::max:
        case Reduce::min: return extremum_seed(equation, std::move(gradient));
        case Reduce::prod: return product_seed(equation, std::move(gradient));
        default: return gradient;
    }
}

/// select(this point is the first largest one, d.y[left], 0).
ExprRef ReverseMode::extremum_seed(const Equation& equation, ExprRef gradient) {
    const Value& result = graph_.value(equation.result);
    bool bare = std::ranges::all_of(equation.left, [](const Affine& at) { return at.bare() >= 0; });
    if (!bare || !reduces_whole_indices(graph_, equation)) {
        user_error(equation.location, "no gradient of {} into \"{}\", whose left side is an index expression; write "
                   "the {} with bare indices on the left and scatter its result", name_of(equation.reduce),
                   result.name, name_of(equation.reduce));
    }
    Equation argmax = equation;
    argmax.reduce = Reduce::argmax;
    argmax.op = equation.op.empty() ? OpTag() : OpTag(fmt::format("{}.argmax", equation.op));
    if (equation.reduce == Reduce::min) argmax.body = -argmax.body;
    // The open extent must come first, or the numbers of the points are no index expression.
    std::vector<IndexId> reduced = equation.reduced();
    auto is_static = [&](IndexId i) { return equation.indices[i].extent != kOpen; };
    if (reduced.size() - count_where(reduced, is_static) > 1) {
        user_error(equation.location, "no gradient of {} over two indices of the open batch, as in \"{}\"; reduce over "
                   "one of them, then over the other", name_of(equation.reduce), result.name);
    }
    std::ranges::stable_sort(reduced, {}, is_static);
    std::vector<IndexId> order;
    for (IndexId i : equation.indices.ids()) {
        if (std::ranges::find(reduced, i) == reduced.end()) order.push_back(i);
    }
    order.insert(order.end(), reduced.begin(), reduced.end());
    select_indices(argmax, order);

    TensorType type = result.type;
    type.dtype = i64;
    argmax.result = add_value(result.name + ".argmax", std::move(type), equation);
    Affine number;
    std::int64_t step = 1;
    for (std::size_t r = reduced.size(); r-- > 0;) {
        number = number + Affine::of(reduced[r], step);
        step *= equation.indices[reduced[r]].extent;
    }
    ExprRef first = call(Scalar::equal, {index_value(number), read(graph_, argmax.result, equation.left)});
    graph_.equations.push_back(std::move(argmax));
    ExprRef zero = constant(0, gradient->dtype);
    return call(Scalar::select, {std::move(first), std::move(gradient), std::move(zero)});
}

/// d.y[left] times the product of the other points: others[left, r] = prod(r') select(r' == r, 1, body at r').
ExprRef ReverseMode::product_seed(const Equation& equation, ExprRef gradient) {
    const Value& result = graph_.value(equation.result);
    if (!reduces_whole_indices(graph_, equation)) {
        user_error(equation.location, "no gradient of prod into \"{}\", whose left side is an index expression; write "
                   "the prod with bare indices on the left and scatter its result", result.name);
    }
    Equation others = equation;
    others.op.clear();
    IdVector<IndexId, IndexId> to;
    for (IndexId i : equation.indices.ids()) to.push_back(i);
    ExprRef same_point = constant(1, boolean);
    TensorType type = result.type;
    for (IndexId index : equation.reduced()) {
        const Index& outer = equation.indices[index];
        IndexId inner = add_index(others, outer.name, outer.kind, outer.extent);
        to[index] = inner;
        others.left.push_back(Affine::of(index));
        type.axes.push_back({outer.kind, outer.extent});
        ExprRef equal = call(Scalar::equal, {index_value(Affine::of(inner)), index_value(Affine::of(index))});
        same_point = call(Scalar::logical_and, {std::move(same_point), std::move(equal)});
    }
    if (type.open_axes() > kMostOpenAxes) {
        user_error(equation.location, "the gradient of prod into \"{}\" would be {}, with {} open axes; a value has {} at "
                   "the most; multiply over one open index, then over the other", result.name,
                   to_string(type), type.open_axes(), kMostOpenAxes);
    }
    std::vector<Affine> at = others.left;
    ExprRef one = constant(1, equation.body->dtype);
    others.body = fold(call(Scalar::select, {same_point, one, renamed(equation.body, to)}));
    others.result = add_value(result.name + ".others", std::move(type), equation);
    order_indices(others);
    ExprRef factor = read(graph_, others.result, std::move(at));
    graph_.equations.push_back(std::move(others));
    return is_constant(gradient, 1) ? factor : gradient * factor;
}

/// d.T[at] += value over the indices of the equation.
void ReverseMode::send(const Equation& equation, const Partial& partial) {
    ValueId target = partial.access.tensor;
    TensorType type = computed_type(graph_.value(target).type);
    Equation term{.result = -1,
                  .indices = equation.indices,
                  .left = partial.access.at,
                  .clipped = partial.access.pad.has_value(),
                  .reduce = Reduce::sum,
                  .body = partial.value,
                  .op = tag_of(equation, partial.access),
                  .location = equation.location};
    // An index of extent 1 that is not on the left is reduced all the same: its equation says so.
    bool once = !term.clipped && term.reduced().empty() && is_bijection(term.left, term.indices, type.extents());
    if (once) term.reduce = Reduce::none;
    order_indices(term);
    Terms& terms = terms_[target];
    if (is_pointwise(term) && (terms.points.empty() || have_the_same_kinds(terms.points[0], term))) {
        term.op.clear();  // it may become one sum with others
        terms.points.push_back(std::move(term));
        return;
    }
    std::string name = fmt::format("{}.by.{}", gradient_name(graph_.value(target)), graph_.value(equation.result).name);
    term.result = add_value(std::move(name), std::move(type), equation);
    terms.sums.push_back(term.result);
    graph_.equations.push_back(std::move(term));
}

ValueId ReverseMode::add_value(std::string name, TensorType type, const Equation& equation) {
    return graph_.add({.name = std::move(name), .type = std::move(type), .location = equation.location});
}

/// The gradient of a value, all of whose readers were visited; -1 when none of them sent a term.
ValueId ReverseMode::total(ValueId value) {
    const std::string name = gradient_name(graph_.value(value));
    if (value == root_ && !terms_.contains(value)) {
        Equation one = pointwise(graph_, value);
        one.body = constant(1, graph_.value(value).type.dtype);
        one.location = graph_.value(value).location;
        one.result = graph_.add({.name = name, .type = computed_type(graph_.value(value).type)});
        graph_.equations.push_back(one);
        terms_[value].total = one.result;
    }
    auto found = terms_.find(value);
    if (found == terms_.end()) return -1;
    Terms& terms = found->second;
    if (terms.total >= 0) return terms.total;
    if (terms.points.empty() && terms.sums.size() == 1) {
        terms.total = terms.sums[0];
        if (graph_.find(name) < 0) graph_.rename(terms.total, name);
        return terms.total;
    }
    graph_.index_writers();
    Equation sum = terms.points.empty() ? pointwise(graph_, value, value) : terms.points[0];
    if (terms.points.empty()) sum.location = graph_.value(value).location;
    auto add = [&](const ExprRef& next) {
        if (!sum.body) return void(sum.body = next);
        if (!fits_in_text(sum.body + next)) {  // so many readers that one body does not hold their terms
            sum.result = add_value(name + ".part", computed_type(graph_.value(value).type), sum);
            graph_.equations.push_back(sum);
            sum.body = read(graph_, sum.result, sum.left);
        }
        sum.body = sum.body + next;
    };
    for (std::size_t i = 1; i < terms.points.size(); ++i) add(terms.points[i].body);
    for (ValueId term : terms.sums) add(read(graph_, term, sum.left));
    sum.body = fold(sum.body);
    terms.total = graph_.add({.name = name, .type = computed_type(graph_.value(value).type), .location = sum.location});
    sum.result = terms.total;
    graph_.equations.push_back(std::move(sum));
    return terms.total;
}

}  // namespace

std::string gradient_name(const Value& value) { return fmt::format("d.{}", value.name); }

std::vector<ValueId> reverse_sweep(Graph& graph, ValueId of, const std::vector<ValueId>& by) {
    return ReverseMode(graph, of).gradients_by(by);
}

}  // namespace ricci::passes
