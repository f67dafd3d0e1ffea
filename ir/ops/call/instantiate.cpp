// Binds an op to operands: checks the call, computes its constants, writes its equations out and elaborates them.
#include "ir/ops/call/instantiate.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "ir/base/places.h"
#include "ir/base/spelling.h"
#include "ir/elaborate/elaborate.h"
#include "ir/core/positions.h"
#include "ir/core/rollback.h"
#include "ir/ops/call/binding.h"
#include "ir/ops/call/expand.h"
#include "ir/ops/call/match.h"
#include "ir/surface/hints.h"
#include "ir/surface/surface_parser.h"

namespace ricci::ir {
namespace {

// Sums and products of a few attributes stay exact and far from overflow.
constexpr double kMostOfAttribute = 1e9;

const Op& find_op(const OpCall& call) {
    if (const Op* op = op_named(call.op)) return *op;
    std::span<const Op> table = ops();
    auto nearest = std::ranges::min_element(table, {}, [&](const Op& op) { return edit_distance(op.name, call.op); });
    bool near = edit_distance(nearest->name, call.op) <= 2;
    const std::string_view written = op_written_as(call.op);
    if (!written.empty()) user_error(call.location, "unknown op \"{}\"; {}", call.op, written);
    user_error(call.location, "unknown op \"{}\"; {}", call.op,
               near ? fmt::format("did you mean {}?", nearest->name) : "ricci opt --list-ops names the ops");
}

class Instantiation {
  public:
    Instantiation(Graph& graph, const OpCall& call)
        : graph_(graph), call_(call), binding_{.op = entry(find_op(call)), .call = call} {
        const std::string& op = binding_.op.name;
        binding_.subject = call.result.empty() || call.result == op ? op : fmt::format("{} \"{}\"", op, call.result);
    }

    ValueId append_equations() {
        check_operands();
        check_over();
        bind_operands(binding_, graph_);
        check_remaining_axes();
        set_attributes();
        set_constants();
        Rollback rollback(graph_);
        check_positions();
        ValueId result = add_equations();
        rollback.keep();
        for (const auto& [operand, axis] : op().positions) {
            Value& value = graph_.value(call_.operands[place_of(operand)]);
            if (value.role != Role::input && !value.fixed) continue;
            const Axis numbered = axis_named(axis);
            const std::optional<std::int64_t> ignored = ignored_beside(numbered);
            // Where another op has each of these ids be a position, it is one.
            value.ignored = value.numbers && !value.ignored ? std::nullopt : ignored;
            value.numbers = numbered;
        }
        return result;
    }

  private:
    const Op& op() const { return binding_.op; }

    /// The entry for as many operands as the call has.
    const Op& entry(const Op& op) {
        const std::size_t count = call_.operands.size();
        if (!op.many || count == op.operands.size()) return op;
        if (count < 1 || count > kMostOperands) {
            user_error(call_.location, "{} takes 1 to {} operands, got {}", op.name, kMostOperands, count);
        }
        return made_.emplace(op_of_many(op, count));
    }

    void check_operands() const {
        std::size_t count = op().operands.size();
        if (call_.operands.size() != count) {
            binding_.fail("{} takes {} operand{} ({}), got {}", op().name, count, count == 1 ? "" : "s",
                          fmt::join(op().operands, ", "), call_.operands.size());
        }
        for (std::size_t i = 0; i < count; ++i) {
            const Value& value = graph_.value(call_.operands[i]);
            bool integer = std::ranges::find(op().integers, op().operands[i]) != op().integers.end();
            if (integer && !is_integer(value.type.dtype)) {
                binding_.fail("{} is {}; its numbers are i32 or i64", spoken(op().operands[i], value),
                              name_of(value.type.dtype));
            }
        }
        check_element_types();
    }

