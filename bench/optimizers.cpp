// How fast do optimizers sweep over parameters?
#include "bench/ready_program.h"
#include "ricci/arithmetic.h"
#include "ricci/layers.h"
#include "ricci/model.h"
#include "ricci/optimizer.h"

namespace ricci {
namespace {

/// A step of a model that is almost parameters alone: the gradient of each is an element of the input.
void sweep(benchmark::State& state, const Optimizer& optimizer) {
    Model model("sweep");
    const Tensor x = model.input("x", f32, {feature(state.range(0))});
    const Tensor w = model.parameter("w", f32, {feature(state.range(0))}, zeros());
    bench::ReadyProgram(training_step(sum(w * x), optimizer), bench::one_thread(), 1).time(state);
    bench::count(state, "parameters", static_cast<double>(state.range(0)));
}
BENCHMARK_CAPTURE(sweep, sgd, sgd({.learning_rate = 0.01}))->RangeMultiplier(64)->Range(1 << 12, 1 << 24);
BENCHMARK_CAPTURE(sweep, momentum, sgd({.learning_rate = 0.01, .momentum = 0.9}))
    ->RangeMultiplier(64)
    ->Range(1 << 12, 1 << 24);
BENCHMARK_CAPTURE(sweep, adam, adam())->RangeMultiplier(64)->Range(1 << 12, 1 << 24);
BENCHMARK_CAPTURE(sweep, adamw, adamw())->RangeMultiplier(64)->Range(1 << 12, 1 << 24);
BENCHMARK_CAPTURE(sweep, lion, lion())->RangeMultiplier(64)->Range(1 << 12, 1 << 24);

}  // namespace
}  // namespace ricci
