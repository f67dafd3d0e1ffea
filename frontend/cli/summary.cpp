// `ricci summary`: the layers of a model in order, and what each costs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "frontend/cli/commands.h"
#include "frontend/cli/csv_text.h"
#include "frontend/cli/json_text.h"
#include "frontend/cli/layer_table.h"
#include "frontend/cli/report_file.h"
#include "frontend/cli/source.h"
#include "frontend/cli/terminal.h"
#include "frontend/models/registry.h"
#include "frontend/program/internals.h"
#include "ir/base/error.h"
#include "runtime/file/files.h"

namespace ricci::cli {
namespace {

struct SummaryOptions {
    std::string model;
    std::string dtype = "f32";
    std::int64_t batch = 64;
    std::string csv;
    std::string json;
};

/// A model's equations with and without its training.
struct Graphs {
    std::string name;
    std::string about;
    ir::Graph forward;
    std::optional<ir::Graph> training;
};

bool is_file(const std::string& model) {
    return model == "-" || model.ends_with(".ein") || model.contains('/');
}

Graphs read(const SummaryOptions& given) {
    if (!is_file(given.model)) {
        const RegisteredModel& named = registered_model(given.model);
        const Network network = named.build({.dtype = *dtype_named(given.dtype)});
        std::vector<Tensor> outputs = network.outputs;
        outputs.push_back(network.loss);
        return {given.model, std::string(named.summary), detail::graph_of(forward(outputs)),
                detail::graph_of(training_step(network.loss, sgd({.learning_rate = 0.05, .momentum = 0.9})))};
    }
    Source source;
    source.name = given.model;
    ir::Graph graph = source.load();
    if (graph.stage != ir::Stage::model) {
        user_error("{} is at stage {}; a summary is of a text at stage model, before its gradients", given.model,
                   name_of(graph.stage));
    }
    Graphs graphs{graph.name, given.model, graph, std::nullopt};
    if (graph.training || !graph.gradients.empty()) graphs.training = graph;
    graphs.forward.training.reset();
    graphs.forward.gradients.clear();
    return graphs;
}

using Cells = std::vector<std::string>;

/// Columns as wide as their cells; numbers stand at the right.
void print_table(const std::vector<Cells>& rows, std::size_t left) {
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (const Cells& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    for (const Cells& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string space(widths[i] - row[i].size(), ' ');
            line += (i > 0 ? "  " : "") + (i < left ? row[i] + space : space + row[i]);
        }
        fmt::print("{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
    }
}

Cells headings(const LayerTable& table, Cells first) {
    first.insert(first.end(), {"FLOP", "bytes"});
    if (table.trains) first.insert(first.end(), {"training FLOP", "training bytes"});
    return first;
}

template <typename Show>
Cells costs(const LayerTable& table, const Layer& layer, Cells first, const Show& show) {
    first.insert(first.end(), {show(layer.flop), show(layer.bytes)});
    if (table.trains) first.insert(first.end(), {show(layer.training_flop), show(layer.training_bytes)});
    return first;
}

void print(const SummaryOptions& given, const Graphs& graphs, const LayerTable& table) {
    fmt::print("model     {}: {}\n\n", graphs.name, graphs.about);
    std::vector<Layer> rows = table.layers;
    rows.push_back(table.total());
    const auto formula = [](const OfBatch& number) { return number.text(); };
    std::vector<Cells> any = {headings(table, {"layer", "op", "output", "parameters"})};
    for (const Layer& layer : rows) {
        any.push_back(
            costs(table, layer, {layer.name, layer.op, layer.output, with_commas(layer.parameters)}, formula));
    }
    fmt::print("for a batch of N\n");
    print_table(any, 3);
    const auto number = [&](const OfBatch& cost) {
        return with_commas(std::llround(cost.at(static_cast<double>(given.batch))));
    };
    std::vector<Cells> one = {headings(table, {"layer"})};
    for (const Layer& layer : rows) one.push_back(costs(table, layer, {layer.name}, number));
    fmt::print("\nfor a batch of {}\n", with_commas(given.batch));
    print_table(one, 1);
}

std::string csv_of(const SummaryOptions& given, const LayerTable& table) {
    std::string text = "layer,op,output,parameters,flop,bytes";
    if (table.trains) text += ",training_flop,training_bytes";
    text += "\n";
    std::vector<Layer> rows = table.layers;
    rows.push_back(table.total());
    const auto number = [&](const OfBatch& cost) { return std::llround(cost.at(static_cast<double>(given.batch))); };
    for (const Layer& layer : rows) {
        text += fmt::format("{},{},{},{},{},{}", csv_field(layer.name), layer.op, csv_field(layer.output), layer.parameters,
                            number(layer.flop), number(layer.bytes));
        if (table.trains) text += fmt::format(",{},{}", number(layer.training_flop), number(layer.training_bytes));
        text += "\n";
    }
    return text;
}

std::string json_of(const SummaryOptions& given, const Graphs& graphs, const LayerTable& table) {
    const auto numbers = [&](const OfBatch& cost) {
        return nlohmann::ordered_json{{"formula", cost.text()}, {"number", cost.at(static_cast<double>(given.batch))}};
    };
    nlohmann::ordered_json report = {
        {"model", graphs.name}, {"batch", given.batch}, {"layers", nlohmann::ordered_json::array()}};
    std::vector<Layer> rows = table.layers;
    rows.push_back(table.total());
    for (const Layer& layer : rows) {
        nlohmann::ordered_json line = {{"layer", layer.name},         {"op", layer.op},
                                       {"output", layer.output},      {"parameters", layer.parameters},
                                       {"flop", numbers(layer.flop)}, {"bytes", numbers(layer.bytes)}};
        if (table.trains) {
            line["training_flop"] = numbers(layer.training_flop);
            line["training_bytes"] = numbers(layer.training_bytes);
        }
        report["layers"].push_back(std::move(line));
    }
    return json_text(report);
}

}  // namespace

int summary(Arguments arguments) {
    SummaryOptions given;
    Options options(
        "summary",
        "Lists the layers of a model with their output, parameters, operations and bytes, by their equations. FLOP "
        "are those\nof products of matrices, two a point, and one for each function of a point. Bytes are read and "
        "written, once an equation.\nTraining is forward, gradients and update, by SGD with momentum for a named "
        "model.");
    options.word("MODEL|FILE.ein", given.model, "lenet5, or a text at stage model", true);
    options.choice("--dtype", {"f32", "f64"}, given.dtype, "of a named model");
    options.whole("--batch", "N", given.batch, kBatch, "samples that the numbers are for");
    options.text("--csv", "FILE", given.csv, "writes a line for each layer there, with the numbers for that batch");
    options.text("--json", "FILE", given.json, "writes the table there");
    if (!options.parse(arguments)) return kOk;
    for (const std::string& file : {given.csv, given.json}) {
        if (!file.empty()) runtime::check_writable(file);
    }
    const Graphs graphs = read(given);
    const LayerTable table = layers_of(graphs.forward, graphs.training ? &*graphs.training : nullptr);
    print(given, graphs, table);
    if (!given.csv.empty()) save_report(given.csv, csv_of(given, table));
    if (!given.json.empty()) save_report(given.json, json_of(given, graphs, table));
    return kOk;
}

}  // namespace ricci::cli
