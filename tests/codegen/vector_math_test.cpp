// Accuracy, special values and width-independence of the vector functions, run through the JIT.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/codegen/vector_kernels.h"
#include "tests/seed.h"

namespace ricci::codegen {
namespace {

// A test with the kernels of this machine and those for AVX2.
class VectorMath : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        kernels_ = std::make_unique<VectorKernels>(Target::host());
        avx2_ = std::make_unique<VectorKernels>(Target::named("avx2"));
    }
    static void TearDownTestSuite() {
        kernels_.reset();
        avx2_.reset();
    }
    static VectorKernels& kernels() { return *kernels_; }
    static VectorKernels& avx2() { return *avx2_; }

  private:
    static inline std::unique_ptr<VectorKernels> kernels_;
    static inline std::unique_ptr<VectorKernels> avx2_;
};

struct Worst {
    double error = 0;
    double at = 0;
};

template <typename T>
Worst worst_error(VectorKernels& kernels, const VectorFunction& function, Bits<T> step) {
    Worst worst;
    for_samples<T>(step, [&](const std::vector<T>& x) {
        const std::vector<T> got = kernels(function.name, 16, x);
        for (std::size_t i = 0; i < x.size(); ++i) {
            double error = 0;
            if constexpr (sizeof(T) == 4) {
                error = ulps(got[i], function.reference_double(static_cast<double>(x[i])));
            } else {
                error = ulps(got[i], function.reference_long(static_cast<long double>(x[i])));
            }
            if (error > worst.error) worst = {error, static_cast<double>(x[i])};
        }
    });
    return worst;
}

TEST_F(VectorMath, FloatsAreWithinTheirBounds) {
    for (VectorKernels* target : {&kernels(), &avx2()}) {
        for (const VectorFunction& function : target->functions()) {
            const Worst worst = worst_error<float>(*target, function, exhaustive() ? 1 : 2897);
            EXPECT_LE(worst.error, function.bound.f32) << function.name << " at " << worst.at;
            if (exhaustive()) fmt::print("{:4} f32 {:.3f} ulp at {}\n", function.name, worst.error, worst.at);
        }
    }
}

TEST_F(VectorMath, DoublesAreWithinTheirBounds) {
    for (const VectorFunction& function : kernels().functions()) {
        const std::uint64_t step = exhaustive() ? 0xfffffffb1 : 0x3fffffffb1b;
        const Worst worst = worst_error<double>(kernels(), function, step * 16);
        EXPECT_LE(worst.error, function.bound.f64) << function.name << " at " << worst.at;
        if (exhaustive()) fmt::print("{:4} f64 {:.3f} ulp at {}\n", function.name, worst.error, worst.at);
    }
}

TEST_F(VectorMath, EachFunctionThatRoundsMoreThanOnceIsTried) {
    for (const ir::ScalarFunction& scalar : ir::scalar_functions()) {
        const ir::Ulps error = ir::info(scalar.function).error;
        const auto tried = [&](const VectorFunction& function) { return function.name == scalar.name; };
        EXPECT_EQ(error.f32 > 0.5, std::ranges::any_of(kernels().functions(), tried))
            << scalar.name << ": a function with an error has a row in vector_kernels.cpp, with an exact reference";
    }
}

template <typename T>
std::vector<Bits<T>> bits_of(const std::vector<T>& values) {
    std::vector<Bits<T>> bits;
    for (T value : values) bits.push_back(std::isnan(value) ? 0x7fc00000u : std::bit_cast<Bits<T>>(value));
    return bits;
}

template <typename T>
void expect_same_bits_at_every_width(VectorKernels& kernels, VectorKernels& lesser, Bits<T> step,
                                     std::string_view but) {
    for_samples<T>(step, [&](const std::vector<T>& x) {
        std::vector<T> y(x.rbegin(), x.rend());
        for (const char* name : {"exp", "log", "tanh", "erf", "expm1", "log1p", "sigmoid", "softplus", "normal_cdf", "sqrt",
                                 "pow", "sin", "cos", "atan2"}) {
            const auto expected = bits_of(kernels(name, 16, x, y));
            for (unsigned lanes : {1u, 4u, 8u}) EXPECT_TRUE(expected == bits_of(kernels(name, lanes, x, y))) << name;
            EXPECT_TRUE(name == but || expected == bits_of(lesser(name, 8, x, y))) << name;
        }
    });
}

