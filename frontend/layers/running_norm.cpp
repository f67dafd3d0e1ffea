// Writes the equations: statistics of the batch, which of both to take, and what the running ones become.
#include "frontend/layers/running_norm.h"

#include <fmt/ranges.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "frontend/layers/layer_parts.h"
#include "frontend/model/attempt.h"
#include "frontend/model/initial_values.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ir/elaborate/elaborate.h"
#include "ir/surface/surface_parser.h"

namespace ricci::detail {

Tensor running_norm(const TensorAt& x, const AxisName& kind, const BatchNormOptions& options) {
    const Location where = Location::of(x.where);
    const std::shared_ptr<ModelState> model = common_model("batch_norm", {x.tensor}, where);
    Attempt layer(model);
    const std::string name = layer_name(model, "batch_norm", options.name, "norm", where);
    const std::string subject = fmt::format("batch_norm \"{}\"", name);
    if (!(options.running > 0 && options.running <= 1))
        user_error(where, "{}: running is {}; it is a share from 0 to 1, and 0 keeps no statistics", subject, options.running);
    if (!(options.eps >= 0)) user_error(where, "{}: eps is {}; it is at least 0", subject, options.eps);
    const Axis along = axis_of(subject, x.tensor, kind, "", where);
    const ir::TensorType type = x.tensor.type();
    const std::string real(name_of(type.dtype));

    std::map<std::string, ir::ValueId> values = {{"x", Internals::id(x.tensor)}, {"training", training_of(*model)}};
    const auto parameter = [&](const char* part, const Initializer& initializer) {
        values[part] = Internals::id(add_parameter(model, fmt::format("{}.{}", name, part), type.dtype, {along}, initializer, where));
    };
    const auto state = [&](const char* part, const Initializer& initializer) {
        const std::string own = fmt::format("{}.{}", name, part);
        model->claim("state", own, where);
        const ir::TensorType of{type.dtype, {along}};
        values[part] = model->graph.add({.name = own, .type = of, .role = ir::Role::state,
                                         .initial = resolve(initializer, fmt::format("state \"{}\"", own), of, where), .location = where});
    };
    parameter("scale", constant(1));
    parameter("shift", zeros());
    state("running_mean", zeros());
    state("running_variance", constant(1));

    // The axes' names, that of `along`, and how many elements each of its positions has.
    std::vector<std::string> axes, others;
    std::string own, open, count = "1";  // `open`: the batch, where each call says how large it is
    std::int64_t fixed = 1;
    const std::vector<ir::surface::IndexExpr> names = index_names(type.axes);
    for (std::size_t axis = 0; axis < names.size(); ++axis) {
        axes.push_back(names[axis].name);
        if (type.axes[axis].kind == along.kind) {
            own = names[axis].name;
            continue;
        }
        others.push_back(names[axis].name);
        if (type.axes[axis].extent == ir::kOpen) {
            open = names[axis].name;
            count = fmt::format("{}(extent({}))", real, open);
        } else {
            fixed *= type.axes[axis].extent;
        }
    }
    if (others.empty()) user_error(where, "{}: {} is {}, which leaves nothing to take a mean of", subject, x.tensor.name(), to_string(type));
    const std::string all = fmt::format("{}", fmt::join(axes, ", ")), over = fmt::format("{}", fmt::join(others, ", "));
    const std::string points = fmt::format("({} * {})", count, fixed);

    const auto add = [&](const std::string& result, const std::string& at, const std::string& body) {
        ir::surface::Equation equation = ir::parse_equation(fmt::format("{}[{}] = {}", result, at, body), "batch_norm", 1);
        equation.type = at == all ? type : ir::TensorType{type.dtype, {along}};
        equation.location = where;
        return ir::elaborate(model->graph, equation, {.constants = {}, .values = values, .subject = subject});
    };
    values["mean"] = add(name + ".mean", own, fmt::format("sum({}) (x[{}] / {})", over, all, points));
    values["variance"] = add(name + ".variance", own, fmt::format("sum({0}) ((x[{1}] - mean[{2}]) * (x[{1}] - mean[{2}]) / {3})",
                                                                  over, all, own, points));
    const ir::ValueId result = add(
        name, all,
        fmt::format("(x[{0}] - select(training[], mean[{1}], running_mean[{1}])) / "
                    "sqrt(select(training[], variance[{1}], running_variance[{1}]) + {2}) * scale[{1}] + shift[{1}]",
                    all, own, options.eps));
    // The unbiased variance, as PyTorch keeps it; of one element it is 0 here.
    std::string points_now = fmt::format("{}", fixed);
    if (!open.empty()) {
        ir::surface::Equation number = ir::parse_equation(
            fmt::format("{0}.points[] = max({1}: batch ?) {2}(extent({1})) * {3}", name, open, real, fixed), "batch_norm", 1);
        number.type = ir::TensorType{type.dtype, {}};
        values["points"] = ir::elaborate(model->graph, number, {.constants = {}, .values = values, .subject = subject});
        points_now = "points[]";
    }
    const double keep = 1 - options.running;
    const auto update = [&](const char* part, const std::string& now) {
        const ir::ValueId next = add(fmt::format("{}.{}.next", name, part), own,
                                     fmt::format("{} * {}[{}] + {} * {}", keep, part, own, options.running, now));
        model->graph.updates.push_back({values[part], next});
    };
    update("running_mean", fmt::format("mean[{}]", own));
    update("running_variance", fmt::format("variance[{0}] * ({1} / max({1} - 1, 1))", own, points_now));
    return layer.keep(tensor_of(model, result));
}

}  // namespace ricci::detail
