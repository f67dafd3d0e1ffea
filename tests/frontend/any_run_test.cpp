// What a program computes does not depend on how it is run: not on threads, the batch around a sample, or earlier
// calls.
#include <gtest/gtest.h>

#include "ricci/lenet5.h"
#include "ricci/compile.h"
#include "ricci/data.h"
#include "tests/frontend/call_terms.h"
#include "tests/frontend/function.h"

namespace ricci::testing {
namespace {

/// The weights after an epoch of batches of 64 and one of 22, as their hash.
std::string weights_after_training(int threads, const passes::Options& options, DType dtype) {
    const Classifier net = lenet5({.dtype = dtype});
    Function step = detail::compile_with(test::forced(options),
                                         training_step(net.loss, sgd({.learning_rate = 0.05, .momentum = 0.9})),
                                         {.threads = threads});
    const ImageData data(draw_digits(150, 1), net.images.type());
    for (const Batch& batch : data.batches(64)) step(batch.images, batch.labels);
    return step.parameters().sha256();
}

TEST(AnyRun, GivesTheSameBitsForAnyNumberOfThreads) {
    const passes::Options ways[] = {
        {.layout = "nchw", .tile = "off"}, {.layout = "nhwc", .tile = "off"}, {.tile = "auto"}, {.tile = "3"}};
    for (const passes::Options& way : ways) {
        for (DType dtype : {f32, f64}) {
            const std::string one = weights_after_training(1, way, dtype);
            for (int threads : {2, 3, 7}) {
                EXPECT_EQ(weights_after_training(threads, way, dtype), one)
                    << threads << " threads, layout " << way.layout.word() << ", tile " << way.tile;
            }
        }
    }
}

TEST(AnyRun, GivesASampleTheSameResultInAnyBatch) {
    const Classifier net = lenet5();
    Function logits = test::compile_forced(net.logits, {.threads = 1});
    const ImageData data(draw_digits(67, 1), net.images.type());
    std::vector<double> alone;
    for (const Batch& batch : data.batches(1)) {
        const ir::Array one = to_array(logits(batch.images)[0]);
        alone.insert(alone.end(), one.elements.begin(), one.elements.end());
    }
    const ir::Array terms = terms_of(logits, {(*data.batches(67).begin()).images})().begin()->second;
    const std::vector<std::int64_t> extents = terms.extents;
    for (std::int64_t size : {67, 2, 64, 5}) {
        std::vector<double> together;
        for (const Batch& batch : data.batches(size)) {
            const ir::Array some = to_array(logits(batch.images)[0]);
            together.insert(together.end(), some.elements.begin(), some.elements.end());
        }
        // A product of matrices takes another path for one row than for many: the last bits may differ.
        EXPECT_EQ(difference({{"logits", {extents, alone}}}, {{"logits", {extents, together}}},
                             {.relative = 1e-6, .terms = [&] { return ir::Arrays{{"logits", terms}}; }}), "")
            << "batches of " << size;
    }
}

}  // namespace
}  // namespace ricci::testing
