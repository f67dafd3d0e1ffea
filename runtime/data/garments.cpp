// Draws garments: outlines of a cloth, filled one after the other, four points a pixel, then seams, buttons and laces.
// Only sums, products, quotients and square roots are used, uncontracted, so that the pixels are the same everywhere.
#include "runtime/data/garments.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ir/base/error.h"
#include "runtime/base/random.h"
#include "runtime/data/outlines.h"
#include "runtime/parallel/threads.h"

namespace ricci::runtime {
namespace {

constexpr int kSide = 28;
constexpr int kArea = kSide * kSide;
constexpr int kFine = 2 * kSide;  // points of a side: two by two a pixel

/// Grey levels, from 0 (the ground) to 1.
using Canvas = std::array<double, kArea>;

/// What a garment is made of: a level, and a pattern around it.
struct Cloth {
    enum class Pattern : std::uint8_t { plain, across, along, checks } pattern = Pattern::plain;
    double level = 1;
    double contrast = 0;
    double period = 3;  // pixels
    double shade = 0;   // from left to right
};

Cloth draw_cloth(Rng& rng) {
    using Pattern = Cloth::Pattern;
    constexpr std::array kPatterns = {Pattern::plain, Pattern::plain, Pattern::plain,
                                      Pattern::across, Pattern::along, Pattern::checks};
    Cloth cloth{};
    cloth.pattern = kPatterns[rng.place_below(kPatterns.size())];
    cloth.level = rng.uniform(0.3, 1.0);
    cloth.contrast = rng.uniform(0.1, 0.4);
    cloth.period = rng.uniform(2.5, 6.0);
    cloth.shade = rng.uniform(-0.15, 0.15);
    return cloth;
}

/// Odd and even stripes.
bool is_odd(double at, double period) {
    return static_cast<int>(at / period) % 2 != 0;
}

double level_at(const Cloth& cloth, double x, double y) {
    const bool across = is_odd(y, cloth.period);
    const bool along = is_odd(x, cloth.period);
    double level = cloth.level + cloth.shade * (x - kSide / 2.0) / (kSide / 2.0);
    switch (cloth.pattern) {
        case Cloth::Pattern::plain: break;
        case Cloth::Pattern::across: level -= across ? cloth.contrast : 0; break;
        case Cloth::Pattern::along: level -= along ? cloth.contrast : 0; break;
        case Cloth::Pattern::checks: level -= across != along ? cloth.contrast : 0; break;
    }
    return std::max(level, 0.12);
}

/// Where the garment lies: from [-1, 1] x [-1, 1] to points of the canvas.
struct Placing {
    double scale_x, scale_y;  // points
    double slant, tilt;
    double shift_x, shift_y;  // points
    Point of(Point p) const {
        return {kSide + shift_x + scale_x * (p.x + slant * p.y), kSide + shift_y + scale_y * (p.y + tilt * p.x)};
    }
};

/// Adds the share of each pixel that is inside the outline: rows of points between its edges, even and odd.
void cover(std::array<std::uint8_t, kArea>& inside, const std::vector<Point>& outline) {
    std::vector<double> crossings;
    for (int row = 0; row < kFine; ++row) {
        const double y = row + 0.5;
        crossings.clear();
        for (std::size_t i = 0; i < outline.size(); ++i) {
            const Point a = outline[i];
            const Point b = outline[(i + 1) % outline.size()];
            if ((a.y <= y) != (b.y <= y)) crossings.push_back(a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x));
        }
        std::ranges::sort(crossings);
        for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
            const int first = std::max(0, static_cast<int>(std::ceil(crossings[i] - 0.5)));
            const int end = std::min(kFine, static_cast<int>(std::ceil(crossings[i + 1] - 0.5)));
            for (int x = first; x < end; ++x) ++inside.at(static_cast<std::size_t>(row / 2 * kSide + x / 2));
        }
    }
}

void fill(Canvas& canvas, const Outline& outline, const Placing& placing, const Cloth& cloth) {
    std::vector<Point> placed;
    for (const Point& point : outline.points) placed.push_back(placing.of(point));
    std::array<std::uint8_t, kArea> inside{};
    cover(inside, placed);
    for (std::size_t i = 0; i < canvas.size(); ++i) {
        if (inside[i] == 0) continue;
        const double share = inside[i] / 4.0;
        const double cloth_level = level_at(cloth, static_cast<double>(i % kSide), static_cast<double>(i / kSide));
        const double level = outline.is_mark ? std::clamp(cloth_level + outline.level, 0.0, 1.0) : cloth_level * outline.level;
        canvas[i] = canvas[i] * (1 - share) + level * share;
    }
}

std::int32_t draw_garment(std::uint64_t seed, std::int64_t index, std::span<std::uint8_t> pixels) {
    Rng rng(seed, static_cast<std::uint64_t>(index));
    const std::size_t number = rng.place_below(garments().size());
    const Cloth cloth = draw_cloth(rng);
    const Placing placing{.scale_x = kSide * rng.uniform(0.76, 0.96), .scale_y = kSide * rng.uniform(0.82, 0.98),
                          .slant = rng.uniform(-0.06, 0.06),          .tilt = rng.uniform(-0.06, 0.06),
                          .shift_x = rng.uniform(-3.0, 3.0),          .shift_y = rng.uniform(-2.0, 2.0)};
    Canvas canvas{};
    for (const Outline& outline : garments()[number].draw(rng)) fill(canvas, outline, placing, cloth);
    const double noise = rng.uniform(0.0, 0.1);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const double off = (rng.uniform() * 2 - 1) * noise;
        const double level = std::clamp(canvas[i] + (canvas[i] > 0 ? off : 0.25 * off), 0.0, 1.0);
        pixels[i] = static_cast<std::uint8_t>(level * 255 + 0.5);
    }
    return static_cast<std::int32_t>(number);
}

}  // namespace

Dataset draw_garments(std::int64_t count, std::uint64_t seed, ThreadTeam* team) {
    if (count < 1) user_error("{} drawn garments are not a data set; ask for at least 1", count);
    Dataset data{.name = "drawn garments",
                 .count = count,
                 .height = kSide,
                 .width = kSide,
                 .classes = std::ssize(garments())};
    for (const Garment& garment : garments()) data.class_names.emplace_back(garment.name);
    data.labels.resize(static_cast<std::size_t>(count));
    data.pixels.resize(data.labels.size() * kArea);
    const auto draw = [&](std::int64_t index, WorkerId) {
        const auto at = static_cast<std::size_t>(index);
        data.labels[at] = draw_garment(seed, index, std::span(data.pixels).subspan(at * kArea, kArea));
    };
    if (team != nullptr) {
        team->run(count, draw);
    } else {
        for (std::int64_t index = 0; index < count; ++index) draw(index, 0);
    }
    return data;
}

}  // namespace ricci::runtime
