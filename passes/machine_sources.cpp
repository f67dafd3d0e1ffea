// Three rows of the table were measured: those of Intel with AVX-512, of Zen 5 and of Zen 3, which stands for all with AVX2. What
// was not measured there is the first one's, or half of it.
#include "passes/machine_sources.h"

#include <algorithm>
#include <array>

#include "passes/machine.h"

namespace ricci::passes {
namespace {

constexpr std::array<std::string_view, 9> kDocumented = {
    "f32_lanes",       "vector_registers",       "l1_bytes",
    "l2_bytes",        "l3_bytes",               "multiply_adds_per_cycle",
    "loads_per_cycle", "instructions_per_cycle", "multiply_add_latency_cycles"};

constexpr std::array<std::string_view, 10> kMeasured = {
    "blas_flop_per_second",          "direct_tile_flop_per_second", "sample_tile_flop_per_second",
    "register_tile_flop_per_second", "near_tile_flop_per_second",   "summed_tile_flop_per_second",
    "loop_flop_per_second",          "blas_call_seconds",           "l2_bytes_per_second",
    "memory_bytes_per_second"};

/// Of AVX2: what follows from the number of lanes.
constexpr std::array<std::string_view, 4> kHalved = {"summed_window_flop_per_second", "streamed_tile_flop_per_second",
                                                     "lane_sum_seconds", "least_shared_flop_per_byte"};

/// Of AVX2: what windows that move by more than one cost.
constexpr std::array<std::string_view, 4> kStrided = {"packed_strided_number_flop", "framed_strided_number_flop",
                                                      "strided_gradient_ratio", "strided_pixel_ratio"};

}  // namespace

std::string_view source_of(std::string_view machine, std::string_view field) {
    if (std::ranges::find(kDocumented, field) != kDocumented.end()) return "documented";
    if (machine == "avx512-amd" && field == "l2_loads_per_cycle") return "documented";
    if (machine == Machine().name) {
        return std::ranges::find(kMeasured, field) != kMeasured.end() ? "measured" : "fitted";
    }
    if (machine == "avx512-zen5") {
        if (std::ranges::find(kMeasured, field) != kMeasured.end()) return "measured";
        const bool filtering = field.starts_with("winograd_") && field != "winograd_kernel_flop";
        if (filtering || field == "blas_call_rows" || field == "l2_loads_per_cycle") return "fitted";
    }
    if (machine == "avx2") {
        if (std::ranges::find(kMeasured, field) != kMeasured.end() || field == "bf16_flop_per_second") return "measured";
        if (field == "blas_call_rows" || std::ranges::find(kStrided, field) != kStrided.end()) return "fitted";
        if (std::ranges::find(kHalved, field) != kHalved.end()) return "half of avx512-intel";
    }
    return "avx512-intel";
}

}  // namespace ricci::passes
