// Ops against the values and gradients of another system, in f64 and f32, through all passes and the JIT. The repository
// has a few cases (tests/golden/ops); the many of golden/ops are read where they are.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "ir/elaborate/elaborate.h"
#include "ir/ops/call/instantiate.h"
#include "ir/ops/table.h"
#include "ir/surface/surface_parser.h"
#include "tests/frontend/golden.h"

namespace ricci::testing {
namespace {

using nlohmann::json;

/// Of floats of a type, relative to the terms of each element. The given values are of f64.
double tolerance(DType dtype) {
    return dtype == f64 ? 1e-9 : 1e-4;
}

ir::Kind kind(std::string_view name) {
    return ir::Kind::named(name);
}

/// The kinds of an operand's axes; `place` counts operands, `x_rank` is the rank of the first one.
std::vector<ir::Kind> kinds_of(const std::string& op, const std::string& operand, std::size_t place, std::size_t rank,
                               std::size_t x_rank) {
    const bool scores = op.contains("softmax");
    std::vector<ir::Kind> kinds;
    if (op.starts_with("broadcast_")) {  // aligned from the last axis on, as in NumPy
        for (std::size_t axis = 0; axis < rank; ++axis) kinds.push_back(kind(fmt::format("axis_{}", rank - axis)));
    } else if (rank == 4 && place == 1) {
        kinds = {kind("channel"), kind("channel"), kind("tap_h"), kind("tap_w")};
    } else if (rank == 4) {
        kinds = {kind("batch"), kind("channel"), kind("height"), kind("width")};
    } else if (rank == 2 && op == "linear" && place == 1) {
        kinds = {kind("class"), kind("feature")};
    } else if (rank == 2) {
        kinds = {kind("batch"), kind(scores ? "class" : "feature")};
    } else if (rank == 1) {
        kinds = {kind(operand == "labels" ? "batch" : op == "linear" ? "class" : x_rank == 4 ? "channel" : "feature")};
    }
    if (kinds.size() != rank) user_error("{} of rank {} has no known kinds", operand, rank);
    return kinds;
}

/// "stride": [2, 1] is stride_h and stride_w, "pad": [1, 0] all four sides; numbers and truths are as they are.
std::map<std::string, double> attributes_of(const ir::Op& op, const json& attributes) {
    std::map<std::string, double> result;
    for (const auto& [name, value] : attributes.items()) {
        if (value.is_array()) {
            const double h = value.at(0);
            const double w = value.at(1);
            if (name == "pad") {
                result.insert({{"pad_top", h}, {"pad_bottom", h}, {"pad_left", w}, {"pad_right", w}});
            } else {
                result.insert({{name + "_h", h}, {name + "_w", w}});
            }
        } else if (std::ranges::find(op.attributes, name, &ir::OpAttribute::name) != op.attributes.end()) {
            result[name] = value.is_boolean() ? double(value.get<bool>()) : value.get<double>();
        } else if (name != "axis" && name != "reduction" && !(name == "training" && value == true)) {
            user_error("{} has no attribute {}", op.name, name);
        }
    }
    return result;
}

/// One case: its arrays, and the graph that computes y and the gradients of sum(y * dy).
class Case {
  public:
    Case(const std::filesystem::path& folder, const json& description, DType dtype)
        : dtype_(dtype),
          folder_(folder / description.at("case").get<std::string>()),
          op_(description.at("op")),
          attributes_(description.at("attrs")),
          inputs_(description.at("inputs")) {}

    /// Whether the op table, or the notation itself, has what the case is of.
    bool exists() const { return op_ == "einsum" || ir::op_named(table_name()) != nullptr; }

    /// "" when all values agree, else what differs. `worst` grows to the largest distance seen.
    std::string run(double& worst) {
        load();
        const ir::ValueId y = op_ == "einsum" ? einsum() : call();
        graph_.outputs.push_back({"y", y});
        ask_gradients(y);
        Compiled compiled(graph_);
        passes::Remarks remarks;
        const ir::Graph step = passes::run_to(graph_, ir::Stage::step, {}, remarks);
        return difference(expected_, compiled(given_),
                          {.relative = tolerance(dtype_), .floor = floor(), .terms = terms_of(step, given_)}, &worst);
    }

  private:
    /// No gradient in f32 is nearer than the rounding of the largest number that came from above. Of a saturated softmax
    /// differences of such numbers are all that is left.
    double floor() const {
        if (dtype_ == f64) return 1e-30;
        double largest = 0;
        for (const double element : given_.at("dy").elements) largest = std::max(largest, std::abs(element));
        return largest * 0x1p-23 / tolerance(dtype_);
    }

    std::string table_name() const {
        return op_.starts_with("broadcast_") ? op_.substr(std::string("broadcast_").size()) : op_;
    }

    ir::ValueId add_input(const std::string& name, const std::vector<ir::Kind>& kinds) {
        runtime::Buffer buffer = runtime::read_npy(folder_ / (name + ".npy"));
        ir::TensorType type{is_float(buffer.spec().dtype) ? dtype_ : buffer.spec().dtype, {}};
        for (std::size_t axis = 0; axis < kinds.size(); ++axis) {
            type.axes.push_back({kinds[axis], buffer.spec().extents[axis]});
        }
        given_[name] = to_array(buffer);
        return graph_.add({.name = name, .type = std::move(type), .role = ir::Role::input});
    }

    std::size_t rank(const std::string& name) const {
        return runtime::read_npy(folder_ / (name + ".npy")).spec().extents.size();
    }

