// How fast are products of matrices, by shape and by who computes them?
#include "bench/ready_program.h"
#include "ricci/layers.h"
#include "ricci/model.h"

namespace ricci {
namespace {

/// y[b, o] = sum(i) x[b, i] * w[o, i]. Arguments: b, i, o, 1 for register tiles in place of BLAS.
void product(benchmark::State& state) {
    Model model("product");
    const Tensor x = model.input("x", f32, {batch(), feature(state.range(1))});
    const Tensor y = linear(x, state.range(2), {.bias = false});
    CompileOptions options = bench::one_thread();
    options.tile = TileSize::off();
    options.gemm = state.range(3) == 1 ? Gemm::contraction : Gemm::blas;
    bench::ReadyProgram(forward({y}), options, state.range(0)).time(state);
    bench::count(state, "FLOP", 2.0 * static_cast<double>(state.range(0) * state.range(1) * state.range(2)));
}
BENCHMARK(product)
    ->ArgNames({"b", "i", "o", "tiles"})
    ->ArgsProduct({{16, 64, 256}, {120, 512}, {84, 512}, {0, 1}})
    ->Args({1024, 1024, 1024, 0})
    ->Args({1024, 1024, 1024, 1});

}  // namespace
}  // namespace ricci
