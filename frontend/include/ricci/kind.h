/// \file ricci/kind.h
/// Index kinds: what an axis or an index stands for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ricci {

/// What an axis or an index stands for. A small value; two kinds are equal when their names are.
class Kind {
  public:
    /// The kind of that name, made on first use. \throws UserError unless the name is lower-case letters, digits, '_'.
    static Kind named(std::string_view name);

    std::string_view name() const;
    /// The kind of an offset inside a window along this kind: height -> tap_h.
    Kind tap() const;
    /// The position that a tap offsets (tap_h -> height), or nothing when this kind is not a tap.
    std::optional<Kind> position() const;

    friend bool operator==(Kind, Kind) = default;
    std::uint16_t id() const { return id_; }

  private:
    explicit Kind(std::uint16_t id) : id_(id) {}
    std::uint16_t id_;
};

}  // namespace ricci
