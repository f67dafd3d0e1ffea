// Kernels between their own order, often [out][in][row][column], and the one that vectors of output channels need.
#pragma once

#include "runtime/call/convolution/engine.h"
#include "runtime/call/convolution/vectors.inl"

namespace ricci::runtime {
namespace {

/// Output channels in whole vectors.
inline int64_t whole_vectors(int64_t count) {
    return quotient_up(count, kLanes) * kLanes;
}

/// Goes through the taps of one output channel in the order in which they lie in memory: input channel, row, column.
class TapCounter {
  public:
    explicit TapCounter(const ConvolutionSweep& s) : s_(s) {}
    /// Its place in [row][column][input channel].
    int64_t place() const { return tap_ * s_.in + in_; }
    void next() {
        if (++tap_ < s_.w.height * s_.w.width) return;
        tap_ = 0;
        ++in_;
    }

  private:
    const ConvolutionSweep& s_;
    int64_t tap_ = 0, in_ = 0;
};

/// Whether all taps of an output channel lie in one row of memory.
inline bool taps_in_a_row(const ConvolutionSweep& s) {
    return s.w.column == 1 && s.w.row == s.w.width && s.w.in == s.w.height * s.w.width;
}

/// The kernel as right operand: to[row][column][input channel][output channel], output channels in whole vectors.
inline void pack_kernel(const ConvolutionSweep& s, float* to) {
    const int64_t outs = whole_vectors(s.out), depth = s.in * s.w.height * s.w.width;
    for (int64_t out = 0; out < s.out; out += kLanes) {
        const int64_t count = least(kLanes, s.out - out);
        const float* from = s.w.data + out * s.w.out;
        if (taps_in_a_row(s) && count == kLanes) {
            TapCounter at(s);
            int64_t j = 0;
            for (; j + kLanes <= depth; j += kLanes) {
                Vector square[kLanes];
#pragma GCC unroll 16
                for (int64_t lane = 0; lane < kLanes; ++lane) square[lane] = load(from + lane * s.w.out + j);
                transpose(square);
                for (int64_t lane = 0; lane < kLanes; ++lane, at.next()) store(to + at.place() * outs + out, square[lane]);
            }
            for (; j < depth; ++j, at.next()) {
                for (int64_t lane = 0; lane < kLanes; ++lane) to[at.place() * outs + out + lane] = from[lane * s.w.out + j];
            }
            continue;
        }
        for (int64_t in = 0; in < s.in; ++in) {
            for (int64_t r = 0; r < s.w.height; ++r) {
                for (int64_t c = 0; c < s.w.width; ++c) {
                    const float* tap = from + in * s.w.in + r * s.w.row + c * s.w.column;
                    float* lanes = to + ((r * s.w.width + c) * s.in + in) * outs + out;
                    for (int64_t lane = 0; lane < count; ++lane) lanes[lane] = tap[lane * s.w.out];
                    for (int64_t lane = count; lane < kLanes; ++lane) lanes[lane] = 0;
                }
            }
        }
    }
}

/// Sums from[row][column][input channel], `step` floats apart, of the output channels [out, out + outs) to the kernel.
inline void unpack_kernel(const ConvolutionSweep& s, const float* from, int64_t step, int64_t out, int64_t outs) {
    const int64_t depth = s.in * s.w.height * s.w.width;
    for (int64_t first_out = 0; first_out < outs; first_out += kLanes) {
        const int64_t count = least(kLanes, outs - first_out);
        const float* sums = from + first_out;
        float* to = s.w.data + (out + first_out) * s.w.out;
        if (taps_in_a_row(s) && count == kLanes) {
            TapCounter at(s);
            int64_t j = 0;
            for (; j + kLanes <= depth; j += kLanes) {
                Vector square[kLanes];
                for (int64_t lane = 0; lane < kLanes; ++lane, at.next()) square[lane] = load(sums + at.place() * step);
                transpose(square);
#pragma GCC unroll 16
                for (int64_t lane = 0; lane < kLanes; ++lane) store(to + lane * s.w.out + j, square[lane]);
            }
            for (; j < depth; ++j, at.next()) {
                for (int64_t lane = 0; lane < kLanes; ++lane) to[lane * s.w.out + j] = sums[at.place() * step + lane];
            }
            continue;
        }
        for (int64_t in = 0; in < s.in; ++in) {
            for (int64_t r = 0; r < s.w.height; ++r) {
                for (int64_t c = 0; c < s.w.width; ++c) {
                    float* tap = to + in * s.w.in + r * s.w.row + c * s.w.column;
                    const float* lanes = sums + ((r * s.w.width + c) * s.in + in) * step;
                    for (int64_t lane = 0; lane < count; ++lane) tap[lane * s.w.out] = lanes[lane];
                }
            }
        }
    }
}

/// One row of such sums, whose place in [row][column][input channel] is `place`.
inline void unpack_row(const ConvolutionSweep& s, const float* from, int64_t place, int64_t out, int64_t outs) {
    const int64_t in = place % s.in, tap = place / s.in;
    float* to = s.w.data + out * s.w.out + in * s.w.in + tap / s.w.width * s.w.row + tap % s.w.width * s.w.column;
    for (int64_t m = 0; m < outs; ++m) to[m * s.w.out] = from[m];
}

}  // namespace
}  // namespace ricci::runtime
