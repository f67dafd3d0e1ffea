/// \file ricci/axes.h
/// The kinds of axes as a user writes them: `channel(6)` is an axis, `channel` alone names the kind.
#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>

#include "ricci/type.h"

namespace ricci {

/// A kind of axis by name. A name of your own makes a kind of your own: `constexpr AxisName head{"head"};`.
struct AxisName {
    std::string_view name;

    /// An axis of this kind. \throws UserError unless extent >= 1.
    Axis operator()(std::int64_t extent, std::source_location where = std::source_location::current()) const;
    operator Kind() const { return Kind::named(name); }
};

/// The samples of a call: `batch()` is open, bound at each call; `batch(64)` is always 64.
struct BatchName : AxisName {
    using AxisName::operator();
    Axis operator()() const { return {*this, kOpen}; }
};

inline constexpr BatchName batch{{"batch"}};
inline constexpr AxisName channel{"channel"};
inline constexpr AxisName height{"height"};
inline constexpr AxisName width{"width"};
inline constexpr AxisName tap_h{"tap_h"};  // offset inside a window along the height
inline constexpr AxisName tap_w{"tap_w"};
inline constexpr AxisName feature{"feature"};
inline constexpr AxisName classes{"class"};
inline constexpr AxisName time_steps{"time"};  // sum(x, {time_steps}); the axis itself is time(8) or time_steps(8)

/// An axis of kind time; a function, so that it can stand beside the C library's time. \throws UserError unless extent
/// >= 1.
Axis time(std::int64_t extent, std::source_location where = std::source_location::current());
/// An axis of any kind. \throws UserError unless extent >= 1 and the name is lower-case letters, digits and '_'.
Axis axis(std::string_view kind, std::int64_t extent, std::source_location where = std::source_location::current());

}  // namespace ricci
