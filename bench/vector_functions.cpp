// How long does a scalar function take, an element?
#include <string>

#include "bench/ready_program.h"
#include "ricci/arithmetic.h"
#include "ricci/model.h"

namespace ricci {
namespace {

constexpr std::int64_t kElements = 4096;  // operand and result fit the first-level cache

void function_of(benchmark::State& state, Tensor (*function)(TensorAt)) {
    Model model("function");
    const Tensor x = model.input("x", f32, {feature(kElements)});
    bench::ReadyProgram(forward({function(x)}), bench::one_thread(), 1).time(state);
    bench::count(state, "elements", kElements);
}
#define RICCI_BENCH_FUNCTION(name, meaning) BENCHMARK_CAPTURE(function_of, name, &ricci::name);
RICCI_SCALAR_FUNCTIONS(RICCI_BENCH_FUNCTION)
#undef RICCI_BENCH_FUNCTION

}  // namespace
}  // namespace ricci
