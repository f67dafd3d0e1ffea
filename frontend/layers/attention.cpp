// Attention as equations over heads, steps and steps of the memory.
#include "ricci/attention.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "frontend/layers/layer_equations.h"
#include "frontend/layers/layer_parts.h"
#include "frontend/model/attempt.h"
#include "frontend/model/model_state.h"

namespace ricci {
namespace {

/// What a score is where a step may not be seen: far below all others, and finite.
constexpr const char* kUnseen = "-1e30";

constexpr AxisName kTime{"time"};

/// "b, " where there is a batch. Steps and features are named apart.
std::string batch_of(const Tensor& tensor) {
    return tensor.type().axis_of(batch) ? "b, " : "";
}

/// The axes of a value in their order, as indices.
std::string indices_of(const Tensor& tensor, const std::string& step, const std::string& features) {
    std::string text;
    for (const Axis& axis : tensor.type().axes) {
        text += text.empty() ? "" : ", ";
        text += axis.kind == Kind(batch) ? "b" : axis.kind == Kind(kTime) ? step : features;
    }
    return text;
}

void check_axes(const std::string& what, const Tensor& x, const Location& where) {
    for (const Axis& axis : x.type().axes) {
        if (axis.kind == Kind(batch) || axis.kind == Kind(kTime) || axis.kind == Kind(feature)) continue;
        user_error(where, "{}: {} is {}; attention takes batch, time and feature", what, x.name(), to_string(x.type()));
    }
}

/// The axes of a mask as indices: the first time is that of x. \throws UserError for axes that it has not.
std::string indices_of_mask(const std::string& what, const Tensor& mask, const Location& where) {
    std::string text;
    int times = 0;
    bool fits = mask.dtype() == boolean || is_float(mask.dtype());
    for (const Axis& axis : mask.type().axes) {
        const bool is_time = axis.kind == Kind(kTime);
        fits = fits && (is_time || axis.kind == Kind(batch) || axis.kind == Kind::named("head"));
        text += text.empty() ? "" : ", ";
        text += is_time ? (times++ == 0 ? "t" : "u") : axis.kind == Kind(batch) ? "b" : "h";
    }
    if (!fits || times != 2) {
        user_error(where, "{}: the mask {} is {}; it is bool or a float of [time, time], with a batch or a head in front if wished",
                   what, mask.name(), to_string(mask.type()));
    }
    return text;
}

}  // namespace

Tensor multi_head_attention(TensorAt x, TensorAt memory, const AttentionOptions& options) {
    const Location where = Location::of(x.where);
    const auto model = detail::common_model("multi_head_attention", {x.tensor, memory.tensor}, where);
    detail::Attempt layer(model);
    const std::string name = detail::layer_name(model, "multi_head_attention", options.name, "attention", where);
    const std::string what = fmt::format("multi_head_attention \"{}\"", name);
    detail::check_at_least(what, "heads", options.heads, 1, where);
    const Axis features = detail::axis_of(what, x.tensor, feature, "", where);
    const Axis of_memory = detail::axis_of(what, memory.tensor, feature, "", where);
    const Axis steps = detail::axis_of(what, x.tensor, kTime, "", where);
    const Axis seen_steps = detail::axis_of(what, memory.tensor, kTime, "", where);
    check_axes(what, x.tensor, where);
    check_axes(what, memory.tensor, where);
    if (features.extent != of_memory.extent) {
        user_error(where, "{}: {} has {} features, but {} has {}", what, x.tensor.name(), features.extent,
                   memory.tensor.name(), of_memory.extent);
    }
    if (features.extent % options.heads != 0) {
        user_error(where, "{}: heads is {}, which does not divide the {} features of {}", what, options.heads,
                   features.extent, x.tensor.name());
    }
    if (options.causal && steps.extent != seen_steps.extent) {
        user_error(where, "{}: causal asks for the same steps, but {} has time {} and {} time {}", what, x.tensor.name(),
                   steps.extent, memory.tensor.name(), seen_steps.extent);
    }
    const auto project = [&](const TensorAt& from, const char* part) {
        return linear(from, features.extent, {.bias = options.bias, .name = fmt::format("{}.{}", name, part)});
    };
    const Tensor query = project(x, "query");
    const Tensor key = project(memory, "key");
    const Tensor value = project(memory, "value");

    detail::LayerEquations equations(model, name, where);
    equations.give("query", query);
    equations.give("key", key);
    equations.give("value", value);
    const std::string b = batch_of(x.tensor);
    const std::int64_t size = features.extent / options.heads;
    const std::string sizes = fmt::format("where h: head {}, e: feature {}", options.heads, size);
    const std::string ask = indices_of(query, "t", "(h, e)");
    const std::string answer = indices_of(key, "u", "(h, e)");
    std::string score = fmt::format("{} * (sum(e: feature {}) query[{}] * key[{}])",
                                    1 / std::sqrt(static_cast<double>(size)), size, ask, answer);
    std::string allowed = options.causal ? "u <= t" : "";
    if (options.seen.defined()) {
        detail::common_model(what, {x.tensor, options.seen}, where);
        equations.give("seen", options.seen);
        allowed += allowed.empty() ? "" : " && ";
        allowed += fmt::format("seen[{}]", indices_of(options.seen, "u", ""));
    }
    if (options.mask.defined()) {
        detail::common_model(what, {x.tensor, options.mask}, where);
        equations.give("mask", options.mask);
        const std::string mask = fmt::format("mask[{}]", indices_of_mask(what, options.mask, where));
        if (options.mask.dtype() == boolean) allowed += (allowed.empty() ? "" : " && ") + mask;
        else score = fmt::format("{} + {}", score, mask);
    }
    if (!allowed.empty()) score = fmt::format("select({}, {}, {})", allowed, score, kUnseen);
    equations.add("score", fmt::format("score[{}h, t, u] = {} where h: head {}", b, score, options.heads));
    const std::string points = fmt::format("{}h, t, u", b);
    const std::string rows = fmt::format("{}h, t", b);
    const std::string over = fmt::format("u: time {}", seen_steps.extent);
    equations.add("peak", fmt::format("peak[{}] = max({}) score[{}]", rows, over, points));
    equations.add("weight", fmt::format("weight[{0}] = exp(score[{0}] - stop_gradient(peak[{1}]))", points, rows));
    equations.add("total", fmt::format("total[{}] = sum({}) weight[{}]", rows, over, points));
    // What all heads see, beside each other on the axis of features.
    const ir::TensorType type = x.tensor.type();
    const Tensor heads = equations.add(
        "heads", fmt::format("heads[{}] = (sum({}) weight[{}] * value[{}]) / total[{}] {}", indices_of(x.tensor, "t", "(h, e)"),
                             over, points, answer, rows, sizes), &type);
    return layer.keep(linear({heads, x.where}, features.extent, {.bias = options.bias, .name = name + ".output"}));
}

Tensor self_attention(TensorAt x, const AttentionOptions& options) {
    return multi_head_attention(x, x, options);
}

}  // namespace ricci
