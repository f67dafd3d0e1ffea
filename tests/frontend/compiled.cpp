// The harness of compiled.h.
#include "tests/frontend/compiled.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>

#include "codegen/compile.h"
#include "frontend/model/internals.h"
#include "passes/check/magnitudes.h"
#include "tests/forced.h"
#include "tests/loops.h"

namespace ricci::testing {
namespace {

template <typename T>
void copy_in(const ir::Array& from, void* to) {
    T* elements = static_cast<T*>(to);
    if constexpr (std::is_integral_v<T>) {
        if (!from.integers.empty()) {
            for (std::size_t i = 0; i < from.integers.size(); ++i) elements[i] = static_cast<T>(from.integers[i]);
            return;
        }
    }
    for (std::size_t i = 0; i < from.elements.size(); ++i) elements[i] = static_cast<T>(from.elements[i]);
}

template <typename T>
void copy_out(const runtime::Buffer& from, ir::Array& to) {
    for (T element : from.span<T>()) {
        to.elements.push_back(static_cast<double>(element));
        if (std::is_integral_v<T>) to.integers.push_back(static_cast<std::int64_t>(element));
    }
}

bool far(double expected, double got, double limit) {
    if (std::isnan(expected) || std::isnan(got)) return std::isnan(expected) != std::isnan(got);
    if (std::isinf(expected) || std::isinf(got)) return expected != got;
    return std::fabs(expected - got) > limit;
}

double largest(const ir::Array& array) {
    double scale = 0;
    for (double element : array.elements) {
        if (std::isfinite(element)) scale = std::max(scale, std::fabs(element));
    }
    return scale;
}

ir::Graph planned(const ir::Graph& graph, passes::Options options, const codegen::Target& target,
                  passes::Remarks& remarks) {
    options.machine = test::machine_of(target);
    return passes::run_to(graph, ir::Stage::planned, test::forced(std::move(options)), remarks);
}

}  // namespace

runtime::Buffer to_buffer(const std::string& name, const ir::TensorType& type, const ir::Array& array) {
    runtime::Buffer buffer({name, type.dtype, {}, array.extents});
    switch (type.dtype) {
        case DType::f32:
            copy_in<float>(array, buffer.data());
            break;
        case DType::f64:
            copy_in<double>(array, buffer.data());
            break;
        case DType::i32:
            copy_in<std::int32_t>(array, buffer.data());
            break;
        case DType::i64:
            copy_in<std::int64_t>(array, buffer.data());
            break;
        case DType::boolean:
            copy_in<bool>(array, buffer.data());
            break;
        case DType::bf16:
            copy_in<Bf16>(array, buffer.data());
            break;
    }
    return buffer;
}

ir::Array to_array(const runtime::Buffer& buffer) {
    ir::Array array{buffer.spec().extents, {}};
    switch (buffer.spec().dtype) {
        case DType::f32:
            copy_out<float>(buffer, array);
            break;
        case DType::f64:
            copy_out<double>(buffer, array);
            break;
        case DType::i32:
            copy_out<std::int32_t>(buffer, array);
            break;
        case DType::i64:
            copy_out<std::int64_t>(buffer, array);
            break;
        case DType::boolean:
            copy_out<bool>(buffer, array);
            break;
        case DType::bf16:
            copy_out<Bf16>(buffer, array);
            break;
    }
    return array;
}

ir::Array to_array(const ricci::Array& array) {
    return to_array(detail::Internals::buffer(array));
}

Compiled::Compiled(const ir::Graph& graph, const passes::Options& options, const codegen::Target& target)
    : planned_(ricci::testing::planned(graph, options, target, remarks_)),
      program_(codegen::compile(planned_, {.target = target, .threads = 1})) {}

ir::Arrays Compiled::operator()(const ir::Arrays& given, runtime::ThreadTeam& team) {
    std::vector<runtime::Buffer> inputs;
    for (const ir::Value& value : planned_.values) {
        if (value.role == ir::Role::temporary) continue;
        runtime::Buffer buffer = to_buffer(value.name, value.type, given.at(value.name));
        if (value.role == ir::Role::input) {
            inputs.push_back(std::move(buffer));
        } else {
            program_.attach(value.name, std::make_shared<runtime::Buffer>(std::move(buffer)));
        }
    }
    std::vector<runtime::Binding> bindings;
    for (const runtime::Buffer& buffer : inputs) bindings.push_back(runtime::Binding::of(buffer.spec().name, buffer));
    program_.run(bindings, team);

    ir::Arrays results;
    for (const ir::Output& output : planned_.outputs) results[output.name] = to_array(program_.output(output.name));
    for (const ir::Update& update : planned_.updates) {
        const std::string& name = planned_.value(update.target).name;
        results[name] = to_array(*program_.attached(name));
    }
    return results;
}

ir::Arrays draw(const ir::Graph& graph, const Draw& how) {
    std::mt19937_64 random(how.seed);
    std::uniform_real_distribution<double> real(how.low, how.high);
    const auto whole = [&](const ir::Value& value) {
        const std::int64_t most = value.numbers ? value.numbers->extent : how.numbers;
        return std::uniform_int_distribution<std::int64_t>(0, std::min<std::int64_t>(most, how.numbers) - 1)(random);
    };
    ir::Arrays given;
    for (const ir::Value& value : graph.values) {
        if (value.role == ir::Role::temporary) continue;
        ir::Array array;
        for (const ir::Axis& axis : value.type.axes) {
            array.extents.push_back(axis.extent == ir::kOpen ? how.batch : axis.extent);
        }
        for (std::int64_t i = 0; i < value.type.count(how.batch); ++i) {
            double element = is_float(value.type.dtype) ? real(random) : static_cast<double>(whole(value));
            array.elements.push_back(value.type.dtype == f32 ? static_cast<float>(element) : element);
        }
        given[value.name] = std::move(array);
    }
    return given;
}

bool is_tame(const ir::Arrays& arrays) {
    auto tame = [](double element) { return std::fabs(element) < 1000; };
    return std::ranges::all_of(arrays,
                               [&](const auto& entry) { return std::ranges::all_of(entry.second.elements, tame); });
}

double distance(const ir::Array& expected, const ir::Array& got, double floor) {
    if (expected.extents != got.extents) return std::numeric_limits<double>::infinity();
    double worst = 0;
    for (std::size_t i = 0; i < expected.elements.size(); ++i) {
        const double a = expected.elements[i];
        const double b = got.elements[i];
        if (far(a, b, std::numeric_limits<double>::max())) return std::numeric_limits<double>::infinity();
        if (std::isfinite(a)) worst = std::max(worst, std::fabs(a - b));
    }
    return worst / std::max(floor, largest(expected));
}

std::function<ir::Arrays()> terms_of(const ir::Graph& graph, const ir::Arrays& given) {
    return [graph, given] { return passes::magnitudes(graph, given); };
}

namespace {

/// Numbers of f32 below 1e-38 become 0, and factors that come later may make more of what is lost.
constexpr double kUnderflow = 1e-36;

/// The first element that is too far from what is expected, as text; "" for none. `terms` is filled when it is needed.
std::string far_element(const std::string& name, const ir::Array& expected, const ir::Array& got,
                        const Tolerance& tolerance, std::optional<ir::Arrays>& terms) {
    if (expected.extents != got.extents) return name + " has other extents";
    const double most = std::max(tolerance.floor, largest(expected));
    for (std::size_t i = 0; i < expected.elements.size(); ++i) {
        const double a = expected.elements[i];
        const double b = got.elements[i];
        const double own = std::isfinite(a) ? std::min(std::fabs(a), most) : most;
        if (!far(a, b, tolerance.relative * own)) continue;
        if (tolerance.terms && !terms) terms = tolerance.terms();
        const auto of = terms ? terms->find(name) : ir::Arrays::iterator{};
        const bool known = terms && of != terms->end();
        const double scale = tolerance.terms && !known ? own : passes::scale_of(known ? &of->second : nullptr, i, most);
        if (!far(a, b, std::max(tolerance.relative * scale, kUnderflow))) continue;
        return fmt::format("{}: element {} of {} is {}, expected {} (difference {:.2e}, allowed {:.0e} of {:.3g})", name,
                           i, expected.elements.size(), b, a, std::fabs(a - b), tolerance.relative, scale);
    }
    return "";
}

}  // namespace

std::string difference(const ir::Arrays& expected, const ir::Arrays& got, const Tolerance& tolerance, double* worst) {
    std::optional<ir::Arrays> terms;
    for (const auto& [name, array] : expected) {
        auto found = got.find(name);
        if (found == got.end()) return fmt::format("{} is missing", name);
        if (worst != nullptr) *worst = std::max(*worst, distance(array, found->second, tolerance.floor));
        std::string wrong = far_element(name, array, found->second, tolerance, terms);
        if (!wrong.empty()) return wrong;
    }
    return "";
}

}  // namespace ricci::testing
