// Some results of a sweep straight from its equation: for those that a faster way has spoilt. Filtering mixes what
// different results read, and zeros that fill a packed operand meet infinities.
#pragma once

#include "runtime/call/convolution/engine.h"
#include "runtime/call/convolution/vectors.inl"

namespace ricci::runtime {
namespace {

/// What Winograd's transforms take at the most: numbers of 2^50 and more, infinite or nan would leave nothing of the
/// others in their tile. Sums of products of smaller ones do not overflow. Squares of all numbers are added up as they
/// are loaded, and their sum tells. It starts from 1, so that no sum is denormal, which takes long.
constexpr float kMostSquares = 0x1p100F;

inline Vector no_squares() {
    return broadcast(1);
}
template <int64_t Size>
inline Vector sum_of_squares(const Vector* v) {
    Vector sum = v[0] * v[0];
#pragma GCC unroll 6
    for (int64_t i = 1; i < Size; ++i) sum = fma(v[i], v[i], sum);
    return sum;
}
inline Mask too_large(Vector squares) {
    return not_below(squares, kMostSquares);
}

inline bool all_finite(const float* from, int64_t count) {
    Mask other = 0;
    for (int64_t i = 0; i < count; i += kLanes)
        other |= static_cast<Mask>(not_below(take(from + i, first(count - i)), __builtin_inff()));
    return other == 0;
}

constexpr int64_t kPositionsAtOnce = 16;

/// Where results lie in one sample.
struct Positions {
    int64_t count = 0;
    int64_t row[kPositionsAtOnce], column[kPositionsAtOnce];

    void add(int64_t r, int64_t c) {
        row[count] = r;
        column[count++] = c;
    }
};

/// Results of output channels [out, out + outs) at these positions. Where there are phases, the channels are of one.
/// \pre outs <= kLanes
inline void from_equation(const ConvolutionSweep& s, int64_t sample, const Positions& at, int64_t out, int64_t outs) {
    const Offsets kernels = lanes_apart(s.w.out);
    const Mask lanes = first(outs);
    const int64_t window = s.w.height * s.w.width;
    const int64_t phase = s.phases.taps == nullptr ? 0 : out * s.phases.rows * s.phases.columns / s.out;
    const float* image = s.x.data + sample * s.x.batch;
    Vector sums[kPositionsAtOnce];
    for (Vector& sum : sums) sum = zero();
    for (int64_t k = 0; k < s.in; ++k) {
        for (int64_t tap = 0; tap < window; ++tap) {
            if (s.phases.taps != nullptr && !s.phases.taps[phase * window + tap]) continue;
            const int64_t r = tap / s.w.width, c = tap % s.w.width;
            const Vector w =
                gather(s.w.data + out * s.w.out + k * s.w.in + r * s.w.row + c * s.w.column, kernels, lanes);
            for (int64_t i = 0; i < at.count; ++i) {
                const int64_t row = s.stride_h * at.row[i] + s.dilation_h * r - s.top;
                const int64_t column = s.stride_w * at.column[i] + s.dilation_w * c - s.left;
                const bool inside = row >= 0 && row < s.x.height && column >= 0 && column < s.x.width;
                if (!inside && !s.padded) continue;
                const float x = inside ? image[k * s.x.channel + row * s.x.row + column * s.x.column] : 0.0F;
                sums[i] = fma(broadcast(x), w, sums[i]);
            }
        }
    }
    const ConvolutionSweep::Phases& phases = s.phases;
    const int64_t channels = s.out / (phases.rows * phases.columns);
    const int64_t down = phases.taps == nullptr ? 0 : phase / phases.columns;
    const int64_t right = phases.taps == nullptr ? 0 : phase % phases.columns;
    const int64_t channel = phases.taps == nullptr ? out : out % channels;
    float* to = s.y.data + sample * s.y.batch + channel * s.y.channel + down * phases.row + right * phases.column;
    const Offsets results = lanes_apart(s.y.channel);
    for (int64_t i = 0; i < at.count; ++i) {
        const bool outside = phases.taps != nullptr && (at.row[i] * phases.rows + down >= phases.height ||
                                                        at.column[i] * phases.columns + right >= phases.width);
        if (!outside) scatter(to + at.row[i] * s.y.row + at.column[i] * s.y.column, results, sums[i], lanes);
    }
}

}  // namespace
}  // namespace ricci::runtime
