// Convolutions as patches times kernels, or left to what computes them from their equation.
#include "passes/convolution/lower_conv2d.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "passes/build.h"
#include "passes/convolution/choose_convolution.h"
#include "passes/convolution/im2col.h"
#include "passes/products/product_cost.h"
#include "passes/tiles/tile_plan.h"

namespace ricci::passes {
namespace {

using namespace ir;

using Direction = ConvolutionDirection;

constexpr std::array<std::string_view, 7> kAlgorithms = {"auto",      "im2col", "blocks", "winograd",
                                                         "winograd2", "direct", "naive"};

/// Seconds that the samples of a tile take longer inside it than as calls outside: the convolutions that a call would
/// do faster, and the copies across the border, less the values inside that would come from memory then.
class Region {
  public:
    Region(const Graph& graph, const TilePlan& plan, int number, const Options& options) {
        const TileRegion& region = plan.regions[static_cast<std::size_t>(number)];
        const auto samples = static_cast<double>(region.samples);
        loss_ = 2 * (static_cast<double>(region.crossing) / options.machine.l2_bytes_per_second -
                     static_cast<double>(region.inside) / options.machine.memory_bytes_per_second);
        for (int place : region.equations) {
            const Equation& equation = graph.equations[static_cast<std::size_t>(place)];
            const std::optional<Direction> direction = convolution_direction(equation.op);
            if (!direction) continue;
            const RecognizedConvolution found = recognize_convolution(graph, equation, *direction);
            if (!found.convolution) continue;
            const ConvolutionChoice outside = choose_convolution(graph, equation, *found.convolution, options, false);
            if (!is_call(outside.method)) continue;
            const ConvolutionChoice inside = choose_convolution(graph, equation, *found.convolution, options, true);
            if (inside.seconds() <= outside.seconds()) continue;
            loss_ += samples * (inside.seconds() - outside.seconds());
            calls_.emplace_back(place, outside.method);
        }
    }

    /// The convolutions that calls should do instead, with their methods.
    const std::vector<std::pair<int, std::string>>& calls() const { return calls_; }
    double loss() const { return calls_.empty() ? 0 : loss_; }

  private:
    double loss_ = 0;
    std::vector<std::pair<int, std::string>> calls_;
};

/// Which equations will run in batch tiles, by place. A convolution that will be one call takes
/// its neighbours' tile apart, so what is left is planned again.
std::vector<bool> tiled_convolutions(const Graph& graph, const Options& options, Remarks& remarks) {
    std::vector<bool> tiled(graph.equations.size(), false);
    if (is_call(options.conv) || options.tile == "off") return tiled;
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
        if (again || options.tile != "auto" || options.conv != "auto") continue;
        for (int number = 0; number < static_cast<int>(plan.regions.size()); ++number) {
            if (!plan.regions[static_cast<std::size_t>(number)].why_not.empty()) continue;
            const Region region(with_calls, plan, number, options);
            if (region.loss() <= 0) continue;
            std::vector<std::string> names;
            for (const auto& [place, method] : region.calls()) {
                Equation& equation = with_calls.equations[static_cast<std::size_t>(place)];
                equation.op += "." + method;
                names.push_back(with_calls.value(equation.result).name);
            }
            const auto samples = static_cast<double>(plan.regions[static_cast<std::size_t>(number)].samples);
            remarks.push_back({"lower-conv2d", fmt::format("{}: outside of tiles, where calls win {} a sample",
                                                           fmt::join(names, ", "),
                                                           time_text(region.loss() / samples))});
            again = true;
        }
    }
    return tiled;
}

/// Lowers one convolution: tags it, or writes other equations in its place. `compared` gets the methods that can do it.
/// \returns the remark.
std::string lower(Graph& graph, Equation equation, Direction direction, const Options& options, bool tiled,
                  std::vector<Equation>& made, std::optional<Choice>& compared) {
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
        compared = Choice{graph.value(equation.result).name, choice.method, choice.candidates, choice.batch > 0};
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
    if (std::ranges::find(kAlgorithms, options.conv) == kAlgorithms.end()) {
        user_error("unknown convolution \"{}\"; there are {}", options.conv, fmt::join(kAlgorithms, ", "));
    }
    const std::vector<bool> tiled = tiled_convolutions(graph, options, remarks);
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
        std::optional<Choice> choice;
        const std::string said = lower(result, equation, *direction, options, in_tile, made, choice);
        remarks.push_back({"lower-conv2d", fmt::format("{}: {}", name, said), std::move(choice)});
    }
    result.equations = std::move(made);
    result.compact();
    return result;
}

}  // namespace ricci::passes
