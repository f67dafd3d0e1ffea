/// \file runtime/base/fill.h
/// A way to find elements that nothing writes. With RICCI_FILL=nan in the environment, all memory that a program is
/// about to write holds nan before each run. Without it fresh pages are zero, and a missing zero is never noticed.
#pragma once

#include <cstdint>

namespace ricci::runtime {

/// What the memory holds: a quiet nan as f32 and as f64, an unlikely number as i32 and as i64, neither byte of a bool.
inline constexpr std::uint32_t kUnwritten = 0x7FFDA5A5;

/// True when RICCI_FILL is "nan"; asked of the environment once. \throws UserError when it is anything else but "".
bool fills_memory();

/// Writes kUnwritten all over the memory when fills_memory(), else does nothing. \pre 4-byte aligned.
void fill_unwritten(void* memory, std::int64_t bytes);

}  // namespace ricci::runtime
