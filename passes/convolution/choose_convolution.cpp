// Predicts the time of each method from the sizes of a convolution.
#include "passes/convolution/choose_convolution.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ir/base/convolution_blocks.h"
#include "passes/products/product_cost.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// FLOP of a sample under which a convolution is part of something larger, and no call of its own: a limit of the policy.
/// It takes some 30 us then, and what would fuse with it (bias, activation, pool) goes through memory behind a call.
constexpr double kLeastCallFlop = 4e6;

/// Seconds that the kernel takes from the second-level cache, once for so many blocks of positions.
double kernel_seconds(double kernel, double blocks, const Machine& machine) {
    return kernel * static_cast<double>(size_of(f32)) * blocks / machine.l2_bytes_per_second;
}

/// Whether lanes can be channels (runtime/call/convolution/channels_frame.inl): pixels are read where they lie.
bool channels_innermost(const ConvolutionForm& form) {
    return form.image_steps.channel == 1 && form.result_steps.channel == 1;
}

/// Each channel by itself, with lanes that are channels (runtime/call/convolution/depthwise.inl).
bool by_depthwise(const ConvolutionForm& form) {
    return form.groups > 1 && form.in == 1 && form.out == 1 && form.image_steps.group == 1 &&
           form.result_steps.group == 1;
}

/// Seconds of a sample: two loads for three multiply-adds, and both images from memory.
double seconds_of_depthwise(const ConvolutionForm& form, const Machine& machine) {
    constexpr double kOfBlas = 0.3;
    const double numbers = static_cast<double>(form.groups) *
                           static_cast<double>(form.height * form.width + form.result_height * form.result_width);
    return form.flop() / (kOfBlas * machine.blas_flop_per_second) +
           numbers * static_cast<double>(size_of(f32)) / machine.memory_bytes_per_second;
}

/// Seconds of a sample where channels are innermost. The kernel is packed once a call. Images with padding, and the gradient
/// of the result, are copied.
double seconds_by_channels(const ConvolutionForm& form, double samples, const Machine& machine) {
    const auto positions = static_cast<double>(form.result_height * form.result_width);
    const auto kernel = static_cast<double>(form.in * form.taps_h * form.taps_w * form.out);
    const auto image = static_cast<double>(form.in * form.height * form.width);
    const auto result = static_cast<double>(form.out) * positions;
    constexpr double kPackedTapFlop = 32, kCopiedNumberFlop = 16;
    // Lanes are channels of what is written or, of a gradient by the kernel, output channels.
    const std::int64_t across = form.direction == ConvolutionDirection::input_gradient ? form.in : form.out;
    const std::int64_t vectors = (across + machine.f32_lanes - 1) / machine.f32_lanes;
    const double used = static_cast<double>(across) / static_cast<double>(vectors * machine.f32_lanes);
    const bool by_kernel = form.direction == ConvolutionDirection::kernel_gradient;
    const double numbers = by_kernel ? image + result : image;
    const double apart = by_kernel && form.stride_h * form.stride_w > 1 ? machine.strided_pixel_ratio : 1;
    const double packing = kPackedTapFlop * kernel / samples + kCopiedNumberFlop * numbers;
    return (apart * form.flop() / used + static_cast<double>(form.groups) * packing) / machine.blas_flop_per_second;
}

/// Remainders of the taps by the strides: planes that a frame cuts an image into.
double phases_of(const ConvolutionForm& form) {
    return static_cast<double>(std::min(form.stride_h, form.taps_h) * std::min(form.stride_w, form.taps_w));
}

