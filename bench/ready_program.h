/// \file bench/ready_program.h
/// Programs with inputs bound, for a benchmark to call.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "frontend/model/buffers.h"
#include "frontend/program/internals.h"
#include "ir/analysis/work.h"
#include "ricci/compile.h"
#include "runtime/base/buffer.h"
#include "runtime/base/random.h"

namespace ricci::bench {

/// A compiled program on random floats in [0, 1).
class ReadyProgram {
  public:
    /// \param batch  samples of an open batch.
    ReadyProgram(const Program& program, const CompileOptions& options, std::int64_t batch)
        : function_(compile(program, options)) {
        runtime::Rng rng(0);
        for (const ir::Value& value : detail::graph_of(function_).values) {
            if (value.role != ir::Role::input) continue;
            runtime::BufferSpec spec = spec_of(value);
            spec.extents = value.type.extents(batch);
            runtime::Buffer buffer(std::move(spec));
            if (value.type.dtype == f32) {
                for (float& element : buffer.span<float>()) element = static_cast<float>(rng.uniform());
            }
            bytes_ += buffer.bytes();
            inputs_.push_back(std::move(buffer));
        }
        for (const runtime::Buffer& buffer : inputs_)
            bindings_.push_back(runtime::Binding::of(buffer.spec().name, buffer));
        detail::run(function_, bindings_);
    }
    ReadyProgram(const ReadyProgram&) = delete;
    ReadyProgram& operator=(const ReadyProgram&) = delete;

    /// Calls it in the benchmark's loop.
    void time(benchmark::State& state) {
        for (auto _ : state) detail::run(function_, bindings_);
    }
    std::int64_t input_bytes() const { return bytes_; }

  private:
    Function function_;
    std::vector<runtime::Buffer> inputs_;
    std::vector<runtime::Binding> bindings_;
    std::int64_t bytes_ = 0;
};

/// Options of a benchmark: one thread, and machine code that no earlier run left.
inline CompileOptions one_thread() {
    return {.threads = 1, .cache = false};
}

/// So many of `unit` an iteration, as a rate: "FLOP" per second.
inline void count(benchmark::State& state, const char* unit, double each) {
    state.counters[unit] = benchmark::Counter(each, benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace ricci::bench
