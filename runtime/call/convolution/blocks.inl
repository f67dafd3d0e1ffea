// Convolutions as products of the kernel and patches, which are packed a block of positions at a time.
#pragma once

#include "ir/base/convolution_blocks.h"
#include "runtime/call/convolution/channels_blocks.inl"
#include "runtime/call/convolution/depthwise.inl"
#include "runtime/call/convolution/equation.inl"
#include "runtime/call/convolution/factors.inl"
#include "runtime/call/convolution/frame.inl"
#include "runtime/call/convolution/register_tile.inl"

namespace ricci::runtime {
namespace {

constexpr int64_t kDepth = 160;        // contracted points at a time: a panel of them lies in the first-level cache

/// Where the lanes of a vector of neighbouring positions lie: a piece for each row of the result that it touches.
struct RowPieces {
    int64_t count = 0;
    int64_t offset[kLanes];  // so that lane l is at offset + l
    Mask mask[kLanes];

    RowPieces() = default;
    RowPieces(int64_t position, int64_t end, int64_t width, int64_t first_row, int64_t row_step) {
        if (row_step == width) {  // nothing lies between the rows
            offset[count] = position - first_row * width;
            mask[count++] = first(end - position);
            return;
        }
        for (int64_t lane = 0; lane < kLanes && position + lane < end;) {
            const int64_t row = (position + lane) / width;
            const int64_t stop = least(least(kLanes, end - position), (row + 1) * width - position);
            offset[count] = (row - first_row) * row_step + position - row * width;
            mask[count++] = static_cast<Mask>(first(stop) & ~first(lane));
            lane = stop;
        }
    }
    Vector read(const float* from) const {
        if (mask[0] == kAll) return load(from + offset[0]);
        Vector v = load(from + offset[0], mask[0]);
        for (int64_t i = 1; i < count; ++i) v = load_over(v, from + offset[i], mask[i]);
        return v;
    }
};

/// The kernel as the tiles' left operand: [tile of rows][k, r, s][row].
void pack_taps(const ConvolutionSweep& s, float* packed) {
    const int64_t depth = s.in * s.w.height * s.w.width;
    for (int64_t tile = 0; tile * kRows < s.out; ++tile) {
        float* to = packed + tile * depth * kRows;
        const int64_t rows = least(kRows, s.out - tile * kRows);
        for (int64_t k = 0; k < s.in; ++k) {
            for (int64_t r = 0; r < s.w.height; ++r) {
                for (int64_t c = 0; c < s.w.width; ++c, to += kRows) {
                    const float* from = s.w.data + tile * kRows * s.w.out + k * s.w.in + r * s.w.row + c * s.w.column;
                    for (int64_t row = 0; row < rows; ++row) to[row] = from[row * s.w.out];
                }
            }
        }
    }
}

/// `past_cache`: without reading the lines that are written, for results that no cache holds until they are read again. A line of
/// which only a part went past the cache would be read from memory after all.
void copy(float* to, const float* from, int64_t count, bool past_cache) {
    int64_t i = 0;
    if (past_cache) {
        const auto begins_line = [&] { return reinterpret_cast<std::uintptr_t>(to + i) % (kFloatsOfLine * sizeof(float)) == 0; };
        for (; i < count && !begins_line(); ++i) to[i] = from[i];
        for (; i + kFloatsOfLine <= count; i += kFloatsOfLine) {
            for (int64_t part = i; part < i + kFloatsOfLine; part += kLanes) stream(to + part, load(from + part));
        }
    }
    for (; i + kLanes <= count; i += kLanes) store(to + i, load(from + i));
    for (; i < count; ++i) to[i] = from[i];
}

constexpr int64_t kCachedFloats = 1 << 20;  // floats: twice a second-level cache of 2 MiB

void write_block(const ConvolutionSweep& s, const float* sums, int64_t sample, int64_t begin, int64_t end) {
    const ConvolutionSweep::Phases& phases = s.phases;
    const bool whole = phases.rows * phases.columns == 1;
    const bool in_a_row = whole && s.y.column == 1 && s.y.row == s.y.width;
    const bool past_cache = s.batch * s.out * s.y.height * s.y.width > kCachedFloats;
    const int64_t channels = s.out / (phases.rows * phases.columns);
    for (int64_t m = 0; m < s.out; ++m) {
        const int64_t i = m / channels / phases.columns, j = m / channels % phases.columns;
        const float* from = sums + m * kBlockVectors * kLanes;
        float* to = s.y.data + sample * s.y.batch + m % channels * s.y.channel + i * phases.row + j * phases.column;
        if (in_a_row) {
            copy(to + begin, from, end - begin, past_cache);
            continue;
        }
        const int64_t height = whole ? s.y.height : quotient_up(phases.height - i, phases.rows);
        const int64_t width = whole ? s.y.width : quotient_up(phases.width - j, phases.columns);
        for (int64_t n = begin; n < least(end, height * s.y.width);) {
            const int64_t row = n / s.y.width;
            const int64_t stop = least(end, row * s.y.width + width);
            float* line = to + row * s.y.row - row * s.y.width * s.y.column;
            int64_t at = n;
            for (const int64_t beside = least(stop, row * s.y.width + s.zeros_beside); at < beside;) {
                const int64_t count = least(kLanes, beside - at);
                store_with_zeros(line + at * 2, load(from + at - begin), count);
                at += count;
            }
            for (; at < stop; ++at) line[at * s.y.column] = from[at - begin];
            n = (row + 1) * s.y.width;
        }
    }
}

/// Of some positions of a block, in all output channels.
bool all_sums_finite(const ConvolutionSweep& s, const float* sums, int64_t count) {
    bool finite = true;
    for (int64_t m = 0; m < s.out; ++m) finite &= all_finite(sums + m * kBlockVectors * kLanes, count);
    return finite;
}

/// Computes results that are not finite from the equation. Zeros outside of the image, and taps that a phase does not
/// have, have met what is not finite. `sums` are those of the positions [begin, end) of a sample.
void write_from_equation(const ConvolutionSweep& s, const float* sums, int64_t sample, int64_t begin, int64_t end) {
    const int64_t channels = s.out / (s.phases.rows * s.phases.columns);
    for (int64_t out = 0, outs = 0; out < s.out; out += outs) {
        outs = least(kLanes, channels - out % channels);
        Positions at;
        for (int64_t position = begin; position < end; ++position) {
            bool finite = true;
            for (int64_t m = out; m < out + outs; ++m)
                finite &= sums[m * kBlockVectors * kLanes + position - begin] * 0 == 0;
            if (!finite) at.add(position / s.y.width, position % s.y.width);
            if (at.count == 0 || (at.count < kPositionsAtOnce && position + 1 < end)) continue;
            from_equation(s, sample, at, out, outs);
            at.count = 0;
        }
    }
}

/// Units of work are blocks of positions of a sample.
/// \tparam Factors  what is packed, a step of the sum at a time, and multiplied: factors.inl
template <typename Factors>
void blocks_of(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    const int64_t positions = s.y.height * s.y.width;
    const int64_t vectors = quotient_up(positions, kLanes);
    const int64_t per_sample = quotient_up(vectors, kBlockVectors);
    const int64_t first_unit = s.batch * per_sample * begin / parts;
    const int64_t last_unit = s.batch * per_sample * end / parts;
    if (first_unit >= last_unit) return;
    const int64_t depth = s.in * s.w.height * s.w.width;
    const int64_t steps = Factors::steps(depth);
    const int64_t left_elements = quotient_up(s.out, kRows) * kRows * depth;
    const Frame frame(s, s.y.height, Factors::kRounds);

    int64_t* taps = nullptr;
    float *planes = nullptr, *left = nullptr, *right = nullptr, *sums = nullptr;
    auto carve = [&](Carver carver) {
        taps = carver.take<int64_t>(depth);
        planes = carver.take<float>(frame.elements());
        left = carver.take<float>(left_elements);
        right = carver.take<float>(kBlockVectors * kLanes * kDepth);
        sums = carver.take<float>(s.out * kBlockVectors * kLanes);
        return carver.used();
    };
    carve(Carver(convolution_workspace(carve(Carver(nullptr)))));
    frame.taps(taps);
    pack_taps(s, left);
    // A zero may meet what is not finite. Rows that pack_taps leaves as they are may say so without need.
    const bool looks = s.phases.taps != nullptr || (!s.padded && !all_finite(left, left_elements));
    Factors::join_left(left, quotient_up(s.out, kRows), depth);

    int64_t framed = -1;
    int64_t first_row = 0;
    for (int64_t unit = first_unit; unit < last_unit; ++unit) {
        const int64_t sample = unit / per_sample;
        auto block_start = [&](int64_t u) { return vectors * u / per_sample; };
        const int64_t from = block_start(unit % per_sample);
        const int64_t count = block_start(unit % per_sample + 1) - from;
        if (framed != sample) {
            framed = sample;
            const int64_t units_left = least(per_sample, last_unit - sample * per_sample);
            first_row = from * kLanes / s.y.width;
            const int64_t stop = least(positions, block_start(units_left) * kLanes);
            frame.fill(planes, sample, first_row, quotient_up(stop, s.y.width));
        }
        RowPieces pieces[kBlockVectors];
        for (int64_t v = 0; v < count; ++v) {
            pieces[v] = RowPieces((from + v) * kLanes, positions, s.y.width, first_row, frame.row_step());
        }
        const int64_t chunks = quotient_up(steps, kDepth);
        for (int64_t chunk = 0; chunk < chunks; ++chunk) {
            const int64_t deep = steps * chunk / chunks;
            const int64_t length = steps * (chunk + 1) / chunks - deep;
            for (int64_t number = 0; number < panels(count); ++number) {
                const Panel p = panel(count, number);
                float* to = right;
                for (int64_t k = 0; k < length; ++k) {
                    for (int64_t v = 0; v < p.width; ++v, to += kLanes) {
                        store(to, Factors::read(pieces[p.first + v], planes, taps, deep + k, depth));
                    }
                }
                for (int64_t row = 0; row < s.out; row += kRows) {
                    Factors::multiply_of(least(kRows, s.out - row), p.width)(
                        length, left + row * steps + deep * kRows, right, p.width * kLanes,
                        sums + (row * kBlockVectors + p.first) * kLanes, kBlockVectors * kLanes, deep > 0);
                }
            }
        }
        const int64_t stop = least(positions, (from + count) * kLanes);
        write_block(s, sums, sample, from * kLanes, stop);
        if (looks && !all_sums_finite(s, sums, stop - from * kLanes))
            write_from_equation(s, sums, sample, from * kLanes, stop);
    }
    fence();  // what went past the cache is there for other threads too
}

void blocks(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    if (s.depthwise.channels > 0) return depthwise(s, begin, end, parts);
    if (channels_innermost(s)) return channels_blocks<PlainFactors>(s, begin, end, parts);
    blocks_of<PlainFactors>(s, begin, end, parts);
}
void bf16_blocks(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    if (channels_innermost(s)) return channels_blocks<Bf16Factors>(s, begin, end, parts);
    blocks_of<Bf16Factors>(s, begin, end, parts);
}

}  // namespace
}  // namespace ricci::runtime
