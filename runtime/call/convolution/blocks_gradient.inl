// The gradient by the kernel as products of patches, read where they lie in a frame, and the gradient of the result.
#pragma once

#include "ir/base/convolution_blocks.h"
#include "runtime/call/convolution/block_sums.inl"
#include "runtime/call/convolution/channels_gradient.inl"
#include "runtime/call/convolution/depthwise.inl"
#include "runtime/call/convolution/factors.inl"
#include "runtime/call/convolution/frame.inl"
#include "runtime/call/convolution/register_tile.inl"

namespace ricci::runtime {
namespace {

constexpr int64_t kMostColumns = 512;  // columns of a row at a time

/// Positions of whole rows of the result as right operands: [position][output channel], some vectors of channels.
void pack_results(const ConvolutionSweep& s, const float* from, int64_t count, int64_t channel, int64_t vectors,
                  float* to) {
    const Offsets channels = lanes_apart(s.y.channel);
    const bool in_a_row = s.y.column == 1 && s.y.row == s.y.width;
    for (int64_t v = 0; v < vectors; ++v) {
        const int64_t first_channel = channel + v * kLanes;
        const float* start = from + first_channel * s.y.channel;
        float* column = to + v * kLanes;
        int64_t i = 0;
        for (; in_a_row && first_channel + kLanes <= s.out && i + kLanes <= count; i += kLanes) {
            Vector square[kLanes];
#pragma GCC unroll 16
            for (int64_t lane = 0; lane < kLanes; ++lane) square[lane] = load(start + lane * s.y.channel + i);
            transpose(square);
#pragma GCC unroll 16
            for (int64_t lane = 0; lane < kLanes; ++lane) store(column + (i + lane) * vectors * kLanes, square[lane]);
        }
        for (; i < count; ++i) {
            const float* at = start + i / s.y.width * s.y.row + i % s.y.width * s.y.column;
            store(column + i * vectors * kLanes, gather(at, channels, first(s.out - first_channel)));
        }
    }
}

/// Sums [tap][output channel] of the tiles [first, last) to the kernel.
void write_sums(const ConvolutionSweep& s, const float* sums, int64_t first, int64_t last, int64_t channel,
                int64_t count,
                int64_t step) {
    const int64_t depth = s.in * s.w.height * s.w.width;
    for (int64_t i = first * kRows; i < least(depth, last * kRows); ++i) {
        const int64_t c = i % s.w.width, r = i / s.w.width % s.w.height, k = i / s.w.width / s.w.height;
        float* to = s.w.data + channel * s.w.out + k * s.w.in + r * s.w.row + c * s.w.column;
        for (int64_t m = 0; m < count; ++m) to[m * s.w.out] = sums[i * step + m];
    }
}

/// Units of work are tiles: some taps times the output channels of a panel. Numbers of the image are the left operand
/// just where they lie in the frame; the gradient of the result is the right one.
template <typename Factors>
void blocks_gradient_of(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    const int64_t depth = s.in * s.w.height * s.w.width;
    const int64_t tiles = quotient_up(depth, kRows);
    const int64_t vectors = quotient_up(s.out, kLanes);
    const int64_t first_unit = panels(vectors) * tiles * begin / parts;
    const int64_t last_unit = panels(vectors) * tiles * end / parts;
    if (first_unit >= last_unit) return;
    const int64_t rows_at_once = least(s.y.height, quotient_up(kSummedPositions - s.y.width, s.y.width) + 1);
    const int64_t most_sums = tiles * kRows * kWidth * kLanes;  // of a panel
    const int64_t at_once = least(panels(vectors), kMostFrameSums > most_sums ? kMostFrameSums / most_sums : 1);
    const int64_t row_pieces = quotient_up(s.y.width, kMostColumns);  // more than one only where rows go one by one
    const bool in_blocks = s.batch * quotient_up(s.y.height, rows_at_once) * row_pieces > kBlockPieces;
    const Frame frame(s, s.y.height, Factors::kRounds);

    int64_t* taps = nullptr;
    float *planes = nullptr, *right = nullptr, *sums = nullptr, *totals = nullptr;
    auto carve = [&](Carver carver) {
        taps = carver.take<int64_t>(depth);
        planes = carver.take<float>(frame.elements());
        right = carver.take<float>(rows_at_once * s.y.width * kWidth * kLanes);
        sums = carver.take<float>(most_sums * at_once);
        totals = carver.take<float>(in_blocks ? most_sums * at_once : 0);
        return carver.used();
    };
    carve(Carver(convolution_workspace(carve(Carver(nullptr)))));
    frame.taps(taps);

    for (int64_t number = first_unit / tiles; number * tiles < last_unit; number += at_once) {
        auto each_panel = [&](auto&& work) {
            for (int64_t n = number; n < least(panels(vectors), number + at_once); ++n) {
                const int64_t first_tile = first_unit > n * tiles ? first_unit - n * tiles : 0;
                const int64_t last_tile = least(tiles, last_unit - n * tiles);
                if (first_tile < last_tile)
                    work(panel(vectors, n), first_tile, last_tile, sums + (n - number) * most_sums);
            }
        };
        int64_t pieces = 0;
        const auto finish_block = [&] {
            each_panel([&](Panel p, int64_t first_tile, int64_t last_tile, float* block) {
                const int64_t tile = kRows * p.width * kLanes;
                float* total = totals + (block - sums) + first_tile * tile;
                const int64_t count = (last_tile - first_tile) * tile;
                if (pieces == kBlockPieces) {
                    for (int64_t i = 0; i < count; ++i) total[i] = 0;
                }
                add_block(total, block + first_tile * tile, count);
            });
        };
        for (int64_t sample = 0; sample < s.batch; ++sample) {
            frame.fill(planes, sample, 0, s.y.height);
            Factors::narrow(planes, frame.elements());
            for (int64_t row = 0; row < s.y.height; row += rows_at_once) {
                const int64_t rows = least(rows_at_once, s.y.height - row);
                for (int64_t piece = 0; piece < row_pieces; ++piece) {
                    const int64_t column = s.y.width * piece / row_pieces;
                    const int64_t columns = s.y.width * (piece + 1) / row_pieces - column;
                    each_panel([&](Panel p, int64_t first_tile, int64_t last_tile, float* to) {
                        const int64_t step = p.width * kLanes;
                        pack_results(s, s.y.data + sample * s.y.batch + row * s.y.row + column * s.y.column,
                                     rows * columns, p.first * kLanes, p.width, right);
                        Factors::join_right(right, rows, columns, step);
                        for (int64_t tile = first_tile; tile < last_tile; ++tile) {
                            const int64_t count = least(kRows, depth - tile * kRows);
                            const typename Factors::Number* images[kRows];
                            for (int64_t i = 0; i < count; ++i) {
                                images[i] = reinterpret_cast<const typename Factors::Number*>(planes) +
                                            taps[tile * kRows + i] + row * frame.row_step() + column;
                            }
                            Factors::correlate_of(count, p.width)(rows, columns, images, frame.row_step(), right, step,
                                                         to + tile * kRows * step, step, pieces > 0);
                        }
                    });
                    if (++pieces % kBlockPieces == 0 && in_blocks) finish_block();
                }
            }
        }
        if (in_blocks && pieces % kBlockPieces != 0) finish_block();
        each_panel([&](Panel p, int64_t first_tile, int64_t last_tile, const float* from) {
            const int64_t channel = p.first * kLanes;
            write_sums(s, in_blocks ? totals + (from - sums) : from, first_tile, last_tile, channel,
                       least(p.width * kLanes, s.out - channel), p.width * kLanes);
        });
    }
}

void blocks_gradient(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    if (s.depthwise.channels > 0) return depthwise_gradient(s, begin, end, parts);
    if (channels_innermost(s)) return channels_blocks_gradient(s, begin, end, parts);
    blocks_gradient_of<PlainFactors>(s, begin, end, parts);
}
void bf16_blocks_gradient(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    blocks_gradient_of<Bf16Factors>(s, begin, end, parts);
}

}  // namespace
}  // namespace ricci::runtime
