// A copy of an image with its padding, so that every tap of a window is at a fixed distance from its position.
#pragma once

#include "runtime/call/convolution/engine.h"
#include "runtime/call/convolution/vectors.inl"

namespace ricci::runtime {
namespace {

/// Hands out parts of one piece of memory, each at a multiple of 64 bytes; without memory it only counts.
class Carver {
  public:
    explicit Carver(void* memory) : memory_(static_cast<char*>(memory)) {}
    template <typename T>
    T* take(int64_t count) {
        T* at = memory_ == nullptr ? nullptr : reinterpret_cast<T*>(memory_ + used_);
        used_ += quotient_up(count * static_cast<int64_t>(sizeof(T)), 64) * 64;
        return at;
    }
    int64_t used() const { return used_; }

  private:
    char* memory_;
    int64_t used_ = 0;
};

inline int64_t floor_quotient(int64_t a, int64_t b) {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/// Images with a stride are cut into one plane for each remainder of a tap by the stride. Neighbours in a plane are
/// then neighbouring positions. planes[channel][remainder of the row][of the column][row][column], with zeros outside.
class Frame {
  public:
    /// \param rounds  what is copied is rounded to bf16.
    Frame(const ConvolutionSweep& sweep, int64_t most_rows, bool rounds = false) : s_(sweep), rounds_(rounds) {
        for (int64_t r = 0; r < s_.w.height; ++r) above_ = r * s_.dilation_h / s_.stride_h;
        for (int64_t c = 0; c < s_.w.width; ++c) beside_ = c * s_.dilation_w / s_.stride_w;
        row_phases_ = phases_before(s_.w.height, s_.dilation_h, s_.stride_h);
        column_phases_ = phases_before(s_.w.width, s_.dilation_w, s_.stride_w);
        width_ = s_.y.width + beside_;
        plane_ = (most_rows + above_) * width_;
        step_ = s_.stride_w * s_.x.column;
        apart_ = lanes_apart(step_);
    }

    int64_t elements() const { return s_.in * channel_step() + 2 * kLanes; }
    int64_t row_step() const { return width_; }

    /// How far each tap [k, r, c] lies from the position.
    void taps(int64_t* to) const {
        const int64_t window = s_.w.height * s_.w.width;
        for (int64_t r = 0; r < s_.w.height; ++r) {
            for (int64_t c = 0; c < s_.w.width; ++c) {
                to[r * s_.w.width + c] =
                    plane_of(r, c) + r * s_.dilation_h / s_.stride_h * width_ + c * s_.dilation_w / s_.stride_w;
            }
        }
        for (int64_t i = window; i < s_.in * window; ++i) to[i] = to[i - window] + channel_step();
    }

    /// Copies what the result's rows [first, last) of a sample read.
    void fill(float* planes, int64_t sample, int64_t first, int64_t last) const {
        for (int64_t r = 0; r < s_.w.height; ++r) {
            if (!is_new(r, s_.dilation_h, s_.stride_h)) continue;
            for (int64_t c = 0; c < s_.w.width; ++c) {
                if (!is_new(c, s_.dilation_w, s_.stride_w)) continue;
                const int64_t top = r * s_.dilation_h % s_.stride_h - s_.top;
                const int64_t left = c * s_.dilation_w % s_.stride_w - s_.left;
                const Inside inside = inside_from(left);
                const int64_t row = first * s_.stride_h + top, rows = last + above_ - first;
                for (int64_t k = 0; k < s_.in; ++k) {
                    fill_plane(planes + plane_of(r, c) + k * channel_step(),
                               s_.x.data + sample * s_.x.batch + k * s_.x.channel, row, rows, left, inside);
                }
            }
        }
    }

  private:
    int64_t channel_step() const { return row_phases_ * column_phases_ * plane_; }
    int64_t plane_of(int64_t r, int64_t c) const {
        return (phase_number(r, s_.dilation_h, s_.stride_h) * column_phases_ +
                phase_number(c, s_.dilation_w, s_.stride_w)) *
               plane_;
    }

    /// Which of the different remainders, in the order in which taps bring them, that of tap `tap` is.
    static int64_t phase_number(int64_t tap, int64_t dilation, int64_t stride) {
        int64_t same = 0;
        while (same * dilation % stride != tap * dilation % stride) ++same;
        return phases_before(same, dilation, stride);
    }
    static bool is_new(int64_t tap, int64_t dilation, int64_t stride) {
        for (int64_t t = 0; t < tap; ++t) {
            if (t * dilation % stride == tap * dilation % stride) return false;
        }
        return true;
    }
    /// How many different remainders the taps before `taps` have.
    static int64_t phases_before(int64_t taps, int64_t dilation, int64_t stride) {
        int64_t count = 0;
        for (int64_t t = 0; t < taps; ++t) count += is_new(t, dilation, stride) ? 1 : 0;
        return count;
    }

    /// Positions of a row whose column of the image, `column` of the first, lies inside of it.
    struct Inside {
        int64_t begin, end;
    };
    Inside inside_from(int64_t column) const {
        const int64_t begin = least(width_, column < 0 ? quotient_up(-column, s_.stride_w) : 0);
        const int64_t end = least(width_, floor_quotient(s_.x.width - 1 - column, s_.stride_w) + 1);
        return {begin, end < begin ? begin : end};
    }

    /// Rows of one plane, from this row and column of the image on.
    void fill_plane(float* to, const float* from, int64_t row, int64_t rows, int64_t column, Inside inside) const {
        const bool within_image = inside.begin == 0 && inside.end == width_ && row >= 0 &&
                                  row + (rows - 1) * s_.stride_h < s_.x.height;
        if (within_image && s_.stride_h * s_.x.row == step_ * width_)  // row after row in both
            return copy_run(to, from + row * s_.x.row + column * s_.x.column, rows * width_);
        for (int64_t i = 0; i < rows; ++i, row += s_.stride_h, to += width_) {
            const bool is_row = row >= 0 && row < s_.x.height;
            const int64_t begin = is_row ? inside.begin : width_, end = is_row ? inside.end : width_;
            for (int64_t zero = 0; zero < begin; ++zero) to[zero] = 0;
            copy_run(to + begin, from + row * s_.x.row + column * s_.x.column + begin * step_, end - begin);
            for (int64_t zero = end; zero < width_; ++zero) to[zero] = 0;
        }
    }

    /// Numbers of the image that lie `step_` apart, which become neighbours. The last vectors of a run may overlap.
    void copy_run(float* to, const float* from, int64_t count) const {
        const auto put_rounded = [&](int64_t at, Vector v, Mask mask) { put(to + at, rounds_ ? round_bf16(v) : v, mask); };
        if (count <= 0) return;
        if (count < kLanes) {
            const Mask lanes = first(count);
            const Vector v = step_ == 1   ? load(from, lanes)
                             : step_ == 2 ? load_every_second(from, count)
                                          : gather(from, apart_, lanes);
            return put_rounded(0, v, lanes);
        }
        for (int64_t i = 0; i < count; i += kLanes) {
            const int64_t at = least(i, count - kLanes);
            const float* p = from + at * step_;
            put_rounded(at, step_ == 1 ? load(p) : step_ == 2 ? load_every_second(p) : gather(p, apart_, kAll), kAll);
        }
    }

    const ConvolutionSweep& s_;
    bool rounds_;
    int64_t above_ = 0, beside_ = 0;  // how far the last tap reaches, in rows and columns of a plane
    int64_t row_phases_ = 0, column_phases_ = 0;
    int64_t width_ = 0, plane_ = 0;
    int64_t step_ = 0;  // in the image, of neighbours in a row
    Offsets apart_;     // as many of them as a vector has
};

}  // namespace
}  // namespace ricci::runtime
