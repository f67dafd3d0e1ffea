/// \file codegen/jit/packed_bytes.h
/// What entries of the object cache are made of: numbers as eight bytes, texts with their length before them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ricci::codegen {

class PackedWriter {
  public:
    void number(std::uint64_t value);
    void text(std::string_view value);
    std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

/// Reads what a PackedWriter wrote; past the end everything is 0 or empty, and at_end() is false.
class PackedReader {
  public:
    /// \pre the bytes outlive it.
    explicit PackedReader(std::string_view bytes) : rest_(bytes) {}

    std::size_t number();
    std::string text() { return std::string(take(number())); }
    /// How many of something follow, each of at least one number.
    std::size_t count();
    bool at_end() const { return ok_ && rest_.empty(); }

  private:
    std::string_view take(std::size_t bytes);

    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace ricci::codegen
