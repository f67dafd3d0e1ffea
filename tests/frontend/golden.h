/// \file tests/frontend/golden.h
/// Where the reference values of another system are, and how they are read. A small set lies in the repository and is
/// always checked (tests/golden/README.md); tests of the large set say SKIPPED where it is missing.
#pragma once

#include <cstdlib>
#include <filesystem>

#include "ir/interpret/interpreter.h"
#include "runtime/file/npy.h"
#include "tests/frontend/compiled.h"

namespace ricci::testing {

/// RICCI_GOLDEN, else ../shared/golden beside the source tree. It may not be there.
inline std::filesystem::path golden_folder() {
    const char* given = std::getenv("RICCI_GOLDEN");
    if (given != nullptr && *given != '\0') return given;
    return std::filesystem::path(RICCI_SOURCE_DIR) / ".." / "shared" / "golden";
}

/// The small set of the repository.
inline std::filesystem::path kept_golden_folder() {
    return std::filesystem::path(RICCI_SOURCE_DIR) / "tests" / "golden";
}

inline ir::Array read_golden(const std::filesystem::path& file) {
    return to_array(runtime::read_npy(file));
}

}  // namespace ricci::testing
