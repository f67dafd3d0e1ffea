// Promises of codegen/emit/kernel_form.h: kernels that are alike share one function, and only those.
#include "codegen/emit/kernel_form.h"

#include <gtest/gtest.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <set>

#include "codegen/compile.h"
#include "codegen/emit/emit_kernel.h"
#include "codegen/jit/module_compiler.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"
#include "tests/codegen/equations.h"
#include "tests/loops.h"

namespace ricci::codegen {
namespace {

// Without tiles, whose copies in and out are kernels too.
ir::Graph planned(const std::string& text, bool fuse = false) {
    passes::Remarks remarks;
    return passes::run_to(ir::parse(text), ir::Stage::planned,
                          {.conv = "auto",
                           .gemm = "auto",
                           .tile = "off",
                           .fuse = fuse,
                           .machine = test::machine_of(Target::host())},
                          remarks);
}

/// How many kernels a graph has, and how many functions those are.
std::pair<std::size_t, std::size_t> count(const ir::Graph& graph) {
    const runtime::Executable executable = compile(graph);
    std::set<runtime::KernelFn> functions;
    for (const runtime::Kernel& kernel : executable.program().kernels) functions.insert(kernel.fn);
    return {executable.program().kernels.size(), functions.size()};
}

constexpr const char* kTwoBranches = R"(ricci 1 model t
input x: f32[batch ?, channel 3, height 12, width 12]
input y: f32[batch ?, channel 3, height 12, width 12]
input k: f32[channel 4, channel 3, tap_h 5, tap_w 5]
c = conv2d(x, k)
d = conv2d(y, k)
t[b, o, p, q] = tanh(c[b, o, p, q])
u[b, o, p, q] = tanh(d[b, o, p, q])
m[b, o, p] = max(q) t[b, o, p, q]
n[b, o, p] = max(q) u[b, o, p, q]
output m
output n
)";

TEST(KernelForm, EqualKernelsShareOneFunction) {
    const ir::Graph graph = planned(R"(ricci 1 model t
input x: f32[batch ?, feature 24]
input y: f32[batch ?, feature 24]
p[b, i] = tanh(x[b, i]) * 3
q[b, i] = tanh(y[b, i]) * 3
output p
output q
)");
    EXPECT_EQ(count(graph), (std::pair<std::size_t, std::size_t>(2, 1)));
}

TEST(KernelForm, OtherConstantsExtentsKindsOrReadersAreOtherFunctions) {
    for (const char* second : {"q[b, i] = tanh(y[b, i]) * 4\noutput q", "q[b, i] = tanh(y[b, i] * 3)\noutput q",
                               "q[b, i] = tanh(z[b, i]) * 3\noutput q", "q[b, i] = tanh(u[b, i]) * 3\noutput q",
                               "q[b, i] = tanh(y[b, i]) * 3\nr[b, i] = q[b, i] + y[b, i]\noutput q\noutput r"}) {
        const ir::Graph graph = planned(fmt::format(R"(ricci 1 model t
input x: f32[batch ?, feature 24]
input y: f32[batch ?, feature 24]
input z: f32[batch ?, feature 25]
input u: f64[batch ?, feature 24]
p[b, i] = tanh(x[b, i]) * 3
{}
output p
)",
                                                    second));
        const auto [kernels, functions] = count(graph);
        EXPECT_EQ(functions, kernels) << second;
    }
}

TEST(KernelForm, AResultInPlaceIsNotLikeOneThatIsNot) {
    ir::Graph graph = planned(R"(ricci 1 model t
input x: f32[batch ?, feature 24]
a[b, i] = tanh(x[b, i])
c[b, i] = a[b, i] * 2
d[b, i] = c[b, i] * 2
e[b, i] = d[b, i] + x[b, i]
output e
)");
    const ir::ValueId c = graph.find("c");
    const ir::ValueId d = graph.find("d");
    ASSERT_NE(c, ir::ValueId());
    ASSERT_NE(d, ir::ValueId());
    graph.value(c).placement->shares = -1;
    graph.value(c).placement->offset = graph.arena_per_sample;
    graph.arena_per_sample += 128;
    graph.value(d).placement->shares = c;
    std::vector<ir::KernelSource> sources = ir::kernels_of(graph);
    std::vector<const ir::KernelSource*> pointers;
    for (const ir::KernelSource& source : sources) pointers.push_back(&source);
    EXPECT_EQ(first_alike(ir::PlannedGraph(graph), pointers), (std::vector<std::size_t>{0, 1, 2, 3}));
    graph.value(d).placement->shares = -1;
    EXPECT_EQ(first_alike(ir::PlannedGraph(graph), pointers), (std::vector<std::size_t>{0, 1, 1, 3}));
}

TEST(KernelForm, SharedFunctionsGiveTheInterpretersValues) {
    testing::expect_equal_to_interpreter(R"(ricci 1 model t
input x: f32[batch ?, feature 24]
input y: f32[batch ?, feature 24]
input w: f32[feature 24, hidden 24]
p[b, i] = tanh(x[b, i]) * 3
q[b, i] = tanh(y[b, i]) * 3
h[b, j] = sum(i) p[b, i] * w[i, j]
g[b, j] = sum(i) q[b, i] * w[i, j]
m[b] = max(j) h[b, j]
n[b] = max(j) g[b, j]
)");
}

/// The assembly of one kernel under a name that tells nothing.
std::string assembly_of(const ir::Graph& graph, ir::KernelSource source) {
    source.name = "kernel";
    ModuleCompiler compiler(Target::host());
    llvm::LLVMContext context;
    std::unique_ptr<llvm::Module> module = compiler.new_module("alone", context);
    emit_kernel(ir::PlannedGraph(graph), source, Target::host(), *module);
    compiler.optimise(*module);
    return compiler.assembly_text(*module);
}

TEST(KernelForm, KernelsThatAreAlikeAreTheSameAssemblyEachByItself) {
    for (const bool fuse : {false, true}) {
        const ir::Graph graph = planned(kTwoBranches, fuse);
        const std::vector<ir::KernelSource> sources = ir::kernels_of(graph);
        std::vector<const ir::KernelSource*> pointers;
        for (const ir::KernelSource& source : sources) pointers.push_back(&source);
        const std::vector<std::size_t> first = first_alike(ir::PlannedGraph(graph), pointers);
        std::size_t shared = 0;
        for (std::size_t i = 0; i < first.size(); ++i) {
            if (first[i] == i) continue;
            ++shared;
            EXPECT_EQ(assembly_of(graph, sources[i]), assembly_of(graph, sources[first[i]])) << sources[i].name;
        }
        EXPECT_GE(shared, 2U);
    }
}

}  // namespace
}  // namespace ricci::codegen
