// Builds equations as written (ir/surface/surface.h) from C++ expressions; the elaborator gives them their meaning.
#include "frontend/notation/notation.h"

#include <algorithm>

#include "frontend/model/model_state.h"
#include "ir/elaborate/elaborate.h"

namespace ricci {

namespace surface = ir::surface;
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

void append(std::vector<IndexDecl>& into, const std::vector<IndexDecl>& uses) {
    into.insert(into.end(), uses.begin(), uses.end());
}

Location place_of(const Tensor& tensor, const std::vector<IndexAt>& at) {
    if (!at.empty()) return Location::of(at[0].where);
    if (!tensor.model()) return {};
    return tensor.model()->handles[static_cast<std::size_t>(tensor.handle())].location;
}

const std::string& handle_name(const Tensor& tensor) {
    return tensor.model()->handles[static_cast<std::size_t>(tensor.handle())].name;
}

}  // namespace

Position::Position(IndexExpr::Form form, const std::vector<Position>& args) : expr{.form = form} {
    for (const Position& arg : args) {
        expr.args.push_back(arg.expr);
        append(uses, arg.uses);
    }
}

Index::Index(std::string name, std::source_location where) {
    if (!detail::is_identifier(name) || name.contains('.')) {
        user_error(Location::of(where), "index \"{}\": a name is letters, digits and '_', from a letter on", name);
    }
    expr = {.form = IndexExpr::Form::name, .name = name};
    uses = {{.name = std::move(name)}};
}

Index::Index(std::string name, Kind kind, std::source_location where) : Index(std::move(name), where) {
    uses[0].kind = kind;
}

Index::Index(std::string name, const AxisName& kind, std::source_location where)
    : Index(std::move(name), Kind(kind), where) {}

Index::Index(std::string name, const Axis& axis, std::source_location where)
    : Index(std::move(name), axis.kind, where) {
    if (axis.extent < 1 && axis.extent != ir::kOpen) {
        user_error(Location::of(where), "index \"{}\": {} {}; an extent is at least 1", this->name(), axis.kind.name(),
                   axis.extent);
    }
    uses[0].extent = IndexExpr{.number = axis.extent};
}

Position operator+(const Position& a, const Position& b) {
    return {IndexExpr::Form::add, {a, b}};
}
Position operator-(const Position& a, const Position& b) {
    return {IndexExpr::Form::sub, {a, b}};
}
Position operator*(const Position& a, const Position& b) {
    return {IndexExpr::Form::mul, {a, b}};
}
Position operator-(const Position& a) {
    return Position(0) - a;
}

Term::Term(const Position& position) : uses(position.uses) {
    if (position.expr.form == IndexExpr::Form::name) {
        expr = {.form = surface::Expr::Form::name, .name = position.expr.name};
    } else {
        expr = {.form = surface::Expr::Form::index, .at = {position.expr}};
    }
}

Term::Term(std::string function, const std::vector<Term>& args)
    : expr{.form = surface::Expr::Form::call, .name = std::move(function)} {
    for (const Term& arg : args) {
        expr.args.push_back(arg.expr);
        append(uses, arg.uses);
        tensors.insert(tensors.end(), arg.tensors.begin(), arg.tensors.end());
    }
}

Term Reduction::operator()(const Term& body, std::source_location where) const {
    Term term = body;
    term.expr = {.form = surface::Expr::Form::reduction, .decls = indices, .reduce = reduce, .args = {body.expr}};
    for (const IndexDecl& index : indices) {
        std::vector<IndexDecl> said = {index};
        for (const IndexDecl& use : body.uses) {
            if (use.name == index.name) merge(said, use, Location::of(where));
        }
        if (std::erase_if(term.uses, [&](const IndexDecl& use) { return use.name == index.name; }) == 0) {
            user_error(Location::of(where), "{} over {}: the body does not use {}; leave it out or index with it",
                       name_of(reduce), index.name, index.name);
        }
    }
    return term;
}

Element::Element(Tensor tensor, std::vector<IndexAt> at) : tensor_(std::move(tensor)), at_(std::move(at)) {
    Location where = place_of(tensor_, at_);
    if (!tensor_.model()) user_error(where, "an element of a tensor without a value; assign it from a model first");
    expr = {.form = surface::Expr::Form::access, .name = handle_name(tensor_)};
    for (const IndexAt& one : at_) {
        expr.at.push_back(one.position.expr);
        append(uses, one.position.uses);
    }
    tensors = {tensor_};
}

void Element::define(const Term& body, ir::Reduce reduce) const {
    const std::shared_ptr<detail::ModelState>& model = tensor_.model();
    const Location where = place_of(tensor_, at_);
    const std::string& name = handle_name(tensor_);
    if (tensor_.defined()) {
        const ir::Value& value = model->graph.value(tensor_.id());
        if (value.role != ir::Role::temporary) {
            user_error(where, "{} is {} {} and cannot be given an equation; use m.tensor(\"...\") for a new value",
                       name, value.role == ir::Role::input ? "an" : "a", name_of(value.role));
        }
        user_error(where, "{} has an equation already ({}:{}); use m.tensor(\"...\") for a new value", name,
                   value.location.file, value.location.line);
    }
    std::vector<Tensor> read = body.tensors;
    if (!read.empty() && detail::common_model(name, read, where) != model) {
        user_error(where, "{} belongs to model \"{}\" but {} belongs to model \"{}\"", name, model->graph.name,
                   read[0].name(), read[0].model()->graph.name);
    }
    surface::Equation equation{.result = name, .reduce = reduce, .body = body.expr, .location = where};
    for (const IndexAt& one : at_) equation.left.push_back(one.position.expr);
    for (const IndexDecl& use : uses) merge(equation.where, use, where);
    for (const IndexDecl& use : body.uses) merge(equation.where, use, where);
    // An index of which nothing was said needs no declaration.
    std::erase_if(equation.where, [](const IndexDecl& decl) { return !decl.kind && !decl.extent; });
    ir::ValueId value = ir::elaborate(model->graph, equation);
    model->graph.value(value).location = where;
    model->handles[static_cast<std::size_t>(tensor_.handle())].value = value;
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
