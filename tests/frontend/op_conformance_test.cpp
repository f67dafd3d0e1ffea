// Every op of the table over random shapes, in f32 and f64 and in every way to lower it. Values and gradients of the
// JIT, after all passes, are those of the interpreter on the equations as written. Gradients are checked against
// differences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <tuple>

#include "ir/print/print.h"
#include "passes/gradient/differentiate.h"
#include "tests/frontend/compiled.h"
#include "tests/frontend/random_ops.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

/// Shapes of each op in each way to lower it. bf16 takes the paths of f32 but for its rounding, and its code is the
/// slowest to compile.
int shapes_of_a_way(DType dtype) { return dtype == bf16 ? 3 : 7; }

constexpr double kMove = 1e-5;  // of the differences

/// The ways to lower a graph; the shapes of an op are dealt out to them. Every other one is compiled for AVX2.
std::vector<passes::Options> ways() {
    return {
        {.tile = "off"}, {.layout = "nhwc", .fuse = false}, {.layout = "nchw", .gemm = "loops"}, {.layout = "nhwc", .conv = "naive"},
        {.conv = "direct", .tile = "16"}, {.layout = "nhwc", .tile = "3"},
        {.conv = "winograd"}, {.layout = "nhwc", .conv = "blocks", .tile = "4"},
        {.conv = "im2col", .gemm = "blas", .tile = "16"}, {.conv = "im2col", .gemm = "contraction", .tile = "off"}};
}

/// Whether a type takes a way with these seeds. f64 takes all of them. f32 takes one of each two, and bf16 the one that f32
/// leaves; they change places with the date. Their time is LLVM's, and it was a third of the suite's.
bool takes(DType dtype, std::size_t way, std::uint64_t seed) {
    return dtype == f64 || (way + way / 2 + seed / test::kSeedsOfADay + (dtype == bf16 ? 1 : 0)) % 2 == 0;
}

/// Calls of one op in one graph, with the gradients of the sum of all their results.
struct Calls {
    ir::Graph graph;
    std::vector<RandomCall> calls;
    std::vector<std::string> operands;  // float operands: "d." in front of the name is their gradient
    std::vector<int> of;                // the call of each operand
};

