/// \file ir/base/places.h
/// Where elements stand in ranges, as a number that indexes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <ranges>

namespace ricci {

/// The place of an element that an algorithm found in a range; the range's size where it found none.
template <std::ranges::forward_range Range>
constexpr std::size_t place_at(const Range& range, std::ranges::iterator_t<const Range> at) {
    return static_cast<std::size_t>(std::ranges::distance(std::ranges::begin(range), at));
}

/// The place of the first element that equals `value`; the range's size where none does.
template <std::ranges::forward_range Range, class T, class Projection = std::identity>
constexpr std::size_t place_of(const Range& range, const T& value, Projection projection = {}) {
    return place_at(range, std::ranges::find(range, value, projection));
}

/// How many elements `meant` holds for.
template <std::ranges::forward_range Range, class Meant>
constexpr std::size_t count_where(const Range& range, Meant meant) {
    return static_cast<std::size_t>(std::ranges::count_if(range, meant));
}

}  // namespace ricci
