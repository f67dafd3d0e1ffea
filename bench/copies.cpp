// How fast are copies that change the order of axes, beside memcpy?
#include <cstring>

#include "bench/ready_program.h"
#include "ricci/layers.h"
#include "ricci/model.h"

namespace ricci {
namespace {

/// Images between their two orders of axes. Arguments: samples, channels, side.
void channels_last(benchmark::State& state) {
    Model model("copy");
    const Tensor x =
        model.input("x", f32, {batch(), channel(state.range(1)), height(state.range(2)), width(state.range(2))});
    const Tensor y = transpose(x, {batch, height, width, channel});
    bench::ReadyProgram ready(forward({y}), bench::one_thread(), state.range(0));
    ready.time(state);
    bench::count(state, "bytes", static_cast<double>(ready.input_bytes()));
}
BENCHMARK(channels_last)->ArgNames({"b", "c", "side"})->ArgsProduct({{1, 16}, {3, 64, 256}, {14, 56}});

void matrix_transposed(benchmark::State& state) {
    Model model("transpose");
    const Tensor x = model.input("x", f32, {channel(state.range(0)), feature(state.range(0))});
    bench::ReadyProgram ready(forward({transpose(x, {feature, channel})}), bench::one_thread(), 1);
    ready.time(state);
    bench::count(state, "bytes", static_cast<double>(ready.input_bytes()));
}
BENCHMARK(matrix_transposed)->RangeMultiplier(4)->Range(64, 4096);

void copied_by_memcpy(benchmark::State& state) {
    const auto bytes = static_cast<std::size_t>(state.range(0));
    std::vector<char> from(bytes, 1), to(bytes);
    for (auto _ : state) {
        std::memcpy(to.data(), from.data(), bytes);
        benchmark::DoNotOptimize(to.data());
    }
    bench::count(state, "bytes", static_cast<double>(bytes));
}
BENCHMARK(copied_by_memcpy)->RangeMultiplier(16)->Range(1 << 14, 1 << 26);

}  // namespace
}  // namespace ricci
