// Accuracy, special values and width-independence of the vector functions, run through the JIT.
#include "codegen/vector_math.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "codegen/jit.h"
#include "codegen/module_compiler.h"

namespace ricci::codegen {
namespace {

using Emit = llvm::Value* (*)(llvm::IRBuilderBase&, llvm::Value*);

llvm::Value* emit_tanh_by_division(llvm::IRBuilderBase& builder, llvm::Value* x) {
    return emit_tanh(builder, x, false);
}
llvm::Value* emit_tanh_with_avx512(llvm::IRBuilderBase& builder, llvm::Value* x) {
    return emit_tanh(builder, x, true);
}

// The libm functions are taken in long double; a double result is exact enough to judge a float.
struct Function {
    const char* name;
    Emit emit;
    double (*reference_double)(double);
    long double (*reference_long)(long double);
    double bound_float;  // units of the last place
    double bound_double;
};

constexpr Function kTanhByTable = {"tanh", emit_tanh_with_avx512, std::tanh, std::tanh, 1.5, 3};
constexpr Function kFunctions[] = {
    {"exp", emit_exp, std::exp, std::exp, 2, 2},
    {"log", emit_log, std::log, std::log, 2, 2},
    {"tanh", emit_tanh_by_division, std::tanh, std::tanh, 3, 3},
    {"erf", emit_erf, std::erf, std::erf, 4, 4},
};

// The functions of a target.
std::vector<Function> functions_of(const Target& target) {
    std::vector<Function> functions(std::begin(kFunctions), std::end(kFunctions));
    if (target.vector_bytes == 64) functions[2] = kTanhByTable;
    return functions;
}

// void NAME_LANES(in, second, out, n): out[i] = f(in[i], second[i]); n is a multiple of the lanes.
template <typename Body>
void add_kernel(llvm::Module& module, const std::string& name, llvm::Type* element, unsigned lanes, Body body) {
    llvm::LLVMContext& context = module.getContext();
    llvm::IRBuilder<> builder(context);
    llvm::Type* pointer = builder.getPtrTy();
    llvm::Type* index = builder.getInt64Ty();
    llvm::Type* type = lanes == 1 ? element : llvm::FixedVectorType::get(element, lanes);
    auto* signature = llvm::FunctionType::get(builder.getVoidTy(), {pointer, pointer, pointer, index}, false);
    auto* function = llvm::Function::Create(signature, llvm::Function::ExternalLinkage, name, module);
    auto* entry = llvm::BasicBlock::Create(context, "entry", function);
    auto* loop = llvm::BasicBlock::Create(context, "loop", function);
    auto* done = llvm::BasicBlock::Create(context, "done", function);
    builder.SetInsertPoint(entry);
    builder.CreateBr(loop);
    builder.SetInsertPoint(loop);
    llvm::PHINode* i = builder.CreatePHI(index, 2);
    i->addIncoming(builder.getInt64(0), entry);
    const auto place = [&](unsigned argument) { return builder.CreateGEP(element, function->getArg(argument), i); };
    const llvm::Align align(element->isDoubleTy() ? 8 : 4);
    llvm::Value* x = builder.CreateAlignedLoad(type, place(0), align);
    llvm::Value* y = builder.CreateAlignedLoad(type, place(1), align);
    builder.CreateAlignedStore(body(builder, x, y), place(2), align);
    llvm::Value* next = builder.CreateAdd(i, builder.getInt64(lanes));
    i->addIncoming(next, loop);
    builder.CreateCondBr(builder.CreateICmpSLT(next, function->getArg(3)), loop, done);
    builder.SetInsertPoint(done);
    builder.CreateRetVoid();
}

// Every function at every width in both precisions, compiled once for a target.
class Kernels {
  public:
    explicit Kernels(const Target& target) : functions_(functions_of(target)), jit_(target) {
        llvm::LLVMContext context;
        ModuleCompiler compiler(target);
        auto module = compiler.new_module("vector_math", context);
        for (llvm::Type* element : {llvm::Type::getFloatTy(context), llvm::Type::getDoubleTy(context)}) {
            const std::string suffix = element->isDoubleTy() ? "_f64_" : "_f32_";
            for (unsigned lanes : {1u, 4u, 8u, 16u}) {
                const std::string end = suffix + std::to_string(lanes);
                for (const Function& function : functions_) {
                    add_kernel(*module, function.name + end, element, lanes,
                               [&](auto& builder, auto* x, auto*) { return function.emit(builder, x); });
                }
                add_kernel(*module, "sqrt" + end, element, lanes,
                           [&](auto& builder, auto* x, auto*) { return emit_sqrt(builder, x); });
                add_kernel(*module, "pow" + end, element, lanes, emit_pow_with);
            }
        }
        jit_.add_module(compiler, *module);
    }

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

