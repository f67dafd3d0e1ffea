// Walks equations as written for the names in them.
#include "ir/surface/names.h"

namespace ricci::ir {
namespace {

using surface::Expr;
using surface::IndexDecl;
using surface::IndexExpr;

void collect(const std::vector<IndexDecl>& decls, std::vector<std::string>& names) {
    for (const IndexDecl& decl : decls) {
        names.push_back(decl.name);
        if (decl.extent) collect_names(*decl.extent, names);
    }
}

void collect(const Expr& expr, std::vector<std::string>& names) {
    for (const IndexExpr& at : expr.at) collect_names(at, names);
    collect(expr.decls, names);
    if (expr.form == Expr::Form::name || expr.form == Expr::Form::extent) names.push_back(expr.name);
    for (const Expr& arg : expr.args) collect(arg, names);
}

}  // namespace

void collect_names(const IndexExpr& expr, std::vector<std::string>& names) {
    if (expr.form == IndexExpr::Form::name) names.push_back(expr.name);
    for (const IndexExpr& arg : expr.args) collect_names(arg, names);
    if (expr.form != IndexExpr::Form::data) return;
    for (const IndexExpr& at : expr.data->at) collect_names(at, names);
}

std::vector<std::string> names_in(const surface::Equation& equation) {
    std::vector<std::string> names;
    for (const IndexExpr& at : equation.left) collect_names(at, names);
    collect(equation.left_decls, names);
    collect(equation.where, names);
    collect(equation.body, names);
    return names;
}

}  // namespace ricci::ir
