/// \file tests/frontend/model_test.cpp
/// Models, their inputs and parameters, as a user builds them.
#include "ricci/model.h"

#include <gtest/gtest.h>

#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

TEST(Model, AnInputHasItsAxesInTheOrderWritten) {
    Model m("lenet5");
    Tensor images = m.input("images", f32, {batch(), channel(1), height(32), width(32)});
    EXPECT_EQ(fmt::format("{}", images), "images: f32[batch ?, channel 1, height 32, width 32]");
}

TEST(Model, AKindOfItsOwnIsAnAxisLikeTheOthers) {
    Model m("attention");
    EXPECT_EQ(to_string(m.input("q", f64, {batch(2), axis("head", 8), time(16)}).type()),
              "f64[batch 2, head 8, time 16]");
}

TEST(Model, ParametersAreCountedInElements) {
    Model m("m");
    m.parameter("w", f32, {feature(10), feature(20)});
    m.parameter("b", f32, {feature(10)}, zeros());
    m.input("x", f32, {batch(64)});
    EXPECT_EQ(m.parameter_count(), 210);
}

TEST(Model, AValueIsFoundByItsName) {
    Model m("m");
    Tensor x = m.input("x", f32, {batch()});
    EXPECT_EQ(id_of(m["x"]), id_of(x));
    EXPECT_FALSE(m["y"].defined());
}

TEST(Model, AnErrorBeginsWithTheUsersLine) {
    Model m("m");
    const unsigned line = __LINE__ + 1;
    const std::string message = refusal([&] { m.parameter("w", i32, {channel(6)}); });
    EXPECT_EQ(message, fmt::format("model_test.cpp:{}: parameter \"w\": i32 cannot be trained; use f32 or f64", line));
}

TEST(Model, SchemesBecomeBoundsByTheFan) {
    Model m("m");
    const std::vector<Axis> kernel = {channel(16), channel(6), tap_h(5), tap_w(5)};  // fan in 150, fan out 400
    auto initial = [&](const char* name, Initializer scheme) {
        return *graph_of(m).value(id_of(m.parameter(name, f32, kernel, scheme))).initial;
    };
    using Form = ir::Initializer::Form;
    EXPECT_EQ(initial("a", fan_in_uniform()),
              (ir::Initializer{Form::uniform, -1 / std::sqrt(150.0), 1 / std::sqrt(150.0)}));
    EXPECT_EQ(initial("b", glorot()), (ir::Initializer{Form::uniform, -std::sqrt(6.0 / 550), std::sqrt(6.0 / 550)}));
    EXPECT_EQ(initial("c", he()), (ir::Initializer{Form::normal, 0, std::sqrt(2.0 / 150)}));
}

}  // namespace
}  // namespace ricci::test
