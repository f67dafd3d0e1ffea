// The generator and what is drawn from it. Compiled without contraction of products and sums, so the bits are the same
// everywhere. The logarithm is computed here, because C libraries differ in theirs.
#include "runtime/base/random.h"

#include <bit>
#include <cmath>
#include <numeric>

#include "ir/base/error.h"
#include "ir/base/philox.h"

namespace ricci::runtime {
namespace {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;

std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
}

// FNV-1a.
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xCBF29CE484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
    return hash;
}

// log(x) for normal x in (0, 1]: x = 2^e * f with f in [sqrt(1/2), sqrt(2)), log(f) = 2 atanh((f - 1) / (f + 1)).
double portable_log(double x) {
    constexpr double kLog2 = 0.6931471805599453;
    constexpr double kRootHalf = 0.7071067811865476;
    constexpr int kTerms = 11;  // |z| < 0.172: the next term is below 2^-60 of the first
    const auto bits = std::bit_cast<std::uint64_t>(x);
    int exponent = static_cast<int>(bits >> 52) - 1022;
    auto fraction = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFF) | 0x3FE0000000000000);  // [1/2, 1)
    if (fraction < kRootHalf) {
        fraction *= 2;
        --exponent;
    }
    const double z = (fraction - 1) / (fraction + 1);
    const double z2 = z * z;
    double sum = 0;
    for (int term = kTerms; term >= 0; --term) sum = sum * z2 + 1.0 / (2 * term + 1);
    return exponent * kLog2 + 2 * z * sum;
}

// 1 - x^2 / (n (n + 1)) (1 - x^2 / ((n + 2) (n + 3)) (1 - ...)): the cosine for n = 1, sin(x) / x for n = 2.
template <int n>
double alternating(double x) {
    constexpr int kTerms = 9;  // x <= pi / 4: the next term is below 2^-58
    const double x2 = x * x;
    double sum = 1;
    for (int term = kTerms - 1; term >= 0; --term) sum = 1 - x2 * sum * (1.0 / ((n + 2 * term) * (n + 2 * term + 1)));
    return sum;
}

// cos(2 pi turns) for turns in [0, 1]. Every difference here is exact.
double portable_cos(double turns) {
    constexpr double kTurn = 6.283185307179586;
    const double from_half = std::abs(turns - 0.5);
    const bool right = from_half > 0.25;
    const double quarter = right ? 0.5 - from_half : from_half;  // [0, 1/4]
    const double x = kTurn * (0.25 - quarter);
    const double value = quarter <= 0.125 ? alternating<1>(kTurn * quarter) : x * alternating<2>(x);
    return right ? value : -value;
}

double between(double low, double high, double share) {
    if (!std::isfinite(low) || !std::isfinite(high) || low > high)
        user_error("uniform numbers from {} to {}: the bounds must be finite and in order", low, high);
    const double value = low + (high - low) * share;
    return value < high ? value : low;  // rounding may reach the open end
}

}  // namespace

Draws::Draws(std::uint64_t seed, std::string_view stream)
    : key_(static_cast<std::int64_t>(seed)), stream_(static_cast<std::int64_t>(hash_of(stream))) {}

double Draws::uniform(std::int64_t place) const {
    return static_cast<double>(ir::random_bits(key_, place, stream_)) * 0x1p-52;
}

double Draws::uniform(std::int64_t place, double low, double high) const {
    return between(low, high, uniform(place));
}

double Draws::normal(std::int64_t place) const {
    const double length = static_cast<double>(ir::random_bits(key_, place, stream_) + 1) * 0x1p-52;
    const double angle = static_cast<double>(ir::random_bits(key_, place, ~stream_)) * 0x1p-52;
    return std::sqrt(-2 * portable_log(length)) * portable_cos(angle);
}

Rng::Rng(std::uint64_t seed, std::uint64_t stream) {
    std::uint64_t key = mix(seed + kGolden) ^ mix(mix(stream + 2 * kGolden) + kGolden);
    for (std::uint64_t& word : state_) word = mix(key += kGolden);
}

Rng::Rng(std::uint64_t seed, std::string_view stream) : Rng(seed, hash_of(stream)) {}

std::uint64_t Rng::next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

double Rng::uniform() {
    return static_cast<double>(next() >> 11) * 0x1p-53;
}

double Rng::uniform(double low, double high) {
    return between(low, high, uniform());
}

double Rng::normal() {
    if (has_spare_) {
        has_spare_ = false;
        return spare_;
    }
    for (;;) {
        const double u = 2 * uniform() - 1;
        const double v = 2 * uniform() - 1;
        const double s = u * u + v * v;
        if (s >= 1 || s == 0) continue;
        const double scale = std::sqrt(-2 * portable_log(s) / s);
        spare_ = v * scale;
        has_spare_ = true;
        return u * scale;
    }
}

std::int64_t Rng::below(std::int64_t count) {
    if (count < 1) user_error("a random choice among {} values is not possible", count);
    return static_cast<std::int64_t>(place_below(static_cast<std::size_t>(count)));
}

std::size_t Rng::place_below(std::size_t size) {
    RICCI_CHECK(size >= 1, "a place among {} elements is drawn", size);
    // The smallest power of two above the size, drawn until it falls inside: no value is favoured.
    const int shift = size == 1 ? 64 : std::countl_zero(size - 1);
    if (shift == 64) return 0;
    for (;;) {
        if (const std::size_t value = next() >> shift; value < size) return value;
    }
}

std::vector<std::int64_t> Rng::permutation(std::int64_t count) {
    if (count < 0) user_error("a permutation of {} values is not possible", count);
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    shuffle(std::span(order));
    return order;
}

}  // namespace ricci::runtime
