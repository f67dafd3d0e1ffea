/// \file runtime/call/bf16/amx.h
/// Products of bf16 with AMX.
#pragma once

#include "runtime/call/bf16/engine.h"

namespace ricci::runtime {

/// Null where the program was built for another processor than x86-64. Whether the processor can run it, cpu() says.
const Bf16Engine* bf16_engine_amx();

}  // namespace ricci::runtime
