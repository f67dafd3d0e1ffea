// Draws digits: a shape from the table, bent, slanted, scaled and shifted at random, inked with a round pen.
// Only sums, products, quotients and square roots are used, uncontracted, so that the pixels are the same everywhere.
#include "runtime/data/digits.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ir/base/error.h"
#include "runtime/base/random.h"
#include "runtime/data/strokes.h"
#include "runtime/parallel/threads.h"

namespace ricci::runtime {
namespace {

constexpr int kSide = 28;
constexpr int kArea = kSide * kSide;
constexpr int kDigits = 10;
constexpr double kBoxWidth = 13.5;  // pixels: the width of a digit before scaling
constexpr double kBoxHeight = 19;
constexpr int kStepsPerSpan = 6;  // straight pieces of a curve between two points

using Canvas = std::array<double, kArea>;

// How one image differs from the shape in the table; lengths in pixels.
struct Hand {
    double scale_x, scale_y;
    double slant, tilt;  // x += slant * y, y += tilt * x
    double shift_x, shift_y;
    double radius;  // of the pen
    double wobble;  // of each point of the shape, as a part of the box
    double ink;     // 0 to 1
    double noise;   // 0 to 1
};

Hand draw_hand(Rng& rng) {
    Hand hand{};
    hand.scale_x = rng.uniform(0.60, 1.16);
    hand.scale_y = rng.uniform(0.74, 1.10);
    hand.slant = rng.uniform(-0.30, 0.52);  // people lean to the right
    hand.tilt = rng.uniform(-0.22, 0.22);
    hand.shift_x = rng.uniform(-2.6, 2.6);
    hand.shift_y = rng.uniform(-2.4, 2.4);
    hand.radius = rng.uniform(0.65, 1.80);
    hand.wobble = rng.uniform(0.02, 0.085);
    hand.ink = rng.uniform(0.65, 1.0);
    hand.noise = rng.uniform(0.0, 0.16);
    return hand;
}

Point place(const Hand& hand, Point p, Rng& rng) {
    const double u = (p.x - 0.5 + hand.wobble * rng.normal()) * kBoxWidth * hand.scale_x;
    const double v = (p.y - 0.5 + hand.wobble * rng.normal()) * kBoxHeight * hand.scale_y;
    constexpr double kMiddle = (kSide - 1) / 2.0;
    return {kMiddle + hand.shift_x + u - hand.slant * v, kMiddle + hand.shift_y + v + hand.tilt * u};
}

// Ink along the straight piece from a to b, fading over one pixel at the pen's edge.
void ink_segment(Canvas& canvas, Point a, Point b, double radius) {
    const double edge = radius + 0.5;
    const auto first = [&](double low) { return std::max(0, static_cast<int>(std::ceil(low - edge))); };
    const auto last = [&](double high) { return std::min(kSide - 1, static_cast<int>(std::floor(high + edge))); };
    const int x_begin = first(std::min(a.x, b.x));
    const int x_end = last(std::max(a.x, b.x));
    const int y_begin = first(std::min(a.y, b.y));
    const int y_end = last(std::max(a.y, b.y));
    const double dx = b.x - a.x;
    const double dy = b.y - a.y;
    const double length2 = std::max(dx * dx + dy * dy, 1e-12);
    for (int y = y_begin; y <= y_end; ++y) {
        for (int x = x_begin; x <= x_end; ++x) {
            const double px = x - a.x;
            const double py = y - a.y;
            const double along = std::clamp((px * dx + py * dy) / length2, 0.0, 1.0);
            const double ex = px - along * dx;
            const double ey = py - along * dy;
            const double distance2 = ex * ex + ey * ey;
            if (distance2 >= edge * edge) continue;
            const double cover = std::min(edge - std::sqrt(distance2), 1.0);
            double* pixel = canvas.data() + y * kSide + x;
            *pixel = std::max(*pixel, cover);
        }
    }
}

// Catmull and Rom's curve between b and c, at t from 0 to 1; a and d are the neighbours.
Point on_curve(Point a, Point b, Point c, Point d, double t) {
    const auto blend = [t](double p, double q, double r, double s) {
        return 0.5 * (2 * q + t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p))));
    };
    return {blend(a.x, b.x, c.x, d.x), blend(a.y, b.y, c.y, d.y)};
}

void ink_stroke(Canvas& canvas, const Stroke& stroke, const Hand& hand, Rng& rng) {
    std::vector<Point> points;
    for (const Point& point : stroke.points) points.push_back(place(hand, point, rng));
    const std::size_t spans = points.size() - 1;
    for (std::size_t span = 0; span < spans; ++span) {
        const Point b = points[span];
        const Point c = points[span + 1];
        if (stroke.path == Path::line) {
            ink_segment(canvas, b, c, hand.radius);
            continue;
        }
        const Point a = points[span == 0 ? 0 : span - 1];
        const Point d = points[std::min(span + 2, spans)];
        Point from = b;
        for (int step = 1; step <= kStepsPerSpan; ++step) {
            const Point to = on_curve(a, b, c, d, static_cast<double>(step) / kStepsPerSpan);
            ink_segment(canvas, from, to, hand.radius);
            from = to;
        }
    }
}

// Ink to grey levels, each pixel off by up to the noise; eight pixels from each random word.
void develop(const Canvas& canvas, const Hand& hand, Rng& rng, std::span<std::uint8_t> pixels) {
    constexpr double kHalf = 127.5;
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        if (i % 8 == 0) word = rng.next();
        const double off = (static_cast<double>(word & 0xFF) / kHalf - 1) * hand.noise;
        word >>= 8;
        const double level = std::clamp(canvas[i] * hand.ink + off, 0.0, 1.0);
        pixels[i] = static_cast<std::uint8_t>(level * 255 + 0.5);
    }
}

std::int32_t draw_digit(std::uint64_t seed, std::int64_t index, std::span<std::uint8_t> pixels) {
    Rng rng(seed, static_cast<std::uint64_t>(index));
    const std::size_t digit = rng.place_below(kDigits);
    const std::vector<Shape>& shapes = shapes_of(digit);
    const Shape& shape = shapes[rng.place_below(shapes.size())];
    const Hand hand = draw_hand(rng);
    Canvas canvas{};
    for (const Stroke& stroke : shape.strokes) ink_stroke(canvas, stroke, hand, rng);
    develop(canvas, hand, rng, pixels);
    return static_cast<std::int32_t>(digit);
}

}  // namespace

Dataset draw_digits(std::int64_t count, std::uint64_t seed, ThreadTeam* team) {
    if (count < 1) user_error("{} drawn digits are not a data set; ask for at least 1", count);
    Dataset data{.name = "drawn digits", .count = count, .height = kSide, .width = kSide, .classes = kDigits};
    data.labels.resize(static_cast<std::size_t>(count));
    data.pixels.resize(data.labels.size() * kArea);
    const auto draw = [&](std::int64_t index, WorkerId) {
        const auto at = static_cast<std::size_t>(index);
        data.labels[at] = draw_digit(seed, index, std::span(data.pixels).subspan(at * kArea, kArea));
    };
    if (team) {
        team->run(count, draw);
    } else {
        for (std::int64_t index = 0; index < count; ++index) draw(index, 0);
    }
    return data;
}

}  // namespace ricci::runtime
