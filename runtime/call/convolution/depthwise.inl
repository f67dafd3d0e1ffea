// Depthwise convolutions of images whose channels are innermost: each lane is a channel with taps of its own.
#pragma once

#include "runtime/call/convolution/block_sums.inl"
#include "runtime/call/convolution/frame.inl"
#include "runtime/call/convolution/kernel_order.inl"

namespace ricci::runtime {
namespace {

/// The taps of a window that lie inside of an image, in one dimension: [begin, end).
struct InnerTaps {
    int64_t begin, end;

    /// `at`: where tap 0 lies.
    InnerTaps(int64_t at, int64_t taps, int64_t dilation, int64_t extent)
        : begin(least(taps, at < 0 ? quotient_up(-at, dilation) : 0)),
          end(least(taps, at < extent ? (extent - 1 - at) / dilation + 1 : 0)) {
        if (end < begin) end = begin;
    }
    bool holds(int64_t tap) const { return tap >= begin && tap < end; }
};

/// The taps as to[row][column][channel], channels in whole vectors.
inline void pack_depthwise(const ConvolutionSweep& s, float* to) {
    const int64_t channels = whole_vectors(s.depthwise.channels);
    for (int64_t r = 0; r < s.w.height; ++r) {
        for (int64_t c = 0; c < s.w.width; ++c, to += channels) {
            const float* from = s.w.data + r * s.w.row + c * s.w.column;
            for (int64_t i = 0; i < channels; ++i) to[i] = i < s.depthwise.channels ? from[i * s.depthwise.taps] : 0;
        }
    }
}

constexpr int64_t kPixelsAtOnce = 4;  // results of a row that share the loads of the taps

/// Some results of a row in a vector of channels, all of whose columns lie inside of the image.
template <int64_t Count>
inline void depthwise_pixels(const ConvolutionSweep& s, const float* corner, InnerTaps rows, const float* taps,
                             int64_t tap_step, Mask channels, float* to) {
    Vector sums[Count];
#pragma GCC unroll 4
    for (int64_t i = 0; i < Count; ++i) sums[i] = zero();
    const int64_t pixel = s.stride_w * s.x.column, next_tap = s.dilation_w * s.x.column;
    const int64_t width = s.w.width;
    for (int64_t r = rows.begin; r < rows.end; ++r) {
        const float* from = corner + r * s.dilation_h * s.x.row;
        const float* tap = taps + r * width * tap_step;
        for (int64_t c = 0; c < width; ++c, from += next_tap, tap += tap_step) {
            const Vector w = load(tap);
#pragma GCC unroll 4
            for (int64_t i = 0; i < Count; ++i) sums[i] = fma(take(from + i * pixel, channels), w, sums[i]);
        }
    }
#pragma GCC unroll 4
    for (int64_t i = 0; i < Count; ++i) put(to + i * s.y.column, sums[i], channels);
}

/// One result in a vector of channels. What its taps read outside of the image is a 0 that is multiplied, or nothing.
inline void depthwise_pixel(const ConvolutionSweep& s, const float* corner, InnerTaps rows, InnerTaps columns,
                            const float* taps, int64_t tap_step, Mask channels, float* to) {
    Vector sum = zero();
    for (int64_t r = 0; r < s.w.height; ++r) {
        for (int64_t c = 0; c < s.w.width; ++c) {
            const bool inside = rows.holds(r) && columns.holds(c);
            if (!inside && !s.padded) continue;
            const float* from = corner + r * s.dilation_h * s.x.row + c * s.dilation_w * s.x.column;
            sum = fma(inside ? take(from, channels) : zero(), load(taps + (r * s.w.width + c) * tap_step), sum);
        }
    }
    put(to, sum, channels);
}

/// Units of work are rows of the result.
void depthwise(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    const int64_t units = s.batch * s.y.height;
    const int64_t first_unit = units * begin / parts, last_unit = units * end / parts;
    if (first_unit >= last_unit) return;
    const int64_t step = whole_vectors(s.depthwise.channels);
    float* taps = nullptr;
    auto carve = [&](Carver carver) {
        taps = carver.take<float>(s.w.height * s.w.width * step);
        return carver.used();
    };
    carve(Carver(convolution_workspace(carve(Carver(nullptr)))));
    pack_depthwise(s, taps);
    for (int64_t unit = first_unit; unit < last_unit; ++unit) {
        const int64_t sample = unit / s.y.height, row = unit % s.y.height;
        const int64_t top = s.stride_h * row - s.top;
        const InnerTaps rows(top, s.w.height, s.dilation_h, s.x.height);
        const bool all_rows = rows.begin == 0 && rows.end == s.w.height;
        for (int64_t channel = 0; channel < s.depthwise.channels; channel += kLanes) {
            const Mask channels = first(s.depthwise.channels - channel);
            const float* line = s.x.data + sample * s.x.batch + top * s.x.row + channel;
            float* to = s.y.data + sample * s.y.batch + row * s.y.row + channel;
            for (int64_t column = 0; column < s.y.width;) {
                const int64_t left = s.stride_w * column - s.left;
                const int64_t reach = (s.w.width - 1) * s.dilation_w;
                const int64_t last = left + (kPixelsAtOnce - 1) * s.stride_w + reach;
                const float* corner = line + left * s.x.column;
                if (left >= 0 && last < s.x.width && column + kPixelsAtOnce <= s.y.width && (all_rows || !s.padded)) {
                    depthwise_pixels<kPixelsAtOnce>(s, corner, rows, taps + channel, step, channels,
                                                    to + column * s.y.column);
                    column += kPixelsAtOnce;
                    continue;
                }
                depthwise_pixel(s, corner, rows, InnerTaps(left, s.w.width, s.dilation_w, s.x.width), taps + channel,
                                step, channels, to + column * s.y.column);
                ++column;
            }
        }
    }
}

constexpr int64_t kTapsAtOnce = 4;  // columns of taps whose sums are in registers together

/// Adds to sums[tap], `step` floats apart, the products of one row of the result in a vector of channels.
template <int64_t Count>
inline void depthwise_row(const ConvolutionSweep& s, const float* line, const float* result, int64_t first_tap,
                          Mask channels, float* sums, int64_t step) {
    Vector sum[Count];
#pragma GCC unroll 4
    for (int64_t c = 0; c < Count; ++c) sum[c] = zero();
    for (int64_t column = 0; column < s.y.width; ++column, result += s.y.column) {
        const Vector y = take(result, channels);
        const int64_t left = s.stride_w * column - s.left + first_tap * s.dilation_w;
#pragma GCC unroll 4
        for (int64_t c = 0; c < Count; ++c) {
            const int64_t at = left + c * s.dilation_w;
            const bool inside = at >= 0 && at < s.x.width;
            sum[c] = fma(inside ? take(line + at * s.x.column, channels) : zero(), y, sum[c]);
        }
    }
#pragma GCC unroll 4
    for (int64_t c = 0; c < Count; ++c) store(sums + c * step, load(sums + c * step) + sum[c]);
}

/// Units of work are rows of the taps of a vector of channels.
void depthwise_gradient(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    const int64_t vectors = quotient_up(s.depthwise.channels, kLanes), step = vectors * kLanes;
    const int64_t units = vectors * s.w.height;
    const int64_t first_unit = units * begin / parts, last_unit = units * end / parts;
    if (first_unit >= last_unit) return;
    float *sums = nullptr, *totals = nullptr, *zeros = nullptr;
    const int64_t count = s.w.height * s.w.width * step;
    auto carve = [&](Carver carver) {
        sums = carver.take<float>(count);
        totals = carver.take<float>(count);
        zeros = carver.take<float>(s.x.width * s.x.column);
        return carver.used();
    };
    carve(Carver(convolution_workspace(carve(Carver(nullptr)))));
    for (int64_t i = 0; i < count; i += kLanes) {
        store(sums + i, zero());
        store(totals + i, zero());
    }
    for (int64_t i = 0; i < s.x.width * s.x.column; ++i) zeros[i] = 0;
    for (int64_t row = 0; row < s.batch * s.y.height; ++row) {
        const int64_t sample = row / s.y.height, p = row % s.y.height;
        for (int64_t unit = first_unit; unit < last_unit; ++unit) {
            const int64_t channel = unit / s.w.height * kLanes, r = unit % s.w.height;
            const Mask channels = first(s.depthwise.channels - channel);
            const int64_t from = s.stride_h * p - s.top + r * s.dilation_h;
            const bool inside = from >= 0 && from < s.x.height;
            const float* line = inside ? s.x.data + sample * s.x.batch + from * s.x.row + channel : zeros;
            const float* result = s.y.data + sample * s.y.batch + p * s.y.row + channel;
            for (int64_t c = 0; c < s.w.width;) {
                float* to = sums + (r * s.w.width + c) * step + channel;
                switch (least(kTapsAtOnce, s.w.width - c)) {
                    case 1: depthwise_row<1>(s, line, result, c, channels, to, step); break;
                    case 2: depthwise_row<2>(s, line, result, c, channels, to, step); break;
                    case 3: depthwise_row<3>(s, line, result, c, channels, to, step); break;
                    default: depthwise_row<kTapsAtOnce>(s, line, result, c, channels, to, step);
                }
                c += kTapsAtOnce;
            }
        }
        if ((row + 1) % kBlockPieces == 0 || row + 1 == s.batch * s.y.height) add_block(totals, sums, count);
    }
    for (int64_t unit = first_unit; unit < last_unit; ++unit) {
        const int64_t channel = unit / s.w.height * kLanes, r = unit % s.w.height;
        for (int64_t c = 0; c < s.w.width; ++c) {
            for (int64_t i = 0; i < least(kLanes, s.depthwise.channels - channel); ++i) {
                s.w.data[(channel + i) * s.depthwise.taps + r * s.w.row + c * s.w.column] =
                    totals[(r * s.w.width + c) * step + channel + i];
            }
        }
    }
}

}  // namespace
}  // namespace ricci::runtime
