// The one list of ops, put together from the files of this folder.
#include "ir/ops/table.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ir/ops/entries/entries.h"

namespace ricci::ir {
namespace {

void name_operands(Op& op) {
    for (const std::string& operand : op.signature) op.operands.push_back(operand.substr(0, operand.find('[')));
}

std::vector<Op> make_table() {
    std::vector<Op> table;
    add_contractions(table);
    add_pooling_ops(table);
    add_power_pooling_ops(table);
    add_adaptive_pooling_ops(table);
    add_sequence_ops(table);
    add_pointwise_ops(table);
    add_activations(table);
    add_broadcast_ops(table);
    add_shape_ops(table);
    add_padding_ops(table);
    add_piece_ops(table);
    add_volume_ops(table);
    add_index_pooling_ops(table);
    add_sparse_ops(table);
    add_reductions(table);
    add_losses(table);
    add_look_ups(table);
    add_distance_losses(table);
    add_norms(table);
    for (Op& op : table) name_operands(op);
    std::ranges::sort(table, {}, &Op::name);
    return table;
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

Op op_of_many(const Op& op, std::size_t count) {
    Op made = op.many(count);
    name_operands(made);
    return made;
}

std::string example_text(const Op& op, std::string_view example) {
    std::size_t semicolon = example.find(';');
    std::string_view inputs = example.substr(0, semicolon);
    std::string text = fmt::format("ricci 1 model {}\n", op.name);
    std::vector<std::string> operands;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= inputs.size(); ++at) {
        if (at < inputs.size()) depth += inputs[at] == '[' ? 1 : inputs[at] == ']' ? -1 : 0;
        if (at < inputs.size() && (inputs[at] != ',' || depth > 0)) continue;
        std::string_view input = inputs.substr(begin, at - begin);
        input = input.substr(input.find_first_not_of(' '));
        text += fmt::format("input {}\n", input);
        operands.emplace_back(input.substr(0, input.find(':')));
        begin = at + 1;
    }
    std::string arguments = fmt::format("{}", fmt::join(operands, ", "));
    if (semicolon != std::string_view::npos) arguments += fmt::format(",{}", example.substr(semicolon + 1));
    return text + fmt::format("y = {}({})\noutput y\n", op.name, arguments);
}

}  // namespace ricci::ir
