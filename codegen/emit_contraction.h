/// \file codegen/emit_contraction.h
/// Emits the loops of a sum of products as contraction.h plans them.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include "codegen/contraction.h"
#include "codegen/emit_nest.h"

namespace ricci::codegen {

/// What becomes of each sum while it is in a register.
struct Epilogue {
    Nest nest;               // from plan_follower
    std::size_t read = 0;    // which of its reads is the sum
    bool keeps_sum = false;  // others read the sum, too: it is stored as well
};

/// Emits all own loops of the plan's nest at the builder's place, as emit_nest does.
void emit_contraction(Emitter& emitter, const Contraction& plan, const Point& shared, const Rows& rows,
                      const Epilogue* epilogue = nullptr);

}  // namespace ricci::codegen
