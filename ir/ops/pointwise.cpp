// Finds the ops of the table that are one function of the elements at one point.
#include "ir/ops/pointwise.h"

#include <algorithm>

#include "ir/ops/table.h"
#include "ir/surface/surface_parser.h"

namespace ricci::ir {
namespace {

/// Whether each read of the body is `operand[...]`; numbers take the place of attributes.
bool make_pointwise(const Op& op, surface::Expr& expr) {
    using Form = surface::Expr::Form;
    if (expr.form == Form::access) {
        return expr.at.size() == 1 && expr.at[0].form == surface::IndexExpr::Form::ellipsis;
    }
    if (expr.form == Form::name) {
        auto attribute = std::ranges::find(op.attributes, expr.name, &OpAttribute::name);
        if (attribute == op.attributes.end()) return false;
        expr = {.form = Form::number, .number = attribute->standard};
    }
    if (expr.form != Form::number && expr.form != Form::call) return false;
    return std::ranges::all_of(expr.args, [&](surface::Expr& arg) { return make_pointwise(op, arg); });
}

}  // namespace

std::optional<InlineOp> pointwise_op(std::string_view name) {
    const Op* op = op_named(name);
    if (!op) return std::nullopt;
    std::vector<surface::Equation> equations = parse_equations(op->equations, op->name, 1);
    if (equations.size() != 1 || equations[0].left.size() != 1) return std::nullopt;
    InlineOp result{.operands = op->operands, .body = std::move(equations[0].body)};
    if (!make_pointwise(*op, result.body)) return std::nullopt;
    return result;
}

}  // namespace ricci::ir
