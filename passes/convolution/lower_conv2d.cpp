// Convolutions as patches times kernels, or left to what computes them from their equation.
#include "passes/convolution/lower_conv2d.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "ir/ops/table.h"
#include "passes/build.h"
#include "passes/convolution/choose_convolution.h"
#include "passes/convolution/im2col.h"
#include "passes/products/product_cost.h"
#include "passes/tiles/tile_plan.h"

namespace ricci::passes {
namespace {

using namespace ir;

bool asks_for_call(const Options& options) {
    return options.conv == ricci::Convolution::winograd || routine_named(options.conv.word()) != nullptr;
}

bool is_conv2d(OpTag tag) {
    const Op& op = *op_named("conv2d");
    return !tag.empty() && (tag == op.name || std::ranges::find(op.gradients, tag.name()) != op.gradients.end());
}

/// A convolution by its form, whatever its tag; and what the op conv2d has become, of which a remark tells.
bool concerns_this_pass(const Graph& graph, const Equation& equation) {
    if (equation.schedule.decided()) return false;
    return is_conv2d(equation.op) || open_convolution(graph, equation).has_value();
}

/// What the choice of a method means for the equation; nothing where other equations take its place.
Schedule schedule_of(const ConvolutionChoice& choice) {
    if (const Routine* routine = routine_named(choice.method)) return Schedule::by(*routine);
    if (choice.is(ricci::Convolution::direct)) return Schedule::by(How::register_tile);
    if (choice.is(ricci::Convolution::naive)) return Schedule::by(How::loops);
    return {};
}

/// Seconds: how much longer the samples of a tile take inside it than as calls outside. Counted for calls are
/// convolutions that they do faster, and copies across the border. Counted against them are values that would then come
/// from memory.
class Region {
  public:
    Region(const Graph& graph, const TilePlan& plan, RegionId number, const Options& options) {
        const TileRegion& region = plan.regions[number];
        const auto samples = static_cast<double>(region.samples);
        constexpr double kTimes = 2;  // each byte moves: it is written once and read once
        loss_ = kTimes * (static_cast<double>(region.crossing) / options.machine.l2_bytes_per_second -
                          static_cast<double>(region.inside) / options.machine.memory_bytes_per_second);
        for (const EquationId place : region.equations) {
            const Equation& equation = graph.equations[place];
            const std::optional<Convolution> found = open_convolution(graph, equation);
            if (!found) continue;
            const ConvolutionChoice outside = choose_convolution(graph, equation, *found, options, false);
            const Schedule call = schedule_of(outside);
            if (!call.is_call()) continue;
            const ConvolutionChoice inside = choose_convolution(graph, equation, *found, options, true);
            if (inside.seconds() <= outside.seconds()) continue;
            loss_ += samples * (inside.seconds() - outside.seconds());
            calls_.emplace_back(place, call);
        }
    }

    /// The convolutions that calls should do instead, with their routines.
    const std::vector<std::pair<EquationId, Schedule>>& calls() const { return calls_; }
    double loss() const { return calls_.empty() ? 0 : loss_; }

  private:
    double loss_ = 0;
    std::vector<std::pair<EquationId, Schedule>> calls_;
};

/// Which equations will run in batch tiles. A convolution that will be one call takes
/// its neighbours' tile apart, so what is left is planned again.
IdVector<EquationId, bool> tiled_convolutions(const Graph& graph, const Options& options, Remarks& remarks) {
    IdVector<EquationId, bool> tiled(graph.equations.size(), false);
    if (asks_for_call(options) || options.tile == "off") return tiled;
    Graph with_calls = graph;
    for (bool again = true; again;) {
        again = false;
        const TilePlan plan = plan_tiles(with_calls, options);
        for (const EquationId place : tiled.ids()) {
            tiled[place] = plan.is_tiled(place);
            Equation& equation = with_calls.equations[place];
            if (plan.is_tiled(place)) continue;
            const std::optional<Convolution> found = open_convolution(graph, equation);
            if (!found) continue;
            const Schedule chosen = schedule_of(choose_convolution(graph, equation, *found, options, false));
            if (!chosen.is_call()) continue;
            equation.schedule = chosen;
            again = true;
        }
        if (again || options.tile != "auto" || options.conv != ricci::Convolution::automatic) continue;
        for (const RegionId number : plan.regions.ids()) {
            if (!plan.regions[number].why_not.empty()) continue;
            const Region region(with_calls, plan, number, options);
            if (region.loss() <= 0) continue;
            std::vector<std::string> names;
            for (const auto& [place, call] : region.calls()) {
                Equation& equation = with_calls.equations[place];
                equation.schedule = call;
                names.push_back(with_calls.value(equation.result).name);
            }
            const auto samples = static_cast<double>(plan.regions[number].samples);
            remarks.push_back({"lower-conv2d", fmt::format("{}: outside of tiles, where calls win {} a sample",
                                                           fmt::join(names, ", "),
                                                           time_text(region.loss() / samples))});
            again = true;
        }
    }
    return tiled;
}

/// 0 * k: simplify has written the padding's 0 for an image that no element of the kernel lies upon.
bool reads_padding_alone(const ExprRef& body) {
    return is_constant(body, 0) || (body->form == Expr::Form::call && body->function == Scalar::mul &&
                                    std::ranges::any_of(body->args, [](const ExprRef& arg) { return is_constant(arg, 0); }));
}

/// Lowers one convolution: schedules it, or writes other equations in its place. `compared` gets the methods that can do
/// it. \returns the remark.
std::string lower(Graph& graph, Equation equation, const Options& options, bool tiled, std::vector<Equation>& made,
                  std::optional<Comparison>& compared) {
    std::string said;
    const RecognizedConvolution found = recognize_convolution(graph, equation);
    if (equation.reduce == Reduce::none) {
        equation.op.clear();
        drop_unit_indices(graph, equation);
        said = "nothing adds up, no patches";
    } else if (accesses(equation.body).size() < 2) {
        said = reads_padding_alone(equation.body) ? "the kernel lies on padding alone, no patches"
                                                  : "it reads one tensor, no patches";
        equation.op.clear();
    } else if (!found.convolution) {
        said = fmt::format("left as it is, for {}", found.why_not);
    } else {
        ConvolutionChoice choice = choose_convolution(graph, equation, *found.convolution, options, tiled);
        const bool window = is_pointwise_window(graph, equation, *found.convolution);
        const Schedule chosen = schedule_of(choice);
        compared = Comparison{graph.value(equation.result).name, choice.method, choice.candidates, choice.batch > 0};
        if (chosen.decided() && !(window && chosen.how == How::register_tile)) {
            equation.schedule = chosen;
            said = fmt::format("{}, {}", choice.is(ricci::Convolution::naive) ? "naive loops" : choice.method, choice.reason);
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
    const IdVector<EquationId, bool> tiled = tiled_convolutions(graph, options, remarks);
    Graph result = graph;
    std::vector<Equation> made;
    for (const EquationId place : graph.equations.ids()) {
        const Equation& equation = graph.equations[place];
        if (!concerns_this_pass(graph, equation)) {
            made.push_back(equation);
            continue;
        }
        const std::string name = graph.value(equation.result).name;
        const bool in_tile = tiled[place];
        std::optional<Comparison> choice;
        const std::string said = lower(result, equation, options, in_tile, made, choice);
        remarks.push_back({"lower-conv2d", fmt::format("{}: {}", name, said), std::move(choice)});
    }
    result.equations = std::move(made);
    result.compact();
    return result;
}

}  // namespace ricci::passes
