/// \file tests/frontend/call_terms.h
/// Results of functions as arrays by name, and what their rounding is relative to.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ricci/compile.h"
#include "tests/frontend/compiled.h"

namespace ricci::testing {

/// The results of a call by their names.
ir::Arrays arrays_of(const Function& function, const Results& results);

/// The magnitudes of the terms of a call with the parameters that the function has now, for a Tolerance. Machine code
/// computes them, since a network takes the interpreter minutes. \param inputs  in the order of the program's
std::function<ir::Arrays()> terms_of(const Function& function, const std::vector<Array>& inputs);

}  // namespace ricci::testing
