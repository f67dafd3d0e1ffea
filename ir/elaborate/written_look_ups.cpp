// Gives each look-up an index of its own, and selects by the id where that index is.
#include "ir/elaborate/written_look_ups.h"

#include <algorithm>
#include <set>

#include "ir/elaborate/draft.h"
#include "ir/surface/names.h"

namespace ricci::ir {
namespace {

using Written = surface::Expr;
using surface::IndexDecl;
using surface::IndexExpr;

bool has_data(const IndexExpr& at) {
    return at.form == IndexExpr::Form::data || std::ranges::any_of(at.args, has_data);
}

bool has_data(const std::vector<IndexExpr>& at) {
    return std::ranges::any_of(at, [](const IndexExpr& one) { return has_data(one); });
}

bool has_look_up(const Written& expr) { return has_data(expr.at) || std::ranges::any_of(expr.args, has_look_up); }

Written call(std::string name, std::vector<Written> args) {
    return {.form = Written::Form::call, .name = std::move(name), .args = std::move(args)};
}

Written number(const Number& value) { return {.form = Written::Form::number, .number = value}; }

class Expansion {
  public:
    Expansion(const Graph& graph, const surface::Equation& written, const Scope& scope)
        : graph_(graph), scope_(scope), draft_{.graph = graph, .written = written, .scope = scope} {}

    WithoutLookUps expand() {
        surface::Equation equation = draft_.written;
        if (!has_data(equation.left) && !has_look_up(equation.body)) return {std::move(equation), {}};
        take_names();
        equation.body = body(equation.body);
        if (has_data(equation.left)) scatter(equation);
        return {std::move(equation), std::move(numbered_)};
    }

  private:
    /// An index that stands for an id, and where the two are equal.
    struct Found {
        IndexDecl index;
        Written equal;
    };

    void take_names() {
        const std::vector<std::string> names = names_in(draft_.written);
        taken_.insert(names.begin(), names.end());
        taken_.insert(kReservedWords.begin(), kReservedWords.end());
        for (const auto& [name, value] : scope_.constants) taken_.insert(name);
    }

    std::string fresh(Kind kind) {
        std::string name(kind.name());
        for (int n = 2; !taken_.insert(name).second; ++n) name = fmt::format("{}{}", kind.name(), n);
        return name;
    }

    ValueId find(const std::string& name) const {
        const auto bound = scope_.values.find(name);
        return bound != scope_.values.end() ? bound->second : graph_.find(name);
    }

    /// The axis whose positions the ids number, where `on` is the one that they stand on alone.
    std::optional<Axis> numbered(const Written& ids, const std::optional<Axis>& on, const std::string& where) {
        const std::string text = spell({.form = IndexExpr::Form::data, .data = std::make_shared<const Written>(ids)});
        const ValueId id = find(ids.name);
        if (id < 0) draft_.fail("no value is called {} here; an input, a parameter or an earlier result is meant", ids.name);
        const Value& value = graph_.value(id);
        if (!is_integer(value.type.dtype)) {
            draft_.fail("{} is {} and stands on {}; what is looked up goes by integers: write i32 or i64 ids, as in i32<class 10>",
                        text, name_of(value.type.dtype), where);
        }
        const std::optional<Axis> known = numbered_by(graph_, id);
        if (value.ignored && value.role == Role::input) numbered_.emplace_back(id, *known);
        if (!on) return known;
        if (!known) {
            if (value.role == Role::input) {
                for (const auto& [other, axis] : numbered_) {
                    if (other == id && axis != *on) mixed_up(text, ids.name, axis, *on, where);
                }
                numbered_.emplace_back(id, *on);
            }
            return on;
        }
        // An id that an equation computes may be outside: it reads 0 there.
        const bool may_be_none = on->extent == kOpen && value.role == Role::temporary;
        const bool open = on->extent == kOpen || known->extent == kOpen;
        const bool inside = may_be_none || (open ? known->extent == on->extent : known->extent <= on->extent);
        if (known->kind != on->kind || !inside) mixed_up(text, ids.name, *known, *on, where);
        return on;
    }

    [[noreturn]] void mixed_up(const std::string& text, const std::string& ids, const Axis& known, const Axis& on,
                               const std::string& where) const {
        std::string why;
        if (known.kind == on.kind) why = fmt::format(": some {} would be outside", ids);
        if (known.kind == on.kind && on.extent == kOpen)
            why = fmt::format(": a call may have fewer samples; declare {} as numbering {}", ids, to_string(on));
        draft_.fail("{} numbers {}, but {} is {}{}; an id stands on an axis of its own kind alone", text, to_string(known),
                    where, to_string(on), why);
    }

