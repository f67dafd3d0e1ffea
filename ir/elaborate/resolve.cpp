// From names to places: resolves the indices, tensors and functions of a written equation.
#include "ir/elaborate/resolve.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ir/base/checked.h"
#include "ir/base/places.h"
#include "ir/elaborate/implied_sums.h"
#include "ir/elaborate/suggestions.h"
#include "ir/ops/pointwise.h"
#include "ir/surface/hints.h"
#include "ir/surface/names.h"

namespace ricci::ir {
namespace {

using Written = surface::Expr;
using surface::IndexDecl;
using surface::IndexExpr;

class Resolver {
  public:
    explicit Resolver(Draft& draft) : draft_(draft) {}

    void resolve_all() {
        Written body = with_explicit_sums(draft_);
        left();
        draft_.body = node(body);
        settle_extents(draft_.body);
    }

  private:
    using Bindings = std::vector<std::pair<std::string, IndexId>>;

    IndexId declare(const std::string& name) {
        draft_.indices.push_back({.name = name});
        names_.emplace_back(name, static_cast<IndexId>(draft_.indices.size()) - 1);
        return names_.back().second;
    }

    void say(IndexId id, const IndexDecl& decl) {
        DraftIndex& index = draft_.index(id);
        if (decl.kind) {
            if (index.kind && *index.kind != *decl.kind) {
                draft_.fail("index {} is declared {} and {}", decl.name, index.kind->name(), decl.kind->name());
            }
            index.kind = decl.kind;
        }
        if (!decl.extent) return;
        std::int64_t extent = evaluate(draft_, *decl.extent);
        if (extent != kOpen && extent < 1) {
            draft_.fail("index {} is declared with extent {}; an extent is at least 1", decl.name, extent);
        }
        if (index.extent && *index.extent != extent) {
            draft_.fail("index {} is declared {} and {}", decl.name, extent_text(*index.extent), extent_text(extent));
        }
        index.extent = extent;
        index.extent_from = fmt::format("declared {}", extent_text(extent));
    }

    IndexId find(const std::string& name) const {
        auto found = std::ranges::find(names_.rbegin(), names_.rend(), name, &Bindings::value_type::first);
        return found == names_.rend() ? -1 : found->second;
    }

    bool is_constant(const std::string& name) const { return find(name) < 0 && draft_.scope.constants.contains(name); }

    void left() {
        const surface::Equation& written = draft_.written;
        std::vector<std::string> names;
        for (const IndexExpr& at : written.left) collect_names(at, names);
        for (const std::string& name : names) {
            if (find(name) >= 0 || draft_.scope.constants.contains(name)) continue;
            draft_.index(declare(name)).on_left = true;
        }
        for (const auto* decls : {&written.left_decls, &written.where}) {
            for (const IndexDecl& decl : *decls) {
                if (IndexId id = find(decl.name); id >= 0) say(id, decl);
            }
        }
        Use use{.name = written.result, .type = written.type, .left = true, .may_leave = written.clipped};
        ValueId known = draft_.graph.find(written.result);
        if (known >= 0) {
            const Value& value = draft_.graph.value(known);
            if (value.role != Role::temporary) {
                draft_.fail("{} is {} {}; an equation defines a value of its own: give it another name", value.name,
                            value.role == Role::input ? "an" : "a", name_of(value.role));
            }
            if (draft_.graph.writer(known) >= 0) {
                draft_.fail("{} already has an equation; give this one another name", value.name);
            }
            if (use.type && !(*use.type == value.type)) {
                draft_.fail("{} is declared {} and {}", value.name, to_string(value.type), to_string(*use.type));
            }
            use.type = value.type;
            use.tensor = known;
        }
        if (use.type) count_axes(use.name, use.type->axes.size(), written.left.size(), to_string(*use.type));
        for (const IndexExpr& at : written.left) {
            use.at.push_back(position(at));
            if (IndexId whole = use.at.back().whole; whole >= 0) draft_.index(whole).bare_left = true;
        }
        draft_.uses.push_back(std::move(use));
    }

    void count_axes(const std::string& name, std::size_t axes, std::size_t written, const std::string& type) const {
        if (axes == written) return;
        draft_.fail("{} has {} {}, but {} index expression{} stand{} here; its type is {}", name, axes,
                    axes == 1 ? "axis" : "axes", written, written == 1 ? "" : "s", written == 1 ? "s" : "", type);
    }

