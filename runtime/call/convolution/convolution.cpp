// Turns every direction of a convolution into sweeps and runs them on the engine of this processor.
#include "runtime/call/convolution/convolution.h"

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "ir/base/convolution_blocks.h"
#include "runtime/base/cpu.h"
#include "runtime/call/convolution/engine.h"

namespace ricci::runtime {
namespace {

using std::int64_t;

const ConvolutionEngine& engine() {
    static const ConvolutionEngine& chosen = cpu().avx512_bf16         ? convolution_engine_avx512_bf16()
                                             : cpu().avx512()          ? convolution_engine_avx512()
                                             : cpu().avx2 && cpu().fma ? convolution_engine_avx2()
                                                                       : convolution_engine_baseline();
    return chosen;
}

ConvolutionSweep::Image image_of(const ConvolutionShape::Axes& axes, float* data, int64_t group, int64_t height,
                                 int64_t width) {
    return {data + group * axes.group, axes.batch, axes.channel, axes.row, axes.column, height, width};
}

/// The forward pass and the gradient by the kernel of one group.
ConvolutionSweep forward_of(const ConvolutionShape& s, int64_t batch, int64_t group, float* image, float* kernel,
                            float* result) {
    return {.batch = batch,
            .in = s.in,
            .out = s.out,
            .x = image_of(s.image, image, group, s.height, s.width),
            .y = image_of(s.result, result, group, s.result_height, s.result_width),
            .w = {kernel + group * s.kernel_group, s.kernel_out, s.kernel_in, s.kernel_row, s.kernel_column, s.taps_h,
                  s.taps_w},
            .stride_h = s.stride_h,
            .stride_w = s.stride_w,
            .dilation_h = s.dilation_h,
            .dilation_w = s.dilation_w,
            .top = s.top,
            .left = s.left};
}

/// In one dimension: which taps reach the positions `remainder`, `remainder` + stride, ... of the image.
struct Phase {
    int64_t positions;  // how many there are
    int64_t taps;       // how many reach them: tap first, first + step, ...
    int64_t first, step;
    int64_t dilation;  // rows of the result from a tap to the next one
    int64_t before;    // the sweep's padding, the taps turned round
    int64_t last;      // tap `first` meets this row of the result, counted from the row of the position

