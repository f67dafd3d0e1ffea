/// \file tests/frontend/work_count_test.cpp
/// Operations that the equations of whole programs ask for, against counts made by hand.
#include <gtest/gtest.h>

#include "frontend/program/internals.h"
#include "ir/analysis/work.h"
#include "passes/pipeline.h"
#include "ricci/classifier.h"
#include "ricci/optimizer.h"
#include "ricci/program.h"

namespace ricci::test {
namespace {

double product_flop(const Program& program, std::int64_t batch) {
    passes::Remarks remarks;
    return ir::work_of(passes::run_to(detail::graph_of(program), ir::Stage::step, {}, remarks), batch).product_flop;
}

TEST(WorkOfPrograms, LeNetsStepTakesThreeProductsALayerButForTheImagesGradient) {
    const Classifier classifier = model_named("lenet5").build({});
    constexpr double kConv1 = 2.0 * 6 * 28 * 28 * 25, kConv2 = 2.0 * 16 * 10 * 10 * 6 * 25;
    constexpr double kDense = 2.0 * (400 * 120 + 120 * 84 + 84 * 10);
    constexpr double kImage = 2 * kConv1 + 3 * (kConv2 + kDense);
    EXPECT_EQ(kImage, 2263920);
    for (const std::int64_t batch : {1, 64}) {
        const double step = product_flop(training_step(classifier.loss, sgd({.learning_rate = 0.1})), batch);
        EXPECT_EQ(step, static_cast<double>(batch) * kImage);
        EXPECT_EQ(product_flop(forward({classifier.logits}), batch),
                  static_cast<double>(batch) * (kConv1 + kConv2 + kDense));
    }
}

}  // namespace
}  // namespace ricci::test
