/// \file runtime/data/strokes.h
/// The shapes of the ten digits, as the strokes of a pen.
#pragma once

#include <cstdint>
#include <vector>

namespace ricci::runtime {

/// From (0, 0), the upper left corner of the digit, to (1, 1), the lower right.
struct Point {
    double x = 0;
    double y = 0;
};

enum class Path : std::uint8_t { line, curve };  // straight from point to point, or a smooth curve through them

struct Stroke {
    Path path = Path::line;
    std::vector<Point> points;
};

/// One way of writing a digit.
struct Shape {
    std::size_t digit = 0;
    std::vector<Stroke> strokes;
};

/// The ways of writing a digit, 0 to 9.
const std::vector<Shape>& shapes_of(std::size_t digit);

}  // namespace ricci::runtime
