// How fast is a convolution, by method and direction?
#include <array>

#include "bench/ready_program.h"
#include "frontend/cli/bench/conv_layers.h"

namespace ricci {
namespace {

constexpr std::array kMethods = {Convolution::automatic, Convolution::im2col, Convolution::blocks,
                                 Convolution::winograd, Convolution::direct};

void convolution(benchmark::State& state, const cli::ConvLayer& layer, std::string_view direction, Convolution method) {
    CompileOptions options = bench::one_thread();
    options.convolution = method;
    bench::ReadyProgram(cli::conv_program(layer, direction), options, layer.batch).time(state);
    const double points = static_cast<double>(layer.batch * layer.in * layer.out * layer.kernel * layer.kernel *
                                              layer.result() * layer.result());
    bench::count(state, "FLOP", 2 * points);
}

/// One for each row of `ricci bench conv`, direction and method.
const bool kRegistered = [] {
    for (const cli::ConvLayer& layer : cli::conv_layers()) {
        for (std::string_view direction : cli::kConvDirections) {
            for (Convolution method : kMethods) {
                const std::string name = fmt::format("convolution/{}/{}/{}", layer.name, direction, name_of(method));
                benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
                    convolution(state, layer, direction, method);
                });
            }
        }
    }
    return true;
}();

}  // namespace
}  // namespace ricci
