// Draws calls of ops around their examples.
#include "tests/frontend/random_ops.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "ir/core/rollback.h"
#include "ir/elaborate/elaborate.h"
#include "ir/ops/call/instantiate.h"
#include "ir/print/print.h"
#include "ir/surface/surface_parser.h"
#include "ir/text/parser.h"

namespace ricci::testing {
namespace {

/// Elements of one tensor at the most, so that the interpreter stays quick.
constexpr std::int64_t kMostElements = 400;

class Drawing {
  public:
    Drawing(const ir::Op& op, DType dtype, std::mt19937_64& random) : op_(op), dtype_(dtype), random_(random) {}

    std::optional<RandomCall> run(const ir::TensorType* first) {
        const std::string& example =
            op_.examples[static_cast<std::size_t>(whole(0, static_cast<int>(op_.examples.size()) - 1))];
        const ir::Graph graph = ir::parse(ir::example_text(op_, example), op_.name);
        RandomCall call{&op_, {}, {}, {}};
        for (const ir::Value& value : graph.values) {
            if (value.role == ir::Role::input) call.operands.push_back(value.type);
        }
        if (first != nullptr && !adopt(*first, call.operands[0])) return std::nullopt;
        for (ir::TensorType& type : call.operands) {
            if (is_float(type.dtype)) type.dtype = dtype_;
            for (ir::Axis& axis : type.axes) axis.extent = extent_of(axis);
        }
        if (first != nullptr) call.operands[0] = *first;
        set_attributes(example, call);
        return call;
    }

  private:
    int whole(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

    /// Takes the extents of a given first operand over, axis by axis of one kind.
    bool adopt(const ir::TensorType& given, const ir::TensorType& example) {
        if (given.axes.size() != example.axes.size()) return false;
        std::vector<bool> taken(given.axes.size(), false);
        for (const ir::Axis& axis : example.axes) {
            std::size_t at = 0;
            while (at < taken.size() && (taken[at] || given.axes[at].kind != axis.kind)) ++at;
            if (at == taken.size()) return false;
            taken[at] = true;
            extents_[{axis.kind.name(), axis.extent}] = given.axes[at].extent;
        }
        return true;
    }

    std::int64_t extent_of(const ir::Axis& axis) {
        auto [found, is_new] = extents_.try_emplace({axis.kind.name(), axis.extent}, axis.extent);
        if (is_new && axis.extent != ir::kOpen && !(axis.extent == 1 && whole(0, 2) > 0)) {
            found->second = whole(0, 9) == 0 ? whole(7, 40) : whole(1, 6);
        }
        return found->second;
    }

    void set_attributes(const std::string& example, RandomCall& call) {
        const bool as_there = whole(0, 1) == 0;
        const std::size_t semicolon = example.find(';');
        std::string given = semicolon == std::string::npos ? "" : example.substr(semicolon + 1);
        for (std::size_t begin = 0; begin < given.size();) {
            const std::size_t end = std::min(given.find(',', begin), given.size());
            const std::size_t equals = given.find('=', begin);
            const std::string name = trimmed(given.substr(begin, equals - begin));
            const std::string value = trimmed(given.substr(equals + 1, end - equals - 1));
            if (name == "over") {
                call.over = ir::Kind::named(value);
            } else if (as_there) {
                call.attributes[name] = std::stod(value);
            }
            begin = end + 1;
        }
        if (as_there) return;
        for (const ir::OpAttribute& attribute : op_.attributes) {
            const bool required = std::isnan(attribute.standard);
            if (!attribute.integer || (!required && whole(0, 1) == 0)) continue;
            const int least = std::isfinite(attribute.least) ? static_cast<int>(attribute.least) : 0;
            call.attributes[attribute.name] = whole(least, least + 2);
        }
    }

    static std::string trimmed(const std::string& text) {
        const std::size_t begin = text.find_first_not_of(' ');
        return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
    }

    const ir::Op& op_;
    DType dtype_;
    std::mt19937_64& random_;
    std::map<std::pair<std::string_view, std::int64_t>, std::int64_t> extents_{};  // by kind and extent in the example
};

/// Ops of any number of operands name the first two.
std::string operand_name(const ir::Op& op, std::size_t place) {
    return place < op.operands.size() ? op.operands[place] : fmt::format("x{}", place + 1);
}

}  // namespace

std::string RandomCall::text() const {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < operands.size(); ++i) {
        parts.push_back(fmt::format("{}: {}", operand_name(*op, i), to_string(operands[i])));
    }
    std::vector<std::string> options;
    for (const auto& [name, value] : attributes) options.push_back(fmt::format("{} = {}", name, value));
    if (over) options.push_back(fmt::format("over = {}", over->name()));
    return fmt::format("{}({}{}{})", op->name, fmt::join(parts, ", "), options.empty() ? "" : "; ",
                       fmt::join(options, ", "));
}

std::optional<RandomCall> draw_call(const ir::Op& op, DType dtype, std::mt19937_64& random,
                                    const ir::TensorType* first) {
    return Drawing(op, dtype, random).run(first);
}

ir::ValueId append(ir::Graph& graph, const RandomCall& call, const std::string& name, ir::ValueId first) {
    ir::Rollback attempt(graph);
    ir::OpCall op_call{
        .op = call.op->name, .operands = {}, .attributes = call.attributes, .over = call.over, .result = name};
    for (std::size_t i = 0; i < call.operands.size(); ++i) {
        if (i == 0 && first >= 0) {
            op_call.operands.push_back(first);
            continue;
        }
        op_call.operands.push_back(graph.add({.name = fmt::format("{}.{}", name, operand_name(*call.op, i)),
                                              .type = call.operands[i],
                                              .role = ir::Role::input}));
    }
    ir::ValueId result = -1;
    try {
        result = ir::instantiate(graph, op_call);
    } catch (const UserError&) {
        result = -1;
    }
    const bool fits = result >= 0 && std::ranges::all_of(graph.values, [](const ir::Value& value) {
                          return value.type.count(2) <= kMostElements;
                      });
    if (!fits) return -1;
    attempt.keep();
    return result;
}

ir::ValueId append_weighted_sum(ir::Graph& graph, ir::ValueId value, const std::string& name) {
    graph.add({.name = name + ".coefficients", .type = graph.value(value).type, .role = ir::Role::input});
    std::string at;
    for (int axis = 0; axis < graph.value(value).type.rank(); ++axis)
        at += fmt::format("{}i{}", axis == 0 ? "" : ", ", axis);
    const std::string text = fmt::format("{0}.weighted[] = {1}[{2}] * {0}.coefficients[{2}]", name, graph.value(value).name, at);
    return ir::elaborate(graph, ir::parse_equation(text, name, 1));
}

ir::ValueId append_total(ir::Graph& graph, const std::vector<ir::ValueId>& scalars, const std::string& name) {
    std::string text = name + "[] = ";
    for (std::size_t i = 0; i < scalars.size(); ++i) {
        text += fmt::format("{}{}[]", i == 0 ? "" : " + ", graph.value(scalars[i]).name);
    }
    return ir::elaborate(graph, ir::parse_equation(text, name, 1));
}

}  // namespace ricci::testing
