/// \file ir/loops/call_split.h
/// How threads share out a product of matrices that runs as calls: some rounds of one of its indices a call.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ir/analysis/gemm_form.h"

namespace ricci::ir {

/// A call does `by` rounds of an index, whatever the number of threads: so the bits do not depend on it.
struct CallSplit {
    enum class Of : std::uint8_t {
        loop,     // around the calls: each is for one round, and threads may take any number of them
        rows,     // of the result
        columns,  // of the result
    } of = Of::loop;
    std::int64_t extent = 1;  // rounds, or kOpen
    std::int64_t by = 0;      // rounds of a call; 0 for a loop
    Size inner{1, 0};         // rows or columns that one round has
};

/// The split of an index: of the outermost loop around the calls, or the outermost index of rows or of columns. Nothing for
/// others. `by` is of no concern here.
std::optional<CallSplit> call_split(const GemmForm& form, const Equation& equation, IndexId index);

}  // namespace ricci::ir
