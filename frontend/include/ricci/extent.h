/// \file ricci/extent.h
/// Extents of axes.
#pragma once

#include <cstdint>

namespace ricci {

/// The extent of the batch axis while it is open: it is bound when the program is called.
inline constexpr std::int64_t kOpen = -1;

}  // namespace ricci
