// The path from an LLVM module to running code, and its promises about memory, symbols and errors.
#include "codegen/jit/jit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "codegen/jit/module_compiler.h"
#include "ir/base/error.h"

namespace ricci::codegen {
namespace {

// data[begin..end) += the runtime's answer for `step`.
constexpr const char* kCallsRuntime = R"(
declare i64 @answer(i64)
define void @add_answer(ptr %data, i64 %begin, i64 %end, i64 %step) {
entry:
  %amount = call i64 @answer(i64 %step)
  br label %loop
loop:
  %i = phi i64 [ %begin, %entry ], [ %next, %loop ]
  %place = getelementptr i64, ptr %data, i64 %i
  %old = load i64, ptr %place
  %new = add i64 %old, %amount
  store i64 %new, ptr %place
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %end
  br i1 %more, label %loop, label %done
done:
  ret void
})";

constexpr const char* kVector = R"(
define void @square(ptr %data) {
  %x = load <16 x float>, ptr %data, align 4
  %y = fmul <16 x float> %x, %x
  store <16 x float> %y, ptr %data, align 4
  ret void
})";

constexpr const char* kCallsProbe = R"(
declare void @probe()
define void @run_probe() {
  call void @probe()
  ret void
})";

std::int64_t answer(std::int64_t step) {
    return 40 + step;
}

struct Maps {
    int executable = 0;
    int writable_and_executable = 0;
};

Maps read_maps() {
    Maps maps;
    std::ifstream file("/proc/self/maps");
    for (std::string line; std::getline(file, line);) {
        const std::string rights = line.substr(line.find(' ') + 1, 4);
        maps.executable += rights[2] == 'x';
        maps.writable_and_executable += rights[1] == 'w' && rights[2] == 'x';
    }
    return maps;
}

Maps maps_while_running;
void probe() {
    maps_while_running = read_maps();
}

void add_text(Jit& jit, const Target& target, const char* text) {
    llvm::LLVMContext context;
    ModuleCompiler compiler(target);
    auto module = compiler.parse(text, context);
    jit.add_module(compiler, *module);
}

TEST(Jit, KernelCallsAnAbsoluteSymbol) {
    const Target target = Target::host();
    const std::array symbols = {Symbol{"answer", reinterpret_cast<const void*>(&answer)}};
    Jit jit(target, symbols);
    add_text(jit, target, kCallsRuntime);
    auto* kernel = jit.function<void(void*, std::int64_t, std::int64_t, std::int64_t)>("add_answer");
    std::vector<std::int64_t> data = {0, 10, 20, 30};
    kernel(data.data(), 1, 3, 2);
    EXPECT_EQ(data, (std::vector<std::int64_t>{0, 52, 62, 30}));
}

TEST(Jit, NoPageIsWritableAndExecutableWhileCodeRuns) {
    const Target target = Target::host();
    const std::array symbols = {Symbol{"probe", reinterpret_cast<const void*>(&probe)}};
    const int executable_before = read_maps().executable;
    Jit jit(target, symbols);
    add_text(jit, target, kCallsProbe);
    jit.function<void()>("run_probe")();
    EXPECT_GT(maps_while_running.executable, executable_before);
    EXPECT_EQ(maps_while_running.writable_and_executable, 0);
}

TEST(Jit, CodeGoesWithTheJit) {
    const int before = read_maps().executable;
    {
        Jit jit(Target::host());
        add_text(jit, Target::host(), kVector);
        jit.address("square");
        EXPECT_EQ(read_maps().executable, before + 1);
    }
    EXPECT_EQ(read_maps().executable, before);
}

TEST(Jit, KnowsItsFunctions) {
    Jit jit(Target::host());
    add_text(jit, Target::host(), kVector);
    const auto* code = static_cast<const std::byte*>(jit.address("square"));
    const auto functions = jit.functions();
    ASSERT_EQ(functions.size(), 1u);
    EXPECT_EQ(functions[0].name, "square");
    EXPECT_EQ(functions[0].address, code);
    EXPECT_GT(functions[0].size, 0u);
    EXPECT_EQ(jit.name_at(code + functions[0].size - 1), "square");
    EXPECT_EQ(jit.name_at(code + functions[0].size), "");
}

TEST(Jit, LesserTargetRunsOnTheHost) {
    const Target target = Target::named("avx2");
    Jit jit(target);
    add_text(jit, target, kVector);
    std::array<float, 16> data{};
    for (int i = 0; i < 16; ++i) data[i] = static_cast<float>(i);
    jit.function<void(float*)>("square")(data.data());
    for (int i = 0; i < 16; ++i) EXPECT_EQ(data[i], static_cast<float>(i * i));
}

TEST(Jit, MissingSymbolIsNamed) {
    Jit jit(Target::host());
    add_text(jit, Target::host(), kCallsRuntime);
    for (const char* name : {"add_answer", "absent"}) {
        try {
            jit.address(name);
            FAIL() << name << " was found";
        } catch (const InternalError& error) {
            const std::string wanted = name == std::string("absent") ? "absent" : "answer";
            EXPECT_NE(std::string(error.what()).find("[ " + wanted + " ]"), std::string::npos) << error.what();
        }
    }
}

