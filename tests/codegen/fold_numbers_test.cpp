// Folding changes no bit. Random bodies over numbers at the bounds of every type run with and without it, by the
// interpreter and as machine code.
#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <random>

#include "codegen/compile.h"
#include "ir/interpret/interpreter.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/cleanup/fold.h"
#include "tests/codegen/numbers.h"
#include "tests/loops.h"
#include "tests/seed.h"

namespace ricci::testing {
namespace {

using ir::ExprRef;
using ir::Scalar;

constexpr DType kTypes[] = {f32, f64, i32, i64, boolean};

/// Bodies of every type over one input of each: the functions that round once, so that each bit is promised.
class Trees {
  public:
    explicit Trees(std::uint64_t seed) : random_(seed) {}

    ExprRef tree(DType dtype, int depth) {
        if (depth == 0) return leaf(dtype);
        if (dtype == boolean) return truth(depth - 1);
        const auto below = [&] { return tree(dtype, depth - 1); };
        if (is_integer(dtype) && pick(3) == 0) {
            constexpr Scalar kOfBits[] = {Scalar::mod,     Scalar::bit_and,    Scalar::bit_or,
                                          Scalar::bit_xor, Scalar::shift_left, Scalar::shift_right};
            const std::size_t which = pick(7);
            return which == 6 ? ir::call(Scalar::bit_not, {below()}) : ir::call(kOfBits[which], {below(), below()});
        }
        switch (pick(is_float(dtype) ? 18 : 14)) {
            case 0: return below() + below();
            case 1: return below() - below();
            case 2:
            case 3: return below() * below();
            case 4: return below() / below();
            case 5: return -below();
            case 6: return ir::call(Scalar::abs, {below()});
            // Which of two zeros comes out is not promised: the sign goes.
            case 7: return ir::call(Scalar::abs, {ir::call(Scalar::max, {below(), below()})});
            case 8: return ir::call(Scalar::abs, {ir::call(Scalar::min, {below(), below()})});
            case 9: return ir::call(Scalar::sign, {below()});
            case 10:
            case 11: return ir::call(Scalar::select, {tree(boolean, depth - 1), below(), below()});
            case 12: return ir::call(Scalar::stop_gradient, {below()});
            case 13: return ir::cast(tree(kTypes[pick(5)], depth - 1), dtype);
            case 14: return ir::call(Scalar::sqrt, {below()});
            case 15: return ir::call(Scalar::floor, {below()});
            case 16: return ir::call(Scalar::round_bf16, {below()});
            default: return ir::call(Scalar::pow, {below(), ir::constant(pick(2), dtype)});
        }
    }

    /// Half of them are those that rules look for.
    template <typename T>
    T number() {
        const std::vector<T> all = bounds<T>();
        constexpr double kUsual[] = {-1, 0, 1, 2, -0.0, 0.5};
        return pick(2) == 0 ? static_cast<T>(kUsual[pick(6)]) : all[pick(all.size())];
    }

  private:
    std::size_t pick(std::size_t count) { return random_() % count; }

    ExprRef leaf(DType dtype) {
        const auto place = static_cast<ir::ValueId>(std::ranges::find(kTypes, dtype) - kTypes);
        if (pick(2) == 0) return ir::element({place, {ir::Affine::of(0)}, {}}, dtype);
        switch (dtype) {
            case DType::f32:  // some are no floats, so machine code rounds them
                return ir::constant(pick(4) == 0 ? 0.1 : number<float>(), dtype);
            case DType::f64: return ir::constant(number<double>(), dtype);
            case DType::i32: return ir::constant(number<std::int32_t>(), dtype);
            case DType::i64: return ir::constant(number<std::int64_t>(), dtype);
            case DType::boolean: return ir::constant(number<bool>(), dtype);
            case DType::bf16: break;  // nothing is computed in it
        }
        return nullptr;
    }

    ExprRef truth(int depth) {
        constexpr Scalar kComparisons[] = {Scalar::less,          Scalar::less_equal, Scalar::greater,
                                           Scalar::greater_equal, Scalar::equal,      Scalar::not_equal};
        switch (pick(6)) {
            case 0: return ir::call(Scalar::logical_and, {tree(boolean, depth), tree(boolean, depth)});
            case 1: return ir::call(Scalar::logical_or, {tree(boolean, depth), tree(boolean, depth)});
            case 2: return ir::call(Scalar::logical_not, {tree(boolean, depth)});
            case 3: {
                const DType dtype = kTypes[pick(4)];
                const ExprRef b = tree(dtype, depth);
                return ir::call(Scalar::greater, {ir::call(Scalar::max, {tree(dtype, depth), b}), b});
            }
            default: {
                const DType dtype = kTypes[pick(5)];
                return ir::call(kComparisons[pick(6)], {tree(dtype, depth), tree(dtype, depth)});
            }
        }
    }