    /// What a body's types would say of its functions is said of the operands.
    void check_element_types() const {
        std::optional<std::size_t> first;
        bool floats = false;
        for (std::size_t i = 0; i < op().operands.size(); ++i) {
            if (std::ranges::find(op().integers, op().operands[i]) != op().integers.end()) continue;
            const Value& value = graph_.value(call_.operands[i]);
            floats |= is_float(value.type.dtype);
            if (!first) first = i;
            const Value& other = graph_.value(call_.operands[*first]);
            const DType own = computed(value.type.dtype), before = computed(other.type.dtype);
            if (!op().many || own == before || (is_integer(own) && is_integer(before))) continue;
            binding_.fail("{} is {}, but {} is {}; an equation converts one of them, as in z[i] = {}(x[i])",
                          spoken(op().operands[i], value), name_of(own), spoken(op().operands[*first], other),
                          name_of(before), name_of(is_float(own) ? own : before));
        }
        const auto of_floats = [](const std::string& text) { return text.contains("real("); };
        const bool takes_floats = of_floats(op().equations) || std::ranges::any_of(op().cases, [&](const auto& one) {
            return of_floats(one.second);
        });
        if (!first || floats || !takes_floats) return;
        const Value& value = graph_.value(call_.operands[*first]);
        binding_.fail("{} is {}, and {} takes floats; an equation converts it, as in z[i] = f32(x[i])",
                      spoken(op().operands[*first], value), name_of(value.type.dtype), op().name);
    }

    void check_over() const {
        if (call_.over && !op().takes_over) binding_.fail("{} takes no kind to go over", op().name);
        if (call_.over && op().new_axis) check_new_axis();
        if (!op().takes_over || call_.over || op().over_all) return;
        std::vector<std::string_view> kinds;
        for (const Axis& axis : graph_.value(call_.operands[0]).type.axes) {
            bool refused =
                std::ranges::any_of(op().refuse_over, [&](const auto& r) { return r.first == axis.kind.name(); });
            if (!refused) kinds.push_back(axis.kind.name());
        }
        binding_.fail("{} needs the kind that it goes over, as in over = {}", op().name,
                      kinds.empty() ? std::string_view("class") : kinds.back());
    }

    void check_new_axis() const {
        for (std::size_t i = 0; i < call_.operands.size(); ++i) {
            const Value& value = graph_.value(call_.operands[i]);
            if (std::ranges::find(value.type.axes, *call_.over, &Axis::kind) == value.type.axes.end()) continue;
            binding_.fail("{} is {}, which has an axis {} already; {} makes a new axis, of another kind, and concat joins "
                          "tensors along one that they have",
                          spoken(op().operands[i], value), to_string(value.type), call_.over->name(), op().name);
        }
    }

    /// Refuses what mixes samples; a mean over nothing but the batch is a loss.
    void check_remaining_axes() const {
        if (!call_.over) return;
        for (const auto& [kind, why] : op().refuse_over) {
            if (kind != call_.over->name()) continue;
            const TensorType& type = graph_.value(call_.operands[0]).type;
            bool others = std::ranges::any_of(type.axes, [&](const Axis& axis) { return axis.kind != *call_.over; });
            if (op().over_all && !others) continue;
            binding_.fail("{} over {} of {} ({}): {}", op().name, kind, op().operands[0], to_string(type), why);
        }
    }

    std::size_t place_of(const std::string& operand) const {
        return ricci::place_of(op().operands, operand);
    }

    /// An axis of the signature, or "feature TOTAL": one that the op makes.
    Axis axis_named(const std::string& name) const {
        const std::size_t space = name.find(' ');
        if (space == std::string::npos) {
            const BoundAxis& axis = binding_.names.at(name).at(0);
            return {axis.kind, axis.extent};
        }
        const std::string kind = name.substr(0, space);
        return {kind == "over" ? *call_.over : Kind::named(kind),
                static_cast<std::int64_t>(binding_.constants.at(name.substr(space + 1)))};
    }

    /// The id that the op leaves out, where it is none of these positions.
    std::optional<std::int64_t> ignored_beside(const Axis& numbered) const {
        if (op().ignored_by.empty()) return std::nullopt;
        const auto id = static_cast<std::int64_t>(binding_.constants.at(op().ignored_by));
        return id >= 0 && id < numbered.extent ? std::nullopt : std::optional(id);
    }

