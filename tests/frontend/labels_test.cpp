/// \file tests/frontend/labels_test.cpp
/// Labels that number no class are refused by a call, naming the sample and both numbers.
#include <gtest/gtest.h>

#include "ricci/layers.h"
#include "ricci/model.h"
#include "ricci/arithmetic.h"
#include "ricci/compile.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

class Labels : public testing::TestWithParam<std::tuple<Engine, DType>> {
  protected:
    Engine engine() const { return std::get<0>(GetParam()); }
    DType dtype() const { return std::get<1>(GetParam()); }

    Array numbers(const std::vector<std::int64_t>& values) const {
        Array buffer(dtype(), {batch(static_cast<std::int64_t>(values.size()))});
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (dtype() == i32)
                buffer.span<std::int32_t>()[i] = static_cast<std::int32_t>(values[i]);
            else
                buffer.span<std::int64_t>()[i] = values[i];
        }
        return buffer;
    }
};

TEST_P(Labels, OutsideTheClassesAreRefused) {
    Model m("net");
    Tensor x = m.input("x", f32, {batch(), feature(2)});
    Tensor labels = m.input("labels", dtype(), {batch()});
    Tensor loss = mean(softmax_cross_entropy(linear(x, classes(3)), labels));
    Function step = compile_forced(training_step(loss, sgd()), {.threads = 1, .engine = engine()});
    const Array samples(f32, {4, 2});
    const std::string before = step.parameters().sha256();
    auto call = [&](std::int64_t label) { return [&, label] { step(samples, numbers({0, 1, label, 2})); }; };
    const std::string rest = " at batch 2 but numbers class 3: 0 to 2";
    EXPECT_EQ(refusal(call(3)), "net: input \"labels\" is 3" + rest);
    EXPECT_EQ(refusal(call(-1)), "net: input \"labels\" is -1" + rest);
    if (dtype() == i64) {
        EXPECT_EQ(refusal(call(std::int64_t{1} << 32)), "net: input \"labels\" is 4294967296" + rest);
    }
    EXPECT_EQ(step.parameters().sha256(), before);
    EXPECT_EQ(refusal(call(2)), "(accepted)");
}

TEST_P(Labels, OfPixelsAreNamedByAllIndices) {
    Model m("net");
    Tensor x = m.input("x", f32, {batch(), classes(3), height(2), width(2)});
    Tensor labels = m.input("labels", dtype(), {batch(), height(2), width(2)});
    Function loss = compile_forced(mean(softmax_cross_entropy(x, labels)), {.threads = 1, .engine = engine()});
    const Array samples(f32, {2, 3, 2, 2});
    const Array wrong = numbers({0, 0, 0, 0, 0, 0, 7, 0}).with_axes({batch(2), height(2), width(2)});
    EXPECT_EQ(refusal([&] { loss({{"labels", wrong}, {"x", samples}}); }),
              "net: input \"labels\" is 7 at batch 1, height 1, width 0 but numbers class 3: 0 to 2");
}

INSTANTIATE_TEST_SUITE_P(All, Labels,
                         testing::Combine(testing::Values(Engine::interpreter, Engine::jit), testing::Values(i32, i64)),
                         [](const auto& given) {
                             return std::string(std::get<0>(given.param) == Engine::jit ? "jit_" : "interpreter_") +
                                    std::string(name_of(std::get<1>(given.param)));
                         });

}  // namespace
}  // namespace ricci::test
