// The machine code of LeNet-5's training step. Every hot loop has full-width vectors, only BLAS is called, and no page
// is writable and executable while it runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "codegen/compile.h"
#include "frontend/program/internals.h"
#include "ricci/lenet5.h"
#include "ricci/optimizer.h"
#include "ricci/program.h"
#include "passes/pipeline.h"
#include "tests/loops.h"

namespace ricci::codegen {
namespace {

/// One innermost loop of the assembly, its instructions without comments.
struct Loop {
    std::string function;
    std::string header;
    std::vector<std::string> instructions;

    std::size_t count(const std::regex& pattern) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            instructions, [&](const std::string& instruction) { return std::regex_search(instruction, pattern); }));
    }
};

struct Assembly {
    std::set<std::string> functions;
    std::set<std::string> called;
    std::vector<Loop> innermost;
};

/// Reads LLVM's text by its comments. "=>This Inner Loop Header" marks the first block of an innermost loop. "in Loop:
/// Header=BB2_4" marks its other blocks, which may also stand above it.
Assembly read_assembly(const std::string& text) {
    static const std::regex function_type("\\.type\\s+(\\S+),@function");
    static const std::regex block("^(\\.L(BB\\d+_\\d+):|# %bb\\.)");
    static const std::regex block_of_loop("in Loop: Header=(BB\\d+_\\d+)");
    static const std::regex call("^\\s+call\\w*\\s+([^@\\s]+)");
    Assembly result;
    std::map<std::string, Loop> loops;  // by header, also those that are not innermost
    std::set<std::string> innermost;
    std::string function;
    std::string label;
    std::string header;  // of the loop that the current block is in
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        std::smatch found;
        if (std::regex_search(line, found, function_type)) function = *result.functions.insert(found[1]).first;
        if (std::regex_search(line, found, block)) {
            label = found[2];
            header.clear();
        }
        if (line.find("This Inner Loop Header") != std::string::npos) innermost.insert(header = label);
        if (std::regex_search(line, found, block_of_loop)) header = found[1];
        if (std::regex_search(line, found, call)) result.called.insert(found[1]);
        const bool is_instruction = line.starts_with('\t') && !line.starts_with("\t.");
        if (!is_instruction || header.empty()) continue;
        loops[header].function = function;
        loops[header].header = header;
        loops[header].instructions.push_back(line.substr(0, line.find('#')));
    }
    for (const std::string& name : innermost) result.innermost.push_back(std::move(loops[name]));
    return result;
}

ir::Graph training_step_of_lenet5(DType dtype, const Target& target) {
    const Classifier net = lenet5({.dtype = dtype});
    passes::Remarks remarks;
    return passes::run_to(detail::graph_of(training_step(net.loss, sgd({.learning_rate = 0.05, .momentum = 0.9}))),
                          ir::Stage::planned, {.conv = "auto", .gemm = "auto", .tile = "auto", .machine = test::machine_of(target)},
                          remarks);
}

class MachineCode : public ::testing::TestWithParam<std::pair<const char*, DType>> {
  protected:
    Target target() const { return Target::named(GetParam().first); }
    Assembly assembly() const {
        return read_assembly(assembly_text(training_step_of_lenet5(GetParam().second, target()), {.target = target()}));
    }
};

/// One number that an id says, for each sample: there is nothing to put into vectors.
bool reads_by_ids_alone(const ir::KernelGroup& kernel) {
    const auto looks_up = [](const ir::Loop& loop) { return loop.look_up; };
    return !kernel.nests.empty() && std::ranges::all_of(kernel.nests, [&](const ir::LoopNest& nest) {
        return nest.lanes == 1 && std::ranges::any_of(nest.inner, looks_up);
    });
}

TEST_P(MachineCode, EveryHotLoopHasFullWidthVectors) {
    const std::regex full(target().vector_bytes == 64 ? "%zmm" : "%ymm");
    const std::regex scalar("^\\tv(f?n?m(add|sub)\\d*|add|sub|mul|div|max|min|sqrt)s[sd]\\s");
    std::set<std::string> scalars;
    for (const ir::KernelGroup& kernel : training_step_of_lenet5(GetParam().second, target()).kernels) {
        if (reads_by_ids_alone(kernel)) scalars.insert("lenet5." + kernel.name);
    }
    EXPECT_LE(scalars.size(), 1u);
    const Assembly code = assembly();
    EXPECT_GE(code.innermost.size(), 20u);
    for (const Loop& loop : code.innermost) {
        SCOPED_TRACE(loop.function + " " + loop.header);
        if (loop.count(std::regex("call\\w*\\s+ricci_gemm_")) > 0) continue;  // a loop around BLAS
        if (scalars.contains(loop.function)) continue;
        const std::size_t vectors = loop.count(full);
        EXPECT_GE(vectors, 1u);
        // The loss has a few numbers a sample beside its rows; nothing else computes element by element.
        EXPECT_LT(loop.count(scalar), vectors);
    }
}

TEST_P(MachineCode, KernelsHaveTheNamesOfTheirEquations) {
    const Assembly code = assembly();
    for (const ir::KernelGroup& kernel : training_step_of_lenet5(GetParam().second, target()).kernels) {
        EXPECT_TRUE(code.functions.contains("lenet5." + kernel.name)) << kernel.name;
    }
}

