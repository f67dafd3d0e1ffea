/// \file runtime/call/convolution/winograd_routines.inl
/// The routines that filter, winograd2 and winograd4, from the transforms that each takes.
#pragma once

#include "runtime/call/convolution/channels_frame.inl"
#include "runtime/call/convolution/channels_winograd.inl"
#include "runtime/call/convolution/winograd.inl"
#include "runtime/call/convolution/winograd_gradient.inl"

namespace ricci::runtime {
namespace {

/// Lanes are channels where these are innermost, and tiles else or where most lanes would be empty.
template <typename F>
void filter(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    const bool by_channels = channels_innermost(s) && s.out >= kLanes / 2;
    by_channels ? channels_winograd<F>(s, begin, end, parts) : winograd<F>(s, begin, end, parts);
}

void winograd2(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    filter<Winograd2>(s, begin, end, parts);
}
void winograd2_gradient(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    winograd_gradient<Winograd2>(s, begin, end, parts);
}

// Filterings of 3 x 3 taps and of 5 x 5.
void winograd4(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    s.w.height == 5 ? filter<Winograd5>(s, begin, end, parts) : filter<Winograd4>(s, begin, end, parts);
}
void winograd4_gradient(const ConvolutionSweep& s, int64_t begin, int64_t end, int64_t parts) {
    s.w.height == 5 ? winograd_gradient<Winograd5>(s, begin, end, parts)
                    : winograd_gradient<Winograd4>(s, begin, end, parts);
}

}  // namespace
}  // namespace ricci::runtime
