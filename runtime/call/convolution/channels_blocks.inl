// Convolutions of images whose channels are innermost: products of pixels, read where they lie, and the kernel.
#pragma once

#include "runtime/call/convolution/channels_frame.inl"
#include "runtime/call/convolution/equation.inl"
#include "runtime/call/convolution/factors.inl"
#include "runtime/call/convolution/kernel_order.inl"
#include "runtime/call/convolution/register_tile.inl"

namespace ricci::runtime {
namespace {

constexpr int64_t kPixels = 12 * kRows;    // positions of a block: whole register tiles
constexpr int64_t kKernelDepth = 192;      // contracted points at a time: a panel of the kernel lies in the first-level cache

/// Blocks of positions: some of one sample or, of small images, whole samples.
struct PixelBlocks {
    explicit PixelBlocks(const ConvolutionSweep& s)
        : positions(s.y.height * s.y.width),
          samples(positions >= kPixels ? 1 : least(s.batch, kPixels / positions)),
          each(samples > 1 ? 1 : quotient_up(positions, kPixels)),
          all(quotient_up(s.batch, samples) * each),
          batch(s.batch) {}

    /// `count` positions from position `from` of sample `sample`.
    struct Block {
        int64_t sample, samples, from, count;
    };
    Block block(int64_t number) const {
        const int64_t sample = number / each * samples;
        if (samples > 1) {
            const int64_t here = least(samples, batch - sample);
            return {sample, here, 0, here * positions};
        }
        const int64_t tiles = quotient_up(positions, kRows);
        const int64_t from = tiles * (number % each) / each * kRows;
        return {sample, 1, from, least(positions, tiles * (number % each + 1) / each * kRows) - from};
    }