    Phase(int64_t remainder, int64_t extent, int64_t count, int64_t stride, int64_t spread, int64_t padding) {
        positions = (extent - remainder + stride - 1) / stride;
        const int64_t common = std::gcd(stride, spread);
        step = stride / common;
        dilation = spread / common;
        first = 0;
        while (first < step && (remainder + padding - first * spread) % stride != 0) ++first;
        taps = first < step && first < count ? (count - first + step - 1) / step : 0;
        // Position y of the image meets tap first + step*t at row y + (remainder + padding - first*spread)/stride
        // - dilation*t of the result.
        last = taps > 0 ? (remainder + padding - first * spread) / stride : 0;
        before = dilation * (taps - 1) - last;
    }
};

/// Of kConvolutionParts equal parts of the work, those from `begin` to before `end`.
struct Parts {
    int64_t begin, end;
};

/// Parts of an image without a tap: rows of images, one after the other.
void fill_zeros(const ConvolutionSweep::Image& image, int64_t batch, int64_t channels, const Parts& parts) {
    const int64_t rows = batch * image.height;
    const bool last = image.channel == 1;  // so that a pixel is one piece of memory
    const int64_t count = last ? image.width : channels, step = last ? image.column : image.channel;
    const int64_t inner = last ? channels : image.width, inner_step = last ? image.channel : image.column;
    for (int64_t row = rows * parts.begin / kConvolutionParts; row < rows * parts.end / kConvolutionParts; ++row) {
        float* const first = image.data + row / image.height * image.batch + row % image.height * image.row;
        for (int64_t i = 0; i < count; ++i) {
            float* const line = first + i * step;
            if (inner_step == 1) {
                std::fill_n(line, inner, 0.0F);
            } else {
                for (int64_t j = 0; j < inner; ++j) line[j * inner_step] = 0;
            }
        }
    }
}

/// A convolution of each channel by itself, with channels innermost.
bool is_depthwise(const ConvolutionShape& s) {
    return s.groups > 1 && s.in == 1 && s.out == 1 && s.image.group == 1 && s.result.group == 1;
}

/// Where every second column has no tap and lies right behind one that has: how many such columns there are, else 0. Vectors of
/// results and zeros are written at once then, in place of numbers that lie apart.
int64_t zeros_beside(const ConvolutionShape& s) {
    if (s.stride_w != 2 || s.width < 2 || s.image.column != 1 || s.image.channel == 1) return 0;
    const auto columns = [&](int64_t remainder) {
        return Phase(remainder, s.width, s.taps_w, s.stride_w, s.dilation_w, s.left);
    };
    return columns(0).taps > 0 && columns(1).taps == 0 ? columns(1).positions : 0;
}

/// The gradient by the image: for each remainder of a position by the stride, a sweep over the gradient of the result.
/// `depthwise`: channels of a depthwise convolution, else 1.
template <typename Run>
void input_gradient(const ConvolutionShape& s, int64_t batch, int64_t depthwise, int64_t group, float* image, float* kernel, float* result,
                    const Parts& parts, const Run& run) {
    const int64_t channels = s.in * depthwise;
    ConvolutionShape::Axes every = s.image;
    every.row *= s.stride_h;
    every.column *= s.stride_w;
    for (int64_t row = 0; row < std::min(s.stride_h, s.height); ++row) {
        const Phase rows(row, s.height, s.taps_h, s.stride_h, s.dilation_h, s.top);
        if (rows.taps == 0) {
            ConvolutionShape::Axes lines = s.image;
            lines.row = every.row;
            float* to = image + row * s.image.row;
            fill_zeros(image_of(lines, to, group, rows.positions, s.width), batch, channels, parts);
            continue;
        }
        const int64_t zeros = depthwise == 1 ? zeros_beside(s) : 0;
        for (int64_t column = 0; column < std::min(s.stride_w, s.width); ++column) {
            if (zeros > 0 && column == 1) continue;
            const Phase columns(column, s.width, s.taps_w, s.stride_w, s.dilation_w, s.left);
            float* to = image + row * s.image.row + column * s.image.column;
            const ConvolutionSweep::Image positions = image_of(every, to, group, rows.positions, columns.positions);
            if (columns.taps == 0) {
                fill_zeros(positions, batch, channels, parts);
                continue;
            }
            float* last_tap = kernel + group * s.kernel_group +
                              (rows.first + rows.step * (rows.taps - 1)) * s.kernel_row +
                              (columns.first + columns.step * (columns.taps - 1)) * s.kernel_column;
            run(ConvolutionSweep{.batch = batch,
                      .in = s.out,
                      .out = s.in,
                      .x = image_of(s.result, result, group, s.result_height, s.result_width),
                      .y = positions,
                      .w = {last_tap, s.kernel_in, s.kernel_out, -rows.step * s.kernel_row,
                            -columns.step * s.kernel_column, rows.taps, columns.taps},
                      .stride_h = 1,
                      .stride_w = 1,
                      .dilation_h = rows.dilation,
                      .dilation_w = columns.dilation,
                      .top = rows.before,
                      .left = columns.before,
                      .zeros_beside = zeros,
                      .padded = false});
        }
    }
}

/// All phases of one dimension as one window over the result: rows [low, high] from the position.
struct PhasedWindow {
    std::vector<Phase> phases;
    int64_t low = 0, high = 0;
    bool plain = true;  // every phase has taps, one row of the result apart