    Position position(const IndexExpr& expr) {
        Position result{.text = spell(expr)};
        if (expr.form == IndexExpr::Form::tuple) {
            for (const IndexExpr& member : expr.args) {
                if (member.form != IndexExpr::Form::name || is_constant(member.name)) {
                    draft_.fail("{} is flattened from {}, which is not an index on its own", result.text,
                                spell(member));
                }
                IndexId id = lookup(member.name, result.text);
                if (std::ranges::find(result.tuple, id) != result.tuple.end()) {
                    draft_.fail("{} holds index {} twice; each part of a flattened axis has an index of its own",
                                result.text, member.name);
                }
                result.tuple.push_back(id);
            }
            if (result.tuple.empty()) draft_.fail("a tuple of no indices");
            return result;
        }
        result.affine = affine(expr, result.text);
        if (expr.form == IndexExpr::Form::name && !is_constant(expr.name)) result.whole = find(expr.name);
        return result;
    }

    IndexId lookup(const std::string& name, const std::string& text) const {
        IndexId id = find(name);
        if (id < 0) draft_.fail("{}: {} is neither an index of this equation nor a constant", text, name);
        return id;
    }

    Affine affine(const IndexExpr& expr, const std::string& text) {
        switch (expr.form) {
            case IndexExpr::Form::number:
                return Affine::constant(expr.number);
            case IndexExpr::Form::name:
                if (is_constant(expr.name)) return Affine::constant(draft_.scope.constants.at(expr.name));
                return Affine::of(lookup(expr.name, text));
            case IndexExpr::Form::add:
                return affine(expr.args[0], text) + affine(expr.args[1], text);
            case IndexExpr::Form::sub:
                if (expr.args.size() == 1) return (-1) * affine(expr.args[0], text);
                return affine(expr.args[0], text) - affine(expr.args[1], text);
            case IndexExpr::Form::mul: {
                Affine a = affine(expr.args[0], text);
                Affine b = affine(expr.args[1], text);
                if (!a.is_constant() && !b.is_constant()) {
                    draft_.fail("{} multiplies two indices; an index is only scaled by an integer", text);
                }
                return a.is_constant() ? a.offset * b : b.offset * a;
            }
            case IndexExpr::Form::tuple:
                draft_.fail("{}: a flattened tuple stands on an axis alone; nothing is added to it", text);
            case IndexExpr::Form::ellipsis:
                draft_.fail("... stands for axes in the equations of ops only; name the axes");
            case IndexExpr::Form::data:
                draft_.fail("{}: an element of a tensor stands on an axis of a tensor alone, or in a sum there", text);
        }
        return {};
    }

    Node access(const Written& expr) {
        auto bound = draft_.scope.values.find(expr.name);
        ValueId id = bound != draft_.scope.values.end() ? bound->second : draft_.graph.find(expr.name);
        auto spoken = draft_.scope.spoken.find(expr.name);
        std::string name = spoken == draft_.scope.spoken.end() ? expr.name : spoken->second;
        if (id < 0) {
            const auto& gradients = draft_.graph.gradients;
            if (std::ranges::find(gradients, name, &GradientRequest::name) != gradients.end())
                draft_.fail("{}", unread_gradient(name));
            draft_.fail("no value is called {} here; an input, a parameter or an earlier result is meant", name);
        }
        const Value& value = draft_.graph.value(id);
        if (value.role == Role::temporary && draft_.graph.writer(id) < 0) {
            draft_.fail("{} is read before an equation writes it", name);
        }
        Use use{.name = name, .tensor = id, .type = value.type, .pad = expr.pad, .may_leave = expr.pad.has_value()};
        count_axes(name, value.type.rank(), expr.at.size(), to_string(value.type));
        for (const IndexExpr& at : expr.at) {
            use.at.push_back(position(at));
            if (IndexId whole = use.at.back().whole; whole >= 0) draft_.index(whole).bare_right = true;
        }
        for (const IndexDecl& decl : expr.decls) {
            if (IndexId declared = find(decl.name); declared >= 0) say(declared, decl);
        }
        draft_.uses.push_back(std::move(use));
        return {.form = Node::Form::access, .use = draft_.uses.size() - 1, .name = name};
    }

