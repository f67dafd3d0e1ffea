// Opens the axes and indices of the samples, and asks the verifier and the tile plan whether that is allowed and of use.
#include "passes/batch/open_batch.h"

#include <algorithm>
#include <limits>

#include "ir/verify/verify.h"
#include "passes/convolution/lower_conv2d.h"
#include "passes/layout/choose_layout.h"
#include "passes/tiles/tile_plan.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// The samples of a call, or why there is no one number of them.
struct Samples {
    std::int64_t count = 0;  // 0: no input has a batch axis, or the batch is open
    std::string why_not{};
};

Samples samples_of(const Graph& graph) {
    Samples found;
    std::string from;
    for (const Value& value : graph.values) {
        if (value.role != Role::input) continue;
        std::int64_t axes = 0;
        for (const Axis& axis : value.type.axes) {
            if (axis.kind != kinds::batch()) continue;
            if (axis.extent == kOpen) return {};
            if (found.why_not.empty() && found.count > 0 && axis.extent != found.count) {
                found.why_not = fmt::format("{} has a batch of {} but {} has one of {}", from, found.count, value.name,
                                            axis.extent);
            }
            if (found.why_not.empty() && ++axes > 1) {
                found.why_not = fmt::format("{} has two batch axes", value.name);
            }
            if (found.count == 0) from = value.name, found.count = axis.extent;
        }
    }
    return found;
}

/// The graph with every batch axis and index of that extent open.
Graph opened(Graph graph, std::int64_t samples) {
    const auto open = [&](Kind kind, std::int64_t& extent) {
        if (kind == kinds::batch() && extent == samples) extent = kOpen;
    };
    for (Value& value : graph.values) {
        if (value.role == Role::parameter || value.role == Role::state) continue;
        for (Axis& axis : value.type.axes) open(axis.kind, axis.extent);
    }
    for (Equation& equation : graph.equations) {
        for (Index& index : equation.indices) open(index.kind, index.extent);
    }
    graph.fixed_batch = samples;
    return graph;
}

/// Why no equation of the opened graph would run in a tile; "" where one would.
std::string why_no_tile(const Graph& graph, const Options& options) {
    Remarks unsaid;
    const Graph lowered = lower_conv2d(choose_layout(graph, options, unsaid), options, unsaid);
    const TilePlan plan = plan_tiles(lowered, options);
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (const TileRegion& region : plan.regions) {
        if (region.why_not.empty()) least = std::min(least, region.samples);
    }
    if (least == std::numeric_limits<std::int64_t>::max()) return "no equation would run in a batch tile";
    const bool forced = forced_samples(options).has_value();
    return forced || least <= graph.fixed_batch ? "" : fmt::format("a batch tile takes {} samples", least);
}

}  // namespace

Graph open_batch(const Graph& graph, const Options& options, Remarks& remarks) {
    if (options.tile == "off" || !graph.kernels.empty() || !graph.tiles.empty()) return graph;
    const Samples samples = samples_of(graph);
    if (samples.count == 0) return graph;
    const auto stays = [&](std::string_view why) {
        remarks.push_back({"open-batch", fmt::format("the batch of {} stays fixed, for {}", samples.count, why)});
        return graph;
    };
    if (!samples.why_not.empty()) return stays(samples.why_not);
    Graph result = opened(graph, samples.count);
    if (const std::vector<Violation> broken = violations(result); !broken.empty()) {
        return stays(fmt::format("an open one would break rule {}", broken.front().text));
    }
    if (const std::string why = why_no_tile(result, options); !why.empty()) return stays(why);
    remarks.push_back({"open-batch", fmt::format("the batch of {} is open from here on, for batch tiles; every call has "
                                                 "{} samples",
                                                 samples.count, samples.count)});
    return result;
}

}  // namespace ricci::passes
