// Adds up the work of equations by layer: the names of the model say which, and gradients are of equations of the model.
#include "frontend/cli/layer_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "frontend/cli/terminal.h"
#include "ir/analysis/work.h"
#include "ir/base/error.h"
#include "passes/pipeline.h"

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

/// The layer of a value of the model: what stands before the first dot of its name.
std::string layer_of(const ir::Graph& model, const ir::Equation& equation) {
    return parts_of(model.value(equation.result).name).front();
}

ir::Graph at_step(const ir::Graph& graph) {
    passes::Remarks remarks;
    return passes::run_to(graph, ir::Stage::step, {}, remarks);
}

constexpr const char* kLayers = "the layers of the model";  // stands where the file of an equation does

/// The training's equations at stage step. Each equation of the model gets its layer as its place: line n is
/// `layers[n - 1]`. A gradient keeps the place of the equation that it is of.
ir::Graph step_of(const ir::Graph& training, std::vector<std::string>& layers) {
    ir::Graph marked = training;
    for (ir::Equation& equation : marked.equations) {
        layers.push_back(layer_of(marked, equation));
        equation.location = {kLayers, static_cast<std::uint32_t>(layers.size())};
        marked.value(equation.result).location = equation.location;
    }
    try {
        return at_step(marked);
    } catch (const UserError&) {
        return at_step(training);  // its message has the place in the text
    }
}

/// The layer of each equation of a training. A gradient belongs to the layer of the equation that it is of: d.pool1 is
/// computed by the layer behind pool1. A step belongs to the layer of the first value that it reads and that has one.
class Owners {
  public:
    /// \param parameters  the layer of each parameter, by name
    Owners(const ir::Graph& step, const std::vector<std::string>& layers,
           const std::map<std::string, std::string>& parameters)
        : layers_(layers), of_(step.values.size()) {
        for (const ir::ValueId id : step.values.ids()) {
            const ir::Value& value = step.value(id);
            const auto found = parameters.find(value.name);
            if (value.role == ir::Role::parameter && found != parameters.end()) of_[id] = found->second;
        }
    }

    /// \pre asked in the order of the equations.
    const std::string& owner_of(const ir::Equation& equation) {
        std::string& owner = of_[equation.result];
        if (equation.location.file == kLayers) {
            owner = layers_[equation.location.line - 1];
            return owner;
        }
        for (const ir::Access* access : accesses(equation.body)) {
            if (owner.empty() || owner == kRest) owner = of_[access->tensor];
        }
        if (owner.empty()) owner = kRest;
        return owner;
    }

  private:
    const std::vector<std::string>& layers_;
    ir::IdVector<ir::ValueId, std::string> of_;
};

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

LayerTable layers_of(const ir::Graph& model, const ir::Graph* training) {
    const ir::Graph forward = at_step(model);
    LayerTable table;
    std::map<std::string, std::string> parameters;  // the layer that each one counts in
    ir::IdVector<ir::ValueId, bool> counted(forward.values.size(), false);
    const auto count_parameter = [&](ir::ValueId id, Layer& layer) {
        const ir::Value& value = forward.value(id);
        if (value.role != ir::Role::parameter || counted[id]) return;
        counted[id] = true;
        layer.parameters += value.type.count();
        parameters[value.name] = layer.name;
    };
    std::set<std::string> ops;  // layers that end in a value of their own name; others are groups of such
    for (const ir::Equation& equation : forward.equations) {
        const ir::Value& result = forward.value(equation.result);
        const std::string layer_name = layer_of(forward, equation);
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
    if (training == nullptr) return table;
    table.trains = true;
    std::vector<std::string> layers;
    const ir::Graph step = step_of(*training, layers);
    Owners owners(step, layers, parameters);
    for (const ir::Equation& equation : step.equations) {
        Layer& layer = layer_named(table, owners.owner_of(equation));
        count(step, equation, layer.training_flop, layer.training_bytes);
    }
    return table;
}

}  // namespace ricci::cli