    /// The index expression with an index for each id in it.
    IndexExpr position(const IndexExpr& at, const std::optional<Axis>& axis, const std::string& where, bool alone,
                       std::vector<Found>& found) {
        IndexExpr result = at;
        if (at.form != IndexExpr::Form::data) {
            for (IndexExpr& arg : result.args) arg = position(arg, axis, where, false, found);
            return result;
        }
        const std::optional<Axis> numbers = numbered(*at.data, alone ? axis : std::nullopt, where);
        if (!numbers && alone) draft_.fail("{}: declare the type of {}, or what {} numbers", spell(at), draft_.written.result, at.data->name);
        if (!numbers) {
            draft_.fail("{} stands in a sum of indices and does not say what it numbers; declare it, as in {}: i32<{} 10>",
                        spell(at), at.data->name, axis ? axis->kind.name() : "class");
        }
        IndexDecl index{.name = fresh(numbers->kind), .kind = numbers->kind, .extent = IndexExpr{.number = numbers->extent}};
        Written ids = body(*at.data);
        found.push_back({index, call("equal", {std::move(ids), {.form = Written::Form::name, .name = index.name}})});
        return {.form = IndexExpr::Form::name, .name = index.name, .data = at.data};
    }

    std::vector<IndexExpr> positions(const std::vector<IndexExpr>& at, const std::optional<TensorType>& type,
                                     const std::string& name, std::vector<Found>& found) {
        std::vector<IndexExpr> result;
        for (std::size_t axis = 0; axis < at.size(); ++axis) {
            const bool known = type && axis < type->axes.size();
            result.push_back(position(at[axis], known ? std::optional(type->axes[axis]) : std::nullopt,
                                      fmt::format("axis {} of {}", axis, name), true, found));
        }
        return result;
    }

    static Written condition(std::vector<Found>& found) {
        Written all = std::move(found[0].equal);
        for (std::size_t i = 1; i < found.size(); ++i)
            all = call("and", {std::move(all), std::move(found[i].equal)});
        return all;
    }

    /// The expression with a sum in place of each element that is looked up.
    Written body(const Written& expr) {
        Written result = expr;
        for (Written& arg : result.args) arg = body(arg);
        if (!has_data(expr.at)) return result;
        if (expr.form != Written::Form::access)
            draft_.fail("index({}): an element of a tensor is a number already", spell(expr.at[0]));
        const ValueId id = find(expr.name);
        if (id < 0) draft_.fail("no value is called {} here; an input, a parameter or an earlier result is meant", expr.name);
        const TensorType& type = graph_.value(id).type;
        std::vector<Found> found;
        result.at = positions(expr.at, type, expr.name, found);
        // There is no sum of truth values.
        if (type.dtype == boolean) result = call("i32", {std::move(result)});
        std::vector<IndexDecl> indices;
        for (const Found& one : found) indices.push_back(one.index);
        Written sum{.form = Written::Form::reduction, .decls = std::move(indices), .reduce = Reduce::sum};
        sum.args.push_back(call("select", {condition(found), std::move(result), number(0)}));
        Written element = type.dtype == boolean ? call("not_equal", {std::move(sum), number(0)}) : std::move(sum);
        element.looked_up = true;
        return element;
    }

    /// A left with ids: its points go where they say.
    void scatter(surface::Equation& equation) {
        const std::string& result = draft_.written.result;
        if (equation.reduce == Reduce::none || equation.reduce == Reduce::argmax) {
            draft_.fail("{} stands on the left: ids may repeat or leave elements out; write +=, *=, max= or min=",
                        spell(*std::ranges::find_if(equation.left, [](const IndexExpr& at) { return has_data(at); })));
        }
        std::optional<TensorType> type = equation.type;
        if (const ValueId known = graph_.find(result); !type && known >= 0) type = graph_.value(known).type;
        std::vector<Found> found;
        equation.left = positions(equation.left, type, result, found);
        for (const Found& one : found) equation.left_decls.push_back(one.index);
        const DType dtype = type ? type->dtype : f32;
        const bool extremum = equation.reduce == Reduce::max || equation.reduce == Reduce::min;
        const Number none = extremum ? identity(equation.reduce, dtype) : Number(equation.reduce == Reduce::prod ? 1 : 0);
        equation.body = call("select", {condition(found), std::move(equation.body), number(none)});
    }

    const Graph& graph_;
    const Scope& scope_;
    const Draft draft_;  // for messages
    std::set<std::string> taken_;
    std::vector<std::pair<ValueId, Axis>> numbered_;
};

}  // namespace

std::optional<Axis> numbered_by(const Graph& graph, ValueId value) {
    if (graph.value(value).numbers) return graph.value(value).numbers;
    const EquationId writer = graph.value(value).role == Role::temporary ? graph.writer(value) : EquationId(-1);
    if (writer < 0) return std::nullopt;
    const Equation& equation = graph.equations[writer];
    const std::vector<IndexId> reduced = equation.reduced();
    if (equation.reduce != Reduce::argmax || reduced.size() != 1) return std::nullopt;
    const Index& index = equation.indices[reduced[0]];
    return Axis{index.kind, index.extent};
}

WithoutLookUps without_look_ups(const Graph& graph, const surface::Equation& written, const Scope& scope) {
    return Expansion(graph, written, scope).expand();
}

}  // namespace ricci::ir
