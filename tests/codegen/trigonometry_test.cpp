// Angles of any size: those that lie nearest to a whole number of quarter turns, special values, and atan2.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/codegen/vector_kernels.h"
#include "tests/seed.h"

namespace ricci::codegen {
namespace {

class Trigonometry : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        kernels_ = std::make_unique<VectorKernels>(Target::host());
        avx2_ = std::make_unique<VectorKernels>(Target::named("avx2"));
    }
    static void TearDownTestSuite() {
        kernels_.reset();
        avx2_.reset();
    }
    static std::vector<VectorKernels*> targets() { return {kernels_.get(), avx2_.get()}; }

  private:
    static inline std::unique_ptr<VectorKernels> kernels_;
    static inline std::unique_ptr<VectorKernels> avx2_;
};

/// The numerator of the best fraction for pi/2 below each size leaves the least of an angle; times powers of two, too.
template <typename T>
std::vector<T> hard_angles() {
    std::vector<T> angles;
    const long double quarter = 1.5707963267948966192313216916397514L;
    for (int turns = 1; turns < 4000; ++turns) {
        const auto near = static_cast<T>(static_cast<long double>(turns) * quarter);
        for (T angle : {near, std::nextafter(near, T(0)), std::nextafter(near, T(1e9))}) angles.push_back(angle);
    }
    // The hardest double, 6381956970095103 * 2^797, and float, 16367173 * 2^72; others with long runs of zeros.
    if (sizeof(T) == 8) {
        angles.push_back(std::ldexp(T(6381956970095103), 797));
        angles.push_back(std::ldexp(T(5706674932067741), 4));
        angles.push_back(std::ldexp(T(6411027962775774), -48));
    }
    for (int power = 0; power < (sizeof(T) == 8 ? 960 : 100); ++power) {
        angles.push_back(std::ldexp(T(16367173), power));
        angles.push_back(std::ldexp(T(8885995), power));
        angles.push_back(std::ldexp(T(11482993), power));
    }
    for (std::size_t i = angles.size(); i-- > 0;) angles.push_back(-angles[i]);
    return angles;
}

template <typename T>
void expect_exact_angles(VectorKernels& kernels) {
    const std::vector<T> x = hard_angles<T>();
    const std::vector<T> sine = kernels("sin", 16, x);
    const std::vector<T> cosine = kernels("cos", 16, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto angle = static_cast<long double>(x[i]);
        EXPECT_LE(ulps(sine[i], std::sin(angle)), 1) << "sin(" << fmt::format("{}", x[i]) << ")";
        EXPECT_LE(ulps(cosine[i], std::cos(angle)), 1) << "cos(" << fmt::format("{}", x[i]) << ")";
    }
}

TEST_F(Trigonometry, AnglesOfAnySizeKeepAllDigits) {
    for (VectorKernels* kernels : targets()) {
        expect_exact_angles<float>(*kernels);
        expect_exact_angles<double>(*kernels);
    }
}

/// Of bit patterns in even steps, the worst of sine and cosine.
template <typename T>
double worst_sine_error(VectorKernels& kernels, Bits<T> step) {
    double worst = 0;
    for_samples<T>(step, [&](const std::vector<T>& x) {
        const std::vector<T> sine = kernels("sin", 16, x);
        const std::vector<T> cosine = kernels("cos", 16, x);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const auto angle = static_cast<std::conditional_t<sizeof(T) == 4, double, long double>>(x[i]);
            worst = std::max({worst, ulps(sine[i], std::sin(angle)), ulps(cosine[i], std::cos(angle))});
        }
    });
    return worst;
}

TEST_F(Trigonometry, SinesAreWithinTheirBounds) {
    const double single = worst_sine_error<float>(*targets()[1], exhaustive() ? 61 : 65213);
    const double twice = worst_sine_error<double>(*targets()[1], exhaustive() ? 0xfffffffb1b : 0xfffffffffb1d);
    EXPECT_LE(single, ir::info(ir::Scalar::sin).error.f32);
    EXPECT_LE(twice, ir::info(ir::Scalar::sin).error.f64);
    if (exhaustive()) fmt::print("sin and cos f32 {:.3f} ulp, f64 {:.3f} ulp\n", single, twice);
}