    /// Refuses an input that numbers other positions already, or has another id ignored.
    void check_positions() const {
        for (const auto& [operand, axis] : op().positions) {
            const Value& value = graph_.value(call_.operands[place_of(operand)]);
            const bool made = axis.contains(' ');
            if (!made && binding_.names.at(axis).size() != 1) {
                binding_.fail("{} numbers one axis, but {} and {}", spoken(operand, value),
                              binding_.names.at(axis)[0].said_by, binding_.names.at(axis)[1].said_by);
            }
            const Axis numbered = axis_named(axis);
            const std::optional<std::int64_t> ignored = ignored_beside(numbered);
            if (ignored && value.ignored && *ignored != *value.ignored) {
                binding_.fail("{} has {} ignored, but {} ignores {}; give each its own input", spoken(operand, value),
                              *value.ignored, op().name, *ignored);
            }
            if (value.fixed) {
                Value tried = value;
                tried.ignored = ignored;
                if (auto why = why_no_positions(tried, numbered.extent))
                    binding_.fail("{} numbers {}, but {}", spoken(operand, value), to_string(numbered), *why);
            }
            if (!value.numbers || *value.numbers == numbered) continue;
            binding_.fail("{} numbers {}, but {}; give each its own input", spoken(operand, value), to_string(*value.numbers),
                          made ? fmt::format("{} takes positions of {}", op().name, to_string(numbered)) : binding_.names.at(axis).at(0).said_by);
        }
    }

    void set_attributes() {
        for (const OpAttribute& attribute : op().attributes) binding_.constants[attribute.name] = attribute.standard;
        for (bool exact : {false, true}) {  // a name of its own wins over that of a family
            for (const auto& [name, number] : call_.attributes) {
                bool found = false;
                for (const OpAttribute& attribute : op().attributes) {
                    bool own = attribute.name == name;
                    bool family = !own && attribute.name.starts_with(name + "_");
                    if (exact ? own : family) binding_.constants[attribute.name] = number;
                    found |= own || family;
                }
                if (!found) report_attribute(name);
            }
        }
        for (const OpAttribute& attribute : op().attributes) {
            double number = binding_.constants.at(attribute.name);
            const bool given = std::ranges::any_of(call_.attributes, [&](const auto& one) {
                return one.first == attribute.name || attribute.name.starts_with(one.first + "_");
            });
            if (std::isnan(number) && !given) binding_.fail("{} needs {}: {}", op().name, attribute.name, attribute.doc);
            const bool bounded = attribute.integer || attribute.least > -std::numeric_limits<double>::infinity();
            if (std::isnan(number) && bounded) binding_.fail("{} is nan; a number is needed", attribute.name);
            if (attribute.integer && number != std::trunc(number)) {
                binding_.fail("{} is {}; an integer is needed", attribute.name, number);
            }
            if (attribute.integer && number > kMostOfAttribute) {
                binding_.fail("{} is {:.0f}; at most {:.0f} is allowed", attribute.name, number, kMostOfAttribute);
            }
            if (attribute.integer && number < std::max(attribute.least, -kMostOfAttribute)) {
                binding_.fail("{} is {:.0f}; at least {:.0f} is needed{}{}", attribute.name, number,
                              std::max(attribute.least, -kMostOfAttribute), attribute.instead.empty() ? "" : "; ",
                              attribute.instead);
            }
            if (attribute.element && binding_.operands[0].type.dtype == boolean && number != 0 && number != 1) {
                binding_.fail("{} is {}, but {} is bool; write true or false", attribute.name, number,
                              binding_.operands[0].spoken);
            }
            if (number < attribute.least)
                binding_.fail("{} is {}; at least {} is needed", attribute.name, number, attribute.least);
        }
    }

    [[noreturn]] void report_attribute(const std::string& name) const {
        std::vector<std::string> names;
        for (const OpAttribute& attribute : op().attributes) names.push_back(attribute.name);
        if (names.empty()) binding_.fail("{} has no attribute {}; it has none", op().name, name);
        binding_.fail("{} has no attribute {}; it has {}", op().name, name, fmt::join(names, ", "));
    }

