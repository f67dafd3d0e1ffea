// What a routine consists of: an entry of the list, its code on each instruction set, a symbol, and what it costs.
#include "ir/core/routines.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ir/analysis/convolution_form.h"
#include "passes/convolution/choose_convolution.h"
#include "passes/machine.h"
#include "passes/products/product_cost.h"
#include "runtime/call/abi.h"
#include "runtime/call/convolution/engine.h"

namespace ricci::codegen {
namespace {

TEST(Routines, HaveCodeAtTheirNumberOnEachInstructionSet) {
    for (const ir::Routine& routine : ir::routines()) {
        if (routine.form != ir::Routine::Form::convolution) continue;
        const auto number = static_cast<std::size_t>(routine.number);
        for (const auto* engine : {&runtime::convolution_engine_avx512_bf16(), &runtime::convolution_engine_avx512(), &runtime::convolution_engine_avx2(),
                                   &runtime::convolution_engine_baseline()}) {
            ASSERT_LT(number, engine->routines.size()) << routine.name;
            EXPECT_NE(engine->routines[number].sweep, nullptr) << routine.name;
            EXPECT_NE(engine->routines[number].kernel_gradient, nullptr) << routine.name;
        }
    }
}

TEST(Routines, HaveNamesAndNumbersOfTheirOwn) {
    for (const ir::Routine& routine : ir::routines()) {
        EXPECT_EQ(ir::routine_named(routine.name), &routine) << "two are called " << routine.name;
        EXPECT_EQ(&ir::routines()[static_cast<std::size_t>(routine.number)], &routine) << routine.name;
        EXPECT_FALSE(routine.summary.empty()) << routine.name;
        EXPECT_GT(routine.error_bound, 0) << routine.name;
    }
}

TEST(Routines, HaveSymbolsOfTheAbi) {
    for (const ir::Routine& routine : ir::routines()) {
        const auto symbols = runtime::abi_symbols();
        EXPECT_TRUE(std::ranges::any_of(symbols, [&](const runtime::AbiSymbol& s) { return s.name == routine.symbol; }))
            << routine.name;
    }
}

TEST(Routines, HaveAPredictedCost) {
    ir::ConvolutionForm form{};
    form.groups = 1, form.in = form.out = 64, form.batch = 64;
    form.height = form.width = form.result_height = form.result_width = 16;
    form.taps_h = form.taps_w = 3;
    form.stride_h = form.stride_w = form.dilation_h = form.dilation_w = 1;
    for (const ir::Routine& routine : ir::routines()) {
        if (routine.form != ir::Routine::Form::convolution) continue;
        EXPECT_GT(passes::routine_seconds(form, routine, 64, passes::Machine{}), 0) << routine.name;
    }
    EXPECT_GT(passes::bf16_seconds(64, 64, 64, passes::Machine{}), 0);
}

}  // namespace
}  // namespace ricci::codegen
