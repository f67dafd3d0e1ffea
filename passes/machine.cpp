// The rows of the table of machines, and the list of a machine's numbers that files and keys go through.
#include "passes/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "ir/base/error.h"

namespace ricci::passes {
namespace {

constexpr std::array kFields = {
    MachineField{"f32_lanes", &Machine::f32_lanes},
    MachineField{"vector_registers", &Machine::vector_registers},
    MachineField{"l1_bytes", &Machine::l1_bytes},
    MachineField{"l2_bytes", &Machine::l2_bytes},
    MachineField{"l3_bytes", &Machine::l3_bytes},
    MachineField{"multiply_adds_per_cycle", &Machine::multiply_adds_per_cycle},
    MachineField{"loads_per_cycle", &Machine::loads_per_cycle},
    MachineField{"l2_loads_per_cycle", &Machine::l2_loads_per_cycle},
    MachineField{"instructions_per_cycle", &Machine::instructions_per_cycle},
    MachineField{"multiply_add_latency_cycles", &Machine::multiply_add_latency_cycles},
    MachineField{"blas_flop_per_second", &Machine::blas_flop_per_second},
    MachineField{"direct_tile_flop_per_second", &Machine::direct_tile_flop_per_second},
    MachineField{"sample_tile_flop_per_second", &Machine::sample_tile_flop_per_second},
    MachineField{"register_tile_flop_per_second", &Machine::register_tile_flop_per_second},
    MachineField{"near_tile_flop_per_second", &Machine::near_tile_flop_per_second},
    MachineField{"summed_tile_flop_per_second", &Machine::summed_tile_flop_per_second},
    MachineField{"summed_window_flop_per_second", &Machine::summed_window_flop_per_second},
    MachineField{"window_speedup_ratio", &Machine::window_speedup_ratio},
    MachineField{"streamed_tile_flop_per_second", &Machine::streamed_tile_flop_per_second},
    MachineField{"loop_flop_per_second", &Machine::loop_flop_per_second},
    MachineField{"lane_sum_seconds", &Machine::lane_sum_seconds},
    MachineField{"least_tile_points", &Machine::least_tile_points},
    MachineField{"blas_call_seconds", &Machine::blas_call_seconds},
    MachineField{"blas_call_rows", &Machine::blas_call_rows},
    MachineField{"blas_small_transposed_ratio", &Machine::blas_small_transposed_ratio},
    MachineField{"blas_large_transposed_ratio", &Machine::blas_large_transposed_ratio},
    MachineField{"blas_packs_above_products", &Machine::blas_packs_above_products},
    MachineField{"bf16_flop_per_second", &Machine::bf16_flop_per_second},
    MachineField{"bf16_packed_number_seconds", &Machine::bf16_packed_number_seconds},
    MachineField{"l2_bytes_per_second", &Machine::l2_bytes_per_second},
    MachineField{"memory_bytes_per_second", &Machine::memory_bytes_per_second},
    MachineField{"patch_bytes_per_second", &Machine::patch_bytes_per_second},
    MachineField{"tile_patch_bytes_per_second", &Machine::tile_patch_bytes_per_second},
    MachineField{"packed_number_flop", &Machine::packed_number_flop},
    MachineField{"packed_strided_number_flop", &Machine::packed_strided_number_flop},
    MachineField{"framed_strided_number_flop", &Machine::framed_strided_number_flop},
    MachineField{"packed_row_flop", &Machine::packed_row_flop},
    MachineField{"scattered_number_flop", &Machine::scattered_number_flop},
    MachineField{"packed_operand_flop", &Machine::packed_operand_flop},
    MachineField{"strided_gradient_ratio", &Machine::strided_gradient_ratio},
    MachineField{"strided_pixel_ratio", &Machine::strided_pixel_ratio},
    MachineField{"winograd_input_flop", &Machine::winograd_input_flop},
    MachineField{"winograd_output_flop", &Machine::winograd_output_flop},
    MachineField{"winograd_pixel_input_flop", &Machine::winograd_pixel_input_flop},
    MachineField{"winograd_pixel_output_flop", &Machine::winograd_pixel_output_flop},
    MachineField{"winograd_kernel_flop", &Machine::winograd_kernel_flop},
    MachineField{"kernel_call_seconds", &Machine::kernel_call_seconds},
    MachineField{"most_plane_bytes", &Machine::most_plane_bytes},
    MachineField{"iteration_bytes", &Machine::iteration_bytes},
    MachineField{"most_iteration_bytes", &Machine::most_iteration_bytes},
    MachineField{"most_tile_l2_ratio", &Machine::most_tile_l2_ratio},
    MachineField{"most_shared_l2_ratio", &Machine::most_shared_l2_ratio},
    MachineField{"least_shared_flop_per_byte", &Machine::least_shared_flop_per_byte},
};

/// Zen 4 has two pipes of 256 bits for multiply-adds and two for loads, so a vector of 512 takes both. 32 bytes a cycle
/// come from the second-level cache. These are documented. All else is taken over from the Intel row: rates by method,
/// costs of calls, bytes a second. It was never measured on such a processor; `ricci bench machine --save` does that.
/// Source: AMD, Software Optimization Guide for the Zen 4 Microarchitecture, 2023.
Machine avx512_amd() {
    return {.l1_bytes = std::int64_t{32} << 10,
            .multiply_adds_per_cycle = 1,
            .loads_per_cycle = 1,
            .l2_loads_per_cycle = 0.5};
}

/// Zen 5 has two pipes of 512 bits for multiply-adds and two for loads. The second-level cache gives 64 bytes a cycle, of
/// which register tiles get three quarters. With tiles that count on all, LeNet-5's second kernel gradient took 1.2 times as long.
/// Rates are those of `ricci bench machine` on an EPYC of this kind (L2 1 MiB, 234 GFLOP/s in a large SGEMM). What
/// Winograd's filtering costs is fitted to convolutions timed there: a gather takes much longer than on the Intel row. Products of
/// few rows go at less than half of the rate (`ricci bench micro product`).
/// Source: AMD, Software Optimization Guide for the Zen 5 Microarchitecture, 2024.
Machine avx512_zen5() {
    return {.blas_flop_per_second = 234e9,
            .direct_tile_flop_per_second = 238e9,
            .sample_tile_flop_per_second = 220e9,
            .register_tile_flop_per_second = 68e9,
            .near_tile_flop_per_second = 225e9,
            .summed_tile_flop_per_second = 78e9,
            .loop_flop_per_second = 46e9,
            .blas_call_seconds = 30e-9,
            .blas_call_rows = 18,
            .l2_bytes_per_second = 211e9,
            .memory_bytes_per_second = 66e9,
            .winograd_input_flop = 8000,
            .winograd_output_flop = 6000,
            .winograd_pixel_input_flop = 1840,
            .winograd_pixel_output_flop = 880};
}

/// Rates are those of `ricci bench machine` on an EPYC of Zen 3 (L2 512 KiB, 92 GFLOP/s in a large SGEMM). Factors of bf16
/// are widened there. What the row of Intel has beside its rates was fitted with vectors of twice the lanes. Costs of windows that
/// move by more than one were fitted again here: their numbers are taken apart by shuffles and stored in smaller parts.
/// Half the lanes do half the operations a second, so half of the operations of a byte hide that byte. Products of 8 rows go at 40
/// GFLOP/s.
Machine avx2() {
    return {.f32_lanes = 8,
            .vector_registers = 16,
            .l1_bytes = std::int64_t{32} << 10,
            .l2_bytes = std::int64_t{512} << 10,
            .blas_flop_per_second = 92e9,
            .direct_tile_flop_per_second = 84e9,
            .sample_tile_flop_per_second = 81e9,
            .register_tile_flop_per_second = 43e9,
            .near_tile_flop_per_second = 78e9,
            .summed_tile_flop_per_second = 42e9,
            .summed_window_flop_per_second = 27.5e9,
            .streamed_tile_flop_per_second = 6.5e9,
            .loop_flop_per_second = 13e9,
            .lane_sum_seconds = 1e-9,
            .blas_call_seconds = 100e-9,
            .blas_call_rows = 10,
            .bf16_flop_per_second = 78e9,
            .l2_bytes_per_second = 70e9,
            .memory_bytes_per_second = 24e9,
            .packed_strided_number_flop = 110,
            .framed_strided_number_flop = 120,
            .strided_gradient_ratio = 1.8,
            .strided_pixel_ratio = 1.4,
            .least_shared_flop_per_byte = 24};
}

struct Row {
    std::string_view name;
    Machine (*machine)();
};
constexpr Row kRows[] = {
    {"avx512-intel", [] { return Machine(); }},
    {"avx512-amd", avx512_amd},
    {"avx512-zen5", avx512_zen5},
    {"avx2", avx2},
};

/// How many times as fast as the table's SGEMM products of bf16 are. Dot products do two multiply-adds a lane. On a Zen 5 they were
/// measured at 410 to 465 GFLOP/s, with vectors of 512 bits all through. The matrix unit was measured at 16 times on an Intel Xeon;
/// half of that is left when operands come from the cache.
double bf16_ratio(std::string_view cpu) {
    struct Ratio {
        std::string_view cpu;
        double times;
    };
    constexpr Ratio kRatios[] = {{"cooperlake", 2},     {"znver4", 2},         {"znver5", 3},          {"sapphirerapids", 8},
                                 {"emeraldrapids", 8}, {"graniterapids", 8}, {"graniterapids-d", 8}};
    const Ratio* known = std::ranges::find(kRatios, cpu, &Ratio::cpu);
    return known == std::end(kRatios) ? 1 : known->times;
}

}  // namespace

double MachineField::get(const Machine& machine) const {
    return std::visit([&](auto number) { return static_cast<double>(machine.*number); }, member);
}

void MachineField::set(Machine& machine, double value) const {
    if (const auto* whole = std::get_if<std::int64_t Machine::*>(&member)) {
        machine.**whole = static_cast<std::int64_t>(value);
    } else {
        machine.*std::get<double Machine::*>(member) = value;
    }
}

std::span<const MachineField> machine_fields() {
    return kFields;
}

Machine machine_for(std::string_view cpu, std::int64_t f32_lanes) {
    if (f32_lanes < 16) return machine_named("avx2");
    Machine machine = machine_named(cpu == "znver5"             ? "avx512-zen5"
                                    : cpu.starts_with("znver") ? "avx512-amd"
                                                               : "avx512-intel");
    machine.bf16_flop_per_second *= bf16_ratio(cpu);
    return machine;
}

std::span<const std::string_view> machine_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> all;
        for (const Row& row : kRows) all.push_back(row.name);
        return all;
    }();
    return names;
}

Machine machine_named(std::string_view name) {
    const Row* row = std::ranges::find(kRows, name, &Row::name);
    RICCI_CHECK(row != std::end(kRows), "no machine \"{}\"", name);
    Machine machine = row->machine();
    machine.name = row->name;
    return machine;
}

std::string text_of(const Machine& machine) {
    std::string text = machine.name;
    for (const MachineField& field : kFields) text += fmt::format(" {}={}", field.name, field.get(machine));
    return text;
}

}  // namespace ricci::passes