    void set_constants() {
        for (const surface::Equation& line : parse_equations(op().constants, op().name, 1)) {
            binding_.constants[line.result] = evaluate(binding_, line.body);
        }
        for (const OpRequirement& requirement : op().requirements) {
            if (evaluate(binding_, requirement.condition) == 0) binding_.fail("{}", filled_in(requirement.message));
        }
        for (const auto& [name, value] : binding_.constants) {
            if (value == std::trunc(value) && std::fabs(value) < 1e15)
                scope_.constants[name] = static_cast<std::int64_t>(value);
        }
    }

    /// "{x.c}" gives the place of an axis, "{x}" how an operand is called, any other braces the value of an expression.
    std::string filled_in(const std::string& message) const {
        std::string text;
        for (std::size_t at = 0; at < message.size();) {
            std::size_t open = message.find('{', at);
            text += message.substr(at, open - at);
            if (open == std::string::npos) break;
            std::size_t close = message.find('}', open);
            text += filled_in_part(message.substr(open + 1, close - open - 1));
            at = close + 1;
        }
        return text;
    }

    std::string filled_in_part(const std::string& part) const {
        std::size_t dot = part.find('.');
        if (const BoundOperand* operand = binding_.operand(part.substr(0, dot))) {
            if (dot == std::string::npos) return operand->spoken;
            const auto& entries = operand->pattern.entries;
            auto entry = std::ranges::find(entries, part.substr(dot + 1), &OperandPattern::Entry::name);
            RICCI_CHECK(entry != entries.end(), "op {}: no axis {}", op().name, part);
            return std::to_string(operand->axes[place_at(entries, entry)].at(0));
        }
        return fmt::format("{}", evaluate(binding_, part));
    }

    const std::string& equations() const {
        for (const auto& [condition, text] : op().cases) {
            if (evaluate(binding_, condition) != 0) return text;
        }
        return op().equations;
    }

    /// A name that no value has; that of a declared result without an equation is taken.
    std::string free_name(const std::string& wanted) const {
        std::string name = wanted;
        for (int i = 2;; ++i) {
            ValueId id = graph_.find(name);
            if (id < 0) return name;
            bool open = graph_.value(id).role == Role::temporary && graph_.writer(id) < 0;
            if (open && wanted == call_.result) return name;
            name = fmt::format("{}.{}", wanted, i);
        }
    }

    ValueId add_equations() {
        for (std::size_t i = 0; i < call_.operands.size(); ++i) {
            scope_.values[op().operands[i]] = call_.operands[i];
            scope_.spoken[op().operands[i]] = binding_.operands[i].spoken;
        }
        scope_.subject = binding_.subject;
        std::string result_name = free_name(call_.result.empty() ? op().name : call_.result);
        Orders orders;
        ValueId result = -1;
        for (const surface::Equation& written : parse_equations(equations(), op().name, 1)) {
            check_extents(written);
            surface::Equation equation = expand(binding_, written, orders);
            bool last = written.result == "y";
            equation.result = last ? result_name : free_name(result_name + "." + written.result);
            equation.location = call_.location;
            if (last) {
                equation.op = op().name;
                equation.type = result_type(orders.at("y"));
            }
            std::size_t first = graph_.equations.size();
            result = elaborate(graph_, equation, scope_);
            for (std::size_t i = first; i < graph_.equations.size(); ++i) drop_needless_padding(graph_.equations[i]);
            scope_.values[written.result] = result;
        }
        return result;
    }

