// The gradient by the kernel with Winograd's minimal filtering: the sum over the tiles is the depth of the products.
#pragma once

#include "runtime/base/seat.h"
#include "runtime/call/convolution/blocks_gradient.inl"
#include "runtime/call/convolution/kernel_order.inl"
#include "runtime/call/convolution/winograd.inl"
#include "runtime/call/convolution/winograd_pixels.inl"

namespace ricci::runtime {
namespace {

constexpr int64_t kSide = 64;          // channels of a block of the gradient, each way
constexpr int64_t kTilesAtOnce = 192;  // tiles contracted at a time: their panel lies in the first-level cache
constexpr int64_t kBlockSums = 64;     // such sums that are added up before their sum goes to the total

/// Blocks of tiles [first, last): images as right operands [block of in][point][tile][in], gradients of the result as
/// left ones [block of out][point][tile][out].
template <typename F>
struct GradientOperands {
    static constexpr int64_t kPoints = F::kPoints * F::kPoints;

    const ConvolutionSweep& s;
    const TileGrid<F>& grid;
    int64_t most;  // tiles
    const float* zeros = nullptr;  // as many as there are channels

    int64_t point() const { return spread(most * kSide); }  // from one to the next
    int64_t elements(int64_t channels) const { return quotient_up(channels, kSide) * kPoints * point(); }
    /// Of the block that begins with that channel.
    float* block(float* operands, int64_t channel) const { return operands + channel / kSide * kPoints * point(); }

    /// Gives whether the numbers are too large.
    bool transform_images(int64_t first_tile, int64_t last_tile, float* to) const {
        Vector squares = no_squares();
        const Offsets lanes = lanes_apart(s.x.channel);
        const auto read_by = [&](int64_t tile) {
            return TilePixels<F::kPoints, const float>(s.x.data + grid.sample(tile) * s.x.batch, s.x,
                                                       grid.row(tile) - s.top, grid.column(tile) - s.left, zeros);
        };
        for (int64_t tile = first_tile; tile < last_tile; ++tile) {
            const int64_t row = grid.row(tile) - s.top, column = grid.column(tile) - s.left;
            const float* sample = s.x.data + grid.sample(tile) * s.x.batch;
            if (s.x.channel == 1) {
                const TilePixels<F::kPoints, const float> pixels = read_by(tile);
                const TilePixels<F::kPoints, const float> ahead = read_by(least(tile + 1, grid.all - 1));
                for (int64_t in = 0; in < s.in; in += kLanes) {
                    prefetch_pixels(ahead, in);
                    float* at = block(to, in) + (tile - first_tile) * kSide + in % kSide;
                    in + kLanes <= s.in ? transform_pixels<F, true>(pixels, in, kAll, at, point(), squares)
                                        : transform_pixels<F, false>(pixels, in, first(s.in - in), at, point(), squares);
                }
                continue;
            }
            TileLanes<F::kPoints> window;
            window.at = lanes;
            for (int64_t i = 0; i < F::kPoints; ++i) {
                window.rows[i] = row + i >= 0 && row + i < s.x.height ? kAll : Mask{0};
            }
            for (int64_t in = 0; in < s.in; in += kLanes) {
                for (int64_t i = 0; i < F::kPoints; ++i) {
                    const bool inside = column + i >= 0 && column + i < s.x.width;
                    window.columns[i] = inside ? first(s.in - in) : Mask{0};
                }
                float* at = block(to, in) + (tile - first_tile) * kSide + in % kSide;
                transform_image<F>(sample + row * s.x.row + column * s.x.column + in * s.x.channel, s.x, window, at,
                                   point(), squares);
            }
        }
        return too_large(squares) != 0;
    }

    /// Asks for the channels of a tile of the result that is transformed soon.
    void prefetch_result(const float* from) const {
        for (int64_t r = 0; r < F::kOut; ++r) {
            for (int64_t c = 0; c < F::kOut; ++c) __builtin_prefetch(from + r * s.y.row + c * s.y.column);
        }
    }

