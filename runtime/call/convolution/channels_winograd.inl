// Winograd's minimal filtering of images whose channels are innermost: the lanes of all vectors are channels.
#pragma once

#include "runtime/call/convolution/equation.inl"
#include "runtime/call/convolution/kernel_order.inl"
#include "runtime/call/convolution/register_tile.inl"
#include "runtime/call/convolution/winograd.inl"
#include "runtime/call/convolution/winograd_pixels.inl"

namespace ricci::runtime {
namespace {

constexpr int64_t kTapsAhead = 4;  // input channels: in a gradient the next one is a page or more away

/// The taps of some input channels as to[input channel][tap][lane]; lanes are `count` output channels, others 0.
template <int64_t Side>
void gather_taps(const ConvolutionSweep& s, const float* from, int64_t count, int64_t ins, float* to) {
    constexpr int64_t kTaps = Side * Side;
    if (taps_in_a_row(s) && count == kLanes && ins == kLanes) {  // those of all these channels lie in a row
        for (int64_t j = 0; j < ins * kTaps; j += kLanes) {
            Vector square[kLanes];
#pragma GCC unroll 16
            for (int64_t lane = 0; lane < kLanes; ++lane) square[lane] = load(from + lane * s.w.out + j);
            transpose(square);
#pragma GCC unroll 16
            for (int64_t lane = 0; lane < kLanes; ++lane) store(to + (j + lane) * kLanes, square[lane]);
        }
        return;
    }
    // Those of one input and output channel lie in a row, from the first to the last or, in a gradient, back.
    const bool back = s.w.column == -1 && s.w.row == -Side;
    if (back || (s.w.column == 1 && s.w.row == Side)) {
        for (int64_t k = 0; k < ins; ++k, to += kTaps * kLanes) {
            const float* start = from + k * s.w.in - (back ? kTaps - 1 : 0);
            const int64_t row = s.w.out == kTaps ? kLanes * kTaps : 0;  // all lanes lie in one
            for (int64_t i = 0; i < row; i += kFloatsOfLine) __builtin_prefetch(start + kTapsAhead * s.w.in + i);
            for (int64_t j = 0; j < kTaps; j += kLanes) {
                const Mask mask = first(kTaps - j);
                Vector square[kLanes];
#pragma GCC unroll 16
                for (int64_t lane = 0; lane < kLanes; ++lane)
                    square[lane] = lane < count ? load(start + lane * s.w.out + j, mask) : zero();
                transpose(square);
#pragma GCC unroll 16
                for (int64_t t = 0; t < kLanes; ++t) {
                    if (j + t < kTaps) store(to + (back ? kTaps - 1 - j - t : j + t) * kLanes, square[t]);
                }
            }
        }
        return;
    }
    for (int64_t k = 0; k < ins; ++k, to += kTaps * kLanes) {
        for (int64_t lane = 0; lane < kLanes; ++lane) {
            const float* tap = from + k * s.w.in + least(lane, count - 1) * s.w.out;
#pragma GCC unroll 5
            for (int64_t r = 0; r < Side; ++r) {
#pragma GCC unroll 5
                for (int64_t c = 0; c < Side; ++c) {
                    const float value = tap[r * s.w.row + c * s.w.column];
                    to[(r * Side + c) * kLanes + lane] = lane < count ? value : 0;
                }
            }
        }
    }
}

/// Transforms of the taps of input channels [in, in + ins) and output channels [out, out + outs):
/// to[point][in][output channel], output channels in whole vectors.
template <typename F>
void transform_taps(const ConvolutionSweep& s, int64_t out, int64_t outs, int64_t in, int64_t ins, float* to,
                    int64_t point_step, bool* large) {
    constexpr int64_t kPoints = F::kPoints * F::kPoints, kTaps = F::kTaps * F::kTaps;
    const int64_t row_step = whole_vectors(outs);
    alignas(64) float lanes[kLanes * kTaps * kLanes];
    for (int64_t m = 0; m < outs; m += kLanes) {
        const int64_t count = least(kLanes, outs - m);
        const float* first_out = s.w.data + (out + m) * s.w.out + in * s.w.in;
        Vector squares = no_squares();
        for (int64_t k = 0; k < ins; ++k) {
            if (k % kLanes == 0) gather_taps<F::kTaps>(s, first_out + k * s.w.in, count, least(kLanes, ins - k), lanes);
            const float* own = lanes + k % kLanes * kTaps * kLanes;
            Vector half[F::kTaps * F::kPoints], t[kPoints];
#pragma GCC unroll 5
            for (int64_t r = 0; r < F::kTaps; ++r) {
                Vector g[F::kTaps];
#pragma GCC unroll 5
                for (int64_t c = 0; c < F::kTaps; ++c) g[c] = load(own + (r * F::kTaps + c) * kLanes);
                squares += sum_of_squares<F::kTaps>(g);
                F::kernel(g, half + r * F::kPoints, 1, 1);
            }
#pragma GCC unroll 6
            for (int64_t c = 0; c < F::kPoints; ++c) F::kernel(half + c, t + c, F::kPoints, F::kPoints);
            store_points<F>(t, to + k * row_step + m, point_step);
        }
        if (too_large(squares) != 0) large[(out + m) / kLanes] = true;
    }
}

/// The results of one tile from the equation.
template <typename F>
void mend_tile(const ConvolutionSweep& s, const TileGrid<F>& grid, int64_t tile, int64_t out, int64_t outs) {
    Positions at;
    for (int64_t r = grid.row(tile); r < least(grid.row(tile) + F::kOut, s.y.height); ++r) {
        for (int64_t c = grid.column(tile); c < least(grid.column(tile) + F::kOut, s.y.width); ++c) at.add(r, c);
    }
    from_equation(s, grid.sample(tile), at, out, outs);
}

constexpr int64_t kSideChannels = 64;  // channels of a block, each way, whose kernels are made anew for each block of tiles
constexpr int64_t kMostTileRows = 12;  // tiles of a block then, in rows of register tiles

/// Units of work are register tiles' rows of tiles or, where there are few, vectors of output channels.
template <typename F>
void channels_winograd(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    constexpr int64_t kPoints = F::kPoints * F::kPoints;
    const TileGrid<F> grid(s);
    const int64_t out_vectors = quotient_up(s.out, kLanes);
    const int64_t tile_rows = quotient_up(grid.all, kRows);
    const bool by_tiles = tile_rows >= 16;
    const int64_t units = by_tiles ? tile_rows : out_vectors;
    const int64_t first_unit = units * begin / parts, last_unit = units * end / parts;
    if (first_unit >= last_unit) return;
    const int64_t first_row = by_tiles ? first_unit : 0, last_row = by_tiles ? last_unit : tile_rows;
    const int64_t first_out = by_tiles ? 0 : first_unit * kLanes;
    const int64_t last_out = by_tiles ? s.out : least(s.out, last_unit * kLanes);

    // All kernels stay in the cache, or a block of them at a time is made anew for each block of tiles.
    const bool keep = kPoints * s.in * whole_vectors(s.out) <= kCacheFloats;
    const int64_t outs = keep ? s.out : least(kSideChannels, s.out);
    const int64_t depth = keep ? s.in : least(kSideChannels, s.in);
    const int64_t in_step = whole_vectors(s.in), out_step = whole_vectors(outs);
    int64_t height = keep ? kCacheFloats / (kPoints * (in_step + out_step) * kRows) : kMostTileRows;
    const int64_t blocks = quotient_up(last_row - first_row, height < 1 ? 1 : height);
    height = quotient_up(last_row - first_row, blocks);
    const int64_t most_tiles = height * kRows;

    const int64_t image_step = spread(most_tiles * in_step);  // from point to point
    const int64_t kernel_step = spread(depth * out_step);
    const int64_t product_step = spread(most_tiles * out_step);
    float *images = nullptr, *kernels = nullptr, *products = nullptr;
    float *zeros = nullptr, *nowhere = nullptr;  // for pixels outside of the image and of the result
    bool* large_tiles = nullptr;    // those of a block that transforms cannot take
    bool* large_kernels = nullptr;  // by vector of output channels
    auto carve = [&](Carver carver) {
        images = carver.take<float>(kPoints * image_step);
        kernels = carver.take<float>(kPoints * kernel_step);
        products = carver.take<float>(kPoints * product_step);
        zeros = carver.take<float>(in_step);
        nowhere = carver.take<float>(out_step);
        large_tiles = carver.take<bool>(most_tiles);
        large_kernels = carver.take<bool>(out_vectors);
        return carver.used();
    };
    carve(Carver(convolution_workspace(carve(Carver(nullptr)))));
    for (int64_t i = 0; i < out_vectors; ++i) large_kernels[i] = false;
    for (int64_t k = 0; k < in_step; k += kLanes) store(zeros + k, zero());

    const auto read_by = [&](int64_t tile) {
        return TilePixels<F::kPoints, const float>(s.x.data + grid.sample(tile) * s.x.batch, s.x, grid.row(tile) - s.top,
                                                   grid.column(tile) - s.left, zeros);
    };
    bool kept = false;
    for (int64_t row = first_row; row < last_row; row += height) {
        const int64_t first_tile = row * kRows;
        const int64_t count = least(most_tiles, least(grid.all, last_row * kRows) - first_tile);
        for (int64_t tile = 0; tile < count; ++tile) {
            const TilePixels<F::kPoints, const float> pixels = read_by(first_tile + tile);
            const TilePixels<F::kPoints, const float> ahead = read_by(least(first_tile + tile + 1, grid.all - 1));
            Vector squares = no_squares();
            for (int64_t k = 0; k < s.in; k += kLanes) {
                prefetch_pixels(ahead, k);
                float* to = images + tile * in_step + k;
                k + kLanes <= s.in ? transform_pixels<F, true>(pixels, k, kAll, to, image_step, squares)
                                   : transform_pixels<F, false>(pixels, k, first(s.in - k), to, image_step, squares);
            }
            large_tiles[tile] = too_large(squares) != 0;
        }
        for (int64_t out = first_out; out < last_out; out += outs) {
            const int64_t out_count = least(outs, last_out - out);
            const int64_t vectors = quotient_up(out_count, kLanes);
            for (int64_t in = 0; in < s.in; in += depth) {
                const int64_t length = least(depth, s.in - in);
                if (!kept) transform_taps<F>(s, out, out_count, in, length, kernels, kernel_step, large_kernels);
                kept = keep;
                const int64_t row_step = vectors * kLanes;  // of the kernels
                for (int64_t point = 0; point < kPoints; ++point) {
                    for (int64_t number = 0; number < panels(vectors); ++number) {
                        const Panel p = panel(vectors, number);
                        for (int64_t tile = 0; tile < count; tile += kRows) {
                            const int64_t rows = least(kRows, count - tile);
                            const float* left[kRows];
                            for (int64_t i = 0; i < kRows; ++i)
                                left[i] = images + point * image_step + (tile + least(i, rows - 1)) * in_step + in;
                            constexpr int64_t kHere = 0;
                            multiply_rows_of(rows, p.width)(
                                &kHere, 1, length, left, kernels + point * kernel_step + p.first * kLanes, row_step,
                                products + point * product_step + tile * out_step + p.first * kLanes, out_step, in > 0);
                        }
                    }
                }
            }
            for (int64_t tile = 0; tile < count; ++tile) {
                const int64_t number = first_tile + tile;
                const TilePixels<F::kOut, float> pixels(s.y.data + grid.sample(number) * s.y.batch + out, s.y,
                                                        grid.row(number), grid.column(number), nowhere);
                for (int64_t m = 0; m < out_count; m += kLanes) {
                    const float* from = products + tile * out_step + m;
                    m + kLanes <= out_count ? write_pixels<F, true>(from, product_step, pixels, m, kAll)
                                            : write_pixels<F, false>(from, product_step, pixels, m, first(out_count - m));
                    if (large_tiles[tile] || large_kernels[(out + m) / kLanes])
                        mend_tile(s, grid, first_tile + tile, out + m, least(kLanes, out_count - m));
                }
            }
        }
    }
}

}  // namespace
}  // namespace ricci::runtime