    std::optional<TensorType> result_type(const std::vector<std::size_t>& order) const {
        if (op().result.empty()) return std::nullopt;
        surface::Equation parsed = parse_equation(op().result + " = 0", op().name, 1);
        check_extents(parsed);
        std::vector<Axis> axes;
        for (const surface::IndexExpr& at : parsed.left) {
            if (at.form == surface::IndexExpr::Form::ellipsis) {
                for (const BoundAxis& axis : binding_.shared) axes.push_back({axis.kind, axis.extent});
                continue;
            }
            auto decl = std::ranges::find(parsed.left_decls, at.name, &surface::IndexDecl::name);
            if (decl != parsed.left_decls.end()) {
                axes.push_back({*decl->kind, scope_.constants.at(decl->extent->name)});
            } else {
                for (const BoundAxis& axis : binding_.names.at(at.name)) axes.push_back({axis.kind, axis.extent});
            }
        }
        TensorType type{.dtype = computed(binding_.operands[0].type.dtype), .axes = {}};
        for (std::size_t from : order) type.axes.push_back(axes[from]);
        return type;
    }

    /// Extents of the result are computed: says how, when one is below 1.
    void check_extents(const surface::Equation& written) const {
        for (const auto* decls : {&written.left_decls, &written.where}) {
            for (const surface::IndexDecl& decl : *decls) {
                if (!decl.extent || decl.extent->form != surface::IndexExpr::Form::name) continue;
                double extent = binding_.constants.at(decl.extent->name);
                // A computed -1 is no open extent: only the batch has one.
                const bool may_be_open = !decl.kind || binding_.said(*decl.kind) == kinds::batch();
                if (extent >= 1 || (extent == kOpen && may_be_open)) continue;
                binding_.fail("the {} of the result would be {}: {}",
                              decl.kind ? binding_.said(*decl.kind).name() : decl.name, extent,
                              derivation(decl.extent->name));
            }
        }
    }

    /// "P = floor((H - DY) / stride_h) + 1 with DY 5, H 4, stride_h 1".
    std::string derivation(const std::string& name) const {
        std::string_view text = op().constants;
        std::size_t begin = text.find(name + "[] = ");
        if (begin == std::string_view::npos) return fmt::format("{} is {}", name, binding_.constants.at(name));
        std::string_view formula = text.substr(begin + name.size() + 5);
        formula = formula.substr(0, formula.find('\n'));
        std::vector<std::string> numbers;
        for (const auto& [constant, value] : binding_.constants) {
            if (mentions(formula, constant)) numbers.push_back(fmt::format("{} {}", constant, value));
        }
        return fmt::format("{} = {} with {}", name, formula, fmt::join(numbers, ", "));
    }

    static bool mentions(std::string_view text, std::string_view name) {
        auto part_of_name = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        };
        for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
            std::size_t end = at + name.size();
            if ((at == 0 || !part_of_name(text[at - 1])) && (end == text.size() || !part_of_name(text[end])))
                return true;
        }
        return false;
    }

    bool inside(const std::vector<Affine>& at, const TensorType& type, const Equation& equation) const {
        std::vector<std::int64_t> extents = equation.extents();
        for (std::size_t axis = 0; axis < at.size(); ++axis) {
            auto [low, high] = range(at[axis], extents);
            std::int64_t extent = type.axes[axis].extent;
            if (low < 0 || high >= (extent == kOpen ? 1 : extent)) return false;
        }
        return true;
    }

    /// A convolution without padding reads plainly, and its scatter has nothing to clip.
    void drop_needless_padding(Equation& equation) const {
        if (equation.clipped && inside(equation.left, graph_.value(equation.result).type, equation))
            equation.clipped = false;
        equation.body = rewrite(equation.body, [&](const ExprRef& node) -> ExprRef {
            if (node->form != Expr::Form::access || !node->access.pad) return nullptr;
            if (!inside(node->access.at, graph_.value(node->access.tensor).type, equation)) return nullptr;
            Access plain = node->access;
            plain.pad.reset();
            return element(std::move(plain), node->dtype);
        });
    }

    Graph& graph_;
    const OpCall& call_;
    std::optional<Op> made_{};  // of an op of any number of operands
    Binding binding_;
    Scope scope_{};
};

}  // namespace

ValueId instantiate(Graph& graph, const OpCall& call) {
    return Instantiation(graph, call).append_equations();
}

}  // namespace ricci::ir
