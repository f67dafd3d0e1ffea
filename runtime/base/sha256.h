/// \file runtime/base/sha256.h
/// SHA-256, to name weights and to check fetched files. Source: FIPS 180-4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ricci::runtime {

class Sha256 {
  public:
    void update(std::span<const std::byte> bytes);
    /// The 64 lower-case hex digits of everything so far; the hash can go on afterwards.
    std::string hex() const;

  private:
    static constexpr std::size_t kBlock = 64;
    void compress(const std::byte* block);
    void pad();

    std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                           0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::byte, kBlock> partial_{};
    std::uint64_t length_ = 0;  // bytes
};

/// The hash of one piece of memory.
std::string sha256(std::span<const std::byte> bytes);

}  // namespace ricci::runtime
