/// \file passes/machine.h
/// The machine that a program is compiled for, as the cost models see it: each size, rate and cost of one core, once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace ricci::passes {

/// Rates and costs are of f32; numbers twice as wide take twice as long. The defaults were measured on an Intel Xeon
/// with AVX-512. There SGEMM takes 150 GFLOP/s on one core.
struct Machine {
    std::string name = "avx512-intel";

    // Vectors and caches.
    std::int64_t f32_lanes = 16;
    std::int64_t vector_registers = 32;
    std::int64_t l1_bytes = std::int64_t{48} << 10;
    std::int64_t l2_bytes = std::int64_t{1} << 20;
    std::int64_t l3_bytes = std::int64_t{32} << 20;

    // What a core starts in a cycle, in vectors: the cost model of register tiles.
    double multiply_adds_per_cycle = 2;
    double loads_per_cycle = 2;
    double l2_loads_per_cycle = 0.75;  // vectors a cycle, that come from the second-level cache
    double instructions_per_cycle = 5;
    double multiply_add_latency_cycles = 4;

    // Products of matrices and convolutions, by method.
    double blas_flop_per_second = 150e9;           // FLOP/s of a large SGEMM, and of what the runtime computes as one call
    double direct_tile_flop_per_second = 190e9;    // FLOP/s of a convolution from its equation, in a batch tile
    double sample_tile_flop_per_second = 160e9;    // FLOP/s of other register tiles with vectors along the samples
    double register_tile_flop_per_second = 100e9;  // FLOP/s of tiles with vectors along another index of the result
    double near_tile_flop_per_second = 100e9;      // FLOP/s of tiles, where L1 holds a product, or in a batch tile what a row of it reads
    double summed_tile_flop_per_second = 75e9;     // FLOP/s of tiles with vectors along a summed index: both operands are loaded each time
    double summed_window_flop_per_second = 55e9;   // FLOP/s of tiles with vectors along a summed index of a convolution, whose rows are short
    double window_speedup_ratio = 1.2;             // times as fast in a convolution, whose taps read the same elements again
    double streamed_tile_flop_per_second = 13e9;   // FLOP/s of tiles of which each reads more new bytes than the second-level cache holds
    double loop_flop_per_second = 28e9;            // FLOP/s of one sum at a time: a multiply-add waits for the one before
    double lane_sum_seconds = 2e-9;                // seconds to add up the lanes of one vector of sums
    std::int64_t least_tile_points = 8;            // points of a sum, from which codegen makes register tiles for it

    // A call of BLAS.
    double blas_call_seconds = 40e-9;          // seconds of a call, beside its FLOP
    double blas_call_rows = 3;                 // rows of C: a call takes as long as if it had so many more
    double blas_small_transposed_ratio = 2;    // times as long, where B is transposed and BLAS does not pack it
    double blas_large_transposed_ratio = 1.2;  // times as long, where BLAS packs a transposed B
    double blas_packs_above_products = 1e6;    // multiply-adds (M*N*K), above which BLAS packs B

    // Products of bf16, of matrices and in convolutions.
    double bf16_flop_per_second = 150e9;         // FLOP/s; that of SGEMM, where numbers are widened
    double bf16_packed_number_seconds = 0.1e-9;  // seconds to round and pack one number of an operand

    // Memory.
    double l2_bytes_per_second = 50e9;          // bytes/s to or from the second-level cache
    double memory_bytes_per_second = 50e9;      // bytes/s of what the second-level cache does not hold
    double patch_bytes_per_second = 25e9;       // bytes/s of patches that im2col writes to memory, or col2im adds up
    double tile_patch_bytes_per_second = 31e9;  // bytes/s of patches inside a batch tile

    // What the runtime's convolutions do beside their products: FLOP that take as long. Windows of a strided image move by more than one.
    double packed_number_flop = 16;           // FLOP of one number of a patch
    double packed_strided_number_flop = 70;   // FLOP of one number of a strided image
    double framed_strided_number_flop = 1;    // FLOP of one number of a strided image, forward, beside the patches it is packed to
    double packed_row_flop = 750;             // FLOP of a row of a strided image, beside its numbers
    double scattered_number_flop = 170;       // FLOP of one number of a patch that col2im adds to a strided image
    double packed_operand_flop = 30;          // FLOP of one number of an operand of BLAS, where the sum is longer than the result
    double strided_gradient_ratio = 1.6;      // times as long: a gradient by an image in a sweep for each remainder of a stride
    double strided_pixel_ratio = 1;           // times as long: a gradient by a kernel that reads pixels apart from each other
    double winograd_input_flop = 2000;        // FLOP to transform 6 x 6 points of an image or a gradient, one channel
    double winograd_output_flop = 1500;       // FLOP to transform 6 x 6 products to outputs
    double winograd_pixel_input_flop = 1200;  // FLOP of winograd_input_flop, where channels are innermost
    double winograd_pixel_output_flop = 600;  // FLOP of winograd_output_flop, where channels are innermost
    double winograd_kernel_flop = 130;        // FLOP to transform one tap of a kernel to points, or from products

    // Kernels.
    double kernel_call_seconds = 30e-9;  // seconds of a kernel beside what it computes; in a tile, for each tile

    // Fusion.
    std::int64_t most_plane_bytes = 16 * 1024;       // bytes of one sample and channel before its pool; larger planes are cut in bands
    std::int64_t iteration_bytes = 16 * 1024;        // bytes that equations of a kernel pass on, where loops can be chosen
    std::int64_t most_iteration_bytes = 128 * 1024;  // bytes that equations of a kernel pass on, where rows are so long that loops cannot be chosen

    // Batch tiles.
    std::int64_t most_tile_l2_ratio = 4;     // second-level caches that the values of a tile fill
    double most_shared_l2_ratio = 0.5;       // second-level caches that what samples share fills: each tile reads it anew
    double least_shared_flop_per_byte = 48;  // FLOP a byte of what samples share, if it comes from beyond the second-level cache

    /// Of the first-level cache, what operands may fill: the rest is for results and what passes through.
    double operand_bytes() const { return static_cast<double>(l1_bytes * 5 / 6); }

    friend bool operator==(const Machine&, const Machine&) = default;
};

/// One number of a Machine, by the name it has in files.
struct MachineField {
    std::string_view name;
    std::variant<std::int64_t Machine::*, double Machine::*> member;

    double get(const Machine& machine) const;
    /// \pre a whole number, where the member is one.
    void set(Machine& machine, double value) const;
    bool is_whole() const { return member.index() == 0; }
};

/// All numbers of a Machine, in the order above.
std::span<const MachineField> machine_fields();

/// The table: "avx512-intel", "avx512-amd", "avx512-zen5", "avx2". \pre the name is one of these.
Machine machine_named(std::string_view name);
/// The row that a CPU, as LLVM names it, belongs to: by the floats of its vectors, and with AVX-512 by its maker and kind.
/// Products of bf16 are as fast as that CPU's instructions for them.
Machine machine_for(std::string_view cpu, std::int64_t f32_lanes);
/// The names of the table's rows.
std::span<const std::string_view> machine_names();

/// All of it in one line; tells two machines apart.
std::string text_of(const Machine& machine);

}  // namespace ricci::passes
