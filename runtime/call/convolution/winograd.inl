// Winograd's minimal filtering. Tiles of the image and the kernel are transformed, multiplied point by point, and
// transformed back. Each point's product is one matrix product over the channels.
#pragma once

#include "runtime/call/convolution/equation.inl"
#include "runtime/call/convolution/frame.inl"
#include "runtime/call/convolution/register_tile.inl"
#include "runtime/call/convolution/winograd_transforms.inl"

namespace ricci::runtime {
namespace {

/// The tiles of all samples in a row.
template <typename F>
struct TileGrid {
    explicit TileGrid(const ConvolutionSweep& s)
        : columns(quotient_up(s.y.width, F::kOut)),
          each(quotient_up(s.y.height, F::kOut) * columns),
          all(s.batch * each) {}
    int64_t sample(int64_t tile) const { return tile / each; }
    int64_t row(int64_t tile) const { return tile % each / columns * F::kOut; }
    int64_t column(int64_t tile) const { return tile % columns * F::kOut; }

    int64_t columns, each, all;
};

/// Where the lanes of a vector of tiles lie in an image, and which of their rows and columns are inside it.
template <int64_t Size>
struct TileLanes {
    template <typename F>
    TileLanes(const TileGrid<F>& grid, int64_t first, int64_t top, int64_t left, const ConvolutionSweep::Image& image) {
        std::int32_t lanes[kLanes] = {};
        const int64_t sample = grid.sample(first);
        base = image.data + sample * image.batch;
        for (int64_t i = 0; i < Size; ++i) rows[i] = columns[i] = 0;
        for (int64_t lane = 0; lane < least(kLanes, grid.all - first); ++lane) {
            const int64_t row = grid.row(first + lane) - top, column = grid.column(first + lane) - left;
            lanes[lane] = static_cast<std::int32_t>((grid.sample(first + lane) - sample) * image.batch +
                                                    row * image.row + column * image.column);
            for (int64_t i = 0; i < Size; ++i) {
                if (row + i >= 0 && row + i < image.height) rows[i] |= static_cast<Mask>(1U << lane);
                if (column + i >= 0 && column + i < image.width) columns[i] |= static_cast<Mask>(1U << lane);
            }
        }
        at = offsets(lanes);
    }
    TileLanes() = default;

    float* base;
    Offsets at;
    Mask rows[Size], columns[Size];
};

/// A distance from point to point a little above `floats`. Channels and tiles make a multiple of 4 KiB likely. Then all
/// points of a tile would fall into one set of the first-level cache.
inline int64_t spread(int64_t floats) {
    return floats + 16;
}

/// Writes the transform of a tile's points, `step` floats apart.
template <typename F>
inline void store_points(const Vector* points, float* to, int64_t step) {
#pragma GCC unroll 36
    for (int64_t i = 0; i < F::kPoints * F::kPoints; ++i) store(to + i * step, points[i]);
}

/// Of the image under the tiles of `lanes` in one channel, whose squares are added to `squares`.
template <typename F>
void transform_image(const float* from, const ConvolutionSweep::Image& image, const TileLanes<F::kPoints>& lanes,
                     float* to,
                     int64_t step, Vector& squares) {
    constexpr int64_t kPoints = F::kPoints;
    Vector t[kPoints * kPoints];
    for (int64_t r = 0; r < kPoints; ++r) {
        Vector d[kPoints];
#pragma GCC unroll 6
        for (int64_t c = 0; c < kPoints; ++c) {
            d[c] = gather(from + r * image.row + c * image.column, lanes.at,
                          static_cast<Mask>(lanes.rows[r] & lanes.columns[c]));
        }
        squares += sum_of_squares<kPoints>(d);
        F::image(d, t + r * kPoints, 1);
    }
#pragma GCC unroll 6
    for (int64_t c = 0; c < kPoints; ++c) F::image(t + c, t + c, kPoints);
    store_points<F>(t, to, step);
}

/// Reads a vector of channels.
struct ChannelLanes {
    explicit ChannelLanes(int64_t step) : at(lanes_apart(step)), neighbours(step == 1) {}
    Vector read(const float* p, Mask mask) const { return neighbours ? take(p, mask) : gather(p, at, mask); }

