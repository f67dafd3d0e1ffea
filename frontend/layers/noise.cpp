// Numbers each element of a tensor by its place, and asks for the random bits of that place.
#include "ricci/noise.h"

#include <cmath>

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

Tensor dropout(TensorAt x, const DropoutOptions& options) {
    const Location where = Location::of(x.where);
    const State model = detail::common_model("dropout", {x.tensor}, where);
    if (!(options.rate >= 0 && options.rate < 1))
        user_error(where, "dropout: rate is {}; it is at least 0 and below 1", options.rate);
    const ir::TensorType type = x.tensor.type();
    if (!is_float(type.dtype)) user_error(where, "dropout: {} is {}; it drops floats", x.tensor.name(), to_string(type));
    for (std::size_t axis = 1; axis < type.axes.size(); ++axis) {
        if (type.axes[axis].extent == ir::kOpen)
            user_error(where, "dropout: {} is {}; the batch is its first axis", x.tensor.name(), to_string(type));
    }
    detail::Attempt layer(model);
    std::string name = options.name;
    const int stream = ++model->counters["noise stream"];
    if (name.empty()) {
        name = model->number("dropout");
    } else {
        model->claim("dropout", name, where);
    }
    key_of(*model);
    const Places places(type);
    // Bits are numbers below 2^52: whole ones compare faster than floats, and exactly.
    const auto dropped = static_cast<std::int64_t>(std::ldexp(options.rate, 52));
    ir::surface::Equation equation = ir::parse_equation(
        fmt::format("{}[{}] = select(training[], select(random_bits(noise.key[], {}, {}) < {}, 0, {} * x[{}]), x[{}])", name,
                    places.indices, places.place, stream, dropped, 1 / (1 - options.rate), places.indices, places.indices),
        "dropout", 1);
    equation.type = type;
    equation.location = where;
    const ir::ValueId result = ir::elaborate(
        model->graph, equation,
        {.constants = {},
         .values = {{"x", detail::Internals::id(x.tensor)}, {"training", detail::training_of(*model)}},
         .subject = fmt::format("dropout \"{}\"", name)});
    return layer.keep(detail::tensor_of(model, result));
}

}  // namespace ricci
