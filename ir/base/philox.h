/// \file ir/base/philox.h
/// Random numbers that are a function of their place: Philox 4x32-10.
/// Source: Salmon, Moraes, Dror and Shaw, Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011, section 3.3.
#pragma once

#include <array>
#include <cstdint>

namespace ricci::ir {

/// What each of the rounds multiplies by, and adds to the two words of the key.
struct Philox {
    static constexpr int kRounds = 10;
    static constexpr std::uint32_t kMultipliers[2] = {0xD2511F53, 0xCD9E8D57};
    static constexpr std::uint32_t kKeySteps[2] = {0x9E3779B9, 0xBB67AE85};
};

/// Four random words for a counter of four words.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < Philox::kRounds; ++round) {
        const std::uint64_t first = std::uint64_t{Philox::kMultipliers[0]} * counter[0];
        const std::uint64_t second = std::uint64_t{Philox::kMultipliers[1]} * counter[2];
        counter = {static_cast<std::uint32_t>(second >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(second),
                   static_cast<std::uint32_t>(first >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(first)};
        key = {key[0] + Philox::kKeySteps[0], key[1] + Philox::kKeySteps[1]};
    }
    return counter;
}

/// 52 random bits, a number from 0 to 2^52 - 1: the first two words for the counter (place, stream).
constexpr std::int64_t random_bits(std::int64_t key, std::int64_t place, std::int64_t stream) {
    const auto low = [](std::int64_t word) { return static_cast<std::uint32_t>(static_cast<std::uint64_t>(word)); };
    const auto high = [](std::int64_t word) { return static_cast<std::uint32_t>(static_cast<std::uint64_t>(word) >> 32); };
    const auto words = philox({low(place), high(place), low(stream), high(stream)}, {low(key), high(key)});
    return static_cast<std::int64_t>(std::uint64_t{words[0]} << 20 | words[1] >> 12);
}

}  // namespace ricci::ir
