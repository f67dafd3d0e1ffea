/// \file runtime/execute/binding.h
/// Matches what a caller passes against what a program takes, and finds the batch extent; all messages of a bad call.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/execute/executable.h"

namespace ricci::runtime {

struct BoundInputs {
    std::vector<const void*> data;  // one an input slot, in the order of the slots
    std::int64_t batch = 1;         // 1 where no input has an open axis
};

/// \throws UserError as Executable::run() says.
void bind_inputs(const Program& program, std::span<const Slot* const> inputs, std::span<const Binding> bindings,
                 BoundInputs& bound);

/// Whether the elements of inputs that number positions are such numbers. Reads each of these inputs once.
/// \throws UserError naming the input, the element by its indices, and both numbers.
void check_positions(const Program& program, std::span<const Slot* const> inputs, const BoundInputs& bound);

/// \throws UserError if an array like `given` cannot stand for `slot`; `what` is "input" or "parameter".
/// An open extent of the slot takes any value.
void check_matches(const Program& program, const char* what, const Slot& slot, const Binding& given);

}  // namespace ricci::runtime
