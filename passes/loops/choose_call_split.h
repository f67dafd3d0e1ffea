/// \file passes/loops/choose_call_split.h
/// Which index of a product of matrices threads share out, and how much of it one call does. Internal to passes.
#pragma once

#include <cstdint>
#include <string>

#include "ir/analysis/gemm_form.h"

namespace ricci::passes {

struct ChosenCallSplit {
    std::string index;    // "" for none
    std::int64_t by = 0;  // rounds of a call; 0 for a loop around the calls
};

/// A loop around the calls, where there is one. Else rows or columns of the result: those of which a call does not make
/// BLAS pack much of the other operand again. Small products stay whole. `samples`: what an open batch counts as.
ChosenCallSplit choose_call_split(const ir::GemmForm& form, const ir::Equation& equation, std::int64_t samples);

}  // namespace ricci::passes
