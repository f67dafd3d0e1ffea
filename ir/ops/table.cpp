// The one list of ops, put together from the files of this folder.
#include "ir/ops/table.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ir/ops/groups.h"
#include "ir/ops/pointwise.h"
#include "ir/surface_parser.h"

namespace ricci::ir {
namespace {

std::vector<Op> make_table() {
    std::vector<Op> table;
    add_contractions(table);
    add_pooling_ops(table);
    add_pointwise_ops(table);
    add_broadcast_ops(table);
    add_shape_ops(table);
    add_reductions(table);
    add_losses(table);
    add_norms(table);
    for (Op& op : table) {
        for (const std::string& operand : op.signature) op.operands.push_back(operand.substr(0, operand.find('[')));
    }
    std::ranges::sort(table, {}, &Op::name);
    return table;
}

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

std::span<const Op> ops() {
    static const std::vector<Op> table = make_table();
    return table;
}

const Op* op_named(std::string_view name) {
    std::span<const Op> table = ops();
    auto found = std::ranges::lower_bound(table, name, {}, [](const Op& op) -> std::string_view { return op.name; });
    return found != table.end() && found->name == name ? &*found : nullptr;
}

std::string example_text(const Op& op, std::string_view example) {
    std::size_t semicolon = example.find(';');
    std::string_view inputs = example.substr(0, semicolon);
    std::string text = fmt::format("ricci 1 model {}\n", op.name);
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= inputs.size(); ++at) {
        if (at < inputs.size()) depth += inputs[at] == '[' ? 1 : inputs[at] == ']' ? -1 : 0;
        if (at < inputs.size() && (inputs[at] != ',' || depth > 0)) continue;
        std::string_view input = inputs.substr(begin, at - begin);
        text += fmt::format("input {}\n", input.substr(input.find_first_not_of(' ')));
        begin = at + 1;
    }
    std::string arguments = fmt::format("{}", fmt::join(op.operands, ", "));
    if (semicolon != std::string_view::npos) arguments += fmt::format(",{}", example.substr(semicolon + 1));
    return text + fmt::format("y = {}({})\noutput y\n", op.name, arguments);
}

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
