/// \file tests/codegen/equations.h
/// Runs the equations of a text through codegen and through the interpreter, and compares every value.
#pragma once

#include <string>

#include "codegen/jit/target.h"
#include "tests/seed.h"

namespace ricci::testing {

struct CheckOptions {
    codegen::Target target = codegen::Target::host();
    std::int64_t batch = 3;  // of an open batch
    std::uint64_t seed = test::seed();  // of the inputs, drawn from [-1, 1] (integers from 0 to 3)
    int threads = 1;
    bool only_outputs = false;  // of the text; else every temporary becomes one
    bool own_loops = false;     // the text has loops already
};

/// Expects the interpreter's values; failures name the value and the element.
/// - Floats: within 1e-12 (f64) or 2e-5 (f32), relative to the terms that went into the element
///   (passes/check/magnitudes.h), and at most to the largest element.
/// - Integers and bools: equal.
void expect_equal_to_interpreter(const std::string& text, const CheckOptions& options = {});

}  // namespace ricci::testing
