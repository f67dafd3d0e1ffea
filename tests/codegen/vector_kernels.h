/// \file tests/codegen/vector_kernels.h
/// The vector functions as compiled loops, the values to try them on, and the distance of a result from the exact one.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "codegen/jit/jit.h"
#include "codegen/jit/target.h"
#include "codegen/math/vector_math.h"
#include "codegen/math/vector_power.h"
#include "codegen/math/vector_tails.h"
#include "codegen/math/vector_tanh.h"
#include "codegen/math/vector_trigonometry.h"
#include "ir/core/scalar.h"

namespace ricci::codegen {

using EmitFunction = llvm::Value* (*)(llvm::IRBuilderBase&, llvm::Value*);

/// The libm functions are taken in long double; a double result is exact enough to judge a float.
struct VectorFunction {
    const char* name;
    EmitFunction emit;
    double (*reference_double)(double);
    long double (*reference_long)(long double);
    ir::Ulps bound{};
};

/// Every function at every width in both precisions, compiled once for a target.
class VectorKernels {
  public:
    explicit VectorKernels(const Target& target);

    template <typename T>
    std::vector<T> operator()(const std::string& name, unsigned lanes, std::vector<T> x, std::vector<T> y = {}) {
        const std::size_t size = x.size();
        x.resize((size + 15) / 16 * 16, T(1));
        y.resize(x.size(), T(1));
        std::vector<T> result(x.size());
        const std::string symbol = name + (sizeof(T) == 8 ? "_f64_" : "_f32_") + std::to_string(lanes);
        jit_.function<void(const T*, const T*, T*, std::int64_t)>(symbol)(x.data(), y.data(), result.data(),
                                                                          static_cast<std::int64_t>(x.size()));
        result.resize(size);
        return result;
    }

    const std::vector<VectorFunction>& functions() const { return functions_; }

  private:
    std::vector<VectorFunction> functions_;
    Jit jit_;
};

template <typename T>
using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

/// Distance of `got` from the exact value, in units of the last place of T at that value.
template <typename T, typename R>
double ulps(T got, R exact) {
    if (std::isnan(exact)) return std::isnan(got) ? 0 : 1e9;
    if (std::isinf(got)) return got == static_cast<T>(exact) ? 0 : 1e9;  // the exact value may round to infinity
    if (std::isnan(got) || std::isinf(exact)) return 1e9;
    const int exponent = std::max(std::ilogb(exact), std::numeric_limits<T>::min_exponent - 1);
    return static_cast<double>(std::fabs(static_cast<R>(got) - exact) /
                               std::ldexp(R(1), exponent - std::numeric_limits<T>::digits + 1));
}

/// Whether RICCI_EXHAUSTIVE asks for every float.
inline bool exhaustive() {
    return std::getenv("RICCI_EXHAUSTIVE") != nullptr;
}

/// Bit patterns from 0 to the last in even steps, a million at a time, with the special values in front.
template <typename T, typename Visit>
void for_samples(Bits<T> step, Visit visit) {
    using Limits = std::numeric_limits<T>;
    std::vector<T> chunk = {T(0),
                            -T(0),
                            Limits::infinity(),
                            -Limits::infinity(),
                            Limits::quiet_NaN(),
                            Limits::denorm_min(),
                            -Limits::denorm_min(),
                            Limits::min(),
                            -Limits::min(),
                            Limits::max(),
                            -Limits::max(),
                            T(1),
                            T(-1)};
    Bits<T> pattern = 0;
    for (bool more = true; more;) {
        while (more && chunk.size() < (1u << 20)) {
            chunk.push_back(std::bit_cast<T>(pattern));
            more = !__builtin_add_overflow(pattern, step, &pattern);
        }
        visit(chunk);
        chunk.clear();
    }
}

}  // namespace ricci::codegen
