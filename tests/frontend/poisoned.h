/// \file tests/frontend/poisoned.h
/// Runs machine code in memory that holds garbage, so that what is never written shows.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "codegen/jit/target.h"
#include "ir/interpret/interpreter.h"

namespace ricci::testing {

/// What a call gave: outputs in their order, and updated parameters and states by name.
struct CallResults {
    std::vector<std::pair<std::string, ir::Array>> outputs;
    ir::Arrays updated;
};

/// One call of a planned graph. A call on garbage comes before it, so that the arena holds what that left. Then the
/// outputs are overwritten: floats by nan, the bytes of others by 0x5a. Parameters and states begin as given.
/// \throws std::runtime_error when the call writes behind the end of an output.
CallResults run_poisoned(const ir::Graph& planned, const ir::Arrays& given, int threads,
                         const codegen::Target& target = codegen::Target::host());

/// The same by the interpreter. An output and a parameter may have one name.
CallResults run_interpreter(const ir::Graph& graph, const ir::Arrays& given);

/// The first difference between the results, names and order included; "" for none. Numbers must be equal: the
/// tests draw whole numbers that are exact in every order of summation.
std::string first_difference(const CallResults& expected, const CallResults& got);

}  // namespace ricci::testing