TEST_F(VectorMath, BitsAreTheSameAtEveryWidthAndForALesserTarget) {
    expect_same_bits_at_every_width<float>(kernels(), avx2(), 65213, "tanh");  // with AVX-512 it has other instructions
    expect_same_bits_at_every_width<double>(kernels(), avx2(), 0xfffffffffb1d, "");
}

TEST_F(VectorMath, TanhOfFloatsHasTheSameBitsAtEveryWidthOfALesserTarget) {
    for_samples<float>(65213, [&](const std::vector<float>& x) {
        const auto expected = bits_of(avx2()("tanh", 16, x));
        for (unsigned lanes : {1u, 4u, 8u}) EXPECT_TRUE(expected == bits_of(avx2()("tanh", lanes, x))) << lanes;
    });
}

// Where the polynomials of two intervals meet, too.
TEST_F(VectorMath, TanhOfFloatsIsOddAndRises) {
    for (VectorKernels* target : {&kernels(), &avx2()}) {
        std::vector<float> x, opposite;
        for (std::uint32_t pattern = 0x38000000; pattern < 0x41800000; pattern += exhaustive() ? 1 : 211) {
            x.push_back(std::bit_cast<float>(pattern));  // from 2^-15 to 16
            opposite.push_back(-x.back());
        }
        const float slack = target->functions()[2].bound.f32 < 2 ? 0 : 0x1p-23f;  // exp steps back by an ulp
        const std::vector<float> got = (*target)("tanh", 16, x);
        const std::vector<float> negative = (*target)("tanh", 16, opposite);
        for (std::size_t i = 1; i < x.size(); ++i) {
            EXPECT_EQ(negative[i], -got[i]) << x[i];
            EXPECT_LE(got[i - 1], got[i] + slack * got[i]) << x[i];
        }
    }
}

template <typename T>
void expect_values(VectorKernels& kernels, const char* name, std::vector<std::pair<T, T>> cases) {
    for (const auto& [x, expected] : cases) {
        for (unsigned lanes : {1u, 16u}) {
            const T got = kernels(name, lanes, std::vector<T>{x})[0];
            if (std::isnan(expected)) {
                EXPECT_TRUE(std::isnan(got)) << name << '(' << x << ") = " << got;
            } else {
                EXPECT_EQ(std::bit_cast<Bits<T>>(got), std::bit_cast<Bits<T>>(expected))
                    << name << '(' << x << ") = " << got << ", not " << expected;
            }
        }
    }
}

template <typename T>
void expect_special_values(VectorKernels& kernels, T exp_zero, T exp_infinite) {
    const T inf = std::numeric_limits<T>::infinity();
    const T nan = std::numeric_limits<T>::quiet_NaN();
    const T tiny = std::numeric_limits<T>::denorm_min();
    const T big = std::numeric_limits<T>::max();
    expect_values<T>(kernels, "exp",
                     {{T(0), T(1)},
                      {-T(0), T(1)},
                      {tiny, T(1)},
                      {inf, inf},
                      {-inf, T(0)},
                      {nan, nan},
                      {exp_zero, T(0)},
                      {exp_infinite, inf},
                      {big, inf},
                      {-big, T(0)}});
    expect_values<T>(
        kernels, "log",
        {{T(1), T(0)}, {T(0), -inf}, {-T(0), -inf}, {-tiny, nan}, {T(-1), nan}, {-inf, nan}, {inf, inf}, {nan, nan}});
    for (const char* name : {"tanh", "erf"}) {
        expect_values<T>(kernels, name,
                         {{T(0), T(0)},
                          {-T(0), -T(0)},
                          {inf, T(1)},
                          {-inf, T(-1)},
                          {nan, nan},
                          {big, T(1)},
                          {-big, T(-1)},
                          {T(40), T(1)},
                          {T(-40), T(-1)},
                          {tiny, tiny}});
    }
    expect_values<T>(kernels, "expm1",
                     {{T(0), T(0)},
                      {-T(0), -T(0)},
                      {tiny, tiny},
                      {-tiny, -tiny},
                      {inf, inf},
                      {-inf, T(-1)},
                      {nan, nan},
                      {T(-100), T(-1)},
                      {exp_infinite, inf}});
    expect_values<T>(kernels, "log1p",
                     {{T(0), T(0)},
                      {-T(0), -T(0)},
                      {tiny, tiny},
                      {-tiny, -tiny},
                      {inf, inf},
                      {T(-1), -inf},
                      {T(-2), nan},
                      {-inf, nan},
                      {nan, nan}});
    for (const char* name : {"sigmoid", "normal_cdf"}) {
        expect_values<T>(kernels, name, {{inf, T(1)}, {-inf, T(0)}, {big, T(1)}, {-big, T(0)}, {nan, nan}});
    }
    expect_values<T>(kernels, "sigmoid", {{T(0), T(0.5)}, {-T(0), T(0.5)}, {tiny, T(0.5)}});
    expect_values<T>(kernels, "softplus", {{inf, inf}, {-inf, T(0)}, {big, big}, {-big, T(0)}, {nan, nan}});
    expect_values<T>(kernels, "sqrt", {{T(4), T(2)}, {-T(0), -T(0)}, {T(-1), nan}, {inf, inf}, {nan, nan}});
}

