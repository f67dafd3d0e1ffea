// Resolves initialisation schemes to the bounds that the graph stores.
#include "frontend/model/initial_values.h"

#include <array>
#include <cmath>
#include <utility>

#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"
#include "ir/base/error.h"
#include "ricci/array.h"

namespace ricci {
namespace {

using Form = ir::Initializer::Form;

constexpr std::array<std::string_view, 7> kSchemes = {"constant", "uniform", "normal",
                                                      "glorot",   "he",      "fan_in_uniform", "values"};

/// Product of the extents of the taps.
std::int64_t window(const TensorType& weight) {
    std::int64_t window = 1;
    for (const ir::Axis& axis : weight.axes) {
        if (axis.kind.position()) window *= axis.extent;
    }
    return window;
}

ir::Initializer symmetric(double bound) {
    return {Form::uniform, -bound, bound};
}

}  // namespace

ir::Initializer detail::resolve(const Initializer& initializer, const std::string& subject, const TensorType& type,
                                const Location& where) {
    using Scheme = Initializer::Scheme;
    const auto& [scheme, a, b, table] = initializer;
    std::string_view name = kSchemes[std::to_underlying(scheme)];
    const double first = a.real();
    if (!std::isfinite(first) || !std::isfinite(b)) {
        user_error(where, "{}: initializer {}({}, {}) is not finite", subject, name, first, b);
    }
    if (auto why = misfit(a, type.dtype); why && scheme == Scheme::constant) {
        user_error(where, "{}: {}", subject, *why);
    }
    if (scheme == Scheme::values) {
        if (static_cast<std::int64_t>(table->size()) != type.count()) {
            user_error(where, "{}: {} has {} elements, but {} values are given", subject, to_string(type),
                       type.count(), table->size());
        }
        for (std::size_t i = 0; i < table->size(); ++i) {
            if (auto why = misfit((*table)[i], type.dtype)) user_error(where, "{}: value {}: {}", subject, i, *why);
        }
        return {.form = Form::table, .table = table};
    }
    // A bias has no fan: where nobody says how it begins, it is 0.
    if (scheme == Scheme::fan_in && type.rank() < 2) return {Form::constant, 0, 0};
    if (scheme >= Scheme::glorot && type.rank() < 2) {
        user_error(
            where,
            "{}: initializer {} needs the fan of 2 axes or more, but {} has {}; use zeros() or "
            "uniform(low, high)",
            subject, name, to_string(type), type.rank());
    }
    switch (scheme) {
        case Scheme::constant:
            return {Form::constant, a, 0};
        case Scheme::uniform:
            if (first > b)
                user_error(where, "{}: uniform({}, {}) is empty; give the lower bound first", subject,
                           first, b);
            return {Form::uniform, a, b};
        case Scheme::normal:
            if (b < 0)
                user_error(where, "{}: normal({}, {}) has a negative deviation", subject, first, b);
            return {Form::normal, a, b};
        case Scheme::glorot:
            return symmetric(first * std::sqrt(6.0 / static_cast<double>(fan_in(type) + fan_out(type))));
        case Scheme::he:
            return {Form::normal, 0, first * std::sqrt(2.0 / static_cast<double>(fan_in(type)))};
        case Scheme::fan_in:
            return symmetric(first / std::sqrt(static_cast<double>(fan_in(type))));
        case Scheme::values:
            break;  // above
    }
    return {};
}

Initializer constant(const Number& value) {
    return {Initializer::Scheme::constant, value, 0};
}
Initializer values(std::vector<Number> numbers) {
    return {Initializer::Scheme::values, 0, 0, std::make_shared<const std::vector<Number>>(std::move(numbers))};
}
Initializer values(const Array& array) {
    std::vector<Number> numbers;
    const runtime::Buffer& buffer = detail::Internals::buffer(array);
    with_elements(const_cast<void*>(buffer.data()), buffer.spec().dtype, [&]<typename T>(const T* elements) {
        for (std::int64_t i = 0; i < buffer.elements(); ++i) {
            if constexpr (std::is_same_v<T, Bf16>) numbers.emplace_back(static_cast<double>(elements[i]));
            if constexpr (!std::is_same_v<T, Bf16>) numbers.emplace_back(elements[i]);
        }
    });
    return values(std::move(numbers));
}
Initializer zeros() {
    return constant(0);
}
Initializer uniform(double low, double high) {
    return {Initializer::Scheme::uniform, low, high};
}
Initializer normal(double mean, double deviation) {
    return {Initializer::Scheme::normal, mean, deviation};
}
Initializer glorot(double gain) {
    return {Initializer::Scheme::glorot, gain, 0};
}
Initializer he(double gain) {
    return {Initializer::Scheme::he, gain, 0};
}
Initializer fan_in_uniform(double gain) {
    return {Initializer::Scheme::fan_in, gain, 0};
}

std::int64_t fan_in(const TensorType& weight) {
    return weight.axes.empty() ? 1 : weight.count() / weight.axes[0].extent;
}

std::int64_t fan_out(const TensorType& weight) {
    if (weight.axes.empty()) return 1;
    return weight.axes[0].extent * window(weight);
}

}  // namespace ricci
