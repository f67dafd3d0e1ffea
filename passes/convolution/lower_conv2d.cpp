// Convolutions as patches times kernels, or left to what computes them from their equation.
#include "passes/convolution/lower_conv2d.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "ir/ops/table.h"
#include "passes/build.h"
#include "passes/convolution/choose_convolution.h"
#include "passes/convolution/im2col.h"
#include "passes/tiles/tile_plan.h"

namespace ricci::passes {
namespace {

using namespace ir;

constexpr std::array<std::string_view, 7> kAlgorithms = {"auto",      "im2col", "blocks", "winograd",
                                                         "winograd2", "direct", "naive"};

bool asks_for_call(const Options& options) {
    return options.conv == "winograd" || routine_named(options.conv) != nullptr;
}

/// What the choice of a method means for the equation; nothing where other equations take its place.
Schedule schedule_of(const ConvolutionChoice& choice) {
    if (const Routine* routine = routine_named(choice.method)) return Schedule::by(*routine);
    if (choice.method == "direct") return Schedule::by(How::register_tile);
    if (choice.method == "naive") return Schedule::by(How::loops);
    return {};
}

/// The op conv2d and the gradients of its equation.
bool is_conv2d(OpTag tag) {
    const Op& op = *op_named("conv2d");
    return !tag.empty() && (tag == op.name || std::ranges::find(op.gradients, tag.name()) != op.gradients.end());
}

/// A convolution that no method was chosen for.
bool is_open(const Equation& equation) {
    return is_conv2d(equation.op) && !equation.schedule.decided();
}

/// Which equations will run in batch tiles, by place. A convolution that will be one call takes
/// its neighbours' tile apart, so what is left is planned again.
std::vector<bool> tiled_convolutions(const Graph& graph, const Options& options) {
    std::vector<bool> tiled(graph.equations.size(), false);
    if (asks_for_call(options) || options.tile == "off") return tiled;
    Graph with_calls = graph;
    for (bool again = true; again;) {
        again = false;
        const TilePlan plan = plan_tiles(with_calls, options);
        for (int place = 0; place < static_cast<int>(tiled.size()); ++place) {
            tiled[static_cast<std::size_t>(place)] = plan.is_tiled(place);
            Equation& equation = with_calls.equations[static_cast<std::size_t>(place)];
            if (plan.is_tiled(place) || !is_open(equation)) continue;
            const RecognizedConvolution found = recognize_convolution(graph, equation);
            if (!found.convolution) continue;
            const Schedule chosen =
                schedule_of(choose_convolution(graph, equation, *found.convolution, options, false));
            if (!chosen.is_call()) continue;
            equation.schedule = chosen;
            again = true;
        }
    }
    return tiled;
}

/// Lowers one convolution: schedules it, or writes other equations in its place. \returns the remark.
std::string lower(Graph& graph, Equation equation, const Options& options, bool tiled, std::vector<Equation>& made) {
    std::string said;
    const RecognizedConvolution found = recognize_convolution(graph, equation);
    if (equation.reduce == Reduce::none) {
        equation.op.clear();
        drop_unit_indices(graph, equation);
        said = "nothing adds up, no patches";
    } else if (!found.convolution) {
        said = fmt::format("left as it is, for {}", found.why_not);
    } else {
        ConvolutionChoice choice = choose_convolution(graph, equation, *found.convolution, options, tiled);
        const bool window = is_pointwise_window(graph, equation, *found.convolution);
        const Schedule chosen = schedule_of(choice);
        if (chosen.decided() && !(window && chosen.how == How::register_tile)) {
            equation.schedule = chosen;
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
    const std::vector<bool> tiled = tiled_convolutions(graph, options);
    Graph result = graph;
    std::vector<Equation> made;
    for (int place = 0; place < static_cast<int>(graph.equations.size()); ++place) {
        const Equation& equation = graph.equations[static_cast<std::size_t>(place)];
        if (!is_open(equation)) {
            made.push_back(equation);
            continue;
        }
        const std::string name = graph.value(equation.result).name;
        const bool in_tile = tiled[static_cast<std::size_t>(place)];
        const std::string said = lower(result, equation, options, in_tile, made);
        remarks.push_back({"lower-conv2d", fmt::format("{}: {}", name, said)});
    }
    result.equations = std::move(made);
    result.compact();
    return result;
}

}  // namespace ricci::passes