    Offsets at;
    bool neighbours;
};

/// Of the taps or, with Function F::result, of a tile of the gradient of the result. `inside`: which lanes, of rows
/// and columns that count. Gives the sums of their squares.
template <typename F, int64_t Size, auto Function>
Vector transform_small(const float* from, int64_t row_step, int64_t column_step, const ChannelLanes& lanes, Mask inside,
                       int64_t rows, int64_t columns, Vector* t) {
    constexpr int64_t kPoints = F::kPoints;
    Vector half[Size * kPoints];
    Vector squares = no_squares();
    for (int64_t r = 0; r < Size; ++r) {
        Vector g[Size];
#pragma GCC unroll 5
        for (int64_t c = 0; c < Size; ++c) {
            const float* at = from + r * row_step + c * column_step;
            g[c] = r < rows && c < columns ? lanes.read(at, inside) : zero();
        }
        squares += sum_of_squares<Size>(g);
        Function(g, half + r * kPoints, 1, 1);
    }
#pragma GCC unroll 6
    for (int64_t c = 0; c < kPoints; ++c) Function(half + c, t + c, kPoints, kPoints);
    return squares;
}

/// Kernels of output channels [out, out + count) and input channels [in, in + depth), as left operands of the tiles.
/// They lie as [point][tile of rows][input channel][row], `step` from point to point. Sets `large` of each vector of
/// output channels whose taps are too large.
template <typename F>
void transform_kernels(const ConvolutionSweep& s, int64_t out, int64_t count, int64_t in, int64_t depth, float* to,
                       int64_t step,
                       bool* large) {
    const ChannelLanes lanes(s.w.out);
    Vector t[F::kPoints * F::kPoints];
    const int64_t vectors = quotient_up(count, kLanes);
    const bool ins_outside = s.w.in > s.w.out;  // so that neighbours in memory follow each other
    for (int64_t i = 0; i < vectors * depth; ++i) {
        const int64_t k = ins_outside ? i / vectors : i % depth;
        const int64_t m = (ins_outside ? i % vectors : i / depth) * kLanes;
        const Vector squares =
            transform_small<F, F::kTaps, F::kernel>(s.w.data + (out + m) * s.w.out + (in + k) * s.w.in, s.w.row,
                                                    s.w.column, lanes, first(count - m), F::kTaps, F::kTaps, t);
        if (too_large(squares) != 0) large[m / kLanes] = true;
        float* at = to + (m / kRows * depth + k) * kRows;
        const bool both = m + kRows < count;  // halves of the lanes are rows of two tiles
        for (int64_t point = 0; point < F::kPoints * F::kPoints; ++point, at += step) {
            float values[kLanes];
            store(values, t[point]);
            __builtin_memcpy(at, values, kRows * sizeof(float));
            if (both) __builtin_memcpy(at + depth * kRows, values + kRows, kRows * sizeof(float));
        }
    }
}

/// From the products of one output channel, `step` floats apart, to the result's tiles of `lanes`.
template <typename F>
void write_outputs(const float* products, int64_t step, float* to, const ConvolutionSweep::Image& image,
                   const TileLanes<F::kOut>& lanes) {
    constexpr int64_t kPoints = F::kPoints;
    Vector half[F::kOut * kPoints];
    for (int64_t c = 0; c < kPoints; ++c) {
        Vector m[kPoints];
#pragma GCC unroll 6
        for (int64_t r = 0; r < kPoints; ++r) m[r] = load(products + (r * kPoints + c) * step);
        F::outputs(m, half + c, 1, kPoints);
    }
    for (int64_t r = 0; r < F::kOut; ++r) {
        Vector y[F::kOut];
        F::outputs(half + r * kPoints, y, 1, 1);
#pragma GCC unroll 4
        for (int64_t c = 0; c < F::kOut; ++c) {
            scatter(to + r * image.row + c * image.column, lanes.at, y[c],
                    static_cast<Mask>(lanes.rows[r] & lanes.columns[c]));
        }
    }
}

/// The results of those tiles from the equation.
template <typename F>
void write_from_equation(const ConvolutionSweep& s, const TileGrid<F>& grid, int64_t first_tile, Mask tiles,
                         int64_t out,
                         int64_t outs) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
        if ((tiles >> lane & 1) == 0) continue;
        const int64_t row = grid.row(first_tile + lane), column = grid.column(first_tile + lane);
        Positions at;
        for (int64_t r = row; r < least(row + F::kOut, s.y.height); ++r) {
            for (int64_t c = column; c < least(column + F::kOut, s.y.width); ++c) at.add(r, c);
        }
        from_equation(s, grid.sample(first_tile + lane), at, out, outs);
    }
}

constexpr int64_t kCacheFloats = 160 * 1024;  // floats: a third of a second-level cache of 2 MiB
constexpr int64_t kMostTiles = 5;             // vectors of tiles in a block

