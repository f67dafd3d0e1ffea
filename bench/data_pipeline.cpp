// How fast do batches come?
#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "bench/ready_program.h"
#include "runtime/data/digits.h"
#include "runtime/data/prefetch.h"
#include "runtime/data/shapes.h"

namespace ricci::runtime {
namespace {

void drawn_digits(benchmark::State& state) {
    constexpr std::int64_t kImages = 1000;
    for (auto _ : state) benchmark::DoNotOptimize(draw_digits(kImages, 1).count);
    bench::count(state, "images", kImages);
}
BENCHMARK(drawn_digits);

/// Items of so many bytes that are copied on the thread of the pipeline, and read by this one.
void prefetched(benchmark::State& state) {
    constexpr std::int64_t kItems = 64;
    constexpr int kPlaces = 4;
    const auto bytes = static_cast<std::size_t>(state.range(0));
    const std::vector<char> from(bytes, 1);
    std::vector<std::vector<char>> places(kPlaces, std::vector<char>(bytes));
    for (auto _ : state) {
        Prefetch ahead(kItems, kPlaces, [&](std::int64_t, std::size_t place) {
            std::memcpy(places[place].data(), from.data(), bytes);
        });
        for (std::int64_t item = 0; item < kItems; ++item) benchmark::DoNotOptimize(places[ahead.next()].data());
    }
    bench::count(state, "items", kItems);
}
BENCHMARK(prefetched)->RangeMultiplier(16)->Range(1 << 12, 1 << 20)->UseRealTime();

}  // namespace
}  // namespace ricci::runtime
