// Look-ups as layers: ops of the table where one says it, else an equation of the kinds of the operands.
#include "ricci/look_ups.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/layers/layer_parts.h"
#include "frontend/model/attempt.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ir/elaborate/elaborate.h"
#include "ricci/arithmetic.h"

namespace ricci {
namespace {

using detail::Internals;
using State = std::shared_ptr<detail::ModelState>;
using Written = ir::surface::Expr;
using ir::surface::IndexExpr;

bool has(const Tensor& x, Kind kind) { return x.type().axis_of(kind).has_value(); }

Tensor defined_by(const State& model, const char* what, ir::surface::Equation equation, const Location& where) {
    detail::Attempt attempt(model);
    equation.result = model->number(what);
    equation.location = where;
    return attempt.keep(detail::tensor_of(model, ir::elaborate(model->graph, equation)));
}

Written element(const Tensor& x, std::vector<IndexExpr> at) {
    return {.form = Written::Form::access, .name = x.name(), .at = std::move(at)};
}

/// Sum of losses over the sum of the factors that they have.
Tensor mean_of(const char* op, const TensorAt& x, const Tensor& labels, const LabelLossOptions& options,
               std::map<std::string, double> attributes) {
    const Location where = Location::of(x.where);
    const State model = detail::common_model(op, {x.tensor, labels}, where);
    detail::Attempt layer(model);
    Tensor weight;
    if (options.weight) {
        weight = *options.weight;
    } else {  // a factor of 1 for each class
        const std::optional<std::size_t> axis = x.tensor.type().axis_of(classes);
        const Axis along = axis ? x.tensor.type().axes[*axis] : detail::axis_of(op, x.tensor, classes, "", where);
        ir::surface::Equation ones{.result = {}, .type = TensorType{x.tensor.dtype(), {along}}};
        ones.left = detail::index_names({along});
        ones.body = {.form = Written::Form::number, .number = 1};
        weight = defined_by(model, "factors", std::move(ones), where);
    }
    attributes["ignored"] = static_cast<double>(options.ignored.value_or(-1));
    const Tensor losses = apply(op, {x.tensor, labels, weight}, {.attributes = attributes}, x.where);
    // Where no label is ignored all are classes, and a look-up has each call checked.
    const Tensor factors =
        options.ignored ? apply("label_weights", {labels, weight}, {.attributes = {{"ignored", attributes["ignored"]}}}, x.where)
                        : apply("gather", {labels, weight}, {.over = Kind(classes)}, x.where);
    return layer.keep(apply("div", {apply("sum", {losses}, {}, x.where), apply("sum", {factors}, {}, x.where)}, {}, x.where));
}

}  // namespace

Tensor embedding(TensorAt ids, const Axis& rows, const Axis& out, const EmbeddingOptions& options) {
    const Location where = Location::of(ids.where);
    const State model = detail::common_model("embedding", {ids.tensor}, where);
    detail::Attempt layer(model);
    const std::string name = detail::layer_name(model, "embedding", options.name, "embedding", where);
    detail::check_axes(fmt::format("embedding \"{}\"", name), {rows, out}, where);
    Tensor weight = detail::add_parameter(model, name + ".weight", options.dtype, {rows, out}, options.initializer, where);
    return layer.keep(apply("gather", {ids.tensor, weight}, {.over = rows.kind, .name = name}, ids.where));
}

Tensor embedding(TensorAt ids, const Axis& out, const EmbeddingOptions& options) {
    const Location where = Location::of(ids.where);
    const State model = detail::common_model("embedding", {ids.tensor}, where);
    const std::optional<Axis>& numbers = model->graph.value(Internals::id(ids.tensor)).numbers;
    if (!numbers) {
        user_error(where, "embedding: {} does not say what it numbers; declare it, as in m.input(\"{}\", i32, "
                   "of(axis(\"vocab\", 65)), ...), or give the axis of the rows", ids.tensor.name(), ids.tensor.name());
    }
    if (numbers->extent == ir::kOpen) {
        user_error(where, "embedding: {} numbers the samples of a call, and a table has a row for each position; give the axis of "
                   "the rows", ids.tensor.name());
    }
    return embedding(ids, Axis(*numbers), out, options);
}

Tensor gather(TensorAt x, Tensor ids, Kind over) {
    return apply("gather", {ids, x.tensor}, {.over = over}, x.where);
}

Tensor take_along(TensorAt x, Tensor ids, Kind over) {
    const Location where = Location::of(x.where);
    detail::common_model("take_along", {x.tensor, ids}, where);
    for (const Axis& axis : x.tensor.type().axes) {
        if (axis.kind == over || has(ids, axis.kind)) continue;
        user_error(where, "take_along over {}: {} has {}, but {} has no such axis; gather takes the same positions for all of it",
                   over.name(), x.tensor.name(), to_string(axis), ids.name());
    }
    return apply("gather", {ids, x.tensor}, {.over = over}, x.where);
}

Tensor index_select(TensorAt x, Tensor ids, Kind over) {
    const Location where = Location::of(x.where);
    detail::common_model("index_select", {x.tensor, ids}, where);
    const TensorType type = ids.type();
    if (type.rank() != 1 || has(x.tensor, type.axes[0].kind)) {
        user_error(where, "index_select over {}: {} is {}; it takes ids with one axis, of a kind that {} does not have",
                   over.name(), ids.name(), to_string(type), x.tensor.name());
    }
    return apply("gather", {ids, x.tensor}, {.over = over}, x.where);
}

Tensor one_hot(TensorAt ids, const Axis& along, DType dtype) {
    const Location where = Location::of(ids.where);
    const State model = detail::common_model("one_hot", {ids.tensor}, where);
    detail::check_axes("one_hot", {along}, where);
    if (!is_integer(ids.tensor.dtype())) {
        user_error(where, "one_hot: {} is {}; ids are i32 or i64", ids.tensor.name(), name_of(ids.tensor.dtype()));
    }
    std::vector<Axis> axes = ids.tensor.type().axes;
    axes.push_back(along);
    std::vector<IndexExpr> left = detail::index_names(axes);
    const std::vector<IndexExpr> at(left.begin(), left.end() - 1);
    Written equal{.form = Written::Form::call, .name = "equal"};
    equal.args = {element(ids.tensor, at), {.form = Written::Form::name, .name = left.back().name}};
    Written body{.form = Written::Form::call, .name = std::string(name_of(dtype))};
    body.args = {std::move(equal)};
    return defined_by(model, "one_hot",
                      {.result = {}, .type = TensorType{dtype, axes}, .left = left, .body = std::move(body)}, where);
}

Tensor scatter_add(TensorAt values, Tensor ids, const Axis& along) {
    const Location where = Location::of(values.where);
    const State model = detail::common_model("scatter_add", {values.tensor, ids}, where);
    detail::check_axes("scatter_add", {along}, where);
    const std::vector<Axis> axes = values.tensor.type().axes;
    const std::vector<IndexExpr> names = detail::index_names(axes);
    std::vector<IndexExpr> at;  // of the ids
    for (const Axis& axis : ids.type().axes) {
        const auto found = std::ranges::find(axes, axis.kind, &Axis::kind);
        if (found == axes.end()) {
            user_error(where, "scatter_add: {} has {}, but {} has no such axis; each id is one of a value", ids.name(),
                       to_string(axis), values.tensor.name());
        }
        at.push_back(*(names.begin() + (found - axes.begin())));
    }
    TensorType type{values.tensor.dtype(), {along}};
    std::vector<IndexExpr> left = {
        {.form = IndexExpr::Form::data, .data = std::make_shared<const Written>(element(ids, at))}};
    for (std::size_t i = 0; i < axes.size(); ++i) {
        if (std::ranges::find(at, names[i].name, &IndexExpr::name) != at.end()) continue;
        type.axes.push_back(axes[i]);
        left.push_back(names[i]);
    }
    return defined_by(model, "scatter_add",
                      {.result = {}, .type = type, .left = left, .reduce = ir::Reduce::sum, .body = element(values.tensor, names)},
                      where);
}

Tensor mean_cross_entropy(TensorAt logits, Tensor labels, const LabelLossOptions& options) {
    return mean_of("ignoring_cross_entropy", logits, labels, options, {{"label_smoothing", options.label_smoothing}});
}

Tensor mean_nll(TensorAt x, Tensor labels, const LabelLossOptions& options) {
    if (options.label_smoothing != 0) {
        user_error(Location::of(x.where), "mean_nll has no label_smoothing, got {}; mean_cross_entropy of the logits has it",
                   options.label_smoothing);
    }
    return mean_of("ignoring_nll", x, labels, options, {});
}

}  // namespace ricci