/// Units of work are vectors of tiles or, where there are few, vectors of output channels.
template <typename F>
void winograd(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    constexpr int64_t kPoints = F::kPoints * F::kPoints;
    const TileGrid<F> grid(s);
    const int64_t vectors = quotient_up(grid.all, kLanes);
    const int64_t out_vectors = quotient_up(s.out, kLanes);
    const bool by_tiles = vectors >= 8;
    const int64_t units = by_tiles ? vectors : out_vectors;
    const int64_t first_unit = units * begin / parts, last_unit = units * end / parts;
    if (first_unit >= last_unit) return;
    const int64_t first_vector = by_tiles ? first_unit : 0, last_vector = by_tiles ? last_unit : vectors;
    const int64_t first_out = by_tiles ? 0 : first_unit * kLanes;
    const int64_t last_out = by_tiles ? s.out : least(s.out, last_unit * kLanes);

    // All kernels stay in the cache, or a block of them at a time is made anew for each block of tiles.
    const bool keep = kPoints * s.in * quotient_up(s.out, kRows) * kRows <= kCacheFloats;
    const int64_t outs = keep ? s.out : least(64, s.out);
    const int64_t depth = keep ? s.in : least(64, s.in);
    int64_t width = keep ? kCacheFloats / (kPoints * (s.in + s.out) * kLanes) : kMostTiles;
    const int64_t blocks = quotient_up(last_vector - first_vector, width < 1 ? 1 : width);
    width = quotient_up(last_vector - first_vector, blocks);
    const int64_t step = width * kLanes;
    const int64_t rows = quotient_up(outs, kLanes) * kLanes;

    const int64_t image_step = spread(s.in * step);  // from point to point
    const int64_t kernel_step = spread(rows * depth);
    const int64_t product_step = spread(rows * step);

    float *images = nullptr, *kernels = nullptr, *products = nullptr;
    Mask* large_tiles = nullptr;    // by vector of a block: those that transforms cannot take
    bool* large_kernels = nullptr;  // by vector of output channels
    auto carve = [&](Carver carver) {
        images = carver.take<float>(kPoints * image_step);
        kernels = carver.take<float>(kPoints * kernel_step);
        products = carver.take<float>(kPoints * product_step);
        large_tiles = carver.take<Mask>(width);
        large_kernels = carver.take<bool>(out_vectors);
        return carver.used();
    };
    carve(Carver(convolution_workspace(carve(Carver(nullptr)))));
    for (int64_t i = 0; i < out_vectors; ++i) large_kernels[i] = false;

    bool kept = false;
    for (int64_t v = first_vector; v < last_vector; v += width) {
        const int64_t count = least(width, last_vector - v);
        for (int64_t i = 0; i < count; ++i) {
            const TileLanes<F::kPoints> lanes(grid, (v + i) * kLanes, s.top, s.left, s.x);
            Vector squares = no_squares();
            for (int64_t k = 0; k < s.in; ++k) {
                transform_image<F>(lanes.base + k * s.x.channel, s.x, lanes, images + k * step + i * kLanes, image_step,
                                   squares);
            }
            large_tiles[i] = too_large(squares);
        }
        for (int64_t out = first_out; out < last_out; out += outs) {
            const int64_t out_count = least(outs, last_out - out);
            const int64_t tiles = quotient_up(out_count, kRows);
            for (int64_t in = 0; in < s.in; in += depth) {
                const int64_t length = least(depth, s.in - in);
                if (!kept)
                    transform_kernels<F>(s, out, out_count, in, length, kernels, kernel_step,
                                         large_kernels + out / kLanes);
                kept = keep;
                for (int64_t point = 0; point < kPoints; ++point) {
                    for (int64_t number = 0; number < panels(count); ++number) {
                        const Panel p = panel(count, number);
                        for (int64_t tile = 0; tile < tiles; ++tile) {
                            multiply_of(least(kRows, out_count - tile * kRows), p.width)(
                                length, kernels + point * kernel_step + tile * length * kRows,
                                images + point * image_step + in * step + p.first * kLanes, step,
                                products + point * product_step + tile * kRows * step + p.first * kLanes, step, in > 0);
                        }
                    }
                }
            }
            for (int64_t i = 0; i < count; ++i) {
                const TileLanes<F::kOut> lanes(grid, (v + i) * kLanes, 0, 0, s.y);
                for (int64_t m = 0; m < out_count; ++m) {
                    write_outputs<F>(products + m * step + i * kLanes, product_step,
                                     lanes.base + (out + m) * s.y.channel, s.y, lanes);
                }
                const int64_t tile = (v + i) * kLanes;
                for (int64_t m = 0; m < out_count; m += kLanes) {
                    const bool all = large_kernels[(out + m) / kLanes];
                    const Mask again = all ? first(grid.all - tile) : large_tiles[i];
                    if (again != 0) write_from_equation<F>(s, grid, tile, again, out + m, least(kLanes, out_count - m));
                }
            }
        }
    }
}

}  // namespace
}  // namespace ricci::runtime
