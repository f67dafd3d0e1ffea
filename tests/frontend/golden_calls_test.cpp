// Calls of ops against the values and gradients of PyTorch, through all passes and the JIT, in f64 and f32:
// tests/golden/calls.json and pieces.json.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "ir/text/parser.h"
#include "tests/frontend/golden.h"

namespace ricci::testing {
namespace {

using nlohmann::json;

std::string in_dtype(std::string type, bool single) {
    if (single && type.starts_with("f64")) type.replace(0, 3, "f32");
    return type;
}

/// "i0, i1": a name for each axis of a type.
std::string indices_of(const std::string& type) {
    std::string names;
    const auto axes = 1 + std::ranges::count(type, ',');
    for (int i = 0; i < axes; ++i) names += fmt::format("{}i{}", i == 0 ? "" : ", ", i);
    return names;
}

ir::Array array_of(const ir::Graph& graph, const std::string& name, const json& elements) {
    const ir::Value& value = graph.value(graph.find(name));
    ir::Array array{{}, elements.get<std::vector<double>>()};
    for (const ir::Axis& axis : value.type.axes) array.extents.push_back(axis.extent);
    if (value.type.dtype == DType::i64) array.integers = elements.get<std::vector<std::int64_t>>();
    for (double& element : array.elements) {
        if (value.type.dtype == DType::f32) element = static_cast<double>(static_cast<float>(element));
    }
    return array;
}

/// "" or what differs.
std::string run(const json& one, bool single, double tolerance, double& worst) {
    const std::string result = one.at("y").at("type");
    std::string text = "ricci 1 model calls\n";
    for (const auto& [name, input] : one.at("inputs").items()) {
        text += fmt::format("input {}: {}\n", name, in_dtype(input.at("type"), single));
    }
    text += fmt::format("input dy: {}\nresult = {}\n", in_dtype(result, single), one.at("call").get<std::string>());
    text += fmt::format("s[] = result[{0}] * dy[{0}]\noutput result\n", indices_of(result));
    for (const auto& [name, input] : one.at("inputs").items()) {
        if (input.contains("gradient")) text += fmt::format("gradient d.{} = d s / d {}\n", name, name);
    }
    const ir::Graph graph = ir::parse(text, "calls");

    ir::Arrays given{{"dy", array_of(graph, "dy", one.at("dy"))}};
    ir::Arrays expected{{"result", array_of(graph, "result", one.at("y").at("elements"))}};
    for (const auto& [name, input] : one.at("inputs").items()) {
        given[name] = array_of(graph, name, input.at("elements"));
        if (input.contains("gradient")) expected["d." + name] = array_of(graph, name, input.at("gradient"));
    }
    passes::Remarks remarks;
    const ir::Graph step = passes::run_to(graph, ir::Stage::step, {}, remarks);
    // PyTorch's tails have fewer digits than ours, so no element is held closer than to the tolerance itself.
    const auto terms = [&] {
        ir::Arrays sizes = terms_of(step, given)();
        for (auto& [name, array] : sizes) {
            for (double& size : array.elements) size = std::max(size, 1.0);
        }
        return sizes;
    };
    Compiled compiled(graph);
    return difference(expected, compiled(given), {.relative = tolerance, .floor = 1, .terms = terms}, &worst);
}

void check_calls(const char* name, std::size_t least) {
    std::ifstream file(kept_golden_folder() / name);
    const json calls = json::parse(file);
    for (bool single : {false, true}) {
        double worst = 0;
        for (const json& one : calls) {
            std::string wrong;
            try {
                wrong = run(one, single, single ? 1e-4 : 1e-9, worst);
            } catch (const std::exception& error) {
                wrong = error.what();
            }
            EXPECT_EQ(wrong, "") << one.at("call") << (single ? " in f32" : " in f64");
        }
        fmt::print("{} calls in {}, largest distance {:.1e} of the largest element\n", calls.size(),
                   single ? "f32" : "f64", worst);
    }
    EXPECT_GE(calls.size(), least);
}

TEST(golden, CallsOfTheRepository) {
    check_calls("calls.json", 60);
}

TEST(golden, PiecesConvolutionsAndPoolsOfTheRepository) {
    check_calls("pieces.json", 25);
}

}  // namespace
}  // namespace ricci::testing
