// The gradient by the kernel of images whose channels are innermost. Channels of pixels are read where they lie, and
// multiplied by those of the gradient of the result.
#pragma once

#include "ir/base/convolution_blocks.h"
#include "runtime/call/convolution/block_sums.inl"
#include "runtime/call/convolution/channels_blocks.inl"

namespace ricci::runtime {
namespace {

constexpr int64_t kGradientPixels = 192;  // positions of the result at a time: a panel of them lies in the first-level cache

/// Rows of a sample, or whole samples of a small image, that are contracted at a time.
struct PixelChunks {
    explicit PixelChunks(const ConvolutionSweep& s) : s_(s) {
        const int64_t positions = s.y.height * s.y.width;
        samples = positions >= kGradientPixels ? 1 : least(s.batch, kGradientPixels / positions);
        each = samples > 1 ? 1 : quotient_up(positions, quotient_up(kGradientPixels, s.y.width) * s.y.width);
        all = quotient_up(s.batch, samples) * each;
        most_rows = samples > 1 ? s.y.height : quotient_up(s.y.height, each);
    }
    struct Chunk {
        int64_t sample, samples, first_row, last_row;
    };
    Chunk chunk(int64_t number) const {
        const int64_t sample = number / each * samples;
        return {sample, least(samples, s_.batch - sample), s_.y.height * (number % each) / each,
                s_.y.height * (number % each + 1) / each};
    }
    int64_t positions() const { return samples * most_rows * s_.y.width; }

    int64_t samples;    // of a chunk
    int64_t each;       // chunks of a sample
    int64_t all;
    int64_t most_rows;  // of a sample, of a chunk

  private:
    const ConvolutionSweep& s_;
};

/// Some vectors of output channels as right operand: [position][output channel].
inline void pack_pixels(const ConvolutionSweep& s, const PixelChunks::Chunk& chunk, Panel p, float* to) {
    for (int64_t n = 0; n < chunk.samples; ++n) {
        for (int64_t row = chunk.first_row; row < chunk.last_row; ++row) {
            const float* from = s.y.data + (chunk.sample + n) * s.y.batch + row * s.y.row + p.first * kLanes;
            for (int64_t column = 0; column < s.y.width; ++column, from += s.y.column) {
                for (int64_t v = 0; v < p.width; ++v, to += kLanes)
                    store(to, take(from + v * kLanes, first(s.out - (p.first + v) * kLanes)));
            }
        }
    }
}

/// Brings what a tile of channels, from `channel` on, reads of a chunk to the second-level cache.
inline void prefetch_chunk(const ConvolutionSweep& s, const ChannelsFrame& frame, const PixelChunks::Chunk& chunk, int64_t channel) {
    const PositionSteps steps = frame.position_steps();
    for (int64_t n = 0; n < chunk.samples; ++n) {
        for (int64_t row = chunk.first_row; row < chunk.last_row; ++row) {
            const float* at = frame.origin(chunk.sample + n) + row * steps.row + channel;
            for (int64_t column = 0; column < s.y.width; ++column) __builtin_prefetch(at + column * steps.column, 0, 2);
        }
    }
}

/// Brings what pack_pixels will read to the second-level cache, a share of it for each tile. Some lines of every pixel are no
/// stream that the processor foresees.
class PixelsAhead {
  public:
    PixelsAhead(const ConvolutionSweep& s, const PixelChunks& chunks, int64_t number, Panel p, int64_t tiles) : step_(s.y.column), width_(p.width) {
        const bool straight = s.y.row == s.y.width * s.y.column && s.y.batch == s.y.height * s.y.row;
        if (!straight || number >= chunks.all || tiles <= 0) return;
        const PixelChunks::Chunk chunk = chunks.chunk(number);
        left_ = chunk.samples * (chunk.last_row - chunk.first_row) * s.y.width;
        share_ = quotient_up(left_, tiles);
        at_ = s.y.data + chunk.sample * s.y.batch + chunk.first_row * s.y.row + p.first * kLanes;
    }
    void prefetch() {
        for (int64_t n = least(share_, left_); n > 0; --n, --left_, at_ += step_) {
            for (int64_t v = 0; v < width_; ++v) __builtin_prefetch(at_ + v * kLanes, 0, 2);
        }
    }

