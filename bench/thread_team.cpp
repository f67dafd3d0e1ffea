// What does it cost to share out work?
#include <benchmark/benchmark.h>

#include <cstdint>

#include "runtime/base/cpu.h"
#include "runtime/parallel/threads.h"

namespace ricci::runtime {
namespace {

/// A run of empty tasks, one for each thread, soon after another one.
void empty_run(benchmark::State& state) {
    ThreadTeam team(static_cast<int>(state.range(0)));
    for (auto _ : state) team.run(team.size(), [](std::int64_t task, WorkerId) { benchmark::DoNotOptimize(task); });
}
BENCHMARK(empty_run)->DenseRange(1, cpu().threads)->UseRealTime();

/// A team that comes and goes.
void started(benchmark::State& state) {
    for (auto _ : state) {
        ThreadTeam team(static_cast<int>(state.range(0)));
        team.run(team.size(), [](std::int64_t task, WorkerId) { benchmark::DoNotOptimize(task); });
    }
}
BENCHMARK(started)->DenseRange(1, cpu().threads)->UseRealTime();

}  // namespace
}  // namespace ricci::runtime
