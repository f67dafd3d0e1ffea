/// \file tests/frontend/padded_folds_test.cpp
/// Each scalar function of one argument, folded over windows that reach past both ends. There its argument is a constant, which
/// the compiler meets beside numbers of both signs.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "ir/core/scalar.h"
#include "ir/interpret/interpreter.h"
#include "ir/text/parser.h"
#include "tests/frontend/compiled.h"

namespace ricci::testing {
namespace {

TEST(PaddedFolds, AgreeWithTheInterpreter) {
    int run = 0;
    for (const ir::ScalarInfo& function : ir::scalars()) {
        if (function.arity != 1 || function.types == ir::ScalarInfo::Types::integer || !function.infix.empty()) continue;
        for (const char* fold : {"max", "min", "sum"}) {
            for (const char* outside : {"0", "-0.5", "2"}) {
                std::string text = "ricci 1 model folds\ninput x: f64[batch 2, time 5, channel 6]\n";
                int number = 0;
                for (const char* at : {"2*t + dt", "2*t + dt - 1"}) {
                    for (const char* body : {"{0}(pad(x[b, {1}, c], {2}))", "{0}(0 - pad(x[b, {1}, c], {2}))", "0 - {0}(pad(x[b, {1}, c], {2}))"}) {
                        text += fmt::format("y{}[b, t, c] = {}(dt: tap_time 2) ({}) where t: time 3\noutput y{}\n", number, fold,
                                            fmt::format(fmt::runtime(body), function.name, at, outside), number);
                        ++number;
                    }
                }
                ir::Graph graph;
                try {
                    graph = ir::parse(text, "folds");
                } catch (const UserError&) {
                    continue;  // no function that texts call of a float
                }
                ir::Array x{{2, 5, 6}, {}};
                for (int i = 0; i < 60; ++i) x.elements.push_back(i % 17 == 5 ? NAN : 1.5 * std::sin(static_cast<double>(i * i + 1)));
                const ir::Arrays given = {{"x", x}};
                const std::string apart = difference(ir::interpret(graph, given), Compiled(graph)(given),
                                                    {.relative = 1e-12, .terms = terms_of(graph, given)});
                EXPECT_EQ(apart, "") << text;
                ++run;
            }
        }
    }
    EXPECT_GE(run, 100);
}

}  // namespace
}  // namespace ricci::testing
