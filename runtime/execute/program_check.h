/// \file runtime/execute/program_check.h
/// Refuses a Program that contradicts itself, before any of its code runs.
#pragma once

#include "runtime/execute/program.h"

namespace ricci::runtime {

/// The slot whose memory slot `index` uses: itself, or the end of its chain of aliases.
SlotId root_of(const Program& program, SlotId index);

/// Checks names, offsets, regions, aliases and kernels. \throws InternalError naming the slot or the kernel: programs
/// are made by Ricci, so whatever is wrong with one is a bug in it.
void check_program(const Program& program);

}  // namespace ricci::runtime
