/// \file ir/core/kind.h
/// Index kinds and their algebra: what may be added, scaled and flattened, written down once.
///
///   position + tap of that position = position     height + tap_h, width + tap_w, time + tap_time
///   tap + tap of one position       = tap          two nested windows
///   integer * kind, kind + integer  = kind         stride, dilation, offset
///   (kind, kind, ...) flattened     = that kind if all agree, else feature
///
/// Any kind may be windowed: the tap of kind K is named `tap_K`; height and width have the short names tap_h, tap_w.
#pragma once

#include <optional>
#include <span>

#include "ricci/kind.h"

namespace ricci::ir {

using ricci::Kind;

/// The kind of a sum of two indices, or nothing when they do not add up.
std::optional<Kind> add(Kind a, Kind b);
/// The kind of a flattened tuple of indices. \pre kinds is not empty.
Kind flatten(std::span<const Kind> kinds);

/// The kinds every model shares.
namespace kinds {
Kind batch();
Kind channel();
Kind height();
Kind width();
Kind tap_h();
Kind tap_w();
Kind feature();
Kind classes();  // spelt "class"
Kind time();
}  // namespace kinds

}  // namespace ricci::ir
