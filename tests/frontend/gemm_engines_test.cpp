// Matrix products of compiled programs. BLAS and the plain loops give the same results. A library that is not there is
// reported by the program that needs it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "ricci/lenet5.h"
#include "ricci/optimizer.h"
#include "ricci/program.h"
#include "runtime/call/gemm.h"
#include "frontend/program/internals.h"
#include "tests/frontend/compiled.h"

namespace ricci::testing {
namespace {

/// The training step with everything that its gradients make of it as parameters' new values.
ir::Graph step_of_lenet5(DType dtype) {
    const Classifier net = lenet5({.dtype = dtype});
    return detail::graph_of(training_step(net.loss, sgd({.learning_rate = 0.05, .momentum = 0.9})));
}

/// Restores the engine of the process.
struct EngineChoice {
    explicit EngineChoice(runtime::GemmEngine engine) { runtime::set_gemm_engine(engine); }
    ~EngineChoice() { runtime::set_gemm_engine(before); }
    runtime::GemmEngine before = runtime::gemm_engine();
};

void expect_same_from_both_engines(DType dtype, const std::string& layout, double tolerance) {
    Compiled step(step_of_lenet5(dtype), {.layout = layout, .conv = "im2col", .gemm = "blas", .tile = "off"});
    const ir::Arrays given = draw(step.planned(), {.batch = 5, .low = -0.1, .high = 0.1, .numbers = 10});
    const ir::Arrays with_blas = step(given);
    const EngineChoice choice(runtime::GemmEngine::naive);
    EXPECT_EQ(difference(with_blas, step(given), {.relative = tolerance, .terms = terms_of(step.planned(), given)}), "") << layout;
}

TEST(GemmEngines, GiveTheSameTrainingStep) {
    for (const char* layout : {"nchw", "nhwc"}) {
        expect_same_from_both_engines(f64, layout, 1e-12);
        expect_same_from_both_engines(f32, layout, 2e-5);
    }
}

TEST(GemmEngines, ALibraryThatIsNotThereIsReportedByTheProgram) {
    ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(
        {
            ::setenv("RICCI_BLAS", "/nowhere/libmine.so", 1);
            Compiled step(step_of_lenet5(f32), {.conv = "im2col", .gemm = "blas", .tile = "off"});
            try {
                step(draw(step.planned(), {}));
                std::_Exit(1);
            } catch (const UserError& error) {
                std::cerr << error.what() << std::endl;
                std::_Exit(2);
            }
        },
        ::testing::ExitedWithCode(2),
        "^lenet5: kernel lenet5.conv1.sum: cannot load BLAS library /nowhere/libmine.so: .*No such file or directory");
}

}  // namespace
}  // namespace ricci::testing
