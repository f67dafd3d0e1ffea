/// \file ir/ops/entries/directions.h
/// What windows of sequences, images and volumes move along. Texts of an op are put together of a piece for each.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/ops/table.h"

namespace ricci::ir {

/// A direction. Its attributes are named with the suffix; the constant `extent` is its axis's extent.
struct Direction {
    char extent;         // 'H'
    const char* inside;  // index of the operand, whose capital is the extent: "h"
    const char* axis;    // "height"
    const char* tap;     // "tap_h"
    const char* index;   // of the result: "y"
    const char* suffix;  // "_h"
    const char* first;   // "pad_top"
    const char* last;    // "pad_bottom"
    const char* what;    // "rows"
};

inline constexpr Direction kDirections[] = {
    {'T', "t", "time", "tap_time", "t", "", "pad_before", "pad_after", "steps"},
    {'D', "d", "depth", "tap_depth", "z", "_d", "pad_front", "pad_back", "slices"},
    {'H', "h", "height", "tap_h", "y", "_h", "pad_top", "pad_bottom", "rows"},
    {'W', "w", "width", "tap_w", "x", "_w", "pad_left", "pad_right", "columns"}};

/// Sequences, images and volumes.
struct Extended {
    std::span<const Direction> directions;
    const char* rank;  // "2d"
    const char* one;   // "image"
    const char* of;    // what a summary adds: " of steps"

    /// A piece of text per direction, joined.
    template <typename Piece>
    std::string each(std::string_view between, Piece&& piece) const {
        std::string text;
        for (const Direction& d : directions) text += (text.empty() ? "" : std::string(between)) + piece(d);
        return text;
    }
    /// "y, x"
    std::string indices() const {
        return each(", ", [](const Direction& d) { return std::string(d.index); });
    }
    /// "x[b: batch, c: channel, h: height, w: width]"
    std::string operand() const {
        return "x[b: batch, c: channel, " + each(", ", [](const Direction& d) { return fmt::format("{}: {}", d.inside, d.axis); }) + "]";
    }
};

inline constexpr Extended kSequences = {std::span(kDirections).first(1), "1d", "sequence", " of steps"};
inline constexpr Extended kImages = {std::span(kDirections).last(2), "2d", "image", ""};
inline constexpr Extended kVolumes = {std::span(kDirections).last(3), "3d", "volume", " of a volume"};

/// How the kernels of a convolution move: stride, padding and dilation of each direction, and the groups.
std::vector<OpAttribute> convolution_attributes(const Extended& of);
/// The extent and the stride of the windows of a pool, in each direction.
std::vector<OpAttribute> window_attributes(const Extended& of);

}  // namespace ricci::ir
