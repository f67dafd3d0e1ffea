// Predicts the time of each method from the sizes of a convolution.
#include "passes/convolution/choose_convolution.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "passes/products/product_cost.h"

namespace ricci::passes {
namespace {

using namespace ir;

constexpr double kFlopPerSecond = 150e9;  // of calls
constexpr double kSmall = 4e6;            // operations a sample, under which a convolution is part of something larger
constexpr double kTypicalBatch = 64;      // of an open one
constexpr double kLanes = 16;             // of the processor on which all this was measured

// What moving and transforming costs, in operations of a matrix product that take as long. Measured on single rows of
// `ricci bench conv` with a processor of 16 lanes.
constexpr double kPack = 16;             // of one number of a patch
constexpr double kTransformTile = 2000;  // 6 x 6 points of an image or a gradient, one channel
constexpr double kWriteOutputs = 1500;   // 6 x 6 products to outputs
constexpr double kPerTap = 130;          // of a kernel to points, or from products

// Inside a batch tile, whose vectors are the samples, and beside one. Measured with `ricci bench step --profile`.
constexpr double kTiledDirect = 190e9;   // operations a second
constexpr double kTiledProduct = 160e9;  // of what im2col leaves
constexpr double kLoops = 28e9;          // of one sum at a time
constexpr double kTiledCopy = 31e9;      // bytes of patches a second
constexpr double kCopy = 25e9;           // where they go to memory
constexpr double kCache = 50e9;          // bytes a second that come from the second-level cache, or go there

double samples(const ConvolutionForm& form) {
    return form.batch == ir::kOpen ? kTypicalBatch : static_cast<double>(form.batch);
}

/// In operations a sample.
double cost_of_blocks(const ConvolutionForm& form) {
    const double patches = static_cast<double>(form.groups * form.in * form.taps_h * form.taps_w) *
                           static_cast<double>(form.result_height * form.result_width);
    return form.flop() + kPack * patches;
}

double cost_of_winograd(const ConvolutionForm& form) {
    const bool by_image = form.direction == ConvolutionDirection::input_gradient;
    const std::int64_t rows = by_image ? form.height : form.result_height;
    const std::int64_t columns = by_image ? form.width : form.result_width;
    const std::int64_t side = 7 - form.taps_h;  // of a tile: 6 points less what taps reach beyond
    const auto tiles = static_cast<double>((rows + side - 1) / side * ((columns + side - 1) / side));
    const auto window = static_cast<double>(form.taps_h * form.taps_w);
    const auto in = static_cast<double>(form.in), out = static_cast<double>(form.out);
    constexpr double kPoints = 36;
    double cost = 2 * kPoints * tiles * in * out;
    if (form.direction == ConvolutionDirection::kernel_gradient) {
        cost += kTransformTile * tiles * (in + out) + kPerTap * window * in * out / samples(form);
    } else {
        const double from = by_image ? out : in, to = by_image ? in : out;
        cost += tiles * (kTransformTile * from + kWriteOutputs * to) + kPerTap * window * in * out / samples(form);
    }
    return cost * static_cast<double>(form.groups);
}

std::string winograd_for(const ConvolutionForm& form, bool small) {
    const bool square = form.taps_h == form.taps_w && (form.taps_h == 3 || (form.taps_h == 5 && !small));
    const bool by_one = form.stride_h == 1 && form.stride_w == 1 && form.dilation_h == 1 && form.dilation_w == 1;
    return !square || !by_one ? "" : small ? "winograd2" : "winograd4";
}

/// Extents that the methods which are no calls depend on, of any float type. Bytes are those of a sample.
struct Sizes {
    double positions = 1, depth = 1, out = 1, groups = 1;  // of the product of matrices that im2col leaves
    double patches = 0, moved = 0;  // bytes of patches; of the image under the window and the result
    double width = 1;               // of a number, in those of f32
    double batch = 0;               // of a fixed one; 1 of an open one, 0 without any

