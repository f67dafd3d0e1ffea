/// \file ir/base/ids.h
/// Ids: places in vectors, a type for each sort of element, and the vectors that they are places in.
///
/// An id is a 32-bit place, or -1 for none. An id of one kind is no id of another kind, and no number: what counts
/// elements says `place()`.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ricci {

template <class T>
concept Place = std::integral<T> && !std::same_as<T, bool>;

template <class Tag>
class Id {
  public:
    using difference_type = std::int32_t;

    constexpr Id() = default;  // none
    /// A number of the program's text, such as the -1 of none.
    template <std::integral T>
    consteval Id(T place) : place_(static_cast<std::int32_t>(place)) {}
    /// A number that is computed is no id before somebody says so.
    template <Place T>
    constexpr explicit Id(T place) : place_(static_cast<std::int32_t>(place)) {}

    /// Where this stands in its vector. \pre not none
    constexpr std::size_t place() const { return static_cast<std::size_t>(place_); }
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    constexpr explicit operator T() const {
        return static_cast<T>(place_);
    }

    friend constexpr auto operator<=>(Id, Id) = default;
    constexpr Id& operator++() { return ++place_, *this; }
    constexpr Id operator++(int) { return std::exchange(*this, Id(place_ + 1)); }
    constexpr Id& operator--() { return --place_, *this; }
    constexpr Id operator--(int) { return std::exchange(*this, Id(place_ - 1)); }
    friend constexpr Id operator+(Id id, int steps) { return Id(id.place_ + steps); }
    friend constexpr Id operator-(Id id, int steps) { return Id(id.place_ - steps); }
    friend constexpr int operator-(Id a, Id b) { return a.place_ - b.place_; }
    friend std::ostream& operator<<(std::ostream& out, Id id) { return out << id.place_; }

  private:
    std::int32_t place_ = -1;
};

/// The ids 0 .. count-1.
template <class Id>
auto first_ids(std::size_t count) {
    return std::views::iota(Id(0), Id(count));
}

/// A std::vector whose elements ids name.
template <class Id, class T>
class IdVector : public std::vector<T> {
    using Base = std::vector<T>;

  public:
    using Base::Base;
    IdVector() = default;
    IdVector(Base&& elements) : Base(std::move(elements)) {}
    IdVector(const Base& elements) : Base(elements) {}

    using Base::operator[];
    typename Base::reference operator[](Id id) { return Base::operator[](id.place()); }
    typename Base::const_reference operator[](Id id) const { return Base::operator[](id.place()); }

    auto ids() const { return first_ids<Id>(Base::size()); }
    /// The id that the next element will have.
    Id next() const { return Id(Base::size()); }
    /// The id of an element. \pre `at` is within this vector
    Id id_of(typename Base::const_iterator at) const { return Id(at - Base::begin()); }
};

/// A std::span whose elements ids name.
template <class Id, class T>
class IdSpan : public std::span<T> {
    using Base = std::span<T>;

  public:
    using Base::Base;
    IdSpan(Base elements) : Base(elements) {}

    using Base::operator[];
    T& operator[](Id id) const { return Base::operator[](id.place()); }

    auto ids() const { return first_ids<Id>(Base::size()); }
};

}  // namespace ricci

template <class Tag>
struct std::hash<ricci::Id<Tag>> {
    std::size_t operator()(ricci::Id<Tag> id) const noexcept { return std::hash<int>{}(static_cast<int>(id)); }
};

template <class Tag>
struct fmt::formatter<ricci::Id<Tag>> : fmt::formatter<int> {
    template <class Context>
    auto format(ricci::Id<Tag> id, Context& context) const {
        return fmt::formatter<int>::format(static_cast<int>(id), context);
    }
};