    /// Sets `large` of each vector of output channels whose numbers are too large.
    void transform_results(int64_t first_tile, int64_t last_tile, int64_t first_out, int64_t last_out, float* to,
                           bool* large) const {
        const ChannelLanes lanes(s.y.channel);
        Vector t[kPoints];
        const auto result_of = [&](int64_t tile) {
            return s.y.data + grid.sample(tile) * s.y.batch + grid.row(tile) * s.y.row + grid.column(tile) * s.y.column;
        };
        for (int64_t tile = first_tile; tile < last_tile; ++tile) {
            const int64_t row = grid.row(tile), column = grid.column(tile);
            const float* from = result_of(tile);
            const float* ahead = result_of(least(tile + 1, grid.all - 1));
            for (int64_t out = first_out; out < last_out; out += kLanes) {
                const Vector squares = transform_small<F, F::kOut, F::result>(from + out * s.y.channel, s.y.row,
                                                                              s.y.column, lanes, first(last_out - out),
                                                                              s.y.height - row, s.y.width - column, t);
                if (lanes.neighbours) prefetch_result(ahead + out);
                if (too_large(squares) != 0) large[out / kLanes] = true;
                const int64_t place = out - first_out;
                store_points<F>(t, block(to, place) + (tile - first_tile) * kSide + place % kSide, point());
            }
        }
    }
};

/// From the products of one block to taps, added to those of earlier tiles.
template <typename F>
void write_taps(const ConvolutionSweep& s, const float* products, int64_t out, int64_t outs, int64_t in, int64_t ins,
                bool add) {
    constexpr int64_t kPoints = F::kPoints;
    for (int64_t m = 0; m < outs; ++m) {
        for (int64_t k = 0; k < ins; k += kLanes) {
            const float* from = products + m * kSide + k;
            float* to = s.w.data + (out + m) * s.w.out + (in + k) * s.w.in;
            Vector half[F::kTaps * kPoints];
            for (int64_t c = 0; c < kPoints; ++c) {
                Vector points[kPoints];
#pragma GCC unroll 6
                for (int64_t r = 0; r < kPoints; ++r)
                    points[r] = load(from + (r * kPoints + c) * spread(kSide * kSide));
                F::taps(points, half + c, 1, kPoints);
            }
            alignas(64) float lanes[F::kTaps * F::kTaps * kLanes];
            for (int64_t r = 0; r < F::kTaps; ++r) {
                Vector w[F::kTaps];
                F::taps(half + r * kPoints, w, 1, 1);
#pragma GCC unroll 5
                for (int64_t c = 0; c < F::kTaps; ++c) store(lanes + (r * F::kTaps + c) * kLanes, w[c]);
            }
            for (int64_t lane = 0; lane < least(kLanes, ins - k); ++lane) {
                float* tap = to + lane * s.w.in;
#pragma GCC unroll 5
                for (int64_t r = 0; r < F::kTaps; ++r) {
#pragma GCC unroll 5
                    for (int64_t c = 0; c < F::kTaps; ++c) {
                        float& old = tap[r * s.w.row + c * s.w.column];
                        const float sum = lanes[(r * F::kTaps + c) * kLanes + lane];
                        old = add ? old + sum : sum;
                    }
                }
            }
        }
    }
}

/// The gradient by the kernels of output channels [first, last) from the equation. It does each vector of them where
/// the image, or its gradients of the result, have a number that transforms cannot take. Every tile has a part in the
/// sums.
inline void write_from_equation(const ConvolutionSweep& s, int64_t first_out, int64_t last_out, bool large_image,
                                const bool* large_results) {
    for (int64_t out = first_out; out < last_out; out += kLanes) {
        if (!large_image && !large_results[out / kLanes]) continue;
        ConvolutionSweep group = s;
        group.out = least(kLanes, last_out - out);
        group.y.data += out * s.y.channel;
        group.w.data += out * s.w.out;
        blocks_gradient(group, 0, 1, 1);
    }
}

/// Sums of some blocks of tiles, as contiguous taps of output channels [first, last).
class TapSums {
  public:
    TapSums(const ConvolutionSweep& s, int64_t first_out, int64_t last_out, float* memory)
        : s_(s), first_(first_out), last_(last_out), memory_(memory) {}

