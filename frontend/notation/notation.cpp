// Builds equations as written (ir/surface/surface.h) from C++ expressions; the elaborator gives them their meaning.
#include "ricci/notation.h"

#include <algorithm>

#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ir/elaborate/elaborate.h"

namespace ricci {

namespace surface = ir::surface;
using detail::Internals;
using detail::PositionState;
using detail::TermState;
using surface::IndexDecl;
using surface::IndexExpr;

namespace {

std::string kind_text(const std::optional<Kind>& kind) {
    return kind ? std::string(kind->name()) : "any kind";
}

/// Adds what is said of an index to what was said before. \throws UserError when the two disagree.
void merge(std::vector<IndexDecl>& into, const IndexDecl& use, const Location& where) {
    auto known = std::ranges::find(into, use.name, &IndexDecl::name);
    if (known == into.end()) {
        into.push_back(use);
        return;
    }
    if (known->kind && use.kind && *known->kind != *use.kind) {
        user_error(where, "index {} is declared as {} and as {}; give the two indices different names", use.name,
                   kind_text(known->kind), kind_text(use.kind));
    }
    if (known->extent && use.extent && known->extent->number != use.extent->number) {
        user_error(where,
                   "index {} is declared with extent {} and with extent {}; give the two indices different names",
                   use.name, ir::extent_text(known->extent->number), ir::extent_text(use.extent->number));
    }
    if (!known->kind) known->kind = use.kind;
    if (!known->extent) known->extent = use.extent;
}

template <typename T>
void append(std::vector<T>& into, const std::vector<T>& more) {
    into.insert(into.end(), more.begin(), more.end());
}

/// The index expression that a term is. \throws UserError where it is none.
IndexExpr index_of(const surface::Expr& term, const Location& where) {
    using Form = surface::Expr::Form;
    const auto all = [&](IndexExpr::Form form) {
        IndexExpr expr{.form = form};
        for (const surface::Expr& arg : term.args) expr.args.push_back(index_of(arg, where));
        return expr;
    };
    switch (term.form) {
        case Form::access:
            if (term.pad) user_error(where, "pad({}[...]) stands where an index does; an id is read without padding", term.name);
            return {.form = IndexExpr::Form::data, .data = std::make_shared<const surface::Expr>(term)};
        case Form::name:
            return {.form = IndexExpr::Form::name, .name = term.name};
        case Form::index:
            return term.at[0];
        case Form::number:
            if (term.number.is_integer()) return {.number = term.number.integer()};
            user_error(where, "the number {} stands where an index does; an index is an integer", to_string(term.number));
        case Form::call:
            if (const auto function = ir::scalar_named(term.name)) {
                if (*function == ir::Scalar::add) return all(IndexExpr::Form::add);
                if (*function == ir::Scalar::sub) return all(IndexExpr::Form::sub);
                if (*function == ir::Scalar::mul) return all(IndexExpr::Form::mul);
            }
            user_error(where, "{}(...) stands where an index does; give it an equation of its own, and look up by its elements",
                       term.name);
        case Form::extent:
        case Form::reduction:
            break;
    }
    user_error(where, "{} stands where an index does; give it an equation of its own, and look up by its elements",
               term.form == Form::extent ? "an extent" : "a reduction");
}

Location place_of(const Tensor& tensor, const std::vector<IndexAt>& at) {
    if (!at.empty()) return Location::of(at[0].where);
    if (!Internals::model(tensor)) return {};
    return Internals::model(tensor)->handles[Internals::handle(tensor)].location;
}

const std::string& handle_name(const Tensor& tensor) {
    return Internals::model(tensor)->handles[Internals::handle(tensor)].name;
}

Position combined(IndexExpr::Form form, const std::vector<Position>& args) {
    PositionState state{.expr = {.form = form}};
    for (const Position& arg : args) {
        state.expr.args.push_back(Internals::state(arg).expr);
        append(state.uses, Internals::state(arg).uses);
        append(state.tensors, Internals::state(arg).tensors);
    }
    return Internals::position(std::move(state));
}

/// An index of that name, with what is said of it.
std::shared_ptr<const PositionState> named(std::string name, std::optional<Kind> kind, std::optional<IndexExpr> extent,
                                           std::source_location where) {
    if (!detail::is_identifier(name) || name.contains('.')) {
        user_error(Location::of(where), "index \"{}\": a name is letters, digits and '_', from a letter on", name);
    }
    PositionState state{.expr = {.form = IndexExpr::Form::name, .name = name},
                        .uses = {{.name = std::move(name), .kind = kind, .extent = std::move(extent)}}};
    return std::make_shared<const PositionState>(std::move(state));
}

ir::Reduce reduce_of(Reduction::Fold fold) {
    switch (fold) {
        case Reduction::Fold::sum:
            return ir::Reduce::sum;
        case Reduction::Fold::prod:
            return ir::Reduce::prod;
        case Reduction::Fold::max:
            return ir::Reduce::max;
        case Reduction::Fold::min:
            return ir::Reduce::min;
        case Reduction::Fold::argmax:
            break;
    }
    return ir::Reduce::argmax;
}

ir::Reduce reduce_of(std::string_view assignment) {
    if (assignment == "+=") return ir::Reduce::sum;
    if (assignment == "*=") return ir::Reduce::prod;
    if (assignment == "max=") return ir::Reduce::max;
    return assignment == "min=" ? ir::Reduce::min : ir::Reduce::none;
}

}  // namespace

Position Position::of_number(std::int64_t number) {
    return Internals::position({.expr = {.number = number}});
}

Index::Index(std::string name, std::source_location where)
    : Position(named(std::move(name), std::nullopt, std::nullopt, where)) {}

Index::Index(std::string name, Kind kind, std::source_location where)
    : Position(named(std::move(name), kind, std::nullopt, where)) {}

Index::Index(std::string name, const AxisName& kind, std::source_location where)
    : Index(std::move(name), Kind(kind), where) {}

Index::Index(std::string name, const Axis& axis, std::source_location where)
    : Position(named(std::move(name), axis.kind, IndexExpr{.number = axis.extent}, where)) {
    if (axis.extent < 1 && axis.extent != kOpen) {
        user_error(Location::of(where), "index \"{}\": {} {}; an extent is at least 1", this->name(), axis.kind.name(),
                   axis.extent);
    }
}

const std::string& Index::name() const {
    return state_->expr.name;
}

Position operator+(const Position& a, const Position& b) {
    return combined(IndexExpr::Form::add, {a, b});
}
Position operator-(const Position& a, const Position& b) {
    return combined(IndexExpr::Form::sub, {a, b});
}
Position operator*(const Position& a, const Position& b) {
    return combined(IndexExpr::Form::mul, {a, b});
}
Position operator-(const Position& a) {
    return Position(0) - a;
}
Position flat(const std::vector<Position>& parts) {
    return combined(IndexExpr::Form::tuple, parts);
}

IndexAt::IndexAt(const Term& from, std::source_location at) : where(at) {
    const TermState& term = Internals::state(from);
    position = Internals::position({index_of(term.expr, Location::of(at)), term.uses, term.tensors});
}

Term Term::of_number(const Number& number) {
    return Internals::term({.expr = {.number = number}});
}

Term::Term(const Position& position) {
    const PositionState& from = Internals::state(position);
    TermState state{.uses = from.uses, .tensors = from.tensors};
    if (from.expr.form == IndexExpr::Form::name) {
        state.expr = {.form = surface::Expr::Form::name, .name = from.expr.name};
    } else {
        state.expr = {.form = surface::Expr::Form::index, .at = {from.expr}};
    }
    state_ = std::make_shared<const TermState>(std::move(state));
}

Term::Term(std::string function, const std::vector<Term>& args) {
    TermState state{.expr = {.form = surface::Expr::Form::call, .name = std::move(function)}};
    for (const Term& arg : args) {
        const TermState& from = Internals::state(arg);
        state.expr.args.push_back(from.expr);
        append(state.uses, from.uses);
        state.tensors.insert(state.tensors.end(), from.tensors.begin(), from.tensors.end());
    }
    state_ = std::make_shared<const TermState>(std::move(state));
}

Term Reduction::operator()(const Term& body, std::source_location where) const {
    const TermState& from = Internals::state(body);
    const ir::Reduce reduce = reduce_of(fold_);
    std::vector<IndexDecl> decls;
    for (const Index& index : indices_) decls.push_back(Internals::state(index).uses[0]);
    TermState term = from;
    term.expr = {.form = surface::Expr::Form::reduction, .decls = decls, .reduce = reduce, .args = {from.expr}};
    for (const IndexDecl& index : decls) {
        std::vector<IndexDecl> said = {index};
        for (const IndexDecl& use : from.uses) {
            if (use.name == index.name) merge(said, use, Location::of(where));
        }
        if (std::erase_if(term.uses, [&](const IndexDecl& use) { return use.name == index.name; }) == 0) {
            user_error(Location::of(where), "{} over {}: the body does not use {}; leave it out or index with it",
                       name_of(reduce), index.name, index.name);
        }
    }
    return Internals::term(std::move(term));
}

Element::Element(Tensor tensor, std::vector<IndexAt> at) : tensor_(std::move(tensor)), at_(std::move(at)) {
    Location where = place_of(tensor_, at_);
    if (!Internals::model(tensor_)) {
        user_error(where, "an element of a tensor without a value; assign it from a model first");
    }
    TermState state{.expr = {.form = surface::Expr::Form::access, .name = handle_name(tensor_)}};
    for (const IndexAt& one : at_) {
        state.expr.at.push_back(Internals::state(one.position).expr);
        append(state.uses, Internals::state(one.position).uses);
    }
    state.tensors = {tensor_};
    for (const IndexAt& one : at_) append(state.tensors, Internals::state(one.position).tensors);
    state_ = std::make_shared<const TermState>(std::move(state));
}

void Element::define(const Term& body, std::string_view assignment, bool clipped) const {
    const std::shared_ptr<detail::ModelState>& model = Internals::model(tensor_);
    const TermState& from = Internals::state(body);
    const Location where = place_of(tensor_, at_);
    const std::string& name = handle_name(tensor_);
    if (tensor_.defined()) {
        const ir::Value& value = model->graph.value(Internals::id(tensor_));
        if (value.role != ir::Role::temporary) {
            user_error(where, "{} is {} {} and cannot be given an equation; use m.tensor(\"...\") for a new value",
                       name, value.role == ir::Role::input ? "an" : "a", name_of(value.role));
        }
        user_error(where, "{} has an equation already ({}:{}); use m.tensor(\"...\") for a new value", name,
                   value.location.file, value.location.line);
    }
    std::vector<Tensor> read = from.tensors;
    for (const IndexAt& one : at_) append(read, Internals::state(one.position).tensors);
    if (!read.empty() && detail::common_model(name, read, where) != model) {
        user_error(where, "{} belongs to model \"{}\" but {} belongs to model \"{}\"", name, model->graph.name,
                   read[0].name(), Internals::model(read[0])->graph.name);
    }
    surface::Equation equation{
        .result = name, .type = model->handles[Internals::handle(tensor_)].type, .clipped = clipped,
        .reduce = reduce_of(assignment), .body = from.expr, .location = where};
    for (const IndexAt& one : at_) equation.left.push_back(Internals::state(one.position).expr);
    for (const IndexDecl& use : state_->uses) merge(equation.where, use, where);
    for (const IndexDecl& use : from.uses) merge(equation.where, use, where);
    // An index of which nothing was said needs no declaration.
    std::erase_if(equation.where, [](const IndexDecl& decl) { return !decl.kind && !decl.extent; });
    ir::ValueId value = ir::elaborate(model->graph, equation);
    model->graph.value(value).location = where;
    model->handles[Internals::handle(tensor_)].value = value;
}

Element Tensor::operator[]() const {
    return {*this, {}};
}
Element Tensor::operator[](IndexAt a) const {
    return {*this, {a}};
}
Element Tensor::operator[](IndexAt a, IndexAt b) const {
    return {*this, {a, b}};
}
Element Tensor::operator[](IndexAt a, IndexAt b, IndexAt c) const {
    return {*this, {a, b, c}};
}
Element Tensor::operator[](IndexAt a, IndexAt b, IndexAt c, IndexAt d) const {
    return {*this, {a, b, c, d}};
}
Element Tensor::operator[](IndexAt a, IndexAt b, IndexAt c, IndexAt d, IndexAt e) const {
    return {*this, {a, b, c, d, e}};
}
Element Tensor::operator[](IndexAt a, IndexAt b, IndexAt c, IndexAt d, IndexAt e, IndexAt f) const {
    return {*this, {a, b, c, d, e, f}};
}
Element Tensor::operator[](IndexAt a, IndexAt b, IndexAt c, IndexAt d, IndexAt e, IndexAt f, IndexAt g) const {
    return {*this, {a, b, c, d, e, f, g}};
}

}  // namespace ricci
