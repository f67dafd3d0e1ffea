// The harness of equations.h.
#include "tests/codegen/equations.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "codegen/compile.h"
#include "ir/interpret/interpreter.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/check/magnitudes.h"
#include "passes/memory/plan_memory.h"
#include "tests/loops.h"

namespace ricci::testing {
namespace {

ir::Array draw(const ir::TensorType& type, std::int64_t batch, std::mt19937_64& random) {
    ir::Array array{type.extents(batch), {}};
    std::uniform_real_distribution<double> real(-1, 1);
    std::uniform_int_distribution<int> whole(0, type.dtype == boolean ? 1 : 3);
    for (std::int64_t i = 0; i < type.count(batch); ++i) {
        double value = is_float(type.dtype) ? real(random) : whole(random);
        array.elements.push_back(type.dtype == f32 ? static_cast<float>(value) : value);
    }
    return array;
}

template <typename T>
void copy_in(const std::vector<double>& from, void* to) {
    for (std::size_t i = 0; i < from.size(); ++i) static_cast<T*>(to)[i] = static_cast<T>(from[i]);
}

void fill(runtime::Buffer& buffer, const ir::Array& array) {
    switch (buffer.spec().dtype) {
        case DType::f32: return copy_in<float>(array.elements, buffer.data());
        case DType::f64: return copy_in<double>(array.elements, buffer.data());
        case DType::i32: return copy_in<std::int32_t>(array.elements, buffer.data());
        case DType::i64: return copy_in<std::int64_t>(array.elements, buffer.data());
        case DType::boolean: return copy_in<bool>(array.elements, buffer.data());
        case DType::bf16: return copy_in<Bf16>(array.elements, buffer.data());
    }
}

double element(const runtime::Buffer& buffer, std::size_t i) {
    switch (buffer.spec().dtype) {
        case DType::f32: return static_cast<const float*>(buffer.data())[i];
        case DType::f64: return static_cast<const double*>(buffer.data())[i];
        case DType::i32: return static_cast<const std::int32_t*>(buffer.data())[i];
        case DType::i64: return static_cast<double>(static_cast<const std::int64_t*>(buffer.data())[i]);
        case DType::boolean: return static_cast<const bool*>(buffer.data())[i];
        case DType::bf16: return static_cast<const Bf16*>(buffer.data())[i];
    }
    return 0;
}

;

void compare(const runtime::Buffer& got, const ir::Array& expected, const std::string& what, passes::Terms& terms) {
    ASSERT_EQ(static_cast<std::size_t>(got.elements()), expected.elements.size()) << what;
    double largest = 1e-30;
    for (double value : expected.elements) {
        if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
    }
    DType dtype = got.spec().dtype;
    const double relative = dtype == f64 ? 1e-12 : dtype == f32 ? 2e-5 : 0;
    for (std::size_t i = 0; i < expected.elements.size(); ++i) {
        double x = element(got, i);
        double y = expected.elements[i];
        const double apart = std::fabs(x - y);
        const bool equal = x == y || (std::isnan(x) && std::isnan(y)) ||
                           (std::isfinite(y) && apart <= relative * std::min(std::fabs(y), largest)) ||
                           apart <= relative * passes::scale_of(terms.of(what), i, largest);
        ASSERT_TRUE(equal) << what << ": element " << i << " is " << x << ", the interpreter has " << y;
    }
}

}  // namespace

void expect_equal_to_interpreter(const std::string& text, const CheckOptions& options) {
    SCOPED_TRACE(text);
    ir::Graph graph = ir::parse(text);
    passes::Remarks remarks;
    if (!options.only_outputs && !options.own_loops) graph.outputs.clear();
    for (ir::ValueId id = 0; id < static_cast<ir::ValueId>(graph.values.size()); ++id) {
        const bool wanted = !options.only_outputs && !options.own_loops && graph.value(id).role == ir::Role::temporary;
        if (wanted) graph.outputs.push_back({graph.value(id).name, id});
    }
    if (!options.own_loops) graph = test::with_loops(graph, options.target);
    if (options.only_outputs) graph = passes::plan_memory(graph, {}, remarks);

    std::mt19937_64 random(options.seed);
    ir::Arrays given;
    std::vector<runtime::Buffer> inputs;
    runtime::Executable program = codegen::compile(graph, {.target = options.target, .threads = 1});
    for (const ir::Value& value : graph.values) {
        if (value.role == ir::Role::temporary) continue;
        ir::Array array = draw(value.type, options.batch, random);
        runtime::Buffer buffer({value.name, value.type.dtype, {}, array.extents});
        fill(buffer, array);
        given[value.name] = std::move(array);
        ASSERT_EQ(value.role, ir::Role::input) << "the harness draws inputs only";
        inputs.push_back(std::move(buffer));
    }
    std::vector<runtime::Binding> bindings;
    for (const runtime::Buffer& buffer : inputs) bindings.push_back(runtime::Binding::of(buffer.spec().name, buffer));
    runtime::ThreadTeam team(options.threads);
    program.run(bindings, team);
    passes::Terms terms(graph, given);
    for (const auto& [name, expected] : ir::interpret(graph, given))
        compare(program.output(name), expected, name, terms);
}

}  // namespace ricci::testing
