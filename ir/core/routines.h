/// \file ir/core/routines.h
/// The one table of the runtime's routines that a schedule may name. The choice of a method, the verifier (V14), code
/// generation, the command line and the docs read it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace ricci::ir {

struct Routine {
    /// What an equation must be for the routine to compute it.
    enum class Form : std::uint8_t {
        convolution,  // a convolution or a gradient of one: ir/analysis/convolution_form.h
        product,      // a product of matrices: ir/analysis/gemm_form.h
    };
    std::string_view name;  // "winograd4"
    Form form;
    std::string_view summary;
    /// Largest error of a result over the largest result, for operands in [-1, 1]; tests hold it.
    double error_bound;
    std::string_view symbol;  // of the runtime's C ABI
    std::int64_t number;      // by which the symbol knows it
    bool chosen;              // whether the compiler may take it unasked
    bool bf16 = false;        // its operands are of bf16, or rounded to it; else they are f32
    /// Of a filtering: the sides of the square kernels that it takes, at stride and dilation 1. 0: any kernel.
    std::array<std::int64_t, 2> sides = {};

    /// Winograd's filtering, which rounds more.
    bool filters() const { return sides[0] != 0; }
};

std::span<const Routine> routines();
/// nullptr when there is none of that name.
const Routine* routine_named(std::string_view name);

}  // namespace ricci::ir