  private:
    const float* at_ = nullptr;
    int64_t step_, width_, left_ = 0, share_ = 0;
};

/// Units of work are tiles: some taps times the output channels of a panel.
void channels_blocks_gradient(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    const PixelChunks chunks(s);
    const ChannelsFrame frame(s, chunks.samples);
    const int64_t depth = frame.tap_depth();
    const int64_t tiles_of_tap = quotient_up(depth, kRows), tiles = frame.tap_count() * tiles_of_tap;
    const int64_t rows = quotient_up(depth, tiles_of_tap);  // of a tile: 21 are three times 7
    const int64_t vectors = quotient_up(s.out, kLanes);
    const int64_t first_unit = panels(vectors) * tiles * begin / parts;
    const int64_t last_unit = panels(vectors) * tiles * end / parts;
    if (first_unit >= last_unit) return;
    const int64_t most_sums = frame.tap_count() * depth * kWidth * kLanes;  // of a panel
    const int64_t at_once = least(panels(vectors), kMostFrameSums > most_sums ? kMostFrameSums / most_sums : 1);
    const bool in_blocks = chunks.all > kBlockPieces;
    const PositionSteps steps = frame.position_steps();

    float *pixels = nullptr, *right = nullptr, *sums = nullptr, *totals = nullptr;
    auto carve = [&](Carver carver) {
        pixels = carver.take<float>(frame.elements());
        right = carver.take<float>(chunks.positions() * kWidth * kLanes);
        sums = carver.take<float>(most_sums * at_once);
        totals = carver.take<float>(in_blocks ? most_sums * at_once : 0);
        return carver.used();
    };
    carve(Carver(convolution_workspace(carve(Carver(nullptr)))));

    const int64_t last_panel = quotient_up(last_unit, tiles);
    for (int64_t panel_number = first_unit / tiles; panel_number < last_panel; panel_number += at_once) {
        const int64_t panel_end = least(last_panel, panel_number + at_once);
        if (in_blocks) {
            for (int64_t i = 0; i < most_sums * at_once; i += kLanes) {
                store(totals + i, zero());
                store(sums + i, zero());
            }
        }
        for (int64_t number = 0; number < chunks.all; ++number) {
            const PixelChunks::Chunk chunk = chunks.chunk(number);
            const float* image = frame.fill(pixels, chunk.sample, chunk.samples, chunk.first_row, chunk.last_row);
            const PositionSteps counts{chunk.samples, chunk.last_row - chunk.first_row, s.y.width};
            for (int64_t i = panel_number; i < panel_end; ++i) {
                const Panel p = panel(vectors, i);
                pack_pixels(s, chunk, p, right);
                float* own = sums + (i - panel_number) * most_sums;
                const int64_t last_tile = least(tiles, last_unit - i * tiles);
                const int64_t first_tile = first_unit > i * tiles ? first_unit - i * tiles : 0;
                PixelsAhead ahead(s, chunks, number + 1, p, last_tile - first_tile);
                for (int64_t tile = first_tile; tile < last_tile; ++tile) {
                    const int64_t tap = tile / tiles_of_tap, k = tile % tiles_of_tap * rows;
                    const bool new_lines = tap == 0 && k % kFloatsOfLine < rows;
                    if (frame.in_place() && i == panel_number && new_lines && number + 1 < chunks.all)
                        prefetch_chunk(s, frame, chunks.chunk(number + 1), k);
                    ahead.prefetch();
                    multiply_positions_of(least(rows, depth - k), p.width)(
                        counts, image + chunk.first_row * steps.row + frame.tap(tap) + k, steps, right, p.width * kLanes,
                        own + (tap * depth + k) * kWidth * kLanes, kWidth * kLanes, in_blocks || number > 0);
                }
            }
            if (in_blocks && ((number + 1) % kBlockPieces == 0 || number + 1 == chunks.all))
                add_block(totals, sums, most_sums * (panel_end - panel_number));
        }
        for (int64_t i = panel_number; i < panel_end; ++i) {
            const Panel p = panel(vectors, i);
            const int64_t first_tile = first_unit > i * tiles ? first_unit - i * tiles : 0;
            const int64_t last_tile = least(tiles, last_unit - i * tiles);
            const int64_t outs = least(p.width * kLanes, s.out - p.first * kLanes);
            const float* own = (in_blocks ? totals : sums) + (i - panel_number) * most_sums;
            if (first_tile == 0 && last_tile == tiles) {
                unpack_kernel(s, own, kWidth * kLanes, p.first * kLanes, outs);
                continue;
            }
            for (int64_t tile = first_tile; tile < last_tile; ++tile) {
                const int64_t tap = tile / tiles_of_tap, k = tile % tiles_of_tap * rows;
                for (int64_t row = 0; row < least(rows, depth - k); ++row)
                    unpack_row(s, own + (tap * depth + k + row) * kWidth * kLanes, tap * depth + k + row,
                               p.first * kLanes, outs);
            }
        }
    }
}

}  // namespace
}  // namespace ricci::runtime
