// The table of routines says what the runtime knows: its numbers and symbols.
#include <gtest/gtest.h>

#include <algorithm>

#include "ir/core/routines.h"
#include "runtime/call/abi.h"
#include "runtime/call/convolution/convolution.h"

namespace ricci::codegen {
namespace {

TEST(Routines, HaveTheNumbersThatTheRuntimeKnowsThemBy) {
    using runtime::ConvolutionMethod;
    const auto number = [](std::string_view name) { return ir::routine_named(name)->number; };
    EXPECT_EQ(number("blocks"), static_cast<std::int64_t>(ConvolutionMethod::blocks));
    EXPECT_EQ(number("winograd2"), static_cast<std::int64_t>(ConvolutionMethod::winograd2));
    EXPECT_EQ(number("winograd4"), static_cast<std::int64_t>(ConvolutionMethod::winograd4));
    std::int64_t convolutions = 0;
    for (const ir::Routine& routine : ir::routines()) convolutions += routine.form == ir::Routine::Form::convolution;
    EXPECT_EQ(convolutions, runtime::kConvolutionMethods) << "a routine more needs its line here";
}

TEST(Routines, HaveSymbolsOfTheAbi) {
    for (const ir::Routine& routine : ir::routines()) {
        const auto symbols = runtime::abi_symbols();
        EXPECT_TRUE(std::ranges::any_of(symbols, [&](const runtime::AbiSymbol& s) { return s.name == routine.symbol; }))
            << routine.name;
    }
}

}  // namespace
}  // namespace ricci::codegen
