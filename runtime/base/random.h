/// \file runtime/base/random.h
/// Seeded random numbers with the same bits on every platform: integer steps, and only operations IEEE 754 rounds.
/// Draws gives numbers by place, as equations do; Rng gives one number after the other, as shuffles and pictures do.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace ricci::runtime {

/// One stream of numbers. A seed and a second key name a stream. So what one parameter or one image draws does not
/// depend on the others or on their order.
/// Source: Blackman, Vigna 2019, "Scrambled linear pseudorandom number generators" (xoshiro256++); splitmix64 to seed.
class Rng {
  public:
    explicit Rng(std::uint64_t seed) : Rng(seed, std::uint64_t{0}) {}
    Rng(std::uint64_t seed, std::uint64_t stream);
    /// The stream of a name: Rng(seed, "conv1.weight").
    Rng(std::uint64_t seed, std::string_view stream);

    /// 64 random bits.
    std::uint64_t next();
    /// Uniform over the 2^53 multiples of 2^-53 in [0, 1).
    double uniform();
    /// Uniform in [low, high). \throws UserError if low > high or either is not finite.
    double uniform(double low, double high);
    /// Normal with mean 0 and deviation 1, by the polar method. Source: Marsaglia, Bray 1964.
    double normal();
    /// Uniform over [0, count), every value equally likely. \throws UserError if count is below 1.
    std::int64_t below(std::int64_t count);
    /// A place in a container of that size, each equally likely. \pre size >= 1
    std::size_t place_below(std::size_t size);

    /// Every order equally likely. Source: Fisher, Yates 1938.
    template <typename T>
    void shuffle(std::span<T> values) {
        for (std::size_t left = values.size(); left > 1; --left)
            std::swap(values[left - 1], values[place_below(left)]);
    }
    /// 0 .. count - 1 in a random order.
    std::vector<std::int64_t> permutation(std::int64_t count);

  private:
    std::uint64_t state_[4];
    double spare_ = 0;  // the polar method makes two normals at a time
    bool has_spare_ = false;
};

/// Numbers that are a function of their place, by Philox: what the notation's `random_bits` and `random_normal` say.
/// A place draws the same number whatever else is drawn, in any order. The bits are the same on every platform.
class Draws {
  public:
    /// \param stream  a name, such as "conv1.weight": its hash is the stream
    Draws(std::uint64_t seed, std::string_view stream);

    /// Uniform over the multiples of 2^-52 in [0, 1): random_bits(seed, place, stream) * 2^-52.
    double uniform(std::int64_t place) const;
    /// Uniform in [low, high). \throws UserError if low > high or either is not finite.
    double uniform(std::int64_t place, double low, double high) const;
    /// random_normal(seed, place, stream). Source: Box, Muller 1958.
    double normal(std::int64_t place) const;

    /// The numbers that the notation would be given.
    std::int64_t key() const { return key_; }
    std::int64_t stream() const { return stream_; }

  private:
    std::int64_t key_;
    std::int64_t stream_;
};

}  // namespace ricci::runtime