    static int64_t elements(const ConvolutionSweep& s, int64_t outs) { return outs * s.in * s.w.height * s.w.width; }
    ConvolutionSweep target() const {
        const int64_t window = s_.w.height * s_.w.width;
        ConvolutionSweep to = s_;
        to.w = {memory_ - first_ * s_.in * window, s_.in * window, window, s_.w.width, 1, s_.w.height, s_.w.width};
        return to;
    }
    void add_to_kernel(bool add) const {
        const float* from = memory_;
        for (int64_t m = first_; m < last_; ++m) {
            for (int64_t k = 0; k < s_.in; ++k) {
                float* to = s_.w.data + m * s_.w.out + k * s_.w.in;
                for (int64_t r = 0; r < s_.w.height; ++r) {
                    for (int64_t c = 0; c < s_.w.width; ++c, ++from) {
                        float& tap = to[r * s_.w.row + c * s_.w.column];
                        tap = add ? tap + *from : *from;
                    }
                }
            }
        }
    }

  private:
    const ConvolutionSweep& s_;
    int64_t first_, last_;
    float* memory_;
};

/// The products of one point and block: [out][in] (+)= sum over the tiles.
void multiply_tiles(const float* left, const float* right, int64_t outs, int64_t ins, int64_t tiles, float* products,
                    bool add) {
    const int64_t vectors = quotient_up(ins, kLanes);
    const int64_t chunks = quotient_up(tiles, kTilesAtOnce);
    for (int64_t number = 0; number < panels(vectors); ++number) {
        const Panel p = panel(vectors, number);
        for (int64_t chunk = 0; chunk < chunks; ++chunk) {
            const int64_t from = tiles * chunk / chunks, count = tiles * (chunk + 1) / chunks - from;
            for (int64_t row = 0; row < outs; row += kRows) {
                multiply_positions_of(least(kRows, outs - row), p.width)(
                    {1, 1, count}, left + from * kSide + row, {0, 0, kSide}, right + from * kSide + p.first * kLanes,
                    kSide, products + row * kSide + p.first * kLanes, kSide, add || chunk > 0);
            }
        }
    }
}

/// Units of work are vectors of output channels. Threads that work on it together share out the transforms of the images,
/// which each needs all of.
template <typename F>
void winograd_gradient(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    constexpr int64_t kPoints = F::kPoints * F::kPoints;
    const TileGrid<F> grid(s);
    const int64_t units = quotient_up(s.out, kLanes);
    const int64_t first_out = units * begin / parts * kLanes, last_out = least(s.out, units * end / parts * kLanes);
    const Seat seat = begin == 0 && end == parts ? Seat{} : seat_here();
    if (first_out >= last_out && seat.alone()) return;

    // Products of few channels are kept until all tiles are in, a few at a time where one block is all. Of many
    // channels, each block takes in many tiles before the next one.
    const int64_t all_blocks = quotient_up(s.in, kSide) * quotient_up(s.out, kSide);
    const int64_t product_point = spread(kSide * kSide);
    const int64_t product_block = kPoints * product_point;
    const bool keep = all_blocks * product_block <= 8 * kCacheFloats;
    const int64_t floats = all_blocks == 1 ? 2 * kCacheFloats : 48 * kCacheFloats;
    int64_t most = floats / (kPoints * (quotient_up(s.in, kSide) + quotient_up(s.out, kSide)) * kSide);
    most = least(most < 16 ? 16 : most, grid.all);
    GradientOperands<F> operands{s, grid, most};
    const int64_t blocks = quotient_up(last_out - first_out, kSide) * quotient_up(s.in, kSide);
    const int64_t steps = quotient_up(grid.all, most);
    // Of long sums, products that are kept go to the taps now and then; taps that grow step by step go to the kernel.
    const int64_t block_steps = keep ? quotient_up(kBlockSums, quotient_up(most, kTilesAtOnce)) : kBlockSums;
    const bool in_blocks = !keep && steps > block_steps;
    float *images = nullptr, *results = nullptr, *products = nullptr, *sums = nullptr, *zeros = nullptr;
    bool* large_images = nullptr;  // of each thread
    // By vector of output channels; not in the workspace, which gradients from the equation take in their turn.
    bool* large_results = static_cast<bool*>(__builtin_alloca(static_cast<std::size_t>(units)));
    auto carve = [&](Carver carver) {
        images = carver.take<float>(seat.alone() ? operands.elements(s.in) : 0);
        large_images = carver.take<bool>(1);
        results = carver.take<float>(operands.elements(last_out - first_out));
        products = carver.take<float>((keep ? blocks : 1) * product_block);
        sums = carver.take<float>(in_blocks ? TapSums::elements(s, last_out - first_out) : 0);
        zeros = carver.take<float>(whole_vectors(s.in));
        return carver.used();
    };
    carve(Carver(convolution_workspace(carve(Carver(nullptr)))));
    if (!seat.alone()) {
        const auto carve_shared = [&](Carver carver) {
            images = carver.take<float>(operands.elements(s.in));
            large_images = carver.take<bool>(seat.count);
            return carver.used();
        };
        carve_shared(Carver(seat.memory(carve_shared(Carver(nullptr)))));
    }
    large_images[seat.number] = false;
    for (int64_t i = 0; i < units; ++i) large_results[i] = false;
    for (int64_t k = 0; k < s.in; k += kLanes) store(zeros + k, zero());
    operands.zeros = zeros;
    const TapSums tap_sums(s, first_out, last_out, sums);
    const ConvolutionSweep target = in_blocks ? tap_sums.target() : s;

    auto each_block = [&](auto&& work) {
        for (int64_t block = 0; block < blocks; ++block) {
            const int64_t out = first_out + block / quotient_up(s.in, kSide) * kSide;
            const int64_t in = block % quotient_up(s.in, kSide) * kSide;
            work(out, least(kSide, last_out - out), in, least(kSide, s.in - in),
                 products + (keep ? block : 0) * product_block);
        }
    };
    for (int64_t step = 0; step < steps; ++step) {
        const int64_t tile = step * most, stop = least(grid.all, tile + most);
        const bool begins = step % block_steps == 0, ends = (step + 1) % block_steps == 0 || step + 1 == steps;
        const int64_t first = tile + (stop - tile) * seat.number / seat.count;
        const int64_t last = tile + (stop - tile) * (seat.number + 1) / seat.count;
        if (step > 0) seat.wait();  // until nobody reads the images before
        large_images[seat.number] |= operands.transform_images(first, last, images + (first - tile) * kSide);
        operands.transform_results(tile, stop, first_out, last_out, results, large_results);
        seat.wait();
        auto multiply_point = [&](int64_t point, int64_t out, int64_t outs, int64_t in, int64_t ins, float* to) {
            const int64_t at = point * operands.point();
            multiply_tiles(operands.block(results, out - first_out) + at, operands.block(images, in) + at, outs, ins,
                           stop - tile, to + point * product_point, keep && !begins);
        };
        if (keep) {  // all operands of one point fit the cache
            for (int64_t point = 0; point < kPoints; ++point) {
                each_block([&](int64_t out, int64_t outs, int64_t in, int64_t ins, float* to) {
                    multiply_point(point, out, outs, in, ins, to);
                });
            }
            if (!ends) continue;
            each_block([&](int64_t out, int64_t outs, int64_t in, int64_t ins, const float* from) {
                write_taps<F>(s, from, out, outs, in, ins, step >= block_steps);
            });
            continue;
        }
        each_block([&](int64_t out, int64_t outs, int64_t in, int64_t ins, float* to) {
            for (int64_t point = 0; point < kPoints; ++point) multiply_point(point, out, outs, in, ins, to);
            write_taps<F>(target, to, out, outs, in, ins, in_blocks ? !begins : step > 0);
        });
        if (in_blocks && ends) tap_sums.add_to_kernel(step >= block_steps);
    }
    bool large_image = false;
    for (int64_t i = 0; i < seat.count; ++i) large_image |= large_images[i];
    write_from_equation(s, first_out, last_out, large_image, large_results);
}

}  // namespace
}  // namespace ricci::runtime
