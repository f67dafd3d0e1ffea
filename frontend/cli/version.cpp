// Says what this Ricci is made of and what machine it found.
#include <fmt/format.h>

#include "codegen/jit/target.h"
#include "frontend/cli/commands.h"
#include "ir/base/error.h"
#include "runtime/base/cpu.h"
#include "runtime/call/blas.h"

namespace ricci::cli {
namespace {

/// What the description gives, or why there is none: --version answers on every machine.
template <typename Describe>
std::string or_reason(Describe&& describe) {
    try {
        return describe();
    } catch (const UserError& error) {
        return fmt::format("none: {}", error.what());
    }
}

std::string blas_text() {
    const runtime::Blas& blas = runtime::blas();
    return describe(blas) + (blas.remark.empty() ? "" : "; " + blas.remark);
}

std::string vector_text() {
    const codegen::Target host = codegen::Target::host();
    return fmt::format("{} bits, {} f32 or {} f64; LLVM target {}", host.vector_bytes * 8, host.lanes(f32),
                       host.lanes(f64), host.cpu);
}

}  // namespace

std::string name_and_version() {
    return fmt::format("ricci {}", RICCI_VERSION);
}

int version() {
    fmt::print("{}\n", name_and_version());
    fmt::print("LLVM {}\n", codegen::llvm_version());
    fmt::print("BLAS: {}\n", or_reason(blas_text));
    fmt::print("CPU: {}\n", runtime::cpu().describe());
    fmt::print("vectors: {}\n", or_reason(vector_text));
    fmt::print("threads: {}\n", runtime::cpu().threads);
    return kOk;
}

}  // namespace ricci::cli
