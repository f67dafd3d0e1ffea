// A scalar function has a row of the table, an op, a C++ function of terms, one of tensors, and a line of the reference.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ir/core/scalar.h"
#include "ir/ops/table.h"
#include "ir/print/print.h"
#include "ricci.h"

namespace ricci {
namespace {

TEST(ScalarFunctions, EachOfOneArgumentThatIsCalledByNameIsInTheList) {
    std::set<ir::Scalar> listed;
    for (const ir::ScalarFunction& scalar : ir::scalar_functions()) listed.insert(scalar.function);
    for (const ir::ScalarInfo& scalar : ir::scalars()) {
        const bool numbers = scalar.types == ir::ScalarInfo::Types::same || scalar.types == ir::ScalarInfo::Types::real;
        EXPECT_EQ(listed.contains(scalar.function), numbers && scalar.arity == 1 && scalar.infix.empty())
            << scalar.name << ": the list is ricci/scalar_functions.h";
    }
}

TEST(ScalarFunctions, EachHasAValueADerivativeAndACost) {
    for (const ir::ScalarInfo& scalar : ir::scalars()) {
        EXPECT_NE(scalar.value, nullptr) << scalar.name;
        EXPECT_NE(scalar.derivative, nullptr) << scalar.name << ": say `flat` where it is 0 everywhere";
        EXPECT_EQ(scalar.integer == nullptr, scalar.types == ir::ScalarInfo::Types::real) << scalar.name;
        EXPECT_GE(scalar.operations, 1) << scalar.name;
        EXPECT_GE(scalar.error.f32, 0.5) << scalar.name;
        EXPECT_GE(scalar.error.f64, 0.5) << scalar.name;
    }
}

TEST(ScalarFunctions, EachIsAnOpAndALineOfTheReference) {
    std::ifstream file(std::string(RICCI_SOURCE_DIR) + "/docs/language.md");
    std::stringstream text;
    text << file.rdbuf();
    for (const ir::ScalarFunction& scalar : ir::scalar_functions()) {
        const ir::Op* op = ir::op_named(scalar.name);
        ASSERT_NE(op, nullptr) << scalar.name;
        EXPECT_EQ(op->summary, scalar.meaning);
        const std::string line = fmt::format("\n| `{}(x)` | {} |\n", scalar.name, scalar.meaning);
        EXPECT_TRUE(text.str().contains(line)) << "docs/language.md lacks this line:" << line;
    }
}

/// What C++ makes of a function of terms, and of tensors.
std::string term_text(Term (*function)(const Term&)) {
    Model m("m");
    Tensor x = m.input("x", f32, {feature(3)});
    Tensor y = m.tensor("y");
    const Index f("f", feature);
    y[f] = function(x[f]);
    return ir::print(detail::Internals::model(y)->graph);
}
std::string tensor_text(Tensor (*function)(TensorAt)) {
    Model m("m");
    Tensor x = m.input("x", f32, {feature(3)});
    const Tensor y = function(x);
    return ir::print(detail::Internals::model(y)->graph);
}

TEST(ScalarFunctions, EachIsAFunctionOfTermsAndOfTensors) {
// The graph holds the op's equation, with its name behind '@'.
#define RICCI_SCALAR_TEXTS(name, meaning)                                                      \
    EXPECT_TRUE(term_text(static_cast<Term (*)(const Term&)>(name)).contains(#name "(x[f])")); \
    EXPECT_TRUE(tensor_text(static_cast<Tensor (*)(TensorAt)>(name)).contains("  @" #name "\n"));
    RICCI_SCALAR_FUNCTIONS(RICCI_SCALAR_TEXTS)
#undef RICCI_SCALAR_TEXTS
}

}  // namespace
}  // namespace ricci
