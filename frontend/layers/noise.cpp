// Numbers each element of a tensor by its place, and asks for the random bits of that place.
#include "ricci/noise.h"

#include <cmath>
#include <map>
#include <utility>

#include "frontend/model/attempt.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ir/elaborate/elaborate.h"
#include "ir/surface/surface_parser.h"

namespace ricci {
namespace {

using detail::ModelState;
using State = std::shared_ptr<ModelState>;

constexpr const char* kKey = "noise.key";

ir::ValueId key_of(ModelState& model) {
    if (const ir::ValueId known = model.graph.find(kKey); known >= 0) return known;
    const ir::ValueId key =
        model.graph.add({.name = kKey, .type = {i64, {}}, .role = ir::Role::state, .initial = ir::Initializer{}});
    const ir::ValueId next = ir::elaborate(model.graph, ir::parse_equation("noise.key.next[] = noise.key[] + 1", "noise", 1));
    model.graph.updates.push_back({key, next});
    return key;
}

/// The axes' indices, and the place of an element in row-major order, as a text: "batch, feature" and "(batch) * 7 + feature".
struct Places {
    std::string indices;
    std::string place = "0";

    explicit Places(const ir::TensorType& type) {
        const std::vector<ir::surface::IndexExpr> names = detail::index_names(type.axes);
        for (std::size_t axis = 0; axis < names.size(); ++axis) {
            const std::string& name = names[axis].name;
            indices += (axis == 0 ? "" : ", ") + name;
            place = axis == 0 ? name : fmt::format("({}) * {} + {}", place, type.axes[axis].extent, name);
        }
    }
};

}  // namespace

Tensor noise_key(Model& model) {
    const State& state = detail::Internals::state(model);
    return detail::tensor_of(state, key_of(*state));
}

namespace {

/// A layer that draws: what it is called, and the equation of its result.
struct Layer {
    const char* kind;  // "dropout"
    std::string name;
    Location where;
};

/// Whether the places of a type are numbered: the batch is first, and what follows has extents.
void check_places(const Layer& layer, const std::string& of, const ir::TensorType& type) {
    for (std::size_t axis = 1; axis < type.axes.size(); ++axis) {
        if (type.axes[axis].extent == ir::kOpen)
            user_error(layer.where, "{}: {} is {}; the batch is its first axis", layer.kind, of, to_string(type));
    }
}

/// Adds the equation NAME[...] = body(indices, arguments of a function that draws: key, place, stream).
/// \param changed  what the layer changes in training alone, called x in the body, beside training; or null.
template <typename Body>
Tensor drawn(const State& model, Layer layer, const ir::TensorType& type, const Tensor* changed, const Body& body) {
    detail::Attempt attempt(model);
    std::map<std::string, ir::ValueId> values;
    if (changed != nullptr) values = {{"x", detail::Internals::id(*changed)}, {"training", detail::training_of(*model)}};
    const int stream = ++model->counters["noise stream"];
    if (layer.name.empty()) {
        layer.name = model->number(layer.kind);
    } else {
        model->claim(layer.kind, layer.name, layer.where);
    }
    key_of(*model);
    const Places places(type);
    ir::surface::Equation equation = ir::parse_equation(
        fmt::format("{}[{}] = {}", layer.name, places.indices,
                    body(places.indices, fmt::format("noise.key[], {}, {}", places.place, stream))),
        layer.kind, 1);
    equation.type = type;
    equation.location = layer.where;
    const ir::ValueId result =
        ir::elaborate(model->graph, equation,
                      {.constants = {}, .values = std::move(values), .subject = fmt::format("{} \"{}\"", layer.kind, layer.name)});
    return attempt.keep(detail::tensor_of(model, result));
}

void check_numbers(const Layer& layer, double mean, double deviation) {
    if (!std::isfinite(mean)) user_error(layer.where, "{}: mean is {}; it is finite", layer.kind, mean);
    if (!(deviation >= 0) || !std::isfinite(deviation))
        user_error(layer.where, "{}: deviation is {}; it is finite and at least 0", layer.kind, deviation);
}

}  // namespace

Tensor dropout(TensorAt x, const DropoutOptions& options) {
    const Layer layer{"dropout", options.name, Location::of(x.where)};
    const State model = detail::common_model(layer.kind, {x.tensor}, layer.where);
    if (!(options.rate >= 0 && options.rate < 1))
        user_error(layer.where, "dropout: rate is {}; it is at least 0 and below 1", options.rate);
    const ir::TensorType type = x.tensor.type();
    if (!is_float(type.dtype))
        user_error(layer.where, "dropout: {} is {}; it drops floats", x.tensor.name(), to_string(type));
    check_places(layer, x.tensor.name(), type);
    // Bits are numbers below 2^52: whole ones compare faster than floats, and exactly.
    const auto dropped = static_cast<std::int64_t>(std::ldexp(options.rate, 52));
    return drawn(model, layer, type, &x.tensor,
                 [&](const std::string& at, const std::string& bits) {
                     return fmt::format("select(training[], select(random_bits({}) < {}, 0, {} * x[{}]), x[{}])", bits, dropped,
                                        1 / (1 - options.rate), at, at);
                 });
}

Tensor gaussian_noise(TensorAt x, const GaussianNoiseOptions& options) {
    const Layer layer{"gaussian_noise", options.name, Location::of(x.where)};
    const State model = detail::common_model(layer.kind, {x.tensor}, layer.where);
    check_numbers(layer, 0, options.deviation);
    const ir::TensorType type = x.tensor.type();
    if (!is_float(type.dtype))
        user_error(layer.where, "gaussian_noise: {} is {}; it is added to floats", x.tensor.name(), to_string(type));
    check_places(layer, x.tensor.name(), type);
    return drawn(model, layer, type, &x.tensor,
                 [&](const std::string& at, const std::string& bits) {
                     return fmt::format("select(training[], x[{}] + {} * {}(random_normal({})), x[{}])", at, options.deviation,
                                        name_of(type.dtype), bits, at);
                 });
}

Tensor random_uniform(Model& model, DType dtype, const std::vector<Axis>& axes, const UniformOptions& options,
                      std::source_location where) {
    const Layer layer{"random_uniform", options.name, Location::of(where)};
    const auto& [low, high, name] = options;
    if (!std::isfinite(low) || !std::isfinite(high) || low > high)
        user_error(layer.where, "random_uniform: from {} to {}; the bounds are finite and in order", low, high);
    const ir::TensorType type{dtype, axes};
    if (!is_float(dtype)) user_error(layer.where, "random_uniform: {} is asked for; it draws floats", to_string(type));
    check_places(layer, "the result", type);
    return drawn(detail::Internals::state(model), layer, type, nullptr, [&](const std::string&, const std::string& bits) {
        return fmt::format("{}({} + {} * random_uniform({}))", name_of(dtype), low, high - low, bits);
    });
}

Tensor random_normal(Model& model, DType dtype, const std::vector<Axis>& axes, const NormalOptions& options,
                     std::source_location where) {
    const Layer layer{"random_normal", options.name, Location::of(where)};
    check_numbers(layer, options.mean, options.deviation);
    const ir::TensorType type{dtype, axes};
    if (!is_float(dtype)) user_error(layer.where, "random_normal: {} is asked for; it draws floats", to_string(type));
    check_places(layer, "the result", type);
    return drawn(detail::Internals::state(model), layer, type, nullptr, [&](const std::string&, const std::string& bits) {
        return fmt::format("{} + {} * {}(random_normal({}))", options.mean, options.deviation, name_of(dtype), bits);
    });
}

}  // namespace ricci
