// The ten outlines. Tops are one form with other measures, which overlap; so do the two low shoes and the boot.
#include "runtime/data/outlines.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "runtime/base/random.h"

namespace ricci::runtime {
namespace {

using Outlines = std::vector<Outline>;

Point operator+(Point a, Point b) {
    return {a.x + b.x, a.y + b.y};
}
Point operator*(double s, Point a) {
    return {s * a.x, s * a.y};
}

/// Of length 1.
Point direction(double x, double y) {
    const double length = std::sqrt(x * x + y * y);
    return {x / length, y / length};
}

bool one_in(Rng& rng, double share) {
    return rng.uniform() < share;
}

/// The right half from top to bottom, and its mirror image. Numbers are drawn one a statement or in braces: the order of
/// a call's arguments is the compiler's.
Outline mirrored(const std::vector<Point>& right) {
    Outline whole{right};
    for (auto point = right.rbegin(); point != right.rend(); ++point) whole.points.push_back({-point->x, point->y});
    return whole;
}

Outline left_of(const Outline& right) {
    Outline left = right;
    for (Point& point : left.points) point.x = -point.x;
    return left;
}

/// A straight stroke of that thickness.
Outline stroke(Point a, Point b, double thickness, double level) {
    const Point along = direction(b.x - a.x, b.y - a.y);
    const Point off = 0.5 * thickness * Point{-along.y, along.x};
    return {{a + off, b + off, b + -1.0 * off, a + -1.0 * off}, level, true};
}

Outline box(double left, double top, double right, double bottom, double level, bool is_mark = true) {
    return {{{left, top}, {right, top}, {right, bottom}, {left, bottom}}, level, is_mark};
}

/// Darker or lighter than the cloth, so that it is seen.
double mark_level(Rng& rng) {
    const double strength = rng.uniform(0.15, 0.45);
    return one_in(rng, 0.7) ? -strength : strength;
}

/// What tops differ in. Lengths are parts of half a side.
struct Top {
    double shoulder, waist, hem;  // half widths
    double bottom;                // where the hem is
    double neck, depth;           // half width of the neck, and how deep it goes
    double sleeve;                // length; 0: none
    double spread;                // how far a sleeve stands off: sideways for each step down
    double width;                 // of the sleeve at the shoulder
};

Outlines top_of(const Top& top) {
    constexpr double kTop = -0.92;
    constexpr double kDrop = 0.12;  // from the neck to the shoulder
    const double armpit = kTop + kDrop + top.width;
    const Point shoulder{top.shoulder, kTop + kDrop};
    Outlines parts;
    if (top.sleeve > 0) {
        const Point along = direction(top.spread, 1);
        const Point end = shoulder + top.sleeve * along;
        const Point across{-along.y, along.x};
        const Outline right{{shoulder, end, end + 0.75 * top.width * across, {0.85 * top.shoulder, armpit}}, 0.94};
        parts = {right, left_of(right)};
    }
    parts.push_back(mirrored({{0, kTop + top.depth},
                              {top.neck, kTop},
                              shoulder,
                              {0.9 * top.shoulder, armpit},
                              {top.waist, 0.1},
                              {top.hem, top.bottom}}));
    return parts;
}

Top draw_top(Rng& rng) {
    Top top{};
    top.shoulder = rng.uniform(0.46, 0.64);
    top.waist = top.shoulder * rng.uniform(0.82, 0.98);
    top.hem = top.shoulder * rng.uniform(0.88, 1.06);
    top.bottom = rng.uniform(0.68, 0.94);
    top.neck = rng.uniform(0.16, 0.30);
    top.depth = rng.uniform(0.06, 0.22);
    top.spread = rng.uniform(0.15, 0.55);
    top.width = rng.uniform(0.28, 0.42);
    return top;
}

double short_sleeve(Rng& rng) {
    return rng.uniform(0.22, 0.62);
}
double long_sleeve(Rng& rng) {
    return rng.uniform(0.95, 1.55);
}

Outlines t_shirt(Rng& rng) {
    Top top = draw_top(rng);
    top.sleeve = short_sleeve(rng);
    top.spread += rng.uniform(0.1, 0.7);
    Outlines parts = top_of(top);
    const double print = rng.uniform(0.1, 0.28);  // half width of what is printed on it
    if (one_in(rng, 0.4)) parts.push_back(box(-print, -0.45, print, -0.45 + 1.6 * print, mark_level(rng)));
    return parts;
}

Outlines pullover(Rng& rng) {
    Top top = draw_top(rng);
    top.sleeve = long_sleeve(rng);
    Outlines parts = top_of(top);
    if (one_in(rng, 0.5)) parts.push_back(box(-top.hem, top.bottom - 0.1, top.hem, top.bottom, -0.12));
    return parts;
}

Outlines coat(Rng& rng) {
    Top top = draw_top(rng);
    top.sleeve = long_sleeve(rng) + 0.1;
    top.bottom = rng.uniform(0.8, 1.0);
    top.hem = top.shoulder * rng.uniform(0.94, 1.2);
    top.depth = rng.uniform(0.12, 0.4);
    Outlines parts = top_of(top);
    const double thick = rng.uniform(0.06, 0.12);
    if (one_in(rng, 0.85)) parts.push_back(stroke({0, -0.7}, {0, top.bottom}, thick, mark_level(rng)));
    if (one_in(rng, 0.3)) parts.push_back(box(-top.waist, 0.02, top.waist, 0.12, mark_level(rng)));
    return parts;
}

Outlines shirt(Rng& rng) {
    Top top = draw_top(rng);
    top.sleeve = one_in(rng, 0.6) ? long_sleeve(rng) : short_sleeve(rng);
    top.depth = rng.uniform(0.08, 0.3);
    Outlines parts = top_of(top);
    const double level = mark_level(rng);
    const double steps = rng.uniform(0.2, 0.32);
    if (one_in(rng, 0.75)) {
        for (double y = -0.62; y < top.bottom - 0.1; y += steps) parts.push_back(box(-0.045, y, 0.045, y + 0.08, level));
    }
    if (one_in(rng, 0.6)) {
        for (const double side : {-1.0, 1.0}) {
            parts.push_back({{{side * top.neck, -0.95}, {side * 0.02, -0.86 + top.depth}, {side * (top.neck + 0.08), -0.72}},
                             0.7 * level, true});
        }
    }
    return parts;
}

Outlines dress(Rng& rng) {
    Top top = draw_top(rng);
    top.shoulder = rng.uniform(0.26, 0.46);
    top.waist = top.shoulder * rng.uniform(0.6, 0.95);
    top.hem = top.shoulder * rng.uniform(0.95, 1.9);
    top.bottom = rng.uniform(0.85, 1.0);
    top.neck = top.shoulder * rng.uniform(0.4, 0.8);
    top.depth = rng.uniform(0.08, 0.35);
    top.sleeve = one_in(rng, 0.5) ? 0 : one_in(rng, 0.6) ? short_sleeve(rng) : long_sleeve(rng);
    top.width = rng.uniform(0.2, 0.32);
    return top_of(top);
}

Outlines trouser(Rng& rng) {
    const double waist = rng.uniform(0.26, 0.42);
    const double hip = waist * rng.uniform(1.0, 1.25);
    const double apart = rng.uniform(0.02, 0.14);
    const double width = rng.uniform(0.16, 0.3);
    const double crotch = rng.uniform(-0.4, -0.15);
    const double end = one_in(rng, 0.2) ? rng.uniform(0.2, 0.6) : rng.uniform(0.85, 1.0);
    return {mirrored({{0, -0.95}, {waist, -0.95}, {hip, -0.5}, {apart + width, end}, {apart, end}, {0.02, crotch}, {0, crotch}})};
}

/// A shoe seen from the side, its toe to the left; `high` is where its opening is.
struct Shoe {
    double high, heel, toe;       // heights: y of the opening, of the heel's foot below the sole, of the toe cap
    double opening;               // x where the opening begins
    double sole;                  // thickness
};

Outline upper_of(const Shoe& shoe) {
    return {{{0.9, shoe.high}, {0.92, 0.45}, {-0.92, 0.45}, {-0.9, shoe.toe}, {-0.45, shoe.toe - 0.12},
             {shoe.opening, shoe.high + 0.12}, {shoe.opening + 0.04, shoe.high}}};
}

Outlines facing(Rng& rng, Outlines parts) {
    if (one_in(rng, 0.3)) {
        for (Outline& part : parts) part = left_of(part);
    }
    return parts;
}

Outlines sneaker(Rng& rng) {
    const Shoe shoe{.high = rng.uniform(-0.42, 0.0), .heel = 0, .toe = rng.uniform(0.18, 0.32),
                    .opening = rng.uniform(0.05, 0.35), .sole = rng.uniform(0.08, 0.18)};
    Outlines parts = {upper_of(shoe)};
    const double level = mark_level(rng);
    parts.push_back(box(-0.93, 0.45 - shoe.sole, 0.94, 0.46, level));
    const auto laces = rng.below(4);
    for (std::int64_t lace = 0; lace < laces; ++lace) {
        const double x = shoe.opening - 0.12 - 0.16 * static_cast<double>(lace);
        parts.push_back(stroke({x, shoe.high + 0.14}, {x + 0.12, shoe.high + 0.34}, 0.06, -level));
    }
    return facing(rng, std::move(parts));
}

Outlines ankle_boot(Rng& rng) {
    const Shoe shoe{.high = rng.uniform(-0.95, -0.3), .heel = rng.uniform(0.0, 0.4), .toe = rng.uniform(0.1, 0.3),
                    .opening = rng.uniform(0.0, 0.4), .sole = rng.uniform(0.04, 0.12)};
    Outline upper = upper_of(shoe);
    upper.points[5] = {shoe.opening - 0.05, 0.0};
    Outlines parts = {upper};
    if (shoe.heel > 0.1) parts.push_back(box(0.55, 0.44, 0.9, 0.46 + shoe.heel, 0.8, false));
    parts.push_back(box(-0.93, 0.45 - shoe.sole, 0.94, 0.46, mark_level(rng)));
    return facing(rng, std::move(parts));
}

Outlines sandal(Rng& rng) {
    const double heel = one_in(rng, 0.5) ? 0 : rng.uniform(0.2, 0.7);
    const double thick = rng.uniform(0.08, 0.16);
    const Point toe{-0.9, 0.45};
    const Point back{0.85, 0.45 - 0.7 * heel};
    const Point bend{0.1, 0.45 - 0.35 * heel};
    const auto solid = [](Outline part) {
        part.is_mark = false;
        part.level = 1;
        return part;
    };
    Outlines parts = {solid(stroke(toe, bend, thick, 1)), solid(stroke(bend, back, thick, 1))};
    if (heel > 0) parts.push_back(solid(stroke({0.8, back.y}, {0.82, 0.5}, rng.uniform(0.08, 0.2), 1)));
    const auto straps = 1 + rng.below(4);
    for (std::int64_t strap = 0; strap < straps; ++strap) {
        const double x = rng.uniform(-0.8, 0.6);
        const double rise = rng.uniform(0.2, 0.6);
        const double lean = rng.uniform(0.0, 0.4);
        const double foot = 0.42 - 0.3 * heel;
        parts.push_back(solid(stroke({x, foot}, {x + lean, foot - rise}, rng.uniform(0.05, 0.14), 1)));
    }
    if (one_in(rng, 0.6))
        parts.push_back(solid(stroke({back.x, back.y}, {back.x - 0.1, back.y - rng.uniform(0.3, 0.7)}, 0.08, 1)));
    return facing(rng, std::move(parts));
}

Outlines bag(Rng& rng) {
    const double top = rng.uniform(-0.45, 0.05);
    const double wide = rng.uniform(0.6, 0.95);
    const double above = wide * rng.uniform(0.75, 1.05);
    const double bottom = rng.uniform(0.55, 0.9);
    Outlines parts = {mirrored({{0, top}, {above, top}, {wide, bottom}, {0, bottom}})};
    const double handle = above * rng.uniform(0.3, 0.7);
    const double rise = rng.uniform(0.15, 0.5);
    if (one_in(rng, 0.8)) {
        for (const auto& [a, b] : {std::pair(Point{-handle, top}, Point{-0.6 * handle, top - rise}),
                                   std::pair(Point{-0.6 * handle, top - rise}, Point{0.6 * handle, top - rise}),
                                   std::pair(Point{0.6 * handle, top - rise}, Point{handle, top})}) {
            Outline part = stroke(a, b, 0.1, 0.9);
            part.is_mark = false;
            parts.push_back(part);
        }
    }
    const double flap = rng.uniform(0.15, 0.4);
    if (one_in(rng, 0.5)) parts.push_back(box(-0.9 * above, top, 0.9 * above, top + flap, mark_level(rng)));
    return parts;
}

constexpr std::array kGarments = {
    Garment{"T-shirt", t_shirt}, Garment{"trouser", trouser}, Garment{"pullover", pullover}, Garment{"dress", dress},
    Garment{"coat", coat},       Garment{"sandal", sandal},   Garment{"shirt", shirt},       Garment{"sneaker", sneaker},
    Garment{"bag", bag},         Garment{"ankle boot", ankle_boot},
};

}  // namespace

std::span<const Garment> garments() {
    return kGarments;
}

}  // namespace ricci::runtime
