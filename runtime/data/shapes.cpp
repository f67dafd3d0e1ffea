// Draws shapes: which points of a slanted square are inside, four points a pixel.
// Only sums, products, quotients and square roots are used, uncontracted, so that the pixels are the same everywhere.
#include "runtime/data/shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "ir/base/error.h"
#include "runtime/base/random.h"
#include "runtime/parallel/threads.h"

namespace ricci::runtime {
namespace {

constexpr int kSide = 32;
constexpr int kArea = kSide * kSide;
constexpr int kChannels = 3;

/// Whether a point of [-1, 1] x [-1, 1] belongs to the shape; `thick` is from 0 to 1.
struct Class {
    const char* name;
    bool (*is_inside)(double x, double y, double thick);
};

constexpr double kThin = 0.22;  // share of the half side
constexpr double kThick = 0.45;

double line_of(double thick) {
    return kThin + (kThick - kThin) * thick;
}
double largest(double x, double y) {
    return std::max(std::abs(x), std::abs(y));
}
int stripe_of(double x) {
    return static_cast<int>((x + 1) * 2.5);
}

constexpr std::array kClasses = {
    Class{"disc", [](double x, double y, double) { return x * x + y * y < 0.8; }},
    Class{"ring",
          [](double x, double y, double thick) {
              const double inner = 0.9 - line_of(thick);
              const double radius2 = x * x + y * y;
              return radius2 < 0.81 && radius2 > inner * inner;
          }},
    Class{"square", [](double x, double y, double) { return largest(x, y) < 0.78; }},
    Class{"frame", [](double x, double y,
                      double thick) { return largest(x, y) < 0.85 && largest(x, y) > 0.85 - line_of(thick); }},
    Class{"triangle", [](double x, double y, double) { return y < 0.75 && std::abs(x) < (y + 0.85) * 0.55; }},
    Class{"diamond", [](double x, double y, double) { return std::abs(x) + std::abs(y) < 1; }},
    Class{"plus",
          [](double x, double y, double thick) {
              return largest(x, y) < 0.9 && std::min(std::abs(x), std::abs(y)) < line_of(thick) * 0.6;
          }},
    Class{"cross",
          [](double x, double y, double thick) {
              return largest(x, y) < 0.85 && std::abs(std::abs(x) - std::abs(y)) < line_of(thick) * 0.8;
          }},
    Class{"bars", [](double x, double y, double) { return largest(x, y) < 0.95 && stripe_of(y) % 2 == 0; }},
    Class{"checks",
          [](double x, double y, double) { return largest(x, y) < 0.95 && (stripe_of(x) + stripe_of(y)) % 2 == 0; }},
};

using Colour = std::array<double, kChannels>;  // from 0 to 1

Colour draw_colour(Rng& rng) {
    Colour colour{};
    for (double& part : colour) part = rng.uniform();
    return colour;
}

double distance2(const Colour& a, const Colour& b) {
    double sum = 0;
    for (std::size_t c = 0; c < a.size(); ++c) sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

std::int32_t draw_shape(std::uint64_t seed, std::int64_t index, std::span<std::uint8_t> pixels) {
    Rng rng(seed, static_cast<std::uint64_t>(index));
    const std::size_t number = rng.place_below(kClasses.size());
    const Class& shape = kClasses[number];
    const double half = rng.uniform(6.5, 12.5);  // pixels: half of a side
    const double centre_x = kSide / 2.0 + rng.uniform(-4, 4);
    const double centre_y = kSide / 2.0 + rng.uniform(-4, 4);
    const double slant = rng.uniform(-0.25, 0.25);
    const double tilt = rng.uniform(-0.25, 0.25);
    const double thick = rng.uniform();
    constexpr double kApart = 0.12;  // squared distance of two colours that can be told apart
    const Colour ground = draw_colour(rng);
    Colour ink = draw_colour(rng);
    while (distance2(ground, ink) < kApart) ink = draw_colour(rng);
    const double shade = rng.uniform(-0.2, 0.2);  // from left to right over the ground
    const double noise = rng.uniform(0.0, 0.12);
    for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x) {
            int inside = 0;
            for (int part = 0; part < 4; ++part) {
                const double px = (x + 0.25 + 0.5 * (part % 2) - centre_x) / half;
                const double py = (y + 0.25 + 0.5 * (part / 2) - centre_y) / half;
                inside += shape.is_inside(px + slant * py, py + tilt * px, thick) ? 1 : 0;
            }
            const double cover = inside / 4.0;
            const double lit = shade * (x - kSide / 2.0) / kSide;
            for (std::size_t c = 0; c < kChannels; ++c) {
                const double clean = (ground[c] + lit) * (1 - cover) + ink[c] * cover;
                const double level = std::clamp(clean + (rng.uniform() * 2 - 1) * noise, 0.0, 1.0);
                pixels[c * kArea + static_cast<std::size_t>(y * kSide + x)] =
                    static_cast<std::uint8_t>(level * 255 + 0.5);
            }
        }
    }
    return static_cast<std::int32_t>(number);
}

}  // namespace

Dataset draw_shapes(std::int64_t count, std::uint64_t seed, ThreadTeam* team) {
    if (count < 1) user_error("{} drawn shapes are not a data set; ask for at least 1", count);
    Dataset data{.name = "drawn shapes",
                 .count = count,
                 .height = kSide,
                 .width = kSide,
                 .classes = std::ssize(kClasses),
                 .channels = kChannels};
    for (const Class& shape : kClasses) data.class_names.emplace_back(shape.name);
    data.labels.resize(static_cast<std::size_t>(count));
    constexpr std::size_t kImage = kChannels * kArea;
    data.pixels.resize(data.labels.size() * kImage);
    const auto draw = [&](std::int64_t index, WorkerId) {
        const auto at = static_cast<std::size_t>(index);
        data.labels[at] = draw_shape(seed, index, std::span(data.pixels).subspan(at * kImage, kImage));
    };
    if (team != nullptr) {
        team->run(count, draw);
    } else {
        for (std::int64_t index = 0; index < count; ++index) draw(index, 0);
    }
    return data;
}

}  // namespace ricci::runtime
