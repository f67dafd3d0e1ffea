// `ricci bench machine`: what one core of this machine does, as the cost models count it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "codegen/jit/target.h"
#include "frontend/cli/bench/bench_step.h"
#include "frontend/cli/bench/timed_program.h"
#include "frontend/cli/commands.h"
#include "frontend/cli/machine_file.h"
#include "ir/core/scalar.h"
#include "ir/text/parser.h"
#include "passes/machine_sources.h"
#include "runtime/base/cpu.h"
#include "runtime/call/bf16/product.h"
#include "runtime/call/gemm.h"
#include "runtime/file/files.h"

namespace ricci::cli {
namespace {

using nlohmann::ordered_json;

constexpr double kTurn = 0.02;  // seconds of one program in one round

struct MachineOptions {
    std::int64_t rounds = 5;
    std::string save;
    bool json = false;
};

Program program_of(const std::string& text) {
    return detail::program_of(ir::parse("ricci 1 step machine\n" + text, "the program that is timed"));
}

/// FLOP a second of a program by the operations that its equations ask for, on one thread.
double flop_per_second(const std::string& text, std::int64_t batch, const passes::Options& passes,
                       std::int64_t rounds) {
    const Program program = program_of(text);
    std::vector<TimedProgram> one;
    one.emplace_back(passes, program, CompileOptions{.threads = 1, .cache = false}, batch);
    return product_flop(program, batch) / least_seconds(one, rounds, kTurn)[0];
}

/// Bytes that are read and written, in a second, where `bytes` hold what is read and what is written.
double copy_bytes_per_second(std::int64_t bytes, std::int64_t rounds) {
    const auto half = static_cast<std::size_t>(bytes / 2);
    std::vector<char> from(half, 1), to(half, 2);
    double best = 0;
    for (std::int64_t round = 0; round <= rounds; ++round) {
        std::size_t copies = 0;
        double seconds = 0;
        for (const double start = processor_seconds(); seconds < kTurn; seconds = processor_seconds() - start) {
            std::memcpy(to.data(), from.data(), half);
            from[copies % half] = to[0];  // each copy differs from the last
            ++copies;
        }
        best = std::max(best, 2 * static_cast<double>(half) * static_cast<double>(copies) / seconds);
    }
    return best;
}

/// Seconds of a product of two matrices of size x size in BLAS.
double blas_seconds(std::int64_t size, std::int64_t calls, std::int64_t rounds) {
    const std::vector<float> a(static_cast<std::size_t>(size * size), 0.5F);
    std::vector<float> c(a.size());
    const runtime::GemmShape shape{.m = size, .n = size, .k = size, .lda = size, .ldb = size, .ldc = size};
    double best = std::numeric_limits<double>::infinity();
    for (std::int64_t round = 0; round < rounds; ++round) {
        const double start = processor_seconds();
        for (std::int64_t i = 0; i < calls; ++i) runtime::gemm(shape, 1.0F, a.data(), a.data(), 0.0F, c.data());
        best = std::min(best, (processor_seconds() - start) / static_cast<double>(calls));
    }
    return best;
}

/// The same of factors of bf16, by what this processor has for them.
double bf16_seconds(std::int64_t size, std::int64_t rounds) {
    const std::vector<Bf16> a(static_cast<std::size_t>(size * size), Bf16(0.5F));
    std::vector<float> c(a.size());
    const runtime::GemmShape shape{.m = size, .n = size, .k = size, .lda = size, .ldb = size, .ldc = size};
    double best = std::numeric_limits<double>::infinity();
    for (std::int64_t round = 0; round < rounds; ++round) {
        const double start = processor_seconds();
        runtime::bf16_gemm_sum(shape, {}, 1.0F, {a.data(), a.data(), true, true}, 0.0F, c.data());
        best = std::min(best, processor_seconds() - start);
    }
    return best;
}

/// The rates of products by method: each a program that has this method and no other.
void measure_products(passes::Machine& machine, std::int64_t rounds) {
    const std::string plain =
        "input a: f32[feature 128, feature 128]\ninput b: f32[feature 128, feature 128]\n"
        "c: f32[feature 128, feature 128]\nc[i, j] = sum(k: feature 128) a[i, k] * b[k, j]\noutput c\n";
    const std::string near =
        "input a: f32[sample 16, feature 120]\ninput b: f32[sample 16, feature 400]\n"
        "c: f32[feature 120, feature 400]\nc[i, j] = sum(k: sample 16) a[k, i] * b[k, j]\noutput c\n";
    const std::string summed =
        "input a: f32[feature 64, feature 256]\ninput b: f32[feature 64, feature 256]\n"
        "c: f32[feature 64, feature 64]\nc[i, j] = sum(k: feature 256) a[i, k] * b[j, k]\noutput c\n";
    const std::string samples =
        "input x: f32[batch ?, feature 256]\ninput w: f32[feature 256, feature 256]\n"
        "h: f32[batch ?, feature 256]\nh[b, o] = sum(i: feature 256) x[b, i] * w[o, i]\n"
        "y: f32[batch ?, feature 256]\ny[b, o] = max(h[b, o], 0)\noutput y\n";
    const std::string window =
        "input x: f32[batch ?, channel 32, height 16, width 16]\ninput w: f32[channel 32, channel 32, tap_h 3, tap_w 3]\n"
        "h: f32[batch ?, channel 32, height 14, width 14]\n"
        "h[b, o, y, x] = sum(i: channel 32, dy: tap_h 3, dx: tap_w 3) x[b, i, y + dy, x + dx] * w[o, i, dy, dx]  @conv2d\n"
        "y: f32[batch ?, channel 32, height 14, width 14]\ny[b, c, y, x] = max(h[b, c, y, x], 0)\noutput y\n";
    const std::string tile = fmt::format("{}", machine.f32_lanes);
    const std::int64_t batch = 4 * machine.f32_lanes;
    machine.register_tile_flop_per_second =
        flop_per_second(plain, 1, {.gemm = "contraction", .tile = "off"}, rounds);
    machine.near_tile_flop_per_second = flop_per_second(near, 1, {.gemm = "contraction", .tile = "off"}, rounds);
    machine.summed_tile_flop_per_second = flop_per_second(summed, 1, {.gemm = "contraction", .tile = "off"}, rounds);
    machine.loop_flop_per_second = flop_per_second(plain, 1, {.gemm = "loops", .tile = "off"}, rounds);
    machine.sample_tile_flop_per_second =
        flop_per_second(samples, batch, {.gemm = "contraction", .tile = tile}, rounds);
    machine.direct_tile_flop_per_second = flop_per_second(window, batch, {.conv = "direct", .tile = tile}, rounds);
}

/// Of each scalar function of floats: multiply-adds of vectors that take as long as one vector of results.
ordered_json measure_scalars(const passes::Machine& machine, std::int64_t rounds) {
    constexpr std::int64_t kNumbers = 4096;
    std::vector<std::string> names = {"x"};  // a copy, which is what is there beside the function
    std::vector<TimedProgram> programs;
    const auto add = [&](const std::string& body) {
        const std::string type = fmt::format("f32[feature {}]", kNumbers);
        programs.emplace_back(passes::Options{}, program_of(fmt::format("input x: {0}\ny: {0}\ny[f] = {1}\noutput y\n", type, body)),
                              CompileOptions{.threads = 1, .cache = false}, 1);
    };
    add("x[f] + 1");
    for (const ir::ScalarInfo& scalar : ir::scalars()) {
        if (scalar.operations <= 1) continue;
        names.emplace_back(scalar.name);
        add(scalar.arity == 1                        ? fmt::format("{}(x[f])", scalar.name)
            : scalar.function == ir::Scalar::div ? std::string("0.7 / x[f]")
            : scalar.types == ir::ScalarInfo::Types::integer
                ? fmt::format("x[f] + f32({}(f, 7, 1))", scalar.name)
            : scalar.types == ir::ScalarInfo::Types::bits ? fmt::format("x[f] + f32({}(i32(f), 7))", scalar.name)
                                                 : fmt::format("{}(x[f], 0.3 + x[f])", scalar.name));
    }
    const std::vector<double> seconds = least_seconds(programs, rounds, kTurn / 10);
    const double vectors = static_cast<double>(kNumbers) / static_cast<double>(machine.f32_lanes);
    const double one = 2 * static_cast<double>(machine.f32_lanes) /
                       std::max(machine.register_tile_flop_per_second, machine.blas_flop_per_second);
    ordered_json found = ordered_json::object();
    for (std::size_t i = 1; i < names.size(); ++i) {
        found[names[i]] = std::round(10 * (1 + (seconds[i] - seconds[0]) / vectors / one)) / 10;
    }
    return found;
}

void print_table(const passes::Machine& machine, const ordered_json& measured) {
    const passes::Machine row = passes::machine_for(codegen::Target::host().cpu, codegen::Target::host().lanes(f32));
    fmt::print("machine: {}\n{:<32} {:>12} {:>12} {}\n", runtime::cpu().describe(), "", "measured", row.name,
               "whose number is");
    for (const passes::MachineField& field : passes::machine_fields()) {
        if (field.get(machine) == field.get(row)) continue;
        fmt::print("{:<32} {:>12.4g} {:>12.4g} {}\n", field.name, field.get(machine), field.get(row),
                   passes::source_of(row.name, field.name));
    }
    fmt::print("a copy, bytes a second:");
    for (const auto& [level, rate] : measured["copy_bytes_per_second"].items())
        fmt::print(" {} {:.3g}", level, rate.get<double>());
    fmt::print("\nvector operations of a scalar function, measured (and as the cost models count):\n ");
    for (const auto& [name, operations] : measured["scalar_operations"].items()) {
        fmt::print(" {} {:.1f} ({:g})", name, operations.get<double>(),
                   ir::info(*ir::scalar_named(name)).operations);
    }
    fmt::print("\n");
}

}  // namespace

int bench_machine(Arguments arguments) {
    MachineOptions given;
    Options options("bench machine",
                    "Measures one core of this machine: BLAS, register tiles and loops, copies by level of cache, scalar "
                    "functions.\nPrints what differs from the table that the cost models take without --machine.");
    options.whole("--rounds", "N", given.rounds, kRepeats, "of which the fastest counts");
    options.text("--save", "FILE", given.save, "writes all numbers there, for --machine of other commands");
    options.flag("--json", given.json, "prints what --save writes instead of a table");
    if (!options.parse(arguments)) return kOk;
    if (!given.save.empty()) runtime::check_writable(given.save);

    passes::Machine machine = detail::machine_of("");
    machine.name = fmt::format("measured {}", machine.name);
    constexpr std::int64_t kLarge = 1024;
    blas_seconds(kLarge, 1, 1);  // wakes BLAS up
    machine.blas_flop_per_second = 2.0 * kLarge * kLarge * kLarge / blas_seconds(kLarge, 1, 2 * given.rounds);
    machine.blas_call_seconds = blas_seconds(4, 20000, given.rounds);
    machine.bf16_flop_per_second = 2.0 * kLarge * kLarge * kLarge / bf16_seconds(kLarge, 2 * given.rounds);
    measure_products(machine, given.rounds);
    constexpr std::int64_t kMostOfL3 = std::int64_t{32} << 20, kMemory = std::int64_t{512} << 20;
    ordered_json copies = {
        {"l1", copy_bytes_per_second(machine.l1_bytes / 2, given.rounds)},
        {"l2", copy_bytes_per_second(machine.l2_bytes / 2, given.rounds)},
        {"l3", copy_bytes_per_second(std::min(machine.l3_bytes / 2, kMostOfL3), given.rounds)},
        {"memory", copy_bytes_per_second(kMemory, given.rounds)}};
    machine.l2_bytes_per_second = copies["l2"].get<double>();
    machine.memory_bytes_per_second = copies["l3"].get<double>();  // what the second-level cache does not hold
    ordered_json measured = {{"cpu", runtime::cpu().describe()},
                             {"copy_bytes_per_second", std::move(copies)},
                             {"scalar_operations", measure_scalars(machine, given.rounds)}};
    const std::string text = json_of(machine, measured).dump(2) + "\n";
    if (!given.save.empty()) runtime::write_file(given.save, text);
    if (given.json) {
        fmt::print("{}", text);
    } else {
        print_table(machine, measured);
    }
    return kOk;
}

}  // namespace ricci::cli
