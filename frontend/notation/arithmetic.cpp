// Instantiates ops of the table on tensors; numbers among operands become part of the equation.
#include "ricci/arithmetic.h"

#include <algorithm>

#include "frontend/model/attempt.h"
#include "frontend/model/internals.h"
#include "ir/elaborate/elaborate.h"
#include "ir/ops/call/instantiate.h"

namespace ricci {
namespace {

namespace surface = ir::surface;

/// result[...] = function(operands), element by element, with the axes of the tensor that has most of them. The others may
/// lack some. Numbers become part of the equation. \pre one of them is a tensor
Tensor elementwise(const std::string& op, std::string_view function, const std::vector<Operand>& operands) {
    const Location where = Location::of(operands[0].where);
    std::vector<Tensor> tensors;
    for (const Operand& operand : operands) {
        if (!operand.number) tensors.push_back(operand.tensor);
    }
    const std::shared_ptr<detail::ModelState> model = detail::common_model(op, tensors, where);
    const Tensor& widest = *std::ranges::max_element(tensors, {}, [](const Tensor& tensor) { return tensor.rank(); });
    const ir::TensorType frame = widest.type();
    detail::Attempt attempt(model);
    surface::Equation equation{.result = model->number(op), .op = op, .location = where};
    equation.left = detail::index_names(frame.axes);
    const auto term = [&](const Operand& operand) -> surface::Expr {
        if (operand.number) return {.form = surface::Expr::Form::number, .number = *operand.number};
        const ir::TensorType type = operand.tensor.type();
        surface::Expr access{.form = surface::Expr::Form::access, .name = operand.tensor.name()};
        for (std::size_t i = 0; i < type.axes.size(); ++i) {
            const auto of_kind = [&](const Axis& axis) { return axis.kind == type.axes[i].kind; };
            const bool same = type.axes.size() == frame.axes.size() && of_kind(frame.axes[i]);
            const auto found = std::ranges::find_if(frame.axes, of_kind);
            if (!same && std::ranges::count_if(frame.axes, of_kind) != 1) {
                user_error(where, "{}: {} is {} and {} is {}; {} {}; write it with indices", op, widest.name(), to_string(frame),
                           operand.tensor.name(), to_string(type), type.axes[i].kind.name(),
                           found == frame.axes.end() ? "is an axis of the second alone" : "is an axis twice");
            }
            access.at.push_back(equation.left[same ? i : static_cast<std::size_t>(found - frame.axes.begin())]);
        }
        return access;
    };
    equation.body = {.form = surface::Expr::Form::call, .name = std::string(function)};
    for (const Operand& operand : operands) equation.body.args.push_back(term(operand));
    return attempt.keep(detail::tensor_of(model, ir::elaborate(model->graph, equation)));
}

/// \throws UserError where each operand has a kind that the other lacks: repeating both is an outer product, and more
/// often a mix-up of kinds.
void check_nested(const char* op, const Tensor& a, const Tensor& b, const Location& where) {
    auto lacks = [](const Tensor& x, const Tensor& other) -> std::optional<Axis> {
        const ir::TensorType type = x.type();
        for (const Axis& axis : other.type().axes) {
            if (!type.axis_of(axis.kind)) return axis;
        }
        return std::nullopt;
    };
    const std::optional<Axis> of_b = lacks(a, b);
    const std::optional<Axis> of_a = lacks(b, a);
    if (!of_a || !of_b) return;
    user_error(
        where,
        "{}: {} is {} and {} is {}: one has no {}, the other no {}; if all pairs of the two are meant, write it with "
        "indices",
        op, a.name(), to_string(a.type()), b.name(), to_string(b.type()), of_b->kind.name(), of_a->kind.name());
}

Tensor binary(const char* op, ir::Scalar function, const Operand& a, const Operand& b) {
    if (!a.number && !b.number) {
        detail::common_model(op, {a.tensor, b.tensor}, Location::of(a.where));
        check_nested(op, a.tensor, b.tensor, Location::of(a.where));
        return apply(op, {a.tensor, b.tensor}, {}, a.where);
    }
    return elementwise(op, ir::info(function).name, {a, b});
}

}  // namespace

Tensor apply(std::string_view op, const std::vector<Tensor>& operands, const ApplyOptions& options,
             std::source_location where) {
    Location location = Location::of(where);
    std::shared_ptr<detail::ModelState> model = detail::common_model(op, operands, location);
    if (!model) user_error(location, "{}: no operands", op);
    detail::Attempt attempt(model);
    if (!options.name.empty()) model->claim(op, options.name, location);
    ir::OpCall call{.op = std::string(op), .operands = {}, .attributes = options.attributes, .over = options.over};
    for (const Tensor& operand : operands) call.operands.push_back(detail::Internals::id(operand));
    call.result = options.name.empty() ? model->number(call.op) : options.name;
    call.location = location;
    return attempt.keep(detail::tensor_of(model, ir::instantiate(model->graph, call)));
}

Tensor operator+(Operand a, Operand b) {
    return binary("add", ir::Scalar::add, a, b);
}
Tensor operator-(Operand a, Operand b) {
    return binary("sub", ir::Scalar::sub, a, b);
}
Tensor operator*(Operand a, Operand b) {
    return binary("mul", ir::Scalar::mul, a, b);
}
Tensor operator/(Operand a, Operand b) {
    return binary("div", ir::Scalar::div, a, b);
}
Tensor pow(Operand a, Operand b) {
    return binary("pow", ir::Scalar::pow, a, b);
}
Tensor mod(Operand a, Operand b) {
    return binary("mod", ir::Scalar::mod, a, b);
}
Tensor atan2(Operand y, Operand x) {
    return binary("atan2", ir::Scalar::atan2, y, x);
}
Tensor minimum(Operand a, Operand b) {
    return binary("minimum", ir::Scalar::min, a, b);
}
Tensor maximum(Operand a, Operand b) {
    return binary("maximum", ir::Scalar::max, a, b);
}

Tensor clip(TensorAt x, Operand low, Operand high) {
    return minimum(maximum({x.tensor, x.where}, std::move(low)), std::move(high));
}

Tensor operator<(Operand a, Operand b) {
    return elementwise("less", "less", {a, b});
}
Tensor operator<=(Operand a, Operand b) {
    return elementwise("less_equal", "less_equal", {a, b});
}
Tensor operator>(Operand a, Operand b) {
    return elementwise("greater", "greater", {a, b});
}
Tensor operator>=(Operand a, Operand b) {
    return elementwise("greater_equal", "greater_equal", {a, b});
}
Tensor equal(Operand a, Operand b) {
    return elementwise("equal", "equal", {a, b});
}
Tensor not_equal(Operand a, Operand b) {
    return elementwise("not_equal", "not_equal", {a, b});
}
Tensor select(TensorAt condition, Operand if_true, Operand if_false) {
    return elementwise("select", "select", {{condition.tensor, condition.where}, if_true, if_false});
}

Tensor operator-(TensorAt x) {
    return apply("neg", {x.tensor}, {}, x.where);
}
#define RICCI_SCALAR_TENSOR(name, meaning) \
    Tensor name(TensorAt x) { return apply(#name, {x.tensor}, {}, x.where); }
RICCI_SCALAR_FUNCTIONS(RICCI_SCALAR_TENSOR)
#undef RICCI_SCALAR_TENSOR
#define RICCI_SCALAR_COMPOSED_TENSOR(name) \
    Tensor name(TensorAt x) { return apply(#name, {x.tensor}, {}, x.where); }
RICCI_SCALAR_COMPOSITIONS(RICCI_SCALAR_COMPOSED_TENSOR)
#undef RICCI_SCALAR_COMPOSED_TENSOR

}  // namespace ricci
