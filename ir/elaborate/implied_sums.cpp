// Makes the sums that a written equation implies explicit, by names only: kinds and extents come later.
#include "ir/elaborate/implied_sums.h"

#include <algorithm>

#include "ir/base/places.h"
#include "ir/surface/names.h"

namespace ricci::ir {
namespace {

using Written = surface::Expr;
using surface::IndexDecl;
using surface::IndexExpr;
using Form = Written::Form;

bool is_call(const Written& expr, Scalar function) {
    return expr.form == Form::call && scalar_named(expr.name) == function;
}

/// Part of a product: its factors are those of its arguments. A divisor is a product of its own.
bool is_product(const Written& expr) {
    return is_call(expr, Scalar::mul) || is_call(expr, Scalar::div) || is_call(expr, Scalar::neg);
}

struct Uses {
    std::vector<std::string> in_positions;  // in order, with repetitions
    std::vector<std::string> as_numbers;
    std::vector<std::string> in_extents;  // extent(i) is one number: it is the same at all points of i
};

/// Names that stand in `expr` and are not declared by a reduction inside it.
void collect(const Written& expr, std::vector<std::string>& declared, Uses& uses) {
    auto add = [&](std::vector<std::string>& to, const std::string& name) {
        if (std::ranges::find(declared, name) == declared.end()) to.push_back(name);
    };
    std::vector<std::string> positions;
    for (const IndexExpr& at : expr.at) collect_names(at, positions);
    for (const std::string& name : positions) add(uses.in_positions, name);
    if (expr.form == Form::name) add(uses.as_numbers, expr.name);
    if (expr.form == Form::extent) add(uses.in_extents, expr.name);
    std::size_t outer = declared.size();
    if (expr.form == Form::reduction) {
        for (const IndexDecl& decl : expr.decls) declared.push_back(decl.name);
    }
    for (const Written& arg : expr.args) collect(arg, declared, uses);
    declared.resize(outer);
}

Uses uses_in(const Written& expr) {
    Uses uses;
    std::vector<std::string> declared;
    collect(expr, declared, uses);
    return uses;
}

std::size_t count_in(const std::vector<std::string>& uses, const std::string& name) {
    return count_where(uses, [&](const std::string& used) { return used == name; });
}

/// Uses whose value depends on the index.
std::size_t count(const Written& expr, const std::string& name) {
    Uses uses = uses_in(expr);
    return count_in(uses.in_positions, name) + count_in(uses.as_numbers, name);
}

bool declares(const Written& expr, const std::string& name) {
    return std::ranges::find(expr.decls, name, &IndexDecl::name) != expr.decls.end();
}

/// Of an access, or of what an access with ids stands for: no sum that is implied goes into it.
bool is_element(const Written& expr) { return expr.looked_up || expr.args.empty(); }

/// sum(i) sum(j) e is sum(i, j) e, and so for the others save argmax, whose number would change. A sum that stands for an
/// element is left as it is: more sums may come around it.
void merge(Written& expr) {
    while (expr.form == Form::reduction && expr.reduce != Reduce::argmax && expr.args[0].form == Form::reduction &&
           !expr.looked_up && !expr.args[0].looked_up && expr.args[0].reduce == expr.reduce &&
           std::ranges::none_of(expr.args[0].decls, [&](const IndexDecl& d) { return declares(expr, d.name); })) {
        Written inner = std::move(expr.args[0]);
        expr.decls.insert(expr.decls.end(), inner.decls.begin(), inner.decls.end());
        expr.args = std::move(inner.args);
    }
}

void merge_all(Written& expr) {
    for (Written& arg : expr.args) merge_all(arg);
    merge(expr);
}

/// The same with the sums that stand for elements.
void merge_elements(Written& expr) {
    expr.looked_up = false;
    for (Written& arg : expr.args) merge_elements(arg);
    merge(expr);
}

void wrap(Written& expr, const IndexDecl& decl) {
    Written sum{.form = Form::reduction, .decls = {decl}, .reduce = Reduce::sum};
    sum.args.push_back(std::move(expr));
    expr = std::move(sum);
}

struct Holder {
    Written* expr;
    bool divisor = false;
};

/// The factors and divisors of a product that hold `name`.
void holders(Written& expr, const std::string& name, std::vector<Holder>& found) {
    for (std::size_t i = 0; i < expr.args.size(); ++i) {
        Written& arg = expr.args[i];
        bool divisor = i == 1 && is_call(expr, Scalar::div);
        if (is_product(arg) && !divisor) {
            holders(arg, name, found);
        } else if (count(arg, name) > 0) {
            found.push_back({&arg, divisor});
        }
    }
}

/// Puts sum(decl) around the smallest product of `expr` that holds every use of the index. In a sum of which several
/// terms hold it, each term gets its own.
void place(Written& expr, const IndexDecl& decl) {
    if (is_element(expr)) return wrap(expr, decl);
    std::vector<Holder> found;
    if (is_product(expr)) {
        holders(expr, decl.name, found);
    } else {
        for (Written& arg : expr.args) {
            if (count(arg, decl.name) > 0) found.push_back({&arg});
        }
    }
    bool terms = is_call(expr, Scalar::add) || is_call(expr, Scalar::sub);
    bool descend = found.size() == 1 || (terms && found.size() > 1);
    bool one_factor = found.size() == 1 && is_product(expr) && !found[0].divisor;
    if (one_factor && is_element(*found[0].expr)) descend = false;  // the whole product is summed
    if (!descend) return wrap(expr, decl);
    for (const Holder& holder : found) place(*holder.expr, decl);
    merge(expr);
}

/// The reduction inside `expr` that has an index of this name of its own; null for none.
const Written* reduction_over(const Written& expr, const std::string& name) {
    if (expr.form == Form::reduction && declares(expr, name)) return &expr;
    for (const Written& arg : expr.args) {
        if (const Written* found = reduction_over(arg, name)) return found;
    }
    return nullptr;
}

[[noreturn]] void refuse_unused(const Draft& draft, const Written& body, const IndexDecl& decl) {
    const Written* reduction = reduction_over(body, decl.name);
    if (reduction == nullptr) draft.fail("index {} is declared but not used", decl.name);
    std::string said;
    if (decl.kind) said += fmt::format(" {}", decl.kind->name());
    if (decl.extent) said += fmt::format(" {}", spell(*decl.extent));
    draft.fail("index {0} of {1}({0}) is its own; say what it is there and not after where: {1}({0}:{2})", decl.name,
               name_of(reduction->reduce), said.empty() ? " ..." : said);
}

}  // namespace

surface::Expr with_explicit_sums(const Draft& draft) {
    const surface::Equation& written = draft.written;
    auto is_constant = [&](const std::string& name) { return draft.scope.constants.contains(name); };
    Written body = written.body;
    merge_all(body);

    std::vector<std::string> left;
    for (const IndexExpr& at : written.left) collect_names(at, left);
    auto known = [&](const std::string& name) {
        return is_constant(name) || std::ranges::find(left, name) != left.end();
    };

    // Declared ones first, in their order, then the others as they appear.
    Uses uses = uses_in(body);
    std::vector<IndexDecl> absent;
    auto listed = [&](const std::string& name) {
        return std::ranges::find(absent, name, &IndexDecl::name) != absent.end();
    };
    const auto only_extent = [&](const std::string& name) {
        return written.reduce == Reduce::none && count_in(uses.in_extents, name) > 0 && count(body, name) == 0;
    };
    for (const IndexDecl& decl : written.where) {
        if (!known(decl.name) && !listed(decl.name) && !only_extent(decl.name)) absent.push_back(decl);
    }
    for (const std::string& name : uses.in_positions) {
        if (known(name) || listed(name)) continue;
        bool capital = name[0] >= 'A' && name[0] <= 'Z';
        if (capital && count(body, name) + count_in(uses.in_extents, name) < 2 && written.reduce == Reduce::none) {
            draft.fail(
                "index {} is used once; a name with a capital is summed where it repeats: to sum it, write "
                "sum({}) ..., or put it on the left",
                name, name);
        }
        absent.push_back({.name = name});
    }
    for (const std::string& name : uses.as_numbers) {
        if (known(name) || listed(name) || name == "true" || name == "false") continue;
        if (draft.graph.find(name) >= 0 || draft.scope.values.contains(name)) {
            draft.fail("{} is a tensor; an element of it is written {}[...], a scalar {}[]", name, name, name);
        }
        draft.fail("{} is neither an index of this equation nor a constant", name);
    }

    if (written.reduce != Reduce::none) {
        Written top{.form = Form::reduction, .decls = std::move(absent), .reduce = written.reduce};
        top.args.push_back(std::move(body));
        merge_elements(top);
        return top;
    }
    for (const IndexDecl& decl : absent) {
        if (count(body, decl.name) == 0) refuse_unused(draft, body, decl);
        place(body, decl);
    }
    merge_elements(body);
    return body;
}

}  // namespace ricci::ir