    double flop() const { return 2 * positions * depth * out * groups; }
};

Sizes sizes_of(const Graph& graph, const Equation& equation, const Convolution& c) {
    Sizes sizes;
    auto held = [](const std::vector<IndexId>& indices, IndexId i) {
        return std::ranges::find(indices, i) != indices.end();
    };
    for (IndexId i = 0; i < static_cast<IndexId>(equation.indices.size()); ++i) {
        const Index& index = equation.indices[static_cast<std::size_t>(i)];
        if (index.kind == kinds::batch()) {
            sizes.batch = index.extent == kOpen ? 1 : static_cast<double>(index.extent);
            continue;
        }
        const bool position = !uses(c.kernel.at, i);
        double& part = held(c.groups, i)                        ? sizes.groups
                       : held(c.channels, i) || held(c.taps, i) ? sizes.depth
                       : position                               ? sizes.positions
                                                                : sizes.out;
        part *= static_cast<double>(index.extent);
    }
    const auto bytes = [&](ValueId value) {
        const TensorType& type = graph.value(value).type;
        const double count = static_cast<double>(type.count(1)) / std::max(sizes.batch, 1.0);
        return count * static_cast<double>(size_of(type.dtype));
    };
    const auto element = static_cast<double>(size_of(equation.body->dtype));
    sizes.width = element / static_cast<double>(size_of(f32));
    sizes.patches = element * sizes.groups * sizes.depth * sizes.positions;
    sizes.moved = std::min(bytes(c.image.tensor), sizes.patches) + bytes(c.result.tensor);
    return sizes;
}

/// A method and its predicted seconds of a sample.
struct Candidate {
    std::string method;
    double seconds;
};

Candidate direct(const Graph& graph, const Equation& equation, const Sizes& sizes, const Options& options, bool tiled) {
    const double slower = sizes.width * kLanes / options.machine.f32_lanes;
    if (tiled) return {"direct", sizes.flop() / kTiledDirect * slower + sizes.moved / kCache};
    const ProductCost cost = predict_product(graph, equation, std::nullopt, options.machine);
    const Prediction& own = cost.contraction.why_not.empty() ? cost.contraction : cost.loops;
    return {"direct", own.seconds / std::max(sizes.batch, 1.0)};
}

Candidate patches(const Sizes& sizes, const Convolution& c, const Options& options, bool tiled) {
    const double slower = sizes.width * kLanes / options.machine.f32_lanes;
    if (tiled) {
        return {"im2col", sizes.flop() / kTiledProduct * slower + sizes.patches / kTiledCopy + sizes.moved / kCache};
    }
    double product = 0;
    switch (c.direction) {
        case ConvolutionDirection::forward:
            product = blas_seconds(sizes.out, sizes.positions, sizes.depth, false, options.machine);
            break;
        case ConvolutionDirection::input_gradient:
            product = blas_seconds(sizes.depth, sizes.positions, sizes.out, false, options.machine);
            break;
        case ConvolutionDirection::kernel_gradient:
            product = blas_seconds(sizes.out, sizes.depth, sizes.positions, true, options.machine);
            break;
    }
    return {"im2col",
            sizes.groups * sizes.width * product + sizes.patches / kCopy + (sizes.patches + sizes.moved) / kCache};
}

Candidate naive(const Sizes& sizes, const Options& options) {
    return {"naive", sizes.flop() / kLoops * sizes.width * kLanes / options.machine.f32_lanes + sizes.moved / kCache};
}

Candidate call(std::string method, double operations, const Options& options) {
    return {std::move(method), operations / kFlopPerSecond * kLanes / options.machine.f32_lanes};
}

/// "predicted 1.7 us, im2col 4.2 us, naive 7.2 us a sample"
std::string times(const std::string& chosen, const std::vector<Candidate>& candidates, bool batched) {
    std::string text;
    for (const Candidate& candidate : candidates) {
        const std::string time = time_text(candidate.seconds);
        text = candidate.method == chosen ? fmt::format("predicted {}{}", time, text)
                                          : fmt::format("{}, {} {}", text, candidate.method, time);
    }
    return text + (batched ? " a sample" : "");
}

}  // namespace

ConvolutionChoice choose_convolution(const Graph& graph, const Equation& equation, const Convolution& convolution,
                                     const Options& options, bool tiled) {
    const Sizes sizes = sizes_of(graph, equation, convolution);
    const auto form = ir::convolution_form(graph, equation);
    std::vector<Candidate> candidates = {direct(graph, equation, sizes, options, tiled),
                                         patches(sizes, convolution, options, tiled), naive(sizes, options)};
    const bool automatic = options.conv == ricci::Convolution::automatic;
    const bool small = sizes.flop() < kSmall;
    const std::string winograd = form ? winograd_for(*form, options.conv == ricci::Convolution::winograd2) : "";
    if (form && (!automatic || !(tiled || small))) {
        candidates.push_back(call("blocks", cost_of_blocks(*form), options));
        if (!winograd.empty()) candidates.push_back(call(winograd, cost_of_winograd(*form), options));
    }
    const bool batched = sizes.batch > 0;
    auto chosen = [&](std::string method, std::string reason) -> ConvolutionChoice {
        std::string said = times(method, candidates, batched);
        return {std::move(method), reason.empty() ? said : fmt::format("{}; {}", reason, said)};
    };
    if (automatic) {
        auto allowed = [&](const Candidate& candidate) {
            return candidate.method != "naive" && (options.winograd || !candidate.method.starts_with("winograd"));
        };
        Candidate best = candidates.front();
        for (const Candidate& candidate : candidates) {
            if (allowed(candidate) && candidate.seconds < best.seconds) best = candidate;
        }
        std::string reason;
        if (tiled && best.method == "direct") {
            reason = "for the samples of its tile fill the vectors";
        } else if (!tiled && small) {
            reason = fmt::format("no call, for {:.3g} MFLOP a sample are less than {:.3g}", sizes.flop() / 1e6,
                                 kSmall / 1e6);
        } else if (!tiled && !form) {
            reason = fmt::format("no call, for {}", form.error());
        } else if (!options.winograd && !winograd.empty()) {
            reason = "Winograd's filtering is forbidden";
        }
        return chosen(std::move(best.method), std::move(reason));
    }
    const bool calls = options.conv == ricci::Convolution::blocks || options.conv.word().starts_with("winograd");
    if (!calls) return chosen(std::string(options.conv.word()), "as asked for");
    if (!form) return chosen("im2col", fmt::format("no call, for {}", form.error()));
    if (options.conv == ricci::Convolution::blocks) return chosen("blocks", "as asked for");
    if (winograd.empty()) return chosen("blocks", "for Winograd's filtering is for small square taps that move by one");
    return chosen(winograd, "as asked for");
}

}  // namespace ricci::passes
