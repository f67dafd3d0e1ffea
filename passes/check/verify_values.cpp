// Random inputs, two runs of the interpreter, one comparison.
#include "passes/check/verify_values.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "ir/base/checked.h"
#include "passes/check/magnitudes.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// \param within  the largest distance.
bool agree(double a, double b, double within) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    if (std::isinf(a) || std::isinf(b)) return a == b;
    return std::fabs(a - b) <= within;
}

;

double largest(const Array& array) {
    double scale = 0;
    for (double element : array.elements) {
        if (std::isfinite(element)) scale = std::max(scale, std::fabs(element));
    }
    return scale;
}

/// Where the name differs, or nothing.
std::optional<std::string> difference(const std::string& name, const Array& a, const Array& b, Terms& terms,
                                      double tolerance) {
    if (a.extents != b.extents) {
        return fmt::format("{}: {} elements before, {} after", name, a.elements.size(), b.elements.size());
    }
    const double most = std::max({1.0, largest(a), largest(b)});
    for (std::size_t i = 0; i < a.elements.size(); ++i) {
        if (agree(a.elements[i], b.elements[i], tolerance * std::fabs(a.elements[i]))) continue;
        if (agree(a.elements[i], b.elements[i], tolerance * scale_of(terms.of(name), i, most))) continue;
        return fmt::format("{}: element {} is {} before, {} after", name, i, a.elements[i], b.elements[i]);
    }
    return std::nullopt;
}

std::int64_t samples_of(const Graph& graph, std::int64_t open) {
    return graph.fixed_batch > 0 ? graph.fixed_batch : open;
}

/// What a run gives, by name: outputs, and updates unless they hold gradients for an optimizer to come.
std::vector<std::string> results(const Graph& graph, bool updates) {
    std::vector<std::string> names;
    for (const Output& output : graph.outputs) names.push_back(output.name);
    for (const Update& update : graph.updates) {
        if (updates) names.push_back(graph.value(update.target).name);
    }
    return names;
}

}  // namespace

Arrays random_inputs(const Graph& graph, std::int64_t batch, std::uint64_t seed) {
    Arrays given;
    batch = samples_of(graph, batch);
    for (const Value& value : graph.values) {
        if (value.role == Role::temporary) continue;
        // Seeded by the name too: the same value draws the same numbers in a graph that has others beside it.
        std::uint64_t name = 1469598103934665603ULL;  // FNV-1a
        for (char letter : value.name) name = (name ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
        std::mt19937_64 engine(seed ^ name);
        Array array{.extents = value.type.extents(batch), .elements = {}};
        std::int64_t count = value.type.count(batch);
        for (std::int64_t i = 0; i < count; ++i) {
            double unit = static_cast<double>(engine() >> 11) * 0x1p-53;
            double number = is_float(value.type.dtype) ? 2 * unit - 1 : std::floor(10 * unit);
            array.elements.push_back(value.type.dtype == boolean ? double(unit < 0.5) : number);
        }
        given.emplace(value.name, std::move(array));
    }
    return given;
}

std::int64_t point_count(const Graph& graph, std::int64_t batch) {
    std::int64_t points = 0;
    batch = samples_of(graph, batch);
    for (const Equation& equation : graph.equations) {
        std::int64_t product = 1;
        for (const Index& index : equation.indices) {
            product = checked_mul(product, index.extent == kOpen ? batch : index.extent, "points of an equation");
        }
        points = checked_add(points, product, "points of a graph");
    }
    return points;
}

std::vector<std::string> value_differences(const Graph& before, const Graph& after, std::int64_t batch,
                                           std::uint64_t seed, double tolerance) {
    bool updates = before.training.has_value() == after.training.has_value();
    const Arrays given = random_inputs(before, batch, seed);
    Terms terms(before, given);
    Arrays a = interpret(before, given);
    Arrays b = interpret(after, random_inputs(after, batch, seed));
    std::vector<std::string> names = results(after, updates);
    std::vector<std::string> lines;
    for (const std::string& name : results(before, updates)) {
        if (std::ranges::find(names, name) == names.end()) {
            lines.push_back(fmt::format("{}: a result before, none after", name));
        } else if (auto line = difference(name, a.at(name), b.at(name), terms, tolerance)) {
            lines.push_back(*line);
        }
    }
    return lines;
}

void verify_values(const Graph& before, const Graph& after, std::string_view pass, Remarks& remarks,
                   double tolerance) {
    constexpr std::int64_t kBatch = 2;
    std::int64_t points = std::max(point_count(before, kBatch), point_count(after, kBatch));
    if (points > kVerifyPoints) {
        remarks.push_back({"verify-values", fmt::format("after {}: not checked, {} points are more than {}", pass,
                                                        points, kVerifyPoints)});
        return;
    }
    std::vector<std::string> lines = value_differences(before, after, kBatch, 1, tolerance);
    RICCI_CHECK(lines.empty(), "{} changed a value: {}", pass, lines.front());
}

}  // namespace ricci::passes
