/// \file tests/frontend/golden_optimizers_test.cpp
/// Each optimizer against that of another system (tests/golden/optimizers): losses of eight steps, and the weights after
/// them. In f64, through all passes and the JIT.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "ir/ops/optimizer_table.h"
#include "ir/text/parser.h"
#include "tests/frontend/golden.h"

namespace ricci::testing {
namespace {

// Of 1 - beta^step the other system loses some digits in the first steps.
constexpr double kTolerance = 1e-11;

std::filesystem::path folder() { return kept_golden_folder() / "optimizers"; }

ir::Graph layer(const std::string& optimizer) {
    return ir::parse(
        "ricci 1 model layer\n"
        "input x: f64[batch ?, feature 4]\n"
        "input t: f64[batch ?, class 3]\n"
        "parameter fc.weight: f64[class 3, feature 4] = 0\n"
        "parameter fc.bias: f64[class 3] = 0\n"
        "sum[b, k] = sum(i: feature) x[b, i] * fc.weight[k, i]\n"
        "off[b, k] = sum[b, k] + fc.bias[k] - t[b, k]\n"
        "loss[] = sum(b, k) off[b, k] * off[b, k] / (f64(extent(b)) * 3)\n"
        "train loss with " + optimizer + "\n");
}

double learning_rate_of(const ir::Graph& graph) {
    for (const auto& [name, value] : graph.training->options) {
        if (name == ir::kLearningRate) return value;
    }
    return 0;
}

TEST(golden, OptimizersOfTheRepository) {
    std::ifstream cases(folder() / "cases.txt");
    std::set<std::string> seen;
    int number = 0;
    for (std::string optimizer; std::getline(cases, optimizer); ++number) {
        SCOPED_TRACE(optimizer);
        const ir::Graph graph = layer(optimizer);
        seen.insert(graph.training->optimizer);
        passes::Remarks remarks;
        const ir::Graph step = passes::run_to(graph, ir::Stage::step, {}, remarks);
        Compiled compiled(step);
        ir::Arrays given = {{"x", read_golden(folder() / "x.npy")}, {"t", read_golden(folder() / "t.npy")}};
        for (const ir::Value& value : step.values) {
            if (value.role == ir::Role::parameter)
                given[value.name] = read_golden(folder() / ("init." + value.name + ".npy"));
            if (value.role != ir::Role::state) continue;
            std::vector<std::int64_t> extents;
            for (const ir::Axis& axis : value.type.axes) extents.push_back(axis.extent);
            const double start = value.name == ir::kLearningRate ? learning_rate_of(graph) : 0;
            given[value.name] = {extents, std::vector<double>(static_cast<std::size_t>(value.type.count(1)), start)};
        }
        const std::filesystem::path own = folder() / (number < 10 ? "0" + std::to_string(number) : std::to_string(number));
        const ir::Array losses = read_golden(own / "losses.npy");
        ASSERT_EQ(losses.elements.size(), 8U);
        std::function<ir::Arrays()> terms;  // of the last step
        for (const double loss : losses.elements) {
            terms = terms_of(step, given);
            const ir::Arrays results = compiled(given);
            EXPECT_EQ(difference({{"loss", {{}, {loss}}}}, results, {.relative = kTolerance, .terms = terms}), "");
            for (auto& [name, array] : given) {
                if (auto updated = results.find(name); updated != results.end()) array = updated->second;
            }
        }
        for (const std::string name : {"fc.weight", "fc.bias"})
            EXPECT_EQ(difference({{name, read_golden(own / (name + ".npy"))}}, given, {.relative = kTolerance, .terms = terms}), "");
    }
    // lion is not in that system; Optimizers.LionFollowsItsPaper has it.
    for (const ir::OptimizerEntry& entry : ir::optimizers())
        EXPECT_TRUE(seen.contains(entry.name) || entry.name == "lion") << entry.name << " has no reference values";
}

}  // namespace
}  // namespace ricci::testing