TEST(Jit, TheSameFunctionTwiceIsRefused) {
    Jit jit(Target::host());
    add_text(jit, Target::host(), kVector);
    EXPECT_THROW(add_text(jit, Target::host(), kVector), InternalError);
}

TEST(Jit, RubbishIsNoObject) {
    Jit jit(Target::host());
    EXPECT_THROW(jit.add_object("rubbish", "rubbish.o"), InternalError);
}

TEST(Jit, TargetTheHostLacksIsRefused) {
    Target target = Target::named("avx2");
    target.features = "+xop";
    EXPECT_THROW(Jit{target}, UserError);
}

TEST(Jit, PerfMapHasTheFunctions) {
    ::setenv("RICCI_PERF", "1", 1);
    Jit jit(Target::host());
    ::unsetenv("RICCI_PERF");
    add_text(jit, Target::host(), kVector);
    const auto address = reinterpret_cast<std::uintptr_t>(jit.address("square"));
    const std::string path = fmt::format("/tmp/perf-{}.map", ::getpid());
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    EXPECT_EQ(line, fmt::format("{:x} {:x} square", address, jit.functions().at(0).size));
    std::remove(path.c_str());
}

TEST(ModuleCompiler, ThreadsCompileModulesOfTheirOwn) {
    constexpr std::size_t kThreads = 4;
    std::array<std::string, kThreads> objects;
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < kThreads; ++i) {
            threads.emplace_back([&objects, i] {
                std::string text = kVector;
                text.replace(text.find("square"), 6, fmt::format("square_{}", i));
                llvm::LLVMContext context;
                ModuleCompiler compiler(Target::host());
                auto module = compiler.parse(text, context);
                compiler.optimise(*module);
                objects[i] = compiler.object_code(*module);
            });
        }
    }
    Jit jit(Target::host());
    for (const std::string& object : objects) jit.add_object(object, "square.o");
    for (std::size_t i = 0; i < kThreads; ++i) {
        std::array<float, 16> data{};
        data[15] = 3;
        jit.function<void(float*)>(fmt::format("square_{}", i))(data.data());
        EXPECT_EQ(data[15], 9);
    }
}

TEST(ModuleCompiler, UsesTheFullWidthOfEachTarget) {
    // skylake-avx512 is one of those that LLVM tunes for 256 bits.
    const bool wide = Target::host().vector_bytes == 64;
    for (const auto& [name, yes, no] :
         {std::array<const char*, 3>{"skylake-avx512", "zmm0", "ymm0"},
          std::array<const char*, 3>{"avx512", "zmm0", "ymm0"}, std::array<const char*, 3>{"haswell", "ymm0", "zmm0"},
          std::array<const char*, 3>{"host", wide ? "zmm0" : "ymm0", wide ? "ymm0" : "zmm0"}}) {
        llvm::LLVMContext context;
        ModuleCompiler compiler(Target::named(name));
        auto module = compiler.parse(kVector, context);
        compiler.optimise(*module);
        const std::string assembly = compiler.assembly_text(*module);
        EXPECT_NE(assembly.find(yes), std::string::npos) << name << '\n' << assembly;
        EXPECT_EQ(assembly.find(no), std::string::npos) << name << '\n' << assembly;
    }
}

TEST(ModuleCompiler, TextParsesBack) {
    llvm::LLVMContext context;
    ModuleCompiler compiler(Target::named("avx2"));
    auto module = compiler.parse(kCallsRuntime, context);
    compiler.optimise(*module);
    const std::string text = ModuleCompiler::llvm_text(*module);
    EXPECT_NE(text.find("define void @add_answer"), std::string::npos);
    llvm::LLVMContext other;
    EXPECT_NE(compiler.parse(text, other), nullptr);
}

// The schedule says what is unrolled, and the emitter writes it out.
TEST(ModuleCompiler, UnrollsNothingByItself) {
    constexpr const char* kFourRounds = R"(
define void @four(ptr %to) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %at = getelementptr inbounds i64, ptr %to, i64 %i
  store i64 %i, ptr %at
  %next = add nuw nsw i64 %i, 1
  %more = icmp ult i64 %next, 4
  br i1 %more, label %loop, label %done
done:
  ret void
})";
    llvm::LLVMContext context;
    ModuleCompiler compiler(Target::named("avx2"));
    const auto module = compiler.parse(kFourRounds, context);
    compiler.optimise(*module);
    const std::string optimised = ModuleCompiler::llvm_text(*module);
    int count = 0;
    for (std::size_t at = 0; (at = optimised.find("store i64", at)) != std::string::npos; ++at) ++count;
    EXPECT_EQ(count, 1) << optimised;
}

TEST(ModuleCompiler, MalformedModuleIsOurError) {
    llvm::LLVMContext context;
    ModuleCompiler compiler(Target::named("avx2"));
    auto module = compiler.parse("define i64 @twice(i64 %x) {\n  ret i64 %x\n}", context);
    module->getFunction("twice")->begin()->getTerminator()->eraseFromParent();
    EXPECT_THROW(compiler.optimise(*module), InternalError);
    EXPECT_THROW(compiler.parse("define nonsense", context), UserError);
}

}  // namespace
}  // namespace ricci::codegen
