// Element by element, after types and extents.
#include "frontend/program/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "frontend/model/buffers.h"
#include "passes/check/magnitudes.h"

namespace ricci {
namespace {

using runtime::Buffer;

template <typename T>
Comparison compare_exactly(const Buffer& got, const Buffer& expected) {
    const std::span<const T> a = got.span<T>();
    const std::span<const T> b = expected.span<T>();
    const auto [at, other] = std::ranges::mismatch(a, b);
    if (at == a.end()) return {};
    return {std::numeric_limits<double>::infinity(),
            fmt::format("element {} is {}, the interpreter has {}", at - a.begin(), *at, *other)};
}

}  // namespace

Tolerance tolerance_of(DType dtype) {
    if (dtype == f32) return {.of_element = 1e-4, .of_terms = 5e-5};
    if (dtype == f64) return {.of_element = 1e-10, .of_terms = 5e-11};
    return {};
}

Comparison compare(const Buffer& got, const Buffer& expected, const std::function<TermsOf()>& terms) {
    const DType dtype = expected.spec().dtype;
    if (got.spec().dtype != dtype || got.spec().extents != expected.spec().extents) {
        return {
            std::numeric_limits<double>::infinity(),
            fmt::format("machine code made {}, the interpreter {}", got.spec().describe(), expected.spec().describe())};
    }
    if (dtype == i32) return compare_exactly<std::int32_t>(got, expected);
    if (dtype == i64) return compare_exactly<std::int64_t>(got, expected);
    if (dtype == boolean) return compare_exactly<bool>(got, expected);
    double largest = 0;
    for (std::int64_t i = 0; i < expected.elements(); ++i) {
        const double value = std::abs(element_of(expected, i));
        if (std::isfinite(value)) largest = std::max(largest, value);
    }
    const auto [of_element, of_terms] = tolerance_of(dtype);
    Comparison found;
    double most = largest;
    for (std::int64_t i = 0; i < expected.elements(); ++i) {
        const double a = element_of(got, i);
        const double b = element_of(expected, i);
        if (a == b || (std::isnan(a) && std::isnan(b))) continue;
        const double difference =
            std::isfinite(a) && std::isfinite(b) ? std::abs(a - b) : std::numeric_limits<double>::infinity();
        found.largest = std::max(found.largest, difference);
        const double own = of_element * std::abs(b);
        if (!found.broken.empty() || (std::isfinite(difference) && difference <= own)) continue;
        const TermsOf of = terms();
        most = std::max(largest, of.largest_of_last);
        const double size = of.each == nullptr ? std::abs(b) : passes::scale_of(of.each, static_cast<std::size_t>(i), most);
        if (std::isfinite(difference) && difference <= own + of_terms * size) continue;
        found.broken = fmt::format(
            "element {} is {:.9g}, the interpreter has {:.9g}; allowed are {} of it and {} of its terms, {:.3g}", i, a,
            b, of_element, of_terms, size);
    }
    found.largest /= std::max(most, std::numeric_limits<double>::min());
    return found;
}

bool is_zero(const Buffer& buffer) {
    for (std::int64_t i = 0; i < buffer.elements(); ++i) {
        if (element_of(buffer, i) != 0) return false;
    }
    return buffer.elements() > 0;
}

}  // namespace ricci