    std::mt19937_64 random_;
};

constexpr int kTreesOfAType = 24;
constexpr std::int64_t kElements = 35;  // whole vectors and a tail

ir::Graph graph_of(Trees& trees) {
    std::string text = "ricci 1 model bodies\n";
    for (DType dtype : kTypes) text += fmt::format("input x.{0}: {0}[batch ?]\n", name_of(dtype));
    for (DType dtype : kTypes) {
        for (int i = 0; i < kTreesOfAType; ++i) {
            text += fmt::format("y.{0}{1}: {0}[batch ?]\ny.{0}{1}[i] = x.{0}[i]\noutput y.{0}{1}\n", name_of(dtype), i);
        }
    }
    ir::Graph graph = ir::parse(text);
    for (ir::Equation& equation : graph.equations) equation.body = trees.tree(equation.body->dtype, 3);
    return graph;
}

ir::Graph folded(ir::Graph graph) {
    for (ir::Equation& equation : graph.equations) equation.body = passes::fold(equation.body);
    return graph;
}

/// The bits of the elements of a result; one pattern for each nan.
using Bits = std::map<std::string, std::vector<std::int64_t>>;

std::int64_t bits_of(double element) {
    return std::isnan(element) ? std::bit_cast<std::int64_t>(std::nan("")) : std::bit_cast<std::int64_t>(element);
}

Bits interpreted(const ir::Graph& graph, const ir::Arrays& given) {
    Bits bits;
    for (const auto& [name, array] : ir::interpret(graph, given)) {
        bits[name] = array.integers;
        if (!array.integers.empty()) continue;
        for (double element : array.elements) bits[name].push_back(bits_of(element));
    }
    return bits;
}

template <typename T>
void fill(runtime::Buffer& buffer, ir::Array& array, Trees& trees) {
    for (T& element : buffer.span<T>()) {
        element = trees.number<T>();
        array.elements.push_back(static_cast<double>(element));
        if (std::is_integral_v<T>) array.integers.push_back(static_cast<std::int64_t>(element));
    }
}

template <typename T>
std::vector<std::int64_t> bits_in(const runtime::Buffer& buffer) {
    std::vector<std::int64_t> bits;
    for (T element : buffer.span<T>()) {
        bits.push_back(std::is_integral_v<T> ? static_cast<std::int64_t>(element) : bits_of(double(element)));
    }
    return bits;
}

Bits run(const ir::Graph& graph, const std::vector<runtime::Buffer>& inputs) {
    runtime::Executable program = codegen::compile(test::with_loops(graph), {.threads = 1});
    std::vector<runtime::Binding> bindings;
    for (const runtime::Buffer& buffer : inputs) bindings.push_back(runtime::Binding::of(buffer.spec().name, buffer));
    runtime::ThreadTeam team(1);
    program.run(bindings, team);
    Bits bits;
    for (const ir::Output& output : graph.outputs) {
        const runtime::Buffer& buffer = program.output(output.name);
        switch (buffer.spec().dtype) {
            case DType::f32: bits[output.name] = bits_in<float>(buffer); break;
            case DType::f64: bits[output.name] = bits_in<double>(buffer); break;
            case DType::i32: bits[output.name] = bits_in<std::int32_t>(buffer); break;
            case DType::i64: bits[output.name] = bits_in<std::int64_t>(buffer); break;
            case DType::boolean: bits[output.name] = bits_in<bool>(buffer); break;
            case DType::bf16: break;
        }
    }
    return bits;
}

void expect_same(const ir::Graph& graph, const ir::Graph& after, const Bits& before, const Bits& got,
                 const std::string& by) {
    for (std::size_t i = 0; i < graph.equations.size(); ++i) {
        const std::string& name = graph.outputs[i].name;
        EXPECT_EQ(before.at(name), got.at(name))
            << by << ": " << ir::print(graph, graph.equations[i]) << "\nfolded: "
            << ir::print(after, after.equations[i]);
    }
}

TEST(FoldNumbers, NoBitChangesAtTheBounds) {
    constexpr int kRounds = 200;
    constexpr int kCompiled = 8;  // of them, machine code too
    std::size_t smaller = 0;
    int round = 0;
    for (const std::uint64_t seed : test::seeds(kRounds)) {
        if (HasFailure()) break;
        SCOPED_TRACE(fmt::format("seed {}", seed));
        Trees trees(seed);
        const ir::Graph graph = graph_of(trees);
        const ir::Graph after = folded(graph);
        for (std::size_t i = 0; i < graph.equations.size(); ++i) {
            smaller += ir::same(graph.equations[i].body, after.equations[i].body) ? 0 : 1;
        }
        ir::Arrays given;
        std::vector<runtime::Buffer> inputs;
        for (DType dtype : kTypes) {
            const std::string name = fmt::format("x.{}", name_of(dtype));
            runtime::Buffer& buffer = inputs.emplace_back(runtime::BufferSpec{name, dtype, {}, {kElements}});
            ir::Array& array = given[name] = {{kElements}, {}};
            switch (dtype) {
                case DType::f32: fill<float>(buffer, array, trees); break;
                case DType::f64: fill<double>(buffer, array, trees); break;
                case DType::i32: fill<std::int32_t>(buffer, array, trees); break;
                case DType::i64: fill<std::int64_t>(buffer, array, trees); break;
                case DType::boolean: fill<bool>(buffer, array, trees); break;
                case DType::bf16: break;
            }
        }
        expect_same(graph, after, interpreted(graph, given), interpreted(after, given), "interpreter");
        if (round++ < kCompiled) expect_same(graph, after, run(graph, inputs), run(after, inputs), "machine code");
    }
    EXPECT_GT(smaller, kRounds * 5 * kTreesOfAType / 4U) << "the bodies give the rules little to do";
}

}  // namespace
}  // namespace ricci::testing
