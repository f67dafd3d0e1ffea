// Reads LLVM's name of a CPU as a row of the table of machines.
#include "codegen/emit/machine_of.h"

namespace ricci::codegen {

passes::Machine machine_of(const Target& target) {
    if (target.vector_bytes < 64) return passes::machine_named("avx2");
    return passes::machine_named(target.cpu.starts_with("znver") ? "avx512-amd" : "avx512-intel");
}

}  // namespace ricci::codegen
