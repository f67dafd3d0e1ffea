// Adds up the work of equations by the layer that their names say.
#include "frontend/cli/layer_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "frontend/cli/terminal.h"
#include "ir/analysis/work.h"

namespace ricci::cli {
namespace {

constexpr const char* kRest = "(others)";

std::vector<std::string> parts_of(const std::string& name) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find('.', begin), name.size());
        parts.push_back(name.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

/// The polynomial of second degree through three batches.
OfBatch fitted(const std::function<double(std::int64_t)>& count) {
    const double one = count(1), two = count(2), three = count(3);
    OfBatch result;
    result.square = (three - 2 * two + one) / 2;
    result.linear = two - one - 3 * result.square;
    result.constant = one - result.linear - result.square;
    return result;
}

Layer& layer_named(LayerTable& table, const std::string& name) {
    auto found = std::ranges::find(table.layers, name, &Layer::name);
    if (found == table.layers.end()) found = table.layers.insert(found, Layer{.name = name});
    return *found;
}

/// The layer that a value of a training belongs to: the first part of its name that is one, as conv1 in d.conv1.kernel.
std::string owner_of(const LayerTable& table, const std::string& name) {
    for (const std::string& part : parts_of(name)) {
        if (std::ranges::find(table.layers, part, &Layer::name) != table.layers.end()) return part;
    }
    return kRest;
}

/// An equation of the gradients belongs to the layer whose output's gradient it reads: d.pool1 is computed by the layer
/// behind pool1.
std::string owner_of(const LayerTable& table, const ir::Graph& step, const ir::Equation& equation) {
    constexpr std::string_view kGradient = "d.";
    for (const ir::Access* access : accesses(equation.body)) {
        const std::string& read = step.value(access->tensor).name;
        if (read.starts_with(kGradient)) return owner_of(table, read);
    }
    return owner_of(table, step.value(equation.result).name);
}

void count(const ir::Graph& graph, const ir::Equation& equation, OfBatch& flop, OfBatch& bytes) {
    flop += fitted([&](std::int64_t batch) { return ir::work_of(graph, equation, batch).flop(); });
    bytes += fitted([&](std::int64_t batch) { return ir::work_of(graph, equation, batch).bytes; });
}

}  // namespace

OfBatch& OfBatch::operator+=(const OfBatch& other) {
    constant += other.constant;
    linear += other.linear;
    square += other.square;
    return *this;
}

std::string OfBatch::text() const {
    std::string text;
    const auto add = [&](double factor, const char* of) {
        if (factor == 0) return;
        if (!text.empty()) text += factor < 0 ? " - " : " + ";
        const double shown = text.empty() ? factor : std::abs(factor);
        text += with_commas(std::llround(shown)) + of;
    };
    add(square, " N^2");
    add(linear, " N");
    add(constant, "");
    return text.empty() ? "0" : text;
}

Layer LayerTable::total() const {
    Layer sum{.name = "total"};
    for (const Layer& layer : layers) {
        sum.parameters += layer.parameters;
        sum.flop += layer.flop;
        sum.bytes += layer.bytes;
        sum.training_flop += layer.training_flop;
        sum.training_bytes += layer.training_bytes;
    }
    return sum;
}

LayerTable layers_of(const ir::Graph& forward, const ir::Graph* step) {
    LayerTable table;
    ir::IdVector<ir::ValueId, bool> counted(forward.values.size(), false);
    const auto count_parameter = [&](ir::ValueId id, Layer& layer) {
        const ir::Value& value = forward.value(id);
        if (value.role != ir::Role::parameter || counted[id]) return;
        counted[id] = true;
        layer.parameters += value.type.count();
    };
    std::set<std::string> ops;  // layers that end in a value of their own name; others are groups of such
    for (const ir::Equation& equation : forward.equations) {
        const ir::Value& result = forward.value(equation.result);
        const std::string layer_name = parts_of(result.name).front();
        Layer& layer = layer_named(table, layer_name);
        if (layer.op.empty()) layer.op = equation.op.name();
        if (result.name == layer_name) ops.insert(layer_name);
        layer.output = to_string(result.type);
        count(forward, equation, layer.flop, layer.bytes);
        for (const ir::Access* access : accesses(equation.body)) count_parameter(access->tensor, layer);
    }
    for (Layer& layer : table.layers) {
        if (!ops.contains(layer.name)) layer.op.clear();
    }
    for (const ir::ValueId id : forward.values.ids()) {
        if (forward.value(id).role == ir::Role::parameter && !counted[id])
            count_parameter(id, layer_named(table, kRest));
    }
    if (step == nullptr) return table;
    table.trains = true;
    for (const ir::Equation& equation : step->equations) {
        Layer& layer = layer_named(table, owner_of(table, *step, equation));
        count(*step, equation, layer.training_flop, layer.training_bytes);
    }
    return table;
}

}  // namespace ricci::cli