TEST_F(VectorMath, SpecialValuesAreThoseOfC) {
    expect_special_values<float>(kernels(), -104.0f, 89.0f);
    expect_special_values<float>(avx2(), -104.0f, 89.0f);
    expect_special_values<double>(kernels(), -745.2, 709.8);
}

TEST_F(VectorMath, TanhAndErfStayWithinOne) {
    for_samples<float>(65213, [&](const std::vector<float>& x) {
        for (const char* name : {"tanh", "erf"}) {
            for (float value : kernels()(name, 16, x)) EXPECT_FALSE(std::fabs(value) > 1);
        }
    });
}

// C's pow on all pairs of these: every special case of the standard is among them.
template <typename T>
void expect_pow_special_cases(VectorKernels& kernels) {
    const T inf = std::numeric_limits<T>::infinity();
    const T big = std::numeric_limits<T>::max();
    const T tiny = std::numeric_limits<T>::denorm_min();
    const std::vector<T> values = {T(0), T(1), T(2), T(3),   T(0.5),  T(1.5),
                                   tiny, big,  inf,  T(1e5), T(4097), std::numeric_limits<T>::quiet_NaN()};
    std::vector<T> x, y;
    for (T a : values) {
        for (T b : values) {
            for (int sign = 0; sign < 4; ++sign) {
                x.push_back(sign & 1 ? -a : a);
                y.push_back(sign & 2 ? -b : b);
            }
        }
    }
    const std::vector<T> got = kernels("pow", 16, x, y);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto exact = std::pow(static_cast<long double>(x[i]), static_cast<long double>(y[i]));
        EXPECT_LE(ulps(got[i], exact), 1) << "pow(" << x[i] << ", " << y[i] << ") = " << got[i] << ", not " << exact;
        EXPECT_TRUE(got[i] != 0 || std::signbit(got[i]) == std::signbit(exact)) << x[i] << " " << y[i];
    }
}

TEST_F(VectorMath, PowHasTheSpecialCasesOfC) {
    expect_pow_special_cases<float>(kernels());
    expect_pow_special_cases<double>(kernels());
}

// Bases of every size, and powers chosen so that the results are too.
template <typename T>
Worst worst_pow_error(VectorKernels& kernels, int count) {
    std::mt19937_64 random(test::seed());
    const double reach = std::log(static_cast<double>(std::numeric_limits<T>::max()));
    std::uniform_real_distribution<double> logarithm(-reach, reach);
    std::uniform_real_distribution<double> near_one(0.5, 2);
    std::vector<T> x, y;
    for (int i = 0; i < count; ++i) {
        x.push_back(static_cast<T>(i % 2 == 0 ? near_one(random) : std::exp(logarithm(random))));
        y.push_back(static_cast<T>(logarithm(random) / std::log(static_cast<double>(x.back()))));
    }
    const std::vector<T> got = kernels.operator()<T>("pow", 16, x, y);
    Worst worst;
    for (int i = 0; i < count; ++i) {
        const double error = ulps(got[i], std::pow(static_cast<long double>(x[i]), static_cast<long double>(y[i])));
        if (error > worst.error) worst = {error, static_cast<double>(x[i])};
    }
    return worst;
}

TEST_F(VectorMath, PowIsWithinItsBounds) {
    const Worst single = worst_pow_error<float>(kernels(), exhaustive() ? 20'000'000 : 200'000);
    const Worst twice = worst_pow_error<double>(kernels(), exhaustive() ? 20'000'000 : 200'000);
    EXPECT_LE(single.error, 1) << single.at;
    EXPECT_LE(twice.error, 2) << twice.at;
    if (exhaustive()) fmt::print("pow  f32 {:.3f} ulp, f64 {:.3f} ulp\n", single.error, twice.error);
}

}  // namespace
}  // namespace ricci::codegen
