// How long do the passes and code generation take, by size; and how long is a load from the cache?
#include "bench/ready_program.h"
#include "ricci/arithmetic.h"
#include "ricci/image_models.h"
#include "ricci/layers.h"
#include "ricci/lenet5.h"
#include "ricci/model.h"
#include "ricci/optimizer.h"

namespace ricci {
namespace {

/// Layers that follow one another, and their training step.
Program chain(std::int64_t layers) {
    Model model("chain");
    const Tensor x = model.input("x", f32, {batch(), feature(16)});
    Tensor h = x;
    for (std::int64_t i = 0; i < layers; ++i) h = tanh(linear(h, 16));
    return training_step(mean(h), sgd({.learning_rate = 0.1}));
}

void passes_alone(benchmark::State& state) {
    const Program program = chain(state.range(0));
    for (auto _ : state) {
        passes::Remarks remarks;
        benchmark::DoNotOptimize(
            passes::run_to(detail::graph_of(program), ir::Stage::planned, detail::passes_of({}), remarks));
    }
    state.SetComplexityN(state.range(0));
}
BENCHMARK(passes_alone)->RangeMultiplier(4)->Range(4, 256)->Complexity()->Unit(benchmark::kMillisecond);

void whole_compilation(benchmark::State& state) {
    const Program program = chain(state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(compile(program, bench::one_thread()).compile_seconds());
    state.SetComplexityN(state.range(0));
}
BENCHMARK(whole_compilation)->RangeMultiplier(4)->Range(4, 64)->Complexity()->Unit(benchmark::kMillisecond);

void from_cache(benchmark::State& state) {
    const Program program = chain(state.range(0));
    compile(program, {.threads = 1});
    for (auto _ : state) benchmark::DoNotOptimize(compile(program, {.threads = 1}).from_cache());
}
BENCHMARK(from_cache)->RangeMultiplier(4)->Range(4, 64)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ricci
