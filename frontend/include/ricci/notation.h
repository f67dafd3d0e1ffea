/// \file ricci/notation.h
/// The index notation: layers written as equations over named indices.
///
///   Index b("b", batch), y("y", height), x("x", width), n("n", channel), i("i", channel), dy("dy", tap_h), dx("dx");
///   L1[b, y, x, n] = relu(sum(dy, dx, i)(K[n, dy, dx, i] * L0[b, s * y + dy, s * x + dx, i]) - B[n]);
///
/// Kinds and extents that are not said are inferred. An index that is not on the left is summed, around the smallest
/// product that holds all its uses. Mix-ups are refused on the line of the equation, naming indices, kinds and extents.
#pragma once

#include "ricci/scalar_terms.h"
#include "ricci/term.h"