/// What the gradient by the kernel packs of a sample, in FLOP that take as long. It packs the gradient of the result, and the
/// image into frames (frame.inl). One frame serves as many panels of output channels as have their sums in the cache.
double packing_for_kernel(const ConvolutionForm& form, double depth, double positions, const Machine& machine) {
    const auto panel = static_cast<double>(kPanelVectors * machine.f32_lanes);  // channels
    const double panels = std::ceil(static_cast<double>(form.out) / panel);
    const double at_once = std::clamp(std::floor(static_cast<double>(kMostFrameSums) / (depth * panel)), 1.0, panels);
    const bool strided = form.stride_h * form.stride_w > 1 && form.in >= kFewSweptChannels;
    const double number = strided ? machine.packed_strided_number_flop : machine.packed_number_flop;
    const double row = strided ? machine.packed_row_flop : 0;
    const double frame = phases_of(form) * static_cast<double>(form.in) *
                         (number * positions + row * static_cast<double>(form.result_height));
    return std::ceil(panels / at_once) * frame + machine.packed_number_flop * static_cast<double>(form.out) * positions;
}

/// Seconds of a sample. The packing of numbers counts as the operations of a product that take as long.
double seconds_of_patches(const ConvolutionForm& form, const Machine& machine) {
    const auto positions = static_cast<double>(form.result_height * form.result_width);
    const auto groups = static_cast<double>(form.groups);
    const auto depth = static_cast<double>(form.in * form.taps_h * form.taps_w);
    const auto kernel = depth * static_cast<double>(form.out);
    double packing = machine.packed_number_flop * depth * positions;
    double moving = 0;  // seconds, of the kernel or of its sums
    if (form.direction == ConvolutionDirection::kernel_gradient) {
        const double pieces = std::ceil(positions / static_cast<double>(kSummedPositions));
        const double bytes = 2 * pieces * kernel * static_cast<double>(size_of(f32));
        const bool cached = kernel * static_cast<double>(size_of(f32)) <= 2 * static_cast<double>(machine.l2_bytes);
        moving = bytes / (cached ? machine.l2_bytes_per_second : machine.patch_bytes_per_second);
        packing = packing_for_kernel(form, depth, positions, machine);
    } else {
        const auto block = static_cast<double>(kBlockVectors * machine.f32_lanes);  // positions
        moving = kernel_seconds(kernel, std::ceil(positions / block), machine);
        const bool framed = form.direction == ConvolutionDirection::forward && form.stride_h * form.stride_w > 1;
        if (framed) packing += machine.framed_strided_number_flop * phases_of(form) * static_cast<double>(form.in) * positions;
    }
    double flop = form.flop() + groups * packing;
    const bool sweeps = form.stride_h * form.stride_w > 1 && form.in >= kFewSweptChannels;
    if (form.direction == ConvolutionDirection::input_gradient && sweeps) {
        flop *= machine.strided_gradient_ratio;
        const auto image = static_cast<double>(form.in * form.height * form.width);  // whose columns are written apart
        moving += image * static_cast<double>(size_of(f32)) / machine.patch_bytes_per_second;
    }
    return flop / machine.blas_flop_per_second + groups * moving;
}

/// Seconds of a sample. \param samples  of a call.
double seconds_of_blocks(const ConvolutionForm& form, double samples, const Machine& machine) {
    if (by_depthwise(form)) return seconds_of_depthwise(form, machine);
    return channels_innermost(form) ? seconds_by_channels(form, samples, machine) : seconds_of_patches(form, machine);
}

/// Seconds of a sample. Products go at the rate of bf16. What is packed and moved are pairs, half as many as there are numbers.
/// Where channels are innermost they are packed as they are copied; of a gradient by the kernel they lie apart.
double seconds_of_bf16_blocks(const ConvolutionForm& form, double samples, const Machine& machine) {
    constexpr double kPairs = 0.5;
    const double products = form.flop() / machine.blas_flop_per_second, rounded = form.flop() / machine.bf16_flop_per_second;
    const bool depthwise = by_depthwise(form);  // group by group, with numbers that lie apart
    if (!channels_innermost(form) && !depthwise) return kPairs * (seconds_of_patches(form, machine) - products) + rounded;
    if (form.direction != ConvolutionDirection::kernel_gradient && !depthwise)
        return seconds_by_channels(form, samples, machine) - products + rounded;
    Machine apart = machine;
    apart.packed_number_flop = machine.packed_strided_number_flop;
    return seconds_of_patches(form, apart) - products + rounded;
}