    const std::vector<Function>& functions() const { return functions_; }

  private:
    static llvm::Value* emit_pow_with(llvm::IRBuilderBase& builder, llvm::Value* x, llvm::Value* y) {
        return emit_pow(builder, x, y);
    }

    std::vector<Function> functions_;
    Jit jit_;
};

class VectorMath : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        kernels_ = std::make_unique<Kernels>(Target::host());
        avx2_ = std::make_unique<Kernels>(Target::named("avx2"));
    }
    static void TearDownTestSuite() {
        kernels_.reset();
        avx2_.reset();
    }
    static Kernels& kernels() { return *kernels_; }
    static Kernels& avx2() { return *avx2_; }

  private:
    static inline std::unique_ptr<Kernels> kernels_;
    static inline std::unique_ptr<Kernels> avx2_;
};

template <typename T>
using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

// Distance of `got` from the exact value, in units of the last place of T at that value.
template <typename T, typename R>
double ulps(T got, R exact) {
    if (std::isnan(exact)) return std::isnan(got) ? 0 : 1e9;
    if (std::isinf(got)) return got == static_cast<T>(exact) ? 0 : 1e9;  // the exact value may round to infinity
    if (std::isnan(got) || std::isinf(exact)) return 1e9;
    const int exponent = std::max(std::ilogb(exact), std::numeric_limits<T>::min_exponent - 1);
    return static_cast<double>(std::fabs(static_cast<R>(got) - exact) /
                               std::ldexp(R(1), exponent - std::numeric_limits<T>::digits + 1));
}

bool exhaustive() {
    return std::getenv("RICCI_EXHAUSTIVE") != nullptr;
}

// Bit patterns from 0 to the last in even steps, a million at a time, with the special values in front.
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

struct Worst {
    double error = 0;
    double at = 0;
};

template <typename T>
Worst worst_error(Kernels& kernels, const Function& function, Bits<T> step) {
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
    for (Kernels* target : {&kernels(), &avx2()}) {
        for (const Function& function : target->functions()) {
            const Worst worst = worst_error<float>(*target, function, exhaustive() ? 1 : 2897);
            EXPECT_LE(worst.error, function.bound_float) << function.name << " at " << worst.at;
            if (exhaustive()) fmt::print("{:4} f32 {:.3f} ulp at {}\n", function.name, worst.error, worst.at);
        }
    }
}

TEST_F(VectorMath, DoublesAreWithinTheirBounds) {
    for (const Function& function : kernels().functions()) {
        const std::uint64_t step = exhaustive() ? 0xfffffffb1 : 0x3fffffffb1b;
        const Worst worst = worst_error<double>(kernels(), function, step * 16);
        EXPECT_LE(worst.error, function.bound_double) << function.name << " at " << worst.at;
        if (exhaustive()) fmt::print("{:4} f64 {:.3f} ulp at {}\n", function.name, worst.error, worst.at);
    }
}

template <typename T>
std::vector<Bits<T>> bits_of(const std::vector<T>& values) {
    std::vector<Bits<T>> bits;
    for (T value : values) bits.push_back(std::isnan(value) ? 0x7fc00000u : std::bit_cast<Bits<T>>(value));
    return bits;
}

template <typename T>
void expect_same_bits_at_every_width(Kernels& kernels, Kernels& lesser, Bits<T> step, std::string_view but) {
    for_samples<T>(step, [&](const std::vector<T>& x) {
        std::vector<T> y(x.rbegin(), x.rend());
        for (const char* name : {"exp", "log", "tanh", "erf", "sqrt", "pow"}) {
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
    for (Kernels* target : {&kernels(), &avx2()}) {
        std::vector<float> x, opposite;
        for (std::uint32_t pattern = 0x38000000; pattern < 0x41800000; pattern += exhaustive() ? 1 : 211) {
            x.push_back(std::bit_cast<float>(pattern));  // from 2^-15 to 16
            opposite.push_back(-x.back());
        }
        const float slack = target->functions()[2].bound_float < 2 ? 0 : 0x1p-23f;  // exp steps back by an ulp
        const std::vector<float> got = (*target)("tanh", 16, x);
        const std::vector<float> negative = (*target)("tanh", 16, opposite);
        for (std::size_t i = 1; i < x.size(); ++i) {
            EXPECT_EQ(negative[i], -got[i]) << x[i];
            EXPECT_LE(got[i - 1], got[i] + slack * got[i]) << x[i];
        }
    }
}

template <typename T>
void expect_values(Kernels& kernels, const char* name, std::vector<std::pair<T, T>> cases) {
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
void expect_special_values(Kernels& kernels, T exp_zero, T exp_infinite) {
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
void expect_pow_special_cases(Kernels& kernels) {
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
Worst worst_pow_error(Kernels& kernels, int count) {
    std::mt19937_64 random(7);
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
