// Inputs are random floats in [0, 1); integers stay 0, which is a position of anything.
#include "frontend/cli/bench/timed_program.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "frontend/model/buffers.h"
#include "runtime/base/random.h"

namespace ricci::cli {

double processor_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

TimedProgram::TimedProgram(const passes::Options& passes, const Program& program, const CompileOptions& options,
                           std::int64_t batch)
    : function_(detail::compile_with(passes, program, options)) {
    runtime::Rng rng(0);
    const std::int64_t fixed = detail::graph_of(function_).fixed_batch;
    if (fixed > 0) batch = fixed;
    for (const ir::Value& value : detail::graph_of(function_).values) {
        if (value.role != ir::Role::input) continue;
        runtime::BufferSpec spec = spec_of(value);
        spec.extents = value.type.extents(batch);
        runtime::Buffer buffer(std::move(spec));
        if (value.type.dtype == f32) {
            for (float& element : buffer.span<float>()) element = static_cast<float>(rng.uniform());
        } else if (value.type.dtype == f64) {
            for (double& element : buffer.span<double>()) element = rng.uniform();
        }
        inputs_.push_back(std::move(buffer));
    }
}

double TimedProgram::time(double turn) {
    constexpr double kMostCalls = 1e6;
    std::vector<runtime::Binding> bindings;
    for (const runtime::Buffer& buffer : inputs_) bindings.push_back(runtime::Binding::of(buffer.spec().name, buffer));
    const auto run = [&](std::int64_t calls) {
        const double start = processor_seconds();
        for (std::int64_t i = 0; i < calls; ++i) detail::run(function_, bindings);
        return (processor_seconds() - start) / static_cast<double>(calls);
    };
    if (calls_ == 0) {
        run(1);
        const double once = run(1);
        calls_ = static_cast<std::int64_t>(std::clamp(std::ceil(turn / std::max(once, 1e-9)), 1.0, kMostCalls));
    }
    return run(calls_);
}

std::vector<double> least_seconds(std::span<TimedProgram> programs, std::int64_t rounds, double turn) {
    std::vector<double> least(programs.size(), std::numeric_limits<double>::infinity());
    for (std::int64_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < programs.size(); ++i) least[i] = std::min(least[i], programs[i].time(turn));
    }
    return least;
}

}  // namespace ricci::cli
