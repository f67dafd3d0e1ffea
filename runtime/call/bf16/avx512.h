/// \file runtime/call/bf16/avx512.h
/// Products of bf16 with AVX512-BF16.
#pragma once

#include "runtime/call/bf16/engine.h"

namespace ricci::runtime {

/// Null where the program was built for another processor than x86-64. Whether the processor can run it, cpu() says.
const Bf16Engine* bf16_engine_avx512();

}  // namespace ricci::runtime