    PhasedWindow(int64_t extent, int64_t count, int64_t stride, int64_t spread, int64_t padding) {
        for (int64_t remainder = 0; remainder < stride; ++remainder) {
            const Phase phase(remainder, extent, count, stride, spread, padding);
            plain = plain && phase.taps > 0 && phase.dilation == 1;
            low = remainder == 0 ? -phase.before : std::min(low, -phase.before);
            high = remainder == 0 ? phase.last : std::max(high, phase.last);
            phases.push_back(phase);
        }
    }
    int64_t size() const { return high - low + 1; }
    /// The tap that phase `phase` has at place `place` of the window, or -1.
    int64_t tap(std::size_t phase, int64_t place) const {
        const Phase& p = phases[phase];
        const int64_t turned = p.last - low - place;
        return turned >= 0 && turned < p.taps ? p.first + p.step * turned : -1;
    }
};

/// The gradient by an image of few channels. It is one sweep whose channels are those of all remainders by the stride.
/// The kernel has zeros where a remainder has no tap. Tiles of a few rows would else wait for their operands.
template <typename Run>
bool few_channels(const ConvolutionShape& s, int64_t batch, int64_t group, float* image, float* kernel, float* result,
                  const Run& run) {
    if (s.in >= kFewSweptChannels || s.stride_h * s.stride_w == 1) return false;
    const PhasedWindow rows(s.height, s.taps_h, s.stride_h, s.dilation_h, s.top);
    const PhasedWindow columns(s.width, s.taps_w, s.stride_w, s.dilation_w, s.left);
    if (!rows.plain || !columns.plain) return false;
    const int64_t window = rows.size() * columns.size();
    std::vector<float> spread;
    spread.reserve(static_cast<std::size_t>(s.stride_h * s.stride_w * s.in * s.out * window));
    const auto taps = std::make_unique<bool[]>(static_cast<std::size_t>(s.stride_h * s.stride_w * window));
    for (std::size_t i = 0; i < rows.phases.size(); ++i) {
        for (std::size_t j = 0; j < columns.phases.size(); ++j) {
            bool* own = taps.get() + (i * columns.phases.size() + j) * static_cast<std::size_t>(window);
            for (int64_t place = 0; place < window; ++place)
                own[place] = rows.tap(i, place / columns.size()) >= 0 && columns.tap(j, place % columns.size()) >= 0;
            for (int64_t n = 0; n < s.in * s.out * window; ++n) {
                const int64_t r = rows.tap(i, n % window / columns.size());
                const int64_t c = columns.tap(j, n % columns.size());
                const float* from = kernel + group * s.kernel_group + n / window / s.out * s.kernel_in +
                                    n / window % s.out * s.kernel_out + r * s.kernel_row + c * s.kernel_column;
                spread.push_back(r >= 0 && c >= 0 ? *from : 0.0F);
            }
        }
    }
    ConvolutionShape::Axes every = s.image;
    every.row *= s.stride_h;
    every.column *= s.stride_w;
    run(ConvolutionSweep{.batch = batch,
              .in = s.out,
              .out = s.stride_h * s.stride_w * s.in,
              .x = image_of(s.result, result, group, s.result_height, s.result_width),
              .y = image_of(every, image, group, rows.phases[0].positions, columns.phases[0].positions),
              .w = {spread.data(), s.out * window, window, columns.size(), 1, rows.size(), columns.size()},
              .stride_h = 1,
              .stride_w = 1,
              .dilation_h = 1,
              .dilation_w = 1,
              .top = -rows.low,
              .left = -columns.low,
              .phases = {s.stride_h, s.stride_w, s.image.row, s.image.column, s.height, s.width, taps.get()},
              .padded = false});
    return true;
}

}  // namespace

void convolve_on(const ConvolutionEngine& e, ConvolutionMethod method, ConvolutionDirection direction,
                 const ConvolutionShape& given, int64_t batch, float* image, float* kernel, float* result,
                 int64_t begin, int64_t end) {
    const bool by_kernel = direction == ConvolutionDirection::kernel_gradient;
    const ConvolutionRoutine& routine = e.routines.begin()[std::to_underlying(method)];
    const ConvolutionRoutine::Function run = by_kernel ? routine.kernel_gradient : routine.sweep;
    const bool depthwise = is_depthwise(given) && method == ConvolutionMethod::blocks;
    ConvolutionShape shape = given;
    if (depthwise) shape.image.channel = shape.result.channel = 1;
    auto go = [&](ConvolutionSweep sweep) {
        if (depthwise) sweep.depthwise = {shape.groups, shape.kernel_group};
        run(sweep, begin, end, kConvolutionParts);
    };
    for (int64_t group = 0; group < (depthwise ? 1 : shape.groups); ++group) {
        if (direction == ConvolutionDirection::input_gradient) {
            if (!depthwise && few_channels(shape, batch, group, image, kernel, result, go)) continue;
            input_gradient(shape, batch, depthwise ? shape.groups : 1, group, image, kernel, result, {begin, end}, go);
        } else {
            go(forward_of(shape, batch, group, image, kernel, result));
        }
    }
}

void convolve(ConvolutionMethod method, ConvolutionDirection direction, const ConvolutionShape& shape, int64_t batch,
              float* image, float* kernel, float* result, int64_t begin, int64_t end) {
    convolve_on(engine(), method, direction, shape, batch, image, kernel, result, begin, end);
}

}  // namespace ricci::runtime
