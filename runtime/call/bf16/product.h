/// \file runtime/call/bf16/product.h
/// Matrix products of bf16 with sums of f32, by what the processor has for them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "runtime/call/bf16/engine.h"
#include "runtime/call/gemm.h"

namespace ricci::runtime {

/// The operands of C = alpha * op(A) * op(B) + beta * C. What is stored as f32 is rounded to the nearest bf16 first.
struct Bf16Operands {
    const void* a = nullptr;
    const void* b = nullptr;
    bool a_stored = false;  // as bf16; else as f32
    bool b_stored = false;
};

/// Products one after the other: what one step moves A, B and C, in elements. An operand that does not move is packed once.
struct GemmRepeat {
    std::int64_t extent = 1;
    std::int64_t a = 0, b = 0, c = 0;
};

/// C = beta * C + alpha * the sum of op(A) * op(B) over all points of the loops, as gemm_sum, on the calling thread. Products
/// of bf16 are exact in f32; how their sums round depends on the engine, and on sizes alone. The bits are the same however
/// somebody cuts the repeats, or the rows of C at multiples of 256. The processor's dot products take subnormal numbers for 0.
/// \throws UserError as gemm.  Cost: 2*m*n*k flop at up to twice the rate of SGEMM, far more with AMX; memory of the thread.
void bf16_gemm_sum(const GemmShape& shape, std::span<const GemmLoop> loops, float alpha, const Bf16Operands& operands,
                   float beta, float* c, const GemmRepeat& repeat = {});

/// Which code computes: the best that this processor has, unless somebody chose another one.
enum class Bf16Path : std::uint8_t { best, amx, avx512, widened };
/// "amx", ...
std::string name_of(Bf16Path path);
/// "" where this processor can run it, else what it lacks.
std::string why_not(Bf16Path path);
/// For the whole process, as set_gemm_engine. \pre why_not(path) is "".
void set_bf16_path(Bf16Path path);
/// What runs now: amx, avx512 or widened.
Bf16Path bf16_path();

}  // namespace ricci::runtime