template <typename T>
void expect_same(T got, T expected, const std::string& what) {
    EXPECT_EQ(std::isnan(got), std::isnan(expected)) << what << " = " << got << ", not " << expected;
    if (std::isnan(expected)) return;
    EXPECT_EQ(std::bit_cast<Bits<T>>(got), std::bit_cast<Bits<T>>(expected))
        << what << " = " << got << ", not " << expected;
}

template <typename T>
void expect_special_values(VectorKernels& kernels) {
    using Limits = std::numeric_limits<T>;
    for (T x : {T(0), -T(0), Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), Limits::denorm_min(),
                -Limits::denorm_min(), Limits::min(), T(1e-30)}) {
        for (unsigned lanes : {1u, 16u}) {
            expect_same(kernels("sin", lanes, std::vector<T>{x})[0], std::sin(x), fmt::format("sin({})", x));
            expect_same(kernels("cos", lanes, std::vector<T>{x})[0], std::cos(x), fmt::format("cos({})", x));
        }
    }
}

TEST_F(Trigonometry, SpecialValuesAreThoseOfC) {
    for (VectorKernels* kernels : targets()) {
        expect_special_values<float>(*kernels);
        expect_special_values<double>(*kernels);
    }
}

/// C's atan2 on all pairs of these, with all signs: every special case of the standard is among them.
template <typename T>
void expect_atan2_cases(VectorKernels& kernels) {
    using Limits = std::numeric_limits<T>;
    const std::vector<T> values = {T(0),
                                   T(1),
                                   T(0.5),
                                   T(0.4142),
                                   T(0.41422),
                                   T(3),
                                   Limits::denorm_min(),
                                   Limits::min(),
                                   Limits::max(),
                                   T(1e30),
                                   T(1e-30),
                                   Limits::infinity(),
                                   Limits::quiet_NaN()};
    std::vector<T> x, y;
    for (T a : values) {
        for (T b : values) {
            for (int sign = 0; sign < 4; ++sign) {
                y.push_back(sign & 1 ? -a : a);
                x.push_back(sign & 2 ? -b : b);
            }
        }
    }
    const double bound = sizeof(T) == 4 ? 1 : 3;
    const std::vector<T> got = kernels("atan2", 16, y, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const long double exact = std::atan2(static_cast<long double>(y[i]), static_cast<long double>(x[i]));
        EXPECT_LE(ulps(got[i], exact), bound) << fmt::format("atan2({}, {}) = {}", y[i], x[i], got[i]);
        EXPECT_TRUE(got[i] != 0 || std::signbit(got[i]) == std::signbit(exact)) << y[i] << " " << x[i];
    }
}

TEST_F(Trigonometry, Atan2HasTheSpecialCasesOfC) {
    for (VectorKernels* kernels : targets()) {
        expect_atan2_cases<float>(*kernels);
        expect_atan2_cases<double>(*kernels);
    }
}

/// Points of all sizes, whose coordinates are of one size for every other one.
template <typename T>
double worst_atan2_error(VectorKernels& kernels, int count) {
    std::mt19937_64 random(test::seed());
    const double reach = std::log(static_cast<double>(std::numeric_limits<T>::max()));
    std::uniform_real_distribution<double> logarithm(-reach, reach);
    std::uniform_real_distribution<double> side(-1, 1);
    std::vector<T> x, y;
    for (int i = 0; i < count; ++i) {
        const double size = std::exp(logarithm(random));
        x.push_back(static_cast<T>(size * side(random)));
        y.push_back(static_cast<T>((i % 2 == 0 ? size : std::exp(logarithm(random))) * side(random)));
    }
    const std::vector<T> got = kernels("atan2", 16, y, x);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        worst =
            std::max(worst, ulps(got[i], std::atan2(static_cast<long double>(y[i]), static_cast<long double>(x[i]))));
    }
    return worst;
}

TEST_F(Trigonometry, Atan2IsWithinItsBounds) {
    const ir::Ulps bound = ir::info(ir::Scalar::atan2).error;
    const int count = exhaustive() ? 20'000'000 : 200'000;
    const double single = worst_atan2_error<float>(*targets()[0], count);
    const double twice = worst_atan2_error<double>(*targets()[0], count);
    EXPECT_LE(single, bound.f32);
    EXPECT_LE(twice, bound.f64);
    if (exhaustive()) fmt::print("atan2 f32 {:.3f} ulp, f64 {:.3f} ulp\n", single, twice);
}

}  // namespace
}  // namespace ricci::codegen
