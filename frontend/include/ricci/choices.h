/// \file ricci/choices.h
/// What a user may choose of how a program is compiled. Each choice has a word, which the command line takes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace ricci {

/// The order of the axes of images between layers.
enum class Layout : std::uint8_t {
    automatic,  // "auto": the one in which the convolutions are predicted to be the fastest
    keep,       // that of the model
    nchw,
    nhwc,
};

/// How convolutions are computed.
enum class Convolution : std::uint8_t {
    automatic,  // "auto": for each the one that is predicted to be the fastest
    im2col,     // patches, then a product of matrices
    blocks,     // blocks of patches that stay in the cache
    winograd,   // Winograd's filtering where it applies: F(4x4, 3x3) and F(2x2, 5x5)
    winograd2,  // F(2x2, 3x3) alone
    direct,     // register tiles straight from the equation
    naive,      // plain loops
};

/// How products of matrices are computed.
enum class Gemm : std::uint8_t {
    automatic,    // "auto"
    blas,         // calls of OpenBLAS
    contraction,  // register tiles that are generated for each
    loops,        // plain loops
};

/// What products of matrices and convolutions compute with. All else stays as it is: weights, statistics, losses and updates.
enum class Precision : std::uint8_t {
    full,       // "f32": as the model says
    mixed,      // "bf16": factors are rounded to bf16 where that is predicted to be faster; sums stay f32
    all_mixed,  // "bf16-all": of every product that runs as a call, however long it takes
};

/// How many samples forward and backward run for at a time.
class TileSize {
  public:
    /// As many as a vector holds where that fits the second-level cache, else no tiles; much smaller batches without.
    static constexpr TileSize automatic() { return TileSize(kAutomatic); }
    static constexpr TileSize off() { return TileSize(kOff); }
    /// So many samples: .tile = 16. The compiler refuses a number below 1.
    static constexpr TileSize samples(std::int64_t samples) { return TileSize(samples < 1 ? kRefused : samples); }
    constexpr TileSize(int samples) : TileSize(TileSize::samples(samples)) {}

    constexpr bool is_automatic() const { return samples_ == kAutomatic; }
    constexpr bool is_off() const { return samples_ == kOff; }
    constexpr std::int64_t count() const { return samples_ == kRefused ? 0 : samples_; }
    friend constexpr bool operator==(TileSize, TileSize) = default;

  private:
    static constexpr std::int64_t kOff = 0;
    static constexpr std::int64_t kAutomatic = -1;
    static constexpr std::int64_t kRefused = -2;  // a number below 1
    explicit constexpr TileSize(std::int64_t samples) : samples_(samples) {}
    std::int64_t samples_;
};

/// The words of a choice, in the order of its enumerators: "keep", "nchw", "nhwc".
template <typename Choice>
std::span<const std::string_view> words_of();
template <>
std::span<const std::string_view> words_of<Layout>();
template <>
std::span<const std::string_view> words_of<Convolution>();
template <>
std::span<const std::string_view> words_of<Gemm>();
template <>
std::span<const std::string_view> words_of<Precision>();

inline std::string_view name_of(Layout choice) { return words_of<Layout>()[std::to_underlying(choice)]; }
inline std::string_view name_of(Convolution choice) { return words_of<Convolution>()[std::to_underlying(choice)]; }
inline std::string_view name_of(Gemm choice) { return words_of<Gemm>()[std::to_underlying(choice)]; }
inline std::string_view name_of(Precision choice) { return words_of<Precision>()[std::to_underlying(choice)]; }

}  // namespace ricci