/// Seconds of a sample. \param samples  of a call.
double seconds_of_winograd(const ConvolutionForm& form, double samples, const Machine& machine) {
    const bool by_image = form.direction == ConvolutionDirection::input_gradient;
    const std::int64_t rows = by_image ? form.height : form.result_height;
    const std::int64_t columns = by_image ? form.width : form.result_width;
    const std::int64_t side = 7 - form.taps_h;  // of a tile: 6 points less what taps reach beyond
    const auto tiles = static_cast<double>((rows + side - 1) / side * ((columns + side - 1) / side));
    const auto window = static_cast<double>(form.taps_h * form.taps_w);
    const auto in = static_cast<double>(form.in), out = static_cast<double>(form.out);
    constexpr double kPoints = 36;
    double cost = 2 * kPoints * tiles * in * out;
    const double kernels = machine.winograd_kernel_flop * window * in * out / samples;
    const bool last = channels_innermost(form);
    const double input = last ? machine.winograd_pixel_input_flop : machine.winograd_input_flop;
    const double output = last ? machine.winograd_pixel_output_flop : machine.winograd_output_flop;
    if (form.direction == ConvolutionDirection::kernel_gradient) {
        cost += input * tiles * (in + out) + kernels;
    } else {
        const double from = by_image ? out : in, to = by_image ? in : out;
        cost += tiles * (input * from + output * to) + kernels;
    }
    return cost * static_cast<double>(form.groups) / machine.blas_flop_per_second;
}

/// What a routine is predicted to cost: seconds of a sample in calls of so many.
struct RoutineCost {
    std::string_view routine;
    double (*seconds)(const ConvolutionForm& form, double samples, const Machine& machine);
};
constexpr auto kRoutineCosts = std::to_array<RoutineCost>({
    {"blocks", seconds_of_blocks},
    {"bf16_blocks", seconds_of_bf16_blocks},
    {"winograd2", seconds_of_winograd},
    {"winograd4", seconds_of_winograd},
});

/// The routines to consider: of the filterings that one which is asked for, else those that may be taken unasked.
std::vector<const Routine*> routines_for(const ConvolutionForm& form, std::string_view asked) {
    const Routine* named = routine_named(asked);
    std::vector<const Routine*> considered;
    for (const Routine& routine : routines()) {
        const bool replaced = named != nullptr && named->filters() && routine.filters();
        if ((replaced ? &routine == named : routine.chosen || &routine == named) && ir::why_not(routine, form).empty())
            considered.push_back(&routine);
    }
    return considered;
}

/// Extents that the methods which are no calls depend on, of any float type. Bytes are those of a sample.
struct Sizes {
    double positions = 1, depth = 1, out = 1, groups = 1;  // of the product of matrices that im2col leaves
    double patches = 0, moved = 0;  // bytes of patches; of the image under the window and the result
    double width = 1;               // of a number, in those of f32
    double scattered = 0;           // numbers of patches that are added to an image apart from each other
    double batch = 0;               // of a fixed one; 1 of an open one, 0 without any

    double flop() const { return 2 * positions * depth * out * groups; }
};

/// A gradient by an image whose windows do not move by one: solve-scatter leaves it a scatter, and a scatter has loops.
bool stays_scatter(const Equation& equation, const Convolution& c) {
    if (c.direction != ConvolutionDirection::input_gradient) return false;
    const auto holds = [](const std::vector<IndexId>& indices, IndexId i) {
        return std::ranges::find(indices, i) != indices.end();
    };
    return std::ranges::any_of(equation.left, [&](const Affine& at) {
        return std::ranges::any_of(at.terms, [&](const Affine::Term& term) {
            const bool moves = equation.indices[term.index].extent != 1;
            const bool position =
                !holds(c.taps, term.index) && !holds(c.groups, term.index) && !holds(c.channels, term.index);
            return moves && position && term.coefficient != 1;
        });
    });
}

