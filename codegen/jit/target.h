/// \file codegen/jit/target.h
/// The CPU that kernels are compiled for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/base/dtype.h"

namespace ricci::codegen {

/// An x86-64 CPU as LLVM names it. The least one is AVX2 with FMA (x86-64-v3): every multiply-add is one fused
/// instruction. So a kernel gives the same bits on every target, tanh of floats (codegen/math/vector_math.h) apart.
struct Target {
    std::string cpu;        ///< LLVM's CPU name: "haswell", "skylake-avx512", "x86-64-v3".
    std::string features;   ///< LLVM feature string, "+avx512f,-sse4a,..."; empty: what the CPU name implies.
    int vector_bytes = 32;  ///< Bytes of the registers kernels use: 64 with AVX-512 (F, BW, DQ, VL), 32 with AVX2.

    /// The CPU this process runs on. \throws UserError if it has no AVX2 and FMA.
    static Target host();

    /// "host" (or "native"), "avx2", "avx512", or any LLVM x86-64 CPU name.
    /// The CPU need not be one the host can stand in for: code for it can be printed anywhere.
    /// \throws UserError for an unknown name, listing the nearest known ones, and for a CPU without AVX2 and FMA.
    static Target named(std::string_view name);

    /// Elements of `dtype` in one vector register; a bool counts as its one byte.
    int lanes(DType dtype) const { return vector_bytes / static_cast<int>(size_of(dtype)); }

    /// Vector registers.
    int registers() const { return vector_bytes == 64 ? 32 : 16; }

    /// Instruction sets of this target that the compiler may use and the host lacks, by LLVM name; empty if it can run.
    std::vector<std::string> missing_on_host() const;

    /// \throws UserError naming the instruction sets the host lacks, if there are any.
    void require_runnable() const;

    friend bool operator==(const Target&, const Target&) = default;
};

/// The LLVM that makes the code: "19.1.7".
std::string llvm_version();

}  // namespace ricci::codegen
