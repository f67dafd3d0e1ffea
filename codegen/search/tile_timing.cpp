// One function a kernel in one module, called in turns on memory of their own.
#include "codegen/search/tile_timing.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>

#include "codegen/emit/emit_kernel.h"
#include "codegen/jit/jit.h"
#include "codegen/jit/module_compiler.h"
#include "codegen/emit/runtime_symbols.h"
#include "ir/core/uses.h"
#include "runtime/base/buffer.h"
#include "runtime/execute/program.h"

namespace ricci::codegen {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kTurn = 20e-6;  // seconds of one candidate in one round, if a call takes less
constexpr double kMostCalls = 10000;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Positions all over an axis, in an order that no prefetch foresees.
template <typename T>
void scatter(std::span<T> ids, std::int64_t positions) {
    constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;  // 2^64 over the golden ratio
    for (std::size_t i = 0; i < ids.size(); ++i)
        ids[i] = static_cast<T>(((i + 1) * kStep >> 33) % static_cast<std::uint64_t>(positions));
}

void fill(runtime::Buffer& buffer, const ir::Value& value, std::int64_t batch) {
    const std::int64_t positions = !value.numbers ? 0 : value.numbers->extent == ir::kOpen ? batch : value.numbers->extent;
    switch (buffer.spec().dtype) {
        case DType::f32: std::ranges::fill(buffer.span<float>(), 0.5F); break;
        case DType::f64: std::ranges::fill(buffer.span<double>(), 0.5); break;
        // Integers that number nothing, and bools, stay 0, which is an index of anything.
        case DType::i32:
            if (positions > 0) scatter(buffer.span<std::int32_t>(), positions);
            break;
        case DType::i64:
            if (positions > 0) scatter(buffer.span<std::int64_t>(), positions);
            break;
        case DType::bf16:  // zeros, which take as long
        case DType::boolean: break;
    }
}

/// Memory for what a kernel reads and writes, and the numbers that it is called with.
class Call {
  public:
    /// `used`: the values whose addresses it is given.
    Call(const ir::Graph& graph, const ir::KernelSource& kernel, const std::vector<ir::ValueId>& used,
         std::int64_t most_bytes)
        : samples_(ir::samples_of(graph, kernel)), batch_(samples_ > 0 ? samples_ : graph.typical_samples()) {
        auto bytes = [&] {
            std::int64_t sum = 0;
            for (ir::ValueId id : used) {
                const ir::TensorType& type = graph.value(id).type;
                sum += type.count(batch_) * static_cast<std::int64_t>(size_of(type.dtype));
            }
            return sum;
        };
        while (samples_ == 0 && batch_ > 1 && bytes() > most_bytes) batch_ /= 2;
        std::map<ir::ValueId, std::int64_t> elements;  // by storage
        for (ir::ValueId id : used) {
            std::int64_t& most = elements[ir::storage_of(graph, id)];
            most = std::max(most, graph.value(id).type.count(batch_));
        }
        for (const auto& [storage, count] : elements) {
            const ir::Value& value = graph.value(storage);
            fill(memory_[storage] = runtime::Buffer({value.name, value.type.dtype, {}, {count}}), value, batch_);
        }
        for (ir::ValueId id : used) addresses_.push_back(memory_.at(ir::storage_of(graph, id)).data());
        addresses_.push_back(ahead_.get());
    }

    void operator()(runtime::KernelFn function, std::int64_t parallel_extent) const {
        if (samples_ > 0) {
            function(addresses_.data(), samples_, 0, samples_);  // the first tile of a batch of one tile
        } else {
            function(addresses_.data(), batch_, 0, parallel_extent == runtime::kOpen ? batch_ : parallel_extent);
        }
    }

  private:
    std::int64_t samples_;
    std::int64_t batch_;
    std::map<ir::ValueId, runtime::Buffer> memory_;                               // by storage
    std::unique_ptr<runtime::Ahead> ahead_ = std::make_unique<runtime::Ahead>();  // nothing to ask for
    std::vector<void*> addresses_;  // of what the kernel uses, in that order, and of `ahead_`
};

}  // namespace

std::vector<std::vector<double>> time_kernels(std::span<const TimedKernel> kernels, const Target& target,
                                              double seconds, std::size_t rounds, std::int64_t most_bytes) {
    ModuleCompiler compiler(target);
    llvm::LLVMContext context;
    std::unique_ptr<llvm::Module> module = compiler.new_module("timed", context);
    std::vector<EmittedKernel> emitted;
    for (const TimedKernel& timed : kernels) {
        ir::KernelSource candidate = timed.kernel;
        candidate.name += fmt::format(".{}", emitted.size());
        emitted.push_back(emit_kernel(ir::PlannedGraph(*timed.view), candidate, target, *module));
    }
    Jit jit(target, symbols_of_runtime());
    jit.add_module(compiler, *module);
    std::vector<runtime::KernelFn> functions;
    for (const EmittedKernel& each : emitted) {
        functions.push_back(jit.function<std::remove_pointer_t<runtime::KernelFn>>(each.name));
    }

    std::vector<std::shared_ptr<const Call>> calls_of;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
        const auto same = [&](std::size_t other) {
            return kernels[other].view == kernels[i].view && emitted[other].values == emitted[i].values &&
                   kernels[other].kernel.equations == kernels[i].kernel.equations;
        };
        std::size_t first = 0;
        while (first < i && !same(first)) ++first;
        calls_of.push_back(first < i ? calls_of[first]
                                     : std::make_shared<const Call>(*kernels[i].view, kernels[i].kernel, emitted[i].values,
                                                                          most_bytes));
    }
    const auto start = Clock::now();
    std::vector<std::vector<double>> times(kernels.size());
    std::vector<std::int64_t> calls(kernels.size(), 1);
    // Before the rounds a call that warms the caches up, and one that says how many calls a turn has.
    for (std::size_t i = 0; i < kernels.size() && (i == 0 || seconds_since(start) < seconds); ++i) {
        (*calls_of[i])(functions[i], emitted[i].parallel_extent);
        const auto begin = Clock::now();
        (*calls_of[i])(functions[i], emitted[i].parallel_extent);
        const double once = seconds_since(begin);
        times[i].push_back(1e9 * once);
        calls[i] = static_cast<std::int64_t>(std::clamp(std::ceil(kTurn / std::max(once, 1e-9)), 1.0, kMostCalls));
    }
    for (std::size_t round = 0; round < rounds && seconds_since(start) < seconds; ++round) {
        for (std::size_t i = 0; i < kernels.size() && !times[i].empty(); ++i) {
            if (round == 0) times[i].clear();
            const auto begin = Clock::now();
            for (std::int64_t n = 0; n < calls[i]; ++n) (*calls_of[i])(functions[i], emitted[i].parallel_extent);
            times[i].push_back(1e9 * seconds_since(begin) / static_cast<double>(calls[i]));
        }
    }
    return times;
}

}  // namespace ricci::codegen
