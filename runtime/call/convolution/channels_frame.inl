// Images whose channels are innermost, with their padding. Every tap of a window is at a fixed distance from its
// position, and the channels of a pixel are neighbours.
#pragma once

#include "runtime/call/convolution/engine.h"
#include "runtime/call/convolution/frame.inl"
#include "runtime/call/convolution/register_tile.inl"

namespace ricci::runtime {
namespace {

/// Whether the lanes of a vector can be neighbouring channels of both images.
inline bool channels_innermost(const ConvolutionSweep& s) {
    return s.x.channel == 1 && s.y.channel == 1 && s.phases.taps == nullptr;
}

/// Some samples of the image as the windows see them: where no window leaves the image, the image itself.
class ChannelsFrame {
  public:
    /// \param most_samples  that fill() is asked for at a time
    /// \param rounds  what is copied, and always a copy, is rounded to bf16
    ChannelsFrame(const ConvolutionSweep& sweep, int64_t most_samples, bool rounds = false)
        : s_(sweep), most_samples_(most_samples), rounds_(rounds) {
        height_ = s_.stride_h * (s_.y.height - 1) + s_.dilation_h * (s_.w.height - 1) + 1;
        width_ = s_.stride_w * (s_.y.width - 1) + s_.dilation_w * (s_.w.width - 1) + 1;
        in_place_ = !rounds_ && s_.top <= 0 && s_.left <= 0 && height_ - s_.top <= s_.x.height && width_ - s_.left <= s_.x.width;
        // Only a frame has the columns of a window beside each other, channels and all.
        if (in_place_ && s_.in < kLanes && s_.w.width > 1 && s_.x.column != s_.in) in_place_ = false;
        steps_ = in_place_ ? PositionSteps{s_.x.batch, s_.x.row, s_.x.column}
                           : PositionSteps{height_ * width_ * s_.in, width_ * s_.in, s_.in};
        joins_ = s_.dilation_w == 1 && steps_.column == s_.in;
    }

    /// Floats of memory that fill() needs.
    int64_t elements() const { return in_place_ ? 0 : most_samples_ * steps_.sample + 2 * kLanes; }

    /// Whether the image itself is read: then nothing has brought it to a cache.
    bool in_place() const { return in_place_; }
    /// Row 0 of the windows of a sample, in the image itself.
    const float* origin(int64_t sample) const {
        return s_.x.data + sample * s_.x.batch - s_.top * s_.x.row - s_.left * s_.x.column;
    }

    /// Neighbouring numbers that one tap reads: channels or, of windows that are read row by row, columns and channels.
    int64_t tap_depth() const { return joins_ ? s_.w.width * s_.in : s_.in; }
    int64_t tap_count() const { return joins_ ? s_.w.height : s_.w.height * s_.w.width; }
    /// How far such a tap lies from the position.
    int64_t tap(int64_t number) const {
        const int64_t columns = joins_ ? 1 : s_.w.width;
        return number / columns * s_.dilation_h * steps_.row + number % columns * s_.dilation_w * steps_.column;
    }
    /// From one position of the result to the next.
    PositionSteps position_steps() const {
        return {steps_.sample, s_.stride_h * steps_.row, s_.stride_w * steps_.column};
    }

    /// Makes what rows [first, last) of the result read of `samples` samples, and gives where row 0 of the first one is.
    const float* fill(float* memory, int64_t sample, int64_t samples, int64_t first, int64_t last) const {
        if (in_place_) return origin(sample);
        const int64_t end = s_.stride_h * (last - 1) + s_.dilation_h * (s_.w.height - 1) + 1;
        for (int64_t n = 0; n < samples; ++n) {
            for (int64_t row = s_.stride_h * first; row < end; ++row) {
                fill_row(memory + n * steps_.sample + row * steps_.row,
                         s_.x.data + (sample + n) * s_.x.batch + (row - s_.top) * s_.x.row,
                         row - s_.top >= 0 && row - s_.top < s_.x.height);
            }
        }
        return memory;
    }

  private:
    void copy(float* to, const float* from, int64_t count) const {
        if (rounds_) {
            for (int64_t i = 0; i < count; i += kLanes) {
                const Mask mask = first(count - i);
                put(to + i, round_bf16(take(from + i, mask)), mask);
            }
            return;
        }
        __builtin_memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
    }
    static void clear(float* to, int64_t count) {
        __builtin_memset(to, 0, static_cast<std::size_t>(count) * sizeof(float));
    }

    /// `from`: column 0 of the image.
    void fill_row(float* to, const float* from, bool inside) const {
        const int64_t begin = least(width_, s_.left < 0 ? 0 : s_.left);
        const int64_t end = least(width_, s_.x.width + s_.left);
        if (!inside || end <= begin) return clear(to, width_ * s_.in);
        clear(to, begin * s_.in);
        const float* start = from + (begin - s_.left) * s_.x.column;
        if (s_.x.column == s_.in) {
            copy(to + begin * s_.in, start, (end - begin) * s_.in);
        } else {
            for (int64_t column = begin; column < end; ++column)
                copy(to + column * s_.in, start + (column - begin) * s_.x.column, s_.in);
        }
        clear(to + end * s_.in, (width_ - end) * s_.in);
    }

    const ConvolutionSweep& s_;
    int64_t most_samples_;
    bool rounds_;
    int64_t height_ = 0, width_ = 0;  // of what the windows of one sample read
    bool in_place_ = false, joins_ = false;
    PositionSteps steps_{};  // from sample to sample, row to row and column to column
};

}  // namespace
}  // namespace ricci::runtime