    int64_t positions;  // of a sample
    int64_t samples;    // of a block
    int64_t each;       // blocks of a sample
    int64_t all;
    int64_t batch;
};

/// Where the windows of each position of a block begin.
template <typename Number>
void window_rows(const PixelBlocks::Block& block, int64_t height, int64_t width, const Number* image,
                 const PositionSteps& steps, const Number** rows) {
    int64_t row = block.from / width, column = block.from % width;
    for (int64_t n = 0; n < block.count; ++n) {
        rows[n] = image + row * steps.row + column * steps.column;
        if (++column < width) continue;
        column = 0;
        if (++row < height) continue;
        row = 0;
        image += steps.sample;
    }
}

/// Brings some pixels to the second-level cache: strided ones are no stream that the processor foresees.
inline void prefetch_rows(const float* const* rows, int64_t count, int64_t channels) {
    for (int64_t n = 0; n < count; ++n) {
        for (int64_t k = 0; k < channels; k += kFloatsOfLine) __builtin_prefetch(rows[n] + k, 0, 2);
    }
}

/// Computes the results of a block that are not finite from the equation. Zeros outside of the image have met what is
/// not finite in the kernel.
inline void mend_pixels(const ConvolutionSweep& s, const PixelBlocks::Block& block) {
    const int64_t positions = s.y.height * s.y.width;
    for (int64_t out = 0; out < s.out; out += kLanes) {
        const int64_t outs = least(kLanes, s.out - out);
        for (int64_t n = block.from; n < block.from + block.count; ++n) {
            const int64_t sample = block.sample + n / positions, row = n % positions / s.y.width, column = n % s.y.width;
            const float* result = s.y.data + sample * s.y.batch + row * s.y.row + column * s.y.column + out;
            if (all_finite(result, outs)) continue;
            Positions at;
            at.add(row, column);
            from_equation(s, sample, at, out, outs);
        }
    }
}

/// The kernel as right operands, one panel behind the other. Whole rows of all channels would lie in the same few sets of the
/// first-level cache where channels make a power of two.
inline void pack_panels(const ConvolutionSweep& s, int64_t taps_and_depth, float* to) {
    const int64_t vectors = quotient_up(s.out, kLanes);
    for (int64_t number = 0; number < panels(vectors); ++number) {
        const Panel p = panel(vectors, number);
        ConvolutionSweep part = s;
        part.out = least(p.width * kLanes, s.out - p.first * kLanes);
        part.w.data += p.first * kLanes * s.w.out;
        pack_kernel(part, to + taps_and_depth * p.first * kLanes);
    }
}

/// Some units of work, which are blocks of positions.
/// \tparam Factors  what is multiplied: factors.inl
template <typename Factors>
void channels_blocks_at(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    const PixelBlocks blocks(s);
    const int64_t first_unit = blocks.all * begin / parts, last_unit = blocks.all * end / parts;
    if (first_unit >= last_unit) return;
    const ChannelsFrame frame(s, blocks.samples, Factors::kRounds);
    const int64_t depth = frame.tap_depth(), tap_count = frame.tap_count();
    const int64_t vectors = quotient_up(s.out, kLanes), outs = vectors * kLanes;
    // Whole vectors go to where they belong when all positions of a block are one step apart there.
    const bool straight = outs == s.out && s.y.row == s.y.width * s.y.column &&
                          (blocks.samples == 1 || s.y.batch == blocks.positions * s.y.column);

    int64_t* taps = nullptr;
    float *pixels = nullptr, *kernel = nullptr, *sums = nullptr;
    auto carve = [&](Carver carver) {
        taps = carver.take<int64_t>(tap_count);
        pixels = carver.take<float>(frame.elements());
        kernel = carver.take<float>(tap_count * depth * outs);
        sums = carver.take<float>(straight ? 0 : kPixels * outs);
        return carver.used();
    };
    carve(Carver(convolution_workspace(carve(Carver(nullptr)))));
    for (int64_t tap = 0; tap < tap_count; ++tap) taps[tap] = frame.tap(tap);
    pack_panels(s, tap_count * depth, kernel);
    const bool looks = !s.padded && !all_finite(kernel, tap_count * depth * outs);
    for (int64_t number = 0; number < panels(vectors); ++number) {
        const Panel p = panel(vectors, number);
        Factors::join_right(kernel + tap_count * depth * p.first * kLanes, tap_count, depth, p.width * kLanes);
    }
    const PositionSteps steps = frame.position_steps();

    const int64_t taps_at_once = depth >= kKernelDepth ? 1 : least(tap_count, kKernelDepth / depth);
    const int64_t pieces = quotient_up(depth, kKernelDepth);  // of a tap
    int64_t framed = -1;
    const typename Factors::Number* image = nullptr;
    for (int64_t unit = first_unit; unit < last_unit; ++unit) {
        const PixelBlocks::Block block = blocks.block(unit);
        if (framed != block.sample) {
            framed = block.sample;
            const int64_t last_here = least(last_unit, (unit / blocks.each + 1) * blocks.each) - 1;
            const PixelBlocks::Block last = blocks.block(last_here);
            const bool whole = block.samples > 1;
            const float* filled = frame.fill(pixels, block.sample, block.samples, whole ? 0 : block.from / s.y.width,
                                             whole ? s.y.height : (last.from + last.count - 1) / s.y.width + 1);
            Factors::narrow(pixels, frame.elements());
            image = reinterpret_cast<const typename Factors::Number*>(filled);
        }
        const typename Factors::Number* rows[kPixels];
        window_rows(block, s.y.height, s.y.width, image, steps, rows);
        const float* ahead[kPixels];
        int64_t ahead_count = 0;
        if (frame.in_place() && unit + 1 < last_unit) {
            const PixelBlocks::Block next = blocks.block(unit + 1);
            window_rows(next, s.y.height, s.y.width, frame.origin(next.sample), steps, ahead);
            ahead_count = next.count;
        }
        // A few at a time: many at once would hold up the loads of the tile.
        const int64_t rows_a_tile = quotient_up(ahead_count, panels(vectors) * quotient_up(block.count, kRows));
        int64_t prefetched = 0;
        float* const result = s.y.data + block.sample * s.y.batch + block.from * s.y.column;
        float* const to = straight ? result : sums;
        const int64_t step = straight ? s.y.column : outs;
        for (int64_t number = 0; number < panels(vectors); ++number) {
            const Panel p = panel(vectors, number);
            const int64_t columns = p.width * kLanes;
            const float* const right = kernel + tap_count * depth * p.first * kLanes;
            for (int64_t tap = 0; tap < tap_count; tap += taps_at_once) {
                for (int64_t piece = 0; piece < pieces; ++piece) {
                    const int64_t from = piece * kKernelDepth, length = least(kKernelDepth, depth - from);
                    int64_t one_tap = taps[tap] + from;
                    const bool together = taps_at_once > 1;
                    for (int64_t n = 0; n < block.count; n += kRows) {
                        if (prefetched < ahead_count && tap + piece == 0) {
                            const int64_t share = least(rows_a_tile, ahead_count - prefetched);
                            prefetch_rows(ahead + prefetched, share, depth);
                            prefetched += share;
                        }
                        Factors::multiply_rows_of(least(kRows, block.count - n), p.width)(
                            together ? taps + tap : &one_tap, together ? least(taps_at_once, tap_count - tap) : 1, length,
                            rows + n, right + (tap * Factors::steps(depth) + Factors::steps(from)) * columns, columns,
                            to + n * step + p.first * kLanes, step, tap + piece > 0);
                    }
                }
            }
        }
        if (!straight) {
            for (int64_t n = 0; n < block.count; ++n) {
                const int64_t position = block.from + n;
                float* pixel = s.y.data + (block.sample + position / blocks.positions) * s.y.batch +
                               position % blocks.positions / s.y.width * s.y.row + position % s.y.width * s.y.column;
                for (int64_t out = 0; out < s.out; out += kLanes)
                    put(pixel + out, load(sums + n * outs + out), first(s.out - out));
            }
        }
        if (looks) mend_pixels(s, block);
    }
}

/// Units of work are blocks of positions. Where the kernel has more numbers than the image, they are vectors of output
/// channels: so it is packed once, and not by every thread.
template <typename Factors>
void channels_blocks(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    const int64_t vectors = quotient_up(s.out, kLanes);
    const bool large_kernel = s.w.height * s.w.width * s.out > s.batch * s.x.height * s.x.width && vectors >= 16;
    if (!large_kernel) return channels_blocks_at<Factors>(s, begin, end, parts);
    const int64_t first = vectors * begin / parts * kLanes, last = least(s.out, vectors * end / parts * kLanes);
    if (first >= last) return;
    ConvolutionSweep own = s;
    own.out = last - first;
    own.w.data += first * s.w.out;
    own.y.data += first * s.y.channel;
    channels_blocks_at<Factors>(own, 0, 1, 1);
}

}  // namespace
}  // namespace ricci::runtime
