// Convolutions as patches times kernels, or left to what computes them from their equation.
#include "passes/convolution/lower_conv2d.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "passes/build.h"
#include "passes/convolution/choose_convolution.h"
#include "passes/convolution/im2col.h"
#include "passes/tiles/tile_plan.h"

namespace ricci::passes {
namespace {

using namespace ir;

using Direction = ConvolutionDirection;

bool is_call(std::string_view method) {
    return method == "blocks" || method.starts_with("winograd");
}

/// Which equations will run in batch tiles, by place. A convolution that will be one call takes
/// its neighbours' tile apart, so what is left is planned again.
std::vector<bool> tiled_convolutions(const Graph& graph, const Options& options) {
    std::vector<bool> tiled(graph.equations.size(), false);
    if (is_call(options.conv.word()) || options.tile == "off") return tiled;
    Graph with_calls = graph;
    for (bool again = true; again;) {
        again = false;
        const TilePlan plan = plan_tiles(with_calls, options);
        for (int place = 0; place < static_cast<int>(tiled.size()); ++place) {
            tiled[static_cast<std::size_t>(place)] = plan.is_tiled(place);
            Equation& equation = with_calls.equations[static_cast<std::size_t>(place)];
            if (plan.is_tiled(place) || !convolution_direction(equation.op)) continue;
            if (!convolution_method(equation.op).empty()) continue;
            const Equation& plain = graph.equations[static_cast<std::size_t>(place)];
            const RecognizedConvolution found = recognize_convolution(graph, plain, *convolution_direction(plain.op));
            if (!found.convolution) continue;
            const std::string method = choose_convolution(graph, plain, *found.convolution, options, false).method;
            if (!is_call(method)) continue;
            equation.op += "." + method;
            again = true;
        }
    }
    return tiled;
}

/// Lowers one convolution: tags it, or writes other equations in its place. \returns the remark.
std::string lower(Graph& graph, Equation equation, Direction direction, const Options& options, bool tiled,
                  std::vector<Equation>& made) {
    std::string said;
    const RecognizedConvolution found = recognize_convolution(graph, equation, direction);
    if (equation.reduce == Reduce::none) {
        equation.op.clear();
        drop_unit_indices(graph, equation);
        said = "nothing adds up, no patches";
    } else if (!found.convolution) {
        said = fmt::format("left as it is, for {}", found.why_not);
    } else {
        ConvolutionChoice choice = choose_convolution(graph, equation, *found.convolution, options, tiled);
        const bool window = is_pointwise_window(graph, equation, *found.convolution);
        if (choice.method == "naive" || is_call(choice.method) || (choice.method == "direct" && !window)) {
            equation.op += "." + choice.method;
            said = fmt::format("{}, {}", choice.method == "naive" ? "naive loops" : choice.method, choice.reason);
        } else if (window) {
            equation.op.clear();
            drop_unit_indices(graph, equation);
            said = "a window of one element, no patches";
        } else if (std::optional<Im2col> written = im2col(graph, equation, *found.convolution)) {
            std::ranges::move(written->equations, std::back_inserter(made));
            return fmt::format("{}; {}", written->text, choice.reason);
        } else {
            said = "left as it is, for its axes give no matrix with contiguous rows";
        }
    }
    made.push_back(std::move(equation));
    return said;
}

}  // namespace

Graph lower_conv2d(const Graph& graph, const Options& options, Remarks& remarks) {
    const std::vector<bool> tiled = tiled_convolutions(graph, options);
    Graph result = graph;
    std::vector<Equation> made;
    for (int place = 0; place < static_cast<int>(graph.equations.size()); ++place) {
        const Equation& equation = graph.equations[static_cast<std::size_t>(place)];
        const std::optional<Direction> direction = convolution_direction(equation.op);
        if (!direction || !convolution_method(equation.op).empty()) {
            made.push_back(equation);
            continue;
        }
        const std::string name = graph.value(equation.result).name;
        const bool in_tile = tiled[static_cast<std::size_t>(place)];
        const std::string said = lower(result, equation, *direction, options, in_tile, made);
        remarks.push_back({"lower-conv2d", fmt::format("{}: {}", name, said)});
    }
    result.equations = std::move(made);
    result.compact();
    return result;
}

}  // namespace ricci::passes
