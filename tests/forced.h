/// \file tests/forced.h
/// The methods that RICCI_TEST_OPTIONS forces, in place of what the compiler would choose.
#pragma once

#include <string>

#include "passes/pipeline.h"

namespace ricci::test {

/// What a run of the tests forces: words of --conv, --gemm and --tile; "auto" forces nothing.
struct Forced {
    std::string conv = "auto";
    std::string gemm = "auto";
    std::string tile = "auto";
};
const Forced& forced();
/// Takes "--conv=im2col --tile=5". \returns "", or what is wrong with it. For main() alone, before any test.
std::string force(const std::string& options);

/// The options with what is forced in place of each "auto".
passes::Options forced(passes::Options options);

}  // namespace ricci::test