TEST_P(MachineCode, NothingIsGatheredLaneByLane) {
    const std::string text = assembly_text(training_step_of_lenet5(GetParam().second, target()), {.target = target()});
    std::string kernel;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t colon = line.find(':');
        if (line.starts_with("lenet5.") || line.starts_with("\"lenet5.")) kernel = line.substr(0, colon);
        // Outside of tiles the ten classes of a sample fill no vector, and samples are gathered in their place.
        if (kernel.contains("softmax_cross_entropy") || kernel.contains("d.fc3")) continue;
        EXPECT_FALSE(line.contains("gather") || line.contains("vscatter")) << kernel << ": " << line;
    }
}

TEST_P(MachineCode, CallsNothingButBlasAndMemset) {
    for (const std::string& name : assembly().called) {
        const std::set<std::string> allowed = {"ricci_gemm_f32", "ricci_gemm_f64", "memset", "memcpy", "memmove"};
        EXPECT_TRUE(allowed.contains(name)) << name;
    }
}

TEST_P(MachineCode, NoSumOfAForwardConvolutionOrDenseLayerLeavesItsRegister) {
    if (GetParam().second == f64) GTEST_SKIP() << "rows of 10 doubles end in a mask, which takes a register more";
    const std::regex multiply_add("\\tvfmadd\\d*p[sd]\\s");
    const std::regex spill("\\tvmov[au]p[sd]\\s+%[xyz]mm\\d+, -?\\d*\\(%rsp\\)");
    std::set<std::string> seen;
    for (const Loop& loop : assembly().innermost) {
        if (!loop.function.contains(".sum") || loop.count(multiply_add) == 0) continue;
        seen.insert(loop.function);
        EXPECT_EQ(loop.count(spill), 0U) << loop.function << " " << loop.header;
    }
    EXPECT_FALSE(seen.empty());
}

INSTANTIATE_TEST_SUITE_P(Targets, MachineCode,
                         ::testing::Values(std::pair("host", f32), std::pair("avx2", f32), std::pair("host", f64),
                                           std::pair("avx512", f32)),
                         [](const auto& given) {
                             return fmt::format("{}_{}", given.param.first, name_of(given.param.second));
                         });

TEST(MachineCodeTiles, HoldTheSamplesOfAVectorOnEveryRowOfTheTable) {
    for (const char* cpu : {"haswell", "znver3", "skylake-avx512", "znver4", "znver5"}) {
        const Target target = Target::named(cpu);
        const ir::Graph step = training_step_of_lenet5(f32, target);
        ASSERT_EQ(step.tiles.size(), 1U) << cpu;
        EXPECT_EQ(step.tiles.begin()->samples, target.lanes(f32)) << cpu;
    }
}

TEST(MachineCodePools, RunInTheTilesOfTheirConvolution) {
    const Target target = Target::named("avx512");
    const std::string text = assembly_text(training_step_of_lenet5(f32, target), {.target = target});
    const std::regex multiply_add("\\tvfn?m(add|sub)\\d*p[sd]\\s");
    std::map<std::string, int> loops;
    for (const Loop& loop : read_assembly(text).innermost) {
        if (loop.function != "lenet5.conv1.sum.to.pool1" && loop.function != "lenet5.conv2.sum.to.flatten1") continue;
        ++loops[loop.function];
        // A pool's own loop would have one for each point of a window.
        EXPECT_GE(loop.count(multiply_add), 16U) << loop.function << " " << loop.header;
    }
    EXPECT_EQ(loops.size(), 2U);
}

/// What /proc/self/maps says of a page: "r-xp"; "" when nothing is there.
std::string rights_at(const void* address) {
    std::ifstream maps("/proc/self/maps");
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    for (std::string line; std::getline(maps, line);) {
        std::size_t end = 0;
        const std::uintptr_t first = std::stoull(line, &end, 16);
        const std::uintptr_t last = std::stoull(line.substr(end + 1), nullptr, 16);
        if (wanted >= first && wanted < last) return line.substr(line.find(' ') + 1, 4);
    }
    return "";
}

int writable_and_executable_pages() {
    int count = 0;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        const std::string rights = line.substr(line.find(' ') + 1, 4);
        count += rights[1] == 'w' && rights[2] == 'x';
    }
    return count;
}

TEST(MachineCodePages, NoneIsWritableAndExecutableWhileTheStepRuns) {
    runtime::Executable program = compile(training_step_of_lenet5(f32, Target::host()), {.threads = 1});
    program.attach_zeros();
    runtime::Buffer images({"images", f32, {}, {64, 1, 32, 32}});
    runtime::Buffer labels({"labels", i32, {}, {64}});
    const std::vector<runtime::Binding> inputs = {runtime::Binding::of("images", images),
                                                  runtime::Binding::of("labels", labels)};
    runtime::ThreadTeam team(1);
    std::atomic<int> runs = 0;
    std::jthread runner([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            program.run(inputs, team);
            ++runs;
            runs.notify_all();
        }
    });
    runs.wait(0);
    const int before = runs;
    do {
        EXPECT_EQ(writable_and_executable_pages(), 0);
        for (const runtime::Kernel& kernel : program.program().kernels) {
            EXPECT_EQ(rights_at(reinterpret_cast<const void*>(kernel.fn)), "r-xp") << kernel.name;
        }
    } while (runs < before + 2);
}

}  // namespace
}  // namespace ricci::codegen
