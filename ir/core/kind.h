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

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ricci::ir {

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