    Node reduction(const Written& expr) {
        Node result{.form = Node::Form::reduction, .reduce = expr.reduce, .name = std::string(name_of(expr.reduce))};
        std::size_t outer = names_.size();
        for (const IndexDecl& decl : expr.decls) {
            IndexId shadowed = find(decl.name);
            if (shadowed >= 0 && draft_.index(shadowed).on_left) {
                draft_.fail("index {} is on the left and reduced in {}({}); give one of them another name", decl.name,
                            result.name, decl.name);
            }
            IndexId id = declare(decl.name);
            say(id, decl);
            result.indices.push_back(id);
        }
        result.args.push_back(node(expr.args[0]));
        names_.resize(outer);
        return result;
    }

    Node call(const Written& expr) {
        Node result{.form = Node::Form::call, .name = expr.name};
        std::size_t arity = 1;
        std::optional<InlineOp> inlined;
        if (std::optional<DType> dtype = dtype_named(expr.name)) {
            result.form = Node::Form::cast;
            result.dtype = *dtype;
        } else if (std::optional<Scalar> function = scalar_named(expr.name)) {
            result.function = *function;
            arity = info(*function).arity;
        } else if ((inlined = pointwise_op(expr.name))) {
            result.form = Node::Form::inlined;
            arity = inlined->operands.size();
        } else {
            draft_.fail("{}", unknown_function(expr));
        }
        if (expr.args.size() != arity) {
            draft_.fail("{} takes {} argument{}, got {}", expr.name, arity, arity == 1 ? "" : "s", expr.args.size());
        }
        for (const Written& arg : expr.args) result.args.push_back(node(arg));
        if (inlined) {
            std::vector<std::string> outer = std::exchange(arguments_, inlined->operands);
            result.args.push_back(node(inlined->body));
            arguments_ = std::move(outer);
        }
        return result;
    }

    Node node(const Written& expr) {
        switch (expr.form) {
            case Written::Form::number:
                return {.form = Node::Form::number, .number = expr.number};
            case Written::Form::access: {
                auto argument = std::ranges::find(arguments_, expr.name);
                if (argument == arguments_.end()) return access(expr);
                return {.form = Node::Form::argument, .use = place_at(arguments_, argument)};
            }
            case Written::Form::name: {
                if (IndexId id = find(expr.name); id >= 0) {
                    return {.form = Node::Form::index,
                            .position = {.affine = Affine::of(id), .text = expr.name},
                            .name = expr.name};
                }
                if (expr.name == "true" || expr.name == "false") {
                    return {.form = Node::Form::truth, .number = expr.name == "true"};
                }
                auto value = draft_.scope.constants.find(expr.name);
                if (value == draft_.scope.constants.end()) {
                    draft_.fail("{} is neither an index of this equation nor a constant", expr.name);
                }
                return {.form = Node::Form::number, .number = value->second};
            }
            case Written::Form::index: {
                Position at = position(expr.at.at(0));
                if (!at.tuple.empty()) draft_.fail("index{}: a tuple has no number", at.text);
                std::string name = fmt::format("index({})", at.text);
                return {.form = Node::Form::index, .position = std::move(at), .name = std::move(name)};
            }
            case Written::Form::extent: {
                Node extent{.form = Node::Form::extent, .index = find(expr.name), .name = fmt::format("extent({})", expr.name)};
                if (extent.index < 0) outside_.push_back(expr.name);
                return extent;
            }
            case Written::Form::call:
                return call(expr);
            case Written::Form::reduction:
                return reduction(expr);
        }
        return {};
    }

    /// Gives an extent outside of the scope of its index that index: one of a reduction of the equation, else declared
    /// after `where`. The extents come in the order of the nodes.
    void settle_extents(Node& node) {
        if (node.form == Node::Form::extent && node.index < 0) {
            const std::string name = outside_.at(settled_++);
            const auto found = std::ranges::find(draft_.indices, name, &DraftIndex::name);
            if (found != draft_.indices.end()) {
                node.index = draft_.indices.id_of(found);
            } else {
                const auto decl = std::ranges::find(draft_.written.where, name, &IndexDecl::name);
                if (decl == draft_.written.where.end()) lookup(name, node.name);
                node.index = declare(name);
                say(node.index, *decl);
            }
        }
        for (Node& arg : node.args) settle_extents(arg);
    }

    Draft& draft_;
    Bindings names_;                      // innermost last
    std::vector<std::string> outside_;    // names of extents whose index is not in scope, in the order of their nodes
    std::size_t settled_ = 0;
    std::vector<std::string> arguments_;  // operands of the op being inlined
};

}  // namespace

void resolve(Draft& draft) {
    Resolver(draft).resolve_all();
}

}  // namespace ricci::ir
