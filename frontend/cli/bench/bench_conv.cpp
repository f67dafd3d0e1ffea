// `ricci bench conv`: the convolutions of well-known networks, forward and both gradients, each a program of its own.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "frontend/cli/bench/bench_lecture.h"
#include "frontend/cli/bench/bench_step.h"
#include "frontend/cli/bench/conv_layers.h"
#include "frontend/cli/bench/peers.h"
#include "frontend/cli/commands.h"
#include "frontend/cli/machine_file.h"
#include "frontend/cli/process.h"
#include "frontend/cli/source.h"
#include "frontend/cli/streams.h"
#include "frontend/cli/terminal.h"
#include "frontend/model/buffers.h"
#include "frontend/program/internals.h"
#include "ir/base/error.h"
#include "ricci/compile.h"
#include "runtime/base/cpu.h"
#include "runtime/base/random.h"
#include "runtime/file/files.h"

namespace ricci::cli {
namespace {

using nlohmann::ordered_json;
using runtime::Buffer;
using Layer = ConvLayer;

struct ConvOptions {
    std::int64_t threads = 1;
    std::string only;
    std::string direction;
    double seconds = 0.3;
    bool peers = false;
    std::string python = "/usr/bin/python3";
    std::string scripts;
    std::int64_t rounds = 3;
    bool remarks = false;
    bool lecture = false;
    std::string svg;
    std::string print;
    std::string dtype = "f32";
    std::string machine;
    passes::Options passes;
    CompileOptions compile;
};

ordered_json time_one(const Layer& layer, std::string_view direction, const ConvOptions& given) {
    using Clock = std::chrono::steady_clock;
    const Program program = conv_program(layer, direction);
    const double flop = product_flop(program, layer.batch);
    Function function = detail::compile_with(given.passes, program, given.compile);
    runtime::Rng rng(0);
    std::vector<Buffer> inputs;
    for (const ir::Value& value : detail::graph_of(function).values) {
        if (value.role != ir::Role::input) continue;
        runtime::BufferSpec spec = spec_of(value);
        spec.extents = value.type.extents(layer.batch);
        Buffer buffer(std::move(spec));
        for (float& element : buffer.span<float>()) element = static_cast<float>(rng.uniform());
        inputs.push_back(std::move(buffer));
    }
    std::vector<runtime::Binding> bindings;
    for (const Buffer& buffer : inputs) bindings.push_back(runtime::Binding::of(buffer.spec().name, buffer));
    if (given.remarks) {
        for (const Remark& remark : function.remarks()) {
            if (remark.pass == "lower-conv2d") complain(fmt::format("{} {}: {}", layer.name, direction, remark.text));
        }
    }

    detail::run(function, bindings);
    std::vector<double> times;
    constexpr std::size_t kLeast = 3;
    const auto begin = Clock::now();
    const auto since = [](Clock::time_point start) {
        return std::chrono::duration<double>(Clock::now() - start).count();
    };
    while (times.size() < kLeast || since(begin) < given.seconds) {
        const auto start = Clock::now();
        detail::run(function, bindings);
        times.push_back(since(start));
    }
    const double seconds = median(times);
    return {{"peer", name_and_version()},
            {"threads", function.threads()},
            {"layer", layer.name},
            {"direction", direction},
            {"ms", std::round(seconds * 1e6) / 1e3},
            {"gflops", std::round(flop / seconds / 1e8) / 10}};
}

/// Milliseconds by direction, as a process prints them; empty where it fails.
std::map<std::string, double> milliseconds(const std::vector<std::string>& command, std::string& peer,
                                           const std::map<std::string, std::string>& variables) {
    const Finished finished = run_program(command, {.environment = variables});
    std::map<std::string, double> found;
    for (std::size_t at = 0; finished.status == 0 && at < finished.output.size();) {
        const std::size_t end = std::min(finished.output.find('\n', at), finished.output.size());
        const auto line = nlohmann::json::parse(finished.output.substr(at, end - at), nullptr, false);
        if (line.is_object()) {
            peer = line.value("peer", "?");
            found[line.value("direction", "")] = line.value("ms", 0.0);
        }
        at = end + 1;
    }
    return found;
}

std::vector<std::string> peer_command(const Layer& layer, const ConvOptions& given, const std::string& script) {
    std::vector<std::string> command = pinned(given.threads);
    for (std::string word :
         {given.python, script, std::string("--threads"), fmt::format("{}", given.threads), std::string("--seconds"),
          fmt::format("{}", given.seconds), std::string("--layer"), std::string(layer.name)}) {
        command.push_back(std::move(word));
    }
    for (std::int64_t number :
         {layer.batch, layer.in, layer.out, layer.size, layer.kernel, layer.stride, layer.padding}) {
        command.push_back(fmt::format("{}", number));
    }
    return command;
}

/// This program for one layer, in a process of its own as the peer's.
std::vector<std::string> own_command(const Layer& layer, const ConvOptions& given) {
    std::vector<std::string> command = pinned(given.threads);
    for (std::string word :
         {own_executable().string(), std::string("bench"), std::string("conv"), std::string("--only"),
          std::string(layer.name), std::string("--threads"), fmt::format("{}", given.threads), std::string("--seconds"),
          fmt::format("{}", given.seconds), std::string("--conv"), std::string(given.passes.conv.word())}) {
        command.push_back(std::move(word));
    }
    if (!given.passes.winograd) command.emplace_back("--no-winograd");
    if (!given.machine.empty()) command.insert(command.end(), {"--machine", given.machine});
    return command;
}

int against_a_peer(const std::vector<Layer>& layers, const ConvOptions& given) {
    const std::map<std::string, std::string> variables = peer_environment(given.threads);
    const std::string script = (peer_scripts(given.scripts) / "conv_torch.py").string();
    fmt::print("machine: {}, {:.0f} GFLOP/s in a 1024^3 SGEMM on one thread\n", runtime::cpu().describe(),
               sgemm_gflops());
    fmt::print("{} thread{}, rounds: {} of {} s a direction, a process each in turns\n", given.threads,
               given.threads == 1 ? "" : "s", given.rounds, given.seconds);
    fmt::print("{:<19} {:<15} {:>9} {:>8} {:>9} {:>8} {:>7}  {}\n", "layer", "direction", "ms", "GFLOP/s", "peer ms",
               "GFLOP/s", "ratio", "of the rounds");
    std::string peer;
    double log_sum = 0;
    int rows = 0;
    LiveLine line;
    for (const Layer& layer : layers) {
        std::map<std::string, std::array<std::vector<double>, 2>> times;
        for (std::int64_t round = 1; round <= given.rounds; ++round) {
            line.show(fmt::format("{} {}/{}", layer.name, round, given.rounds));
            std::string self;
            for (const auto& [direction, ms] : milliseconds(own_command(layer, given), self, variables))
                times[direction][0].push_back(ms);
            for (const auto& [direction, ms] : milliseconds(peer_command(layer, given, script), peer, variables))
                times[direction][1].push_back(ms);
        }
        line.clear();
        for (const char* direction : kConvDirections) {
            const auto& [own, other] = times[direction];
            const double flop = product_flop(conv_program(layer, direction), layer.batch);
            if (own.empty() || own.size() != other.size()) {
                user_error("{} {}: {} failed", layer.name, direction,
                           own.empty() ? "ricci bench conv" : fmt::format("{} {}", given.python, script));
            }
            std::vector<double> ratios;
            for (std::size_t i = 0; i < own.size(); ++i) ratios.push_back(other[i] / own[i]);
            const double ratio = median(ratios);
            log_sum += std::log(ratio);
            ++rows;
            fmt::print("{:<19} {:<15} {:>9.3f} {:>8.1f} {:>9.3f} {:>8.1f} {:>7.2f}  {:.2f} to {:.2f}\n", layer.name,
                       direction, median(own), flop / median(own) / 1e6, median(other),
                       flop / median(other) / 1e6, ratio, std::ranges::min(ratios), std::ranges::max(ratios));
            flush_output();
        }
    }
    fmt::print("{}: {:.2f} times Ricci's time, the geometric mean of {} rows\n", peer, std::exp(log_sum / rows), rows);
    return kOk;
}

}  // namespace

int bench_conv(Arguments arguments) {
    ConvOptions given;
    Options options("bench conv",
                    "Times convolutions of LeNet-5, AlexNet, VGG-16 and ResNet-18, forward and both gradients, images "
                    "in NCHW order.\nPrints a line of JSON each; with --peers a table beside PyTorch, in turns.");
    options.whole("--threads", "N", given.threads, kThreads, "0 is one a processor");
    options.text("--only", "TEXT", given.only, "only layers whose name holds it");
    options.choice("--direction", {"forward", "input_gradient", "kernel_gradient"}, given.direction, "only this one");
    options.real("--seconds", "S", given.seconds, kSeconds, "a layer and direction, of which the median is given");
    options.flag("--peers", given.peers, "also times PyTorch, a process each in turns, and prints a table");
    options.text("--python", "PATH", given.python, "the Python that has PyTorch");
    options.text("--scripts", "DIR", given.scripts, "folder of the peers' scripts, where it is not found");
    options.whole("--rounds", "N", given.rounds, kRepeats, "with --peers: of one process each");
    options.flag("--remarks", given.remarks, "also prints how each is computed and why, to standard error");
    options.flag("--lecture", given.lecture,
                 "times the forms of lectures on one convolution: loops, taps, im2col, a matrix of 0 and 1, a view, Ricci's own");
    options.text("--svg", "FILE", given.svg, "with --lecture: draws the times");
    options.text("--print", "FORM", given.print,
                 "with --lecture: prints the texts of a form, naive, taps, im2col, im2col-matrix, sparse, view or ricci, and no times");
    options.choice("--dtype", {"f32", "f64"}, given.dtype, "with --lecture: of the numbers");
    declare_passes(options, given.passes);
    declare_target(options, given.compile.target);
    declare_machine(options, given.machine);
    if (!options.parse(arguments)) return kOk;
    given.compile.threads = static_cast<int>(given.threads);
    if (!given.svg.empty() && !given.lecture) user_error("--svg {}: the drawing is of --lecture; give both", given.svg);
    for (const char* option : {"--print", "--dtype"}) {
        if (options.given(option) && !given.lecture) user_error("{} is of --lecture; give both", option);
    }
    for (const char* option : {"--direction", "--peers", "--python", "--scripts", "--rounds", "--remarks"}) {
        if (options.given(option) && given.lecture) user_error("{} says nothing to --lecture; leave one of them out", option);
    }
    if (!given.svg.empty()) runtime::check_writable(given.svg);
    if (given.lecture) {
        return bench_lecture({.seconds = given.seconds, .only = given.only, .svg = given.svg, .print = given.print,
                              .dtype = given.dtype == "f64" ? f64 : f32, .compile = given.compile});
    }
    given.passes.measured = machine_of_file(given.machine);

    std::vector<Layer> layers;
    for (const Layer& layer : conv_layers()) {
        if (std::string_view(layer.name).find(given.only) != std::string_view::npos) layers.push_back(layer);
    }
    if (layers.empty()) user_error("--only {}: no layer has that in its name", given.only);
    if (given.peers) return against_a_peer(layers, given);
    for (const Layer& layer : layers) {
        for (const char* direction : kConvDirections) {
            if (!given.direction.empty() && given.direction != direction) continue;
            fmt::print("{}\n", time_one(layer, direction, given).dump());
            flush_output();
        }
    }
    return kOk;
}

}  // namespace ricci::cli
