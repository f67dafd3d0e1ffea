// Machine code has instructions for each scalar function.
#include "codegen/emit/scalar_emitters.h"

#include <gtest/gtest.h>

namespace ricci::codegen {
namespace {

TEST(ScalarEmitters, EachFunctionHasOne) {
    for (const ir::ScalarInfo& scalar : ir::scalars()) {
        EXPECT_TRUE(has_emitter(scalar.function)) << scalar.name << ": add a row to codegen/emit/scalar_emitters.cpp";
    }
}

}  // namespace
}  // namespace ricci::codegen