    void load() {
        graph_.name = op_;
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            const std::string& name = inputs_[i];
            std::vector<ir::Kind> kinds;
            if (op_ == "einsum") {
                for (char letter : term(i)) kinds.push_back(letter_kind(letter));
            } else {
                kinds = kinds_of(op_, name, i, rank(name), rank(inputs_[0]));
            }
            operands_.push_back(add_input(name, kinds));
        }
        expected_["y"] = read_golden(folder_ / "y.npy");
    }

    /// "ij,jk->ik": the letters of operand `i`; those of the result are behind the last operand's.
    std::string term(std::size_t i) const {
        std::string equation = attributes_.at("equation");
        const std::size_t arrow = equation.find("->");
        if (i == inputs_.size()) return equation.substr(arrow + 2);
        std::size_t begin = 0;
        for (; i > 0; --i) begin = equation.find(',', begin) + 1;
        return equation.substr(begin, std::min(equation.find(',', begin), arrow) - begin);
    }
    static ir::Kind letter_kind(char letter) { return kind(letter == 'b' ? "batch" : fmt::format("kind_{}", letter)); }
    static std::string subscripts(const std::string& letters) {
        std::string text;
        for (char letter : letters) text += fmt::format("{}{}", text.empty() ? "" : ", ", letter);
        return "[" + text + "]";
    }

    ir::ValueId einsum() {
        std::string text = "y" + subscripts(term(inputs_.size())) + " = ";
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            text += fmt::format("{}{}{}", i == 0 ? "" : " * ", inputs_[i], subscripts(term(i)));
        }
        return ir::elaborate(graph_, ir::parse_equation(text, op_, 1));
    }

    ir::ValueId call() {
        const ir::Op& op = *ir::op_named(table_name());
        std::vector<ir::ValueId> operands(
            operands_.begin(),
            operands_.begin() + static_cast<std::ptrdiff_t>(std::min(operands_.size(), op.operands.size())));
        std::optional<ir::Kind> over;
        if (op.takes_over && !op.over_all)
            over = graph_.value(operands[0]).type.axes.at(attributes_.value("axis", 1)).kind;
        ir::ValueId y = ir::instantiate(graph_, {.op = op.name,
                                                 .operands = operands,
                                                 .attributes = attributes_of(op, attributes_),
                                                 .over = over,
                                                 .result = "y_"});
        if (operands.size() < operands_.size()) {
            y = ir::instantiate(graph_, {.op = "add", .operands = {y, operands_.back()}, .result = "biased"});
        }
        if (attributes_.value("reduction", "") == "mean" && graph_.value(y).type.rank() > 0) {
            y = ir::instantiate(graph_, {.op = "mean", .operands = {y}, .result = "averaged"});
        }
        return y;
    }

    void ask_gradients(ir::ValueId y) {
        std::string at;
        std::vector<ir::Kind> kinds;
        for (const ir::Axis& axis : graph_.value(y).type.axes) {
            at += fmt::format("{}i{}", at.empty() ? "" : ", ", kinds.size());
            kinds.push_back(axis.kind);
        }
        add_input("dy", kinds);
        const std::string text = fmt::format("s[] = {}[{}] * dy[{}]", graph_.value(y).name, at, at);
        const ir::ValueId s = ir::elaborate(graph_, ir::parse_equation(text, op_, 1));
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            const std::string name = "d" + inputs_[i];
            if (!std::filesystem::exists(folder_ / (name + ".npy"))) continue;
            expected_[name] = read_golden(folder_ / (name + ".npy"));
            graph_.gradients.push_back({name, s, operands_[i]});
        }
    }

    DType dtype_;
    std::filesystem::path folder_;
    std::string op_;
    json attributes_;
    std::vector<std::string> inputs_;
    std::vector<ir::ValueId> operands_{};
    ir::Graph graph_{};
    ir::Arrays given_{};
    ir::Arrays expected_{};
};

void run_cases(const std::filesystem::path& folder, DType dtype) {
    std::ifstream file(folder / "cases.json");
    ASSERT_TRUE(file) << folder;
    const json cases = json::parse(file);
    int run = 0;
    int failed = 0;
    double worst = 0;
    for (const json& description : cases) {
        Case one(folder, description, dtype);
        if (!one.exists()) {
            std::cout << "not in the op table: " << description.at("case") << "\n";
            continue;
        }
        ++run;
        std::string wrong;
        try {
            wrong = one.run(worst);
        } catch (const std::exception& error) {
            wrong = error.what();
        }
        if (wrong.empty()) continue;
        ++failed;
        ADD_FAILURE() << description.at("case") << ": " << wrong;
    }
    std::cout << fmt::format("golden ops: {} of {} cases run, {} failed\n", run, cases.size(), failed)
              << fmt::format("largest distance {:.1e} of the largest element\n", worst) << std::flush;
    EXPECT_GT(run, 0) << "no case of " << folder << " is in the op table";
}

class GoldenOps : public ::testing::TestWithParam<DType> {};

TEST_P(GoldenOps, OfTheRepository) {
    run_cases(kept_golden_folder() / "ops", GetParam());
}

TEST_P(GoldenOps, OfTheGoldenFolder) {
    const std::filesystem::path folder = golden_folder() / "ops";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "there is no " << folder.string();
    run_cases(folder, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Types, GoldenOps, ::testing::Values(f64, f32),
                         [](const auto& type) { return std::string(name_of(type.param)); });

}  // namespace
}  // namespace ricci::testing
