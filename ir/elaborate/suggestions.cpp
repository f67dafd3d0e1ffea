// Suggestions by tables: functions that there are, and letters that kinds usually have.
#include "ir/elaborate/suggestions.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "ir/base/spelling.h"
#include "ir/ops/pointwise.h"
#include "ir/ops/table.h"
#include "ir/surface/hints.h"

namespace ricci::ir {
namespace {

struct Usual {
    std::string_view names;  // of indices
    std::string_view kind;
};
constexpr std::array kUsual = {Usual{"b", "batch"},   Usual{"c n o", "channel"}, Usual{"y h p", "height"},
                               Usual{"x w q", "width"}, Usual{"dy r", "tap_h"},    Usual{"dx s", "tap_w"},
                               Usual{"t", "time"},      Usual{"k", "class"}};

/// "softmax takes whole tensors, as in y = softmax(x, over = feature)".
std::string of_whole_tensors(const Op& op) {
    std::string operands = fmt::format("{}", fmt::join(op.operands, ", "));
    return fmt::format("{0} takes whole tensors, as in y = {0}({1}{2})", op.name, operands,
                       op.takes_over ? ", over = feature" : "");
}

/// Kinds of indices that stand beside the index in a comparison or a sum of numbers.
void beside(const Draft& draft, const Node& node, IndexId index, std::optional<Kind>& found) {
    bool holds = false;
    std::optional<Kind> other;
    for (const Node& arg : node.args) {
        beside(draft, arg, index, found);
        if (arg.form != Node::Form::index) continue;
        for (const IndexId id : arg.position.indices()) {
            if (id == index) holds = true;
            else if (draft.index(id).kind) other = draft.index(id).kind;
        }
    }
    if (holds && other && !found) found = other;
}

}  // namespace

std::string unknown_function(const surface::Expr& call) {
    const bool of_names = !call.args.empty() && std::ranges::all_of(call.args, [](const surface::Expr& arg) {
        return arg.form == surface::Expr::Form::name;
    });
    const std::string reductions =
        of_names ? "; indices are reduced by sum, prod, max, min and argmax, and a mean is sum(i) x[i] / f32(extent(i))" : "";
    if (const Op* op = op_named(call.name)) return of_whole_tensors(*op) + reductions;
    if (const std::string_view written = op_written_as(call.name); !written.empty())
        return fmt::format("no scalar function is called {}; {}", call.name, written);
    std::vector<std::string_view> names;
    for (const ScalarInfo& row : scalars()) {
        if (row.infix.empty() && row.function != Scalar::neg) names.push_back(row.name);
    }
    std::vector<std::string_view> all = names;
    for (const Op& op : ops()) {
        if (pointwise_op(op.name)) all.push_back(op.name);
    }
    const auto distance = [&](std::string_view name) { return edit_distance(name, call.name); };
    const auto nearest = std::ranges::min_element(all, {}, distance);
    if (distance(*nearest) <= std::max<std::size_t>(1, call.name.size() / 3))
        return fmt::format("no scalar function is called {}; did you mean {}?", call.name, *nearest);
    return fmt::format("no scalar function is called {}; there are {}, and what ricci opt --list-ops composes of them{}",
                       call.name, fmt::join(names, ", "), reductions);
}

std::string likely_declaration(const Draft& draft, IndexId index) {
    const std::string& name = draft.index(index).name;
    std::optional<Kind> kind;
    beside(draft, draft.body, index, kind);
    if (!kind) {
        std::string small = name;
        std::ranges::transform(small, small.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
        for (const Usual& usual : kUsual) {
            const std::string names = fmt::format(" {} ", usual.names);
            if (names.contains(fmt::format(" {} ", small)) || small == usual.kind) kind = Kind::named(usual.kind);
        }
    }
    const Kind said = kind.value_or(kinds::feature());
    return fmt::format("{}: {} {}", name, said.name(), said == kinds::batch() ? "?" : "2");
}

}  // namespace ricci::ir
