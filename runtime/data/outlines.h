/// \file runtime/data/outlines.h
/// The outlines of ten garments, drawn at random within what their class allows.
#pragma once

#include <span>
#include <vector>

#include "runtime/data/strokes.h"

namespace ricci::runtime {

class Rng;

/// Points around a part of a garment, from (-1, -1), the upper left corner, to (1, 1).
struct Outline {
    std::vector<Point> points;
    double level = 1;      // times that of the cloth; of a mark, added to it
    bool is_mark = false;  // a seam, a button, a lace
};

struct Garment {
    const char* name;
    /// Parts in the order in which they cover each other.
    std::vector<Outline> (*draw)(Rng& rng);
};

/// In the order of the classes of Fashion-MNIST.
std::span<const Garment> garments();

}  // namespace ricci::runtime