Calls draw_calls(const ir::Op& op, DType dtype, int count, std::mt19937_64& random) {
    Calls drawn;
    drawn.graph.name = op.name;
    std::vector<ir::ValueId> sums;
    std::vector<std::pair<ir::ValueId, int>> operands;
    for (int tries = 0; static_cast<int>(drawn.calls.size()) < count; ++tries) {
        if (tries > 20'000) user_error("{}: only {} of {} calls fit", op.name, drawn.calls.size(), count);
        const int number = static_cast<int>(drawn.calls.size());
        const std::string name = fmt::format("n{}", number);
        std::optional<RandomCall> call = draw_call(op, dtype, random);
        const auto begin = static_cast<ir::ValueId>(drawn.graph.values.size());
        const ir::ValueId result = append(drawn.graph, *call, name);
        if (result < 0) continue;
        drawn.calls.push_back(*call);
        drawn.graph.outputs.push_back({name, result});
        if (!is_float(drawn.graph.value(result).type.dtype)) continue;
        for (ir::ValueId id = begin; id < static_cast<ir::ValueId>(drawn.graph.values.size()); ++id) {
            const ir::Value& value = drawn.graph.value(id);
            if (value.role == ir::Role::input && is_float(value.type.dtype)) operands.emplace_back(id, number);
        }
        sums.push_back(append_weighted_sum(drawn.graph, result, name));
        drawn.graph.outputs.push_back({name + ".weighted", sums.back()});
    }
    if (sums.empty()) return drawn;
    const ir::ValueId total = append_total(drawn.graph, sums, "total");
    for (const auto& [id, number] : operands) {
        const std::string name = drawn.graph.value(id).name;
        drawn.graph.gradients.push_back({"d." + name, total, id});
        drawn.operands.push_back(name);
        drawn.of.push_back(number);
    }
    return drawn;
}

/// "n12: element 3 ..." or "d.n12.x: ..." names the call.
std::string call_named(const Calls& calls, const std::string& message) {
    const std::size_t digits = message.find_first_of("0123456789");
    return digits == std::string::npos ? "" : calls.calls.at(std::stoul(message.substr(digits))).text();
}

/// The slope of each call's sum along one random direction of all its operands, by differences and by the gradients.
/// Where a kink lies between the two points they differ; so there are three tries. "" or what differs.
std::string slope_error(const Calls& calls, const ir::Graph& step, const Draw& how, std::mt19937_64& random) {
    std::string message;
    for (int attempt = 0; attempt < 3; ++attempt) {
        Draw other = how;
        other.seed += static_cast<std::uint64_t>(attempt) * 1000;
        const ir::Arrays given = draw(calls.graph, other);
        const ir::Arrays at = ir::interpret(step, given);
        ir::Arrays above = given;
        ir::Arrays below = given;
        std::vector<double> slopes(calls.calls.size(), 0);
        std::vector<double> scales(calls.calls.size(), 1);
        std::uniform_real_distribution<double> direction(-1, 1);
        for (std::size_t i = 0; i < calls.operands.size(); ++i) {
            const ir::Array& gradient = at.at("d." + calls.operands[i]);
            const auto number = static_cast<std::size_t>(calls.of[i]);
            for (std::size_t e = 0; e < gradient.elements.size(); ++e) {
                const double along = direction(random);
                above.at(calls.operands[i]).elements[e] += kMove * along;
                below.at(calls.operands[i]).elements[e] -= kMove * along;
                slopes[number] += along * gradient.elements[e];
                scales[number] += std::fabs(gradient.elements[e]);
            }
        }
        ir::Graph values = calls.graph;
        values.gradients.clear();
        const ir::Arrays high = ir::interpret(values, above);
        const ir::Arrays low = ir::interpret(values, below);
        message.clear();
        for (std::size_t i = 0; i < slopes.size() && message.empty(); ++i) {
            const std::string name = fmt::format("n{}.weighted", i);
            if (!high.contains(name)) continue;  // of integers, which have no slope
            const double slope = (high.at(name).elements[0] - low.at(name).elements[0]) / (2 * kMove);
            if (std::fabs(slope - slopes[i]) <= 1e-6 * scales[i]) continue;
            message = fmt::format("{}: the slope is {}, by differences {}\n{}", name, slopes[i], slope,
                                  calls.calls[i].text());
        }
        if (message.empty()) break;
    }
    return message;
}

/// Calls of an op, their inputs and what the interpreter makes of them.
struct Case {
    Calls calls;
    ir::Graph step;
    Draw how;
    ir::Arrays given;
    ir::Arrays expected;
};

class OpConformance : public ::testing::TestWithParam<std::tuple<DType, std::size_t>> {
  protected:
    DType dtype() const { return std::get<0>(GetParam()); }

    const ir::Op& op() const { return ir::ops()[std::get<1>(GetParam())]; }

    /// Draws calls until their results are of moderate size. A logarithm needs positive numbers, and the maximum of a
    /// window that lies in the padding is -inf.
    Case draw_case(const ir::Op& op, int count, std::mt19937_64& random) {
        for (int attempt = 0; attempt < 20; ++attempt) {
            Case one;
            one.calls = draw_calls(op, dtype(), count, random);
            passes::Remarks remarks;
            one.step = passes::differentiate(one.calls.graph, {}, remarks);
            one.how = {.batch = 1 + static_cast<std::int64_t>(random() % 4), .seed = random()};
            for (double low : {-1.0, 0.2}) {
                one.how.low = low;
                one.given = draw(one.calls.graph, one.how);
                one.expected = ir::interpret(one.step, one.given);
                if (is_tame(one.expected)) return one;
            }
        }
        return {};
    }

    /// All ways of one op; adds failures.
    void check(const ir::Op& op, std::uint64_t seed) {
        std::mt19937_64 random(seed + std::hash<std::string>{}(op.name));
        const std::vector<passes::Options> all = ways();
        for (std::size_t way = 0; way < all.size(); ++way) {
            if (!takes(dtype(), way, seed)) continue;
            SCOPED_TRACE(fmt::format("{} way {} seed {}", op.name, way, seed));
            const Case one = draw_case(op, shapes_of_a_way(dtype()), random);
            ASSERT_FALSE(one.expected.empty()) << "no calls with results of moderate size";
            // Values and gradients are of the order of 1; what cancels to less is as exact as its terms. The norm of
            // few and near elements loses digits; everything else stays below 3e-6 in f32.
            const Tolerance tolerance{
                .relative = dtype() == f64 ? 1e-11 : 1e-4, .floor = 1, .terms = terms_of(one.step, one.given)};
            Compiled compiled(one.calls.graph, all[way], codegen::Target::named(way % 2 == 0 ? "host" : "avx2"));
            const std::string apart = difference(one.expected, compiled(one.given), tolerance, &worst_);
            EXPECT_EQ(apart, "") << call_named(one.calls, apart);
            // The gradients of stop_gradient and round_bf16 are not their slopes, on purpose. The rest of a quotient
            // jumps too often for differences, and the slopes of the two angles grow too fast:
            // golden.CallsOfTheRepository has these.
            const std::set<std::string> others = {"stop_gradient", "round_bf16", "mod", "asin", "acos"};
            const bool smooth = !others.contains(op.name);
            if (dtype() == f64 && !one.calls.operands.empty() && smooth) {
                EXPECT_EQ(slope_error(one.calls, one.step, one.how, random), "");
            }
            shapes_ += static_cast<int>(one.calls.calls.size());
        }
    }

    double worst_ = 0;
    int shapes_ = 0;
};

TEST_P(OpConformance, AgreesWithTheInterpreter) {
    for (const std::uint64_t seed : test::seeds()) check(op(), seed);
    fmt::print("{} shapes, largest distance {:.1e}\n", shapes_, worst_);
}

/// "f32_matmul": a test of its own for each type and op, so that none is long and they run side by side.
std::string name_of_case(const ::testing::TestParamInfo<std::tuple<DType, std::size_t>>& given) {
    const auto [dtype, number] = given.param;
    std::string name = fmt::format("{}_{}", name_of(dtype), ir::ops()[number].name);
    std::ranges::replace_if(name, [](unsigned char letter) { return std::isalnum(letter) == 0; }, '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Types, OpConformance,
                         ::testing::Combine(::testing::Values(f32, f64, bf16),
                                            ::testing::Range(std::size_t{0}, ir::ops().size())),
                         name_of_case);

}  // namespace
}  // namespace ricci::testing
