// Cells as linear layers and gates; sequences as one step after the other.
#include "ricci/recurrent.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "frontend/layers/layer_equations.h"
#include "frontend/layers/layer_parts.h"
#include "frontend/model/attempt.h"
#include "frontend/model/model_state.h"
#include "ricci/arithmetic.h"
#include "ricci/notation.h"
#include "ricci/pieces.h"

namespace ricci {
namespace {

constexpr AxisName kTime{"time"};

const char* word_of(RecurrentCell::Form form) {
    return form == RecurrentCell::Form::lstm ? "lstm" : "gru";
}

/// Step t of x, [batch, feature].
Tensor step_of(const Tensor& x, std::int64_t step, const std::string& name, const Location& where) {
    const auto model = detail::common_model("step", {x}, where);
    detail::LayerEquations equations(model, fmt::format("{}.x{}", name, step), where);
    equations.give("x", x);
    std::string at;
    for (const Axis& axis : x.type().axes) {
        at += at.empty() ? "" : ", ";
        at += axis.kind == Kind(batch) ? "b" : axis.kind == Kind(kTime) ? fmt::format("{}", step) : "f";
    }
    return equations.add("y", fmt::format("y[b, f] = x[{}]", at));
}

Tensor along_time(RecurrentCell::Form form, const TensorAt& x, const RecurrentOptions& options) {
    const Location where = Location::of(x.where);
    const auto model = detail::common_model(word_of(form), {x.tensor}, where);
    detail::Attempt layer(model);
    RecurrentOptions named = options;
    named.name = detail::layer_name(model, word_of(form), options.name, word_of(form), where);
    const std::string what = fmt::format("{} \"{}\"", word_of(form), named.name);
    const std::int64_t steps = detail::axis_of(what, x.tensor, kTime, "", where).extent;
    if (x.tensor.rank() != 3 || !x.tensor.type().axis_of(batch)) {
        user_error(where, "{}: {} is {}; it takes batch, time and feature", what, x.tensor.name(), to_string(x.tensor.type()));
    }
    const RecurrentCell cell(form, x, named);
    std::vector<Tensor> hidden;
    RecurrentState state;
    for (std::int64_t i = 0; i < steps; ++i) {
        const std::int64_t step = options.reversed ? steps - 1 - i : i;
        state = cell({step_of(x.tensor, step, named.name, where), x.where}, state);
        hidden.push_back(state.hidden);
    }
    if (options.reversed) std::ranges::reverse(hidden);
    std::vector<Kind> order;
    for (const Axis& axis : x.tensor.type().axes) order.push_back(axis.kind);
    return layer.keep(transpose({stack(hidden, kTime, x.where), x.where}, order));
}

}  // namespace

RecurrentCell::RecurrentCell(Form form, TensorAt x, const RecurrentOptions& options) : form_(form), hidden_(options.hidden) {
    const Location where = Location::of(x.where);
    const auto model = detail::common_model(word_of(form), {x.tensor}, where);
    name_ = options.name.empty() ? model->number(word_of(form)) : options.name;
    const std::string what = fmt::format("{} \"{}\"", word_of(form), name_);
    detail::check_at_least(what, "hidden", hidden_, 1, where);
    const std::int64_t gates = (form == Form::lstm ? 4 : 3) * hidden_;
    const Axis in = detail::axis_of(what, x.tensor, feature, "", where);
    const double bound = 1 / std::sqrt(static_cast<double>(hidden_));
    const auto parameter = [&](const char* part, std::vector<Axis> axes) {
        return detail::add_parameter(model, fmt::format("{}.{}", name_, part), x.tensor.dtype(), std::move(axes),
                                     uniform(-bound, bound), where);
    };
    input_weight_ = parameter("input.weight", {{feature, gates}, in});
    state_weight_ = parameter("state.weight", {{feature, gates}, {feature, hidden_}});
    input_bias_ = parameter("input.bias", {{feature, gates}});
    state_bias_ = parameter("state.bias", {{feature, gates}});
}

RecurrentState RecurrentCell::operator()(TensorAt x, const RecurrentState& before) const {
    const Location where = Location::of(x.where);
    const auto model = detail::common_model(name_, {x.tensor, input_weight_}, where);
    detail::Attempt step(model);
    detail::LayerEquations equations(model, model->number(name_ + ".step"), where);
    equations.give("x", x.tensor);
    equations.give("w", input_weight_);
    equations.give("v", state_weight_);
    equations.give("wb", input_bias_);
    equations.give("vb", state_bias_);
    const auto given = [&](const char* name, const Tensor& tensor) {
        if (!tensor.defined()) return false;
        equations.give(name, tensor);
        return true;
    };
    const bool has_hidden = given("h", before.hidden);
    const bool has_cell = given("c", before.cell);
    equations.add("from_x", "from_x[b, g] = (sum(i) w[g, i] * x[b, i]) + wb[g]");
    equations.add("from_h", has_hidden ? "from_h[b, g] = (sum(j) v[g, j] * h[b, j]) + vb[g]" : "from_h[g] = vb[g]");
    const auto gate = [&](const char* source, int number) {
        const bool of_x = source[5] == 'x';
        return fmt::format("{}[{}f + {}]", source, of_x || has_hidden ? "b, " : "", number * hidden_);
    };
    const auto both = [&](int number) { return gate("from_x", number) + " + " + gate("from_h", number); };
    const std::string where_f = fmt::format(" where f: feature {}", hidden_);
    RecurrentState after;
    if (form_ == Form::lstm) {
        const std::string kept = has_cell ? fmt::format("sigmoid({}) * c[b, f] + ", both(1)) : "";
        after.cell = equations.add("cell", fmt::format("cell[b, f] = {}sigmoid({}) * tanh({}){}", kept, both(0), both(2), where_f));
        after.hidden = equations.add("y", fmt::format("y[b, f] = sigmoid({}) * tanh(cell[b, f]){}", both(3), where_f));
    } else {
        equations.add("update", fmt::format("update[b, f] = sigmoid({}){}", both(1), where_f));
        const std::string fresh = fmt::format("tanh({} + sigmoid({}) * {})", gate("from_x", 2), both(0), gate("from_h", 2));
        const std::string kept = has_hidden ? " + update[b, f] * h[b, f]" : "";
        after.hidden = equations.add("y", fmt::format("y[b, f] = (1 - update[b, f]) * {}{}{}", fresh, kept, where_f));
    }
    step.keep(after.hidden);
    return after;
}

Tensor lstm(TensorAt x, const RecurrentOptions& options) {
    return along_time(RecurrentCell::Form::lstm, x, options);
}
Tensor gru(TensorAt x, const RecurrentOptions& options) {
    return along_time(RecurrentCell::Form::gru, x, options);
}

}  // namespace ricci