Sizes sizes_of(const Graph& graph, const Equation& equation, const Convolution& c) {
    Sizes sizes;
    auto held = [](const std::vector<IndexId>& indices, IndexId i) {
        return std::ranges::find(indices, i) != indices.end();
    };
    for (IndexId i : equation.indices.ids()) {
        const Index& index = equation.indices[i];
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
    if (stays_scatter(equation, c)) sizes.scattered = sizes.groups * sizes.depth * sizes.positions;
    sizes.moved = std::min(bytes(c.image.tensor), sizes.patches) + bytes(c.result.tensor);
    return sizes;
}

Candidate naive(const Sizes& sizes, const Machine& machine) {
    return {"naive",
            sizes.width * sizes.flop() / machine.loop_flop_per_second + sizes.moved / machine.l2_bytes_per_second,
            false};
}

Candidate direct(const Graph& graph, const Equation& equation, const Sizes& sizes, const Convolution& c,
                 const Machine& machine, bool tiled) {
    if (tiled && stays_scatter(equation, c)) return {"direct", naive(sizes, machine).seconds};
    if (tiled) {
        return {"direct", sizes.width * sizes.flop() / machine.direct_tile_flop_per_second +
                              sizes.moved / machine.l2_bytes_per_second};
    }
    const ProductCost cost = predict_product(ir::StoredTypes(graph), equation, std::nullopt, machine);
    const Prediction& own = cost.contraction.why_not.empty() ? cost.contraction : cost.loops;
    return {"direct", own.seconds / std::max(sizes.batch, 1.0)};
}

/// Seconds of the product that is the gradient by the kernel. Its sum over the positions is long and its result small, so
/// that a large part of a call is the packing of its operands.
double gradient_by_calls(const Sizes& sizes, const Machine& machine) {
    const double points = sizes.out * sizes.depth * sizes.positions;
    if (points <= machine.blas_packs_above_products)
        return blas_seconds(sizes.out, sizes.depth, sizes.positions, true, machine);
    return blas_seconds(sizes.out, sizes.depth, sizes.positions, false, machine) +
           machine.packed_operand_flop * sizes.positions * (sizes.out + sizes.depth) / machine.blas_flop_per_second;
}

Candidate patches(const Sizes& sizes, const Convolution& c, const Machine& machine, bool tiled) {
    if (tiled) {
        return {"im2col", sizes.width * sizes.flop() / machine.sample_tile_flop_per_second +
                              sizes.patches / machine.tile_patch_bytes_per_second +
                              sizes.moved / machine.l2_bytes_per_second};
    }
    double product = 0;
    switch (c.direction) {
        case ConvolutionDirection::forward:
            product = blas_seconds(sizes.out, sizes.positions, sizes.depth, false, machine);
            break;
        case ConvolutionDirection::input_gradient:
            product = blas_seconds(sizes.depth, sizes.positions, sizes.out, false, machine);
            break;
        case ConvolutionDirection::kernel_gradient:
            product = gradient_by_calls(sizes, machine);
            break;
    }
    // A call takes the kernel, packs it and reads the copy; the gradient by the kernel is added up instead.
    constexpr double kPasses = 2;
    const double kernel = kPasses * kernel_seconds(sizes.depth * sizes.out, 1, machine);
    const double adding = sizes.width * machine.scattered_number_flop * sizes.scattered / machine.blas_flop_per_second;
    return {"im2col", sizes.groups * sizes.width * (product + kernel) + sizes.patches / machine.patch_bytes_per_second +
                          (sizes.patches + sizes.moved) / machine.l2_bytes_per_second + adding};
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

double ConvolutionChoice::seconds() const {
    const auto own = std::ranges::find(candidates, method, &Candidate::method);
    return own == candidates.end() ? 0 : own->seconds;
}

double routine_seconds(const ConvolutionForm& form, const Routine& routine, double samples, const Machine& machine) {
    const auto row = std::ranges::find(kRoutineCosts, routine.name, &RoutineCost::routine);
    RICCI_CHECK(row != kRoutineCosts.end(), "no row says what routine {} costs", routine.name);
    return row->seconds(form, samples, machine);
}

ricci::Convolution choice_of(std::string_view method) {
    const std::span<const std::string_view> words = words_of<ricci::Convolution>();
    const auto found = std::ranges::find(words, method);
    if (found != words.end()) return static_cast<ricci::Convolution>(found - words.begin());
    const Routine* routine = routine_named(method);
    RICCI_CHECK(routine != nullptr && routine->filters(), "no choice has the method {}", method);
    return ricci::Convolution::winograd;
}

ConvolutionChoice choose_convolution(const Graph& graph, const Equation& equation, const Convolution& convolution,
                                     const Options& options, bool tiled) {
    const Sizes sizes = sizes_of(graph, equation, convolution);
    const auto form = ir::convolution_form(graph, equation);
    const Machine& machine = options.machine;
    std::vector<Candidate> candidates = {direct(graph, equation, sizes, convolution, machine, tiled),
                                         patches(sizes, convolution, machine, tiled), naive(sizes, machine)};
    const bool automatic = options.conv == ricci::Convolution::automatic;
    const bool small = sizes.flop() < kLeastCallFlop && !(form && by_depthwise(*form));
    const std::vector<const Routine*> calls =
        form ? routines_for(*form, options.conv.word()) : std::vector<const Routine*>{};
    const auto filter = std::ranges::find_if(calls, &Routine::filters);
    const std::string winograd(filter == calls.end() ? "" : (*filter)->name);
    if (form && (!automatic || !(tiled || small))) {
        const auto samples = static_cast<double>(form->batch == kOpen ? graph.typical_samples() : form->batch);
        for (const Routine* routine : calls)
            candidates.push_back({std::string(routine->name), routine_seconds(*form, *routine, samples, machine)});
    }
    const bool batched = sizes.batch > 0;
    auto chosen = [&](std::string method, std::string reason) -> ConvolutionChoice {
        std::string said = times(method, candidates, batched);
        return {std::move(method), reason.empty() ? said : fmt::format("{}; {}", reason, said), candidates,
                sizes.batch};
    };
    if (automatic) {
        for (Candidate& candidate : candidates) {
            const Routine* routine = routine_named(candidate.method);
            if (routine && routine->filters()) candidate.automatic = options.winograd;
        }
        Candidate best = candidates.front();
        for (const Candidate& candidate : candidates) {
            if (candidate.automatic && candidate.seconds < best.seconds) best = candidate;
        }
        std::string reason;
        if (tiled && best.method == name_of(ricci::Convolution::direct)) {
            reason = "for the samples of its tile fill the vectors";
        } else if (!tiled && small) {
            reason = fmt::format("no call, for {:.3g} MFLOP a sample are less than {:.3g}", sizes.flop() / 1e6,
                                 kLeastCallFlop / 1e6);
        } else if (!tiled && !form) {
            reason = fmt::format("no call, for {}", form.error());
        } else if (!options.winograd && !winograd.empty()) {
            reason = "Winograd's filtering is forbidden";
        }
        return chosen(std::move(best.method), std::move(reason));
    }
    const bool asks_for_call =
        options.conv == ricci::Convolution::winograd || routine_named(options.conv.word()) != nullptr;
    if (!asks_for_call) return chosen(std::string(options.conv.word()), "as asked for");
    if (!form) return chosen("im2col", fmt::format("no call, for {}", form.error()));
    const Routine* asked = routine_named(options.conv.word());
    if (asked != nullptr && !asked->filters()) return chosen(std::string(asked->name), "as asked for");
    if (winograd.empty()) return chosen("blocks", "for Winograd's filtering is for small square taps that move by one");
    return chosen(winograd, "as asked for");
}

}  // namespace ricci::passes
