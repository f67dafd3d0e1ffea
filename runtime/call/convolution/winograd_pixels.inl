// Transforms of one tile of an image whose channels are innermost; the lanes are channels.
#pragma once

#include "runtime/call/convolution/equation.inl"
#include "runtime/call/convolution/winograd.inl"

namespace ricci::runtime {
namespace {

/// Where the pixels of the tile that begins there lie. Those outside of the image lie in `outside`, as many floats as there
/// are channels.
template <int64_t Size, typename Float>
struct TilePixels {
    Float* at[Size * Size];

    TilePixels(Float* image, const ConvolutionSweep::Image& steps, int64_t row, int64_t column, Float* outside) {
        const int64_t first_row = row < 0 ? -row : 0, last_row = least(Size, steps.height - row);
        const int64_t first_column = column < 0 ? -column : 0, last_column = least(Size, steps.width - column);
        Float* const corner = image + row * steps.row + column * steps.column;
        for (int64_t r = 0; r < Size; ++r) {
            const bool inside = r >= first_row && r < last_row;
            for (int64_t c = 0; c < Size; ++c) {
                at[r * Size + c] = inside && c >= first_column && c < last_column
                                       ? corner + r * steps.row + c * steps.column
                                       : outside;
            }
        }
    }
};

/// Asks for the channels of a tile that is transformed soon: the caches' own guesses miss the rows of a tile.
template <int64_t Size>
inline void prefetch_pixels(const TilePixels<Size, const float>& pixels, int64_t channel) {
#pragma GCC unroll 36
    for (int64_t i = 0; i < Size * Size; ++i) __builtin_prefetch(pixels.at[i] + channel);
}

/// The transform of one tile in the vector of channels from `channel` on, `step` floats from point to point. Adds the
/// squares of its numbers. `channels`: those that there are.
template <typename F, bool Whole>
inline void transform_pixels(const TilePixels<F::kPoints, const float>& pixels, int64_t channel, Mask channels, float* to,
                             int64_t step, Vector& squares) {
    constexpr int64_t kPoints = F::kPoints;
    Vector t[kPoints * kPoints];
#pragma GCC unroll 6
    for (int64_t r = 0; r < kPoints; ++r) {
        Vector d[kPoints];
#pragma GCC unroll 6
        for (int64_t c = 0; c < kPoints; ++c) {
            const float* pixel = pixels.at[r * kPoints + c] + channel;
            d[c] = Whole ? load(pixel) : take(pixel, channels);
        }
        squares += sum_of_squares<kPoints>(d);
        F::image(d, t + r * kPoints, 1);
    }
#pragma GCC unroll 6
    for (int64_t c = 0; c < kPoints; ++c) F::image(t + c, t + c, kPoints);
    store_points<F>(t, to, step);
}

/// The products of all points of one tile, `step` floats apart, to a vector of output channels of its results.
template <typename F, bool Whole>
inline void write_pixels(const float* products, int64_t step, const TilePixels<F::kOut, float>& pixels, int64_t channel,
                         Mask channels) {
    constexpr int64_t kPoints = F::kPoints;
    Vector half[F::kOut * kPoints];
#pragma GCC unroll 6
    for (int64_t c = 0; c < kPoints; ++c) {
        Vector m[kPoints];
#pragma GCC unroll 6
        for (int64_t r = 0; r < kPoints; ++r) m[r] = load(products + (r * kPoints + c) * step);
        F::outputs(m, half + c, 1, kPoints);
    }
#pragma GCC unroll 4
    for (int64_t r = 0; r < F::kOut; ++r) {
        Vector y[F::kOut];
        F::outputs(half + r * kPoints, y, 1, 1);
#pragma GCC unroll 4
        for (int64_t c = 0; c < F::kOut; ++c) {
            float* pixel = pixels.at[r * F::kOut + c] + channel;
            Whole ? store(pixel, y[c]) : put(pixel, y[c], channels);
        }
    }
}

}  // namespace
}  // namespace ricci::runtime
