/// \file codegen/math/float_emitter.h
/// What the vector functions are made of: short names for floating-point instructions, and the pieces that they share. These
/// are powers of e and of 2, the split of a number into both, and the logarithm.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace llvm {
class IRBuilderBase;
class Type;
class Value;
}  // namespace llvm

namespace ricci::codegen {

/// Emits instructions on values of one type: float, double, or a vector of either. For any number of lanes, each lane
/// does the same sequence of correctly rounded operations. The builder sets no fast-math flag while this lives. So the
/// body and the tail of a loop have the same bits. In what follows "keeping NaN" means that a NaN in x comes out as a NaN.
class FloatEmitter {
  public:
    using Value = llvm::Value*;

    FloatEmitter(llvm::IRBuilderBase& builder, llvm::Type* type);
    ~FloatEmitter();

    bool is_double() const { return is_double_; }
    int mantissa_bits() const { return is_double_ ? 52 : 23; }
    std::int64_t exponent_bias() const { return is_double_ ? 1023 : 127; }

    Value constant(double value) const;        ///< Rounded to the type, in every lane.
    Value integer(std::uint64_t value) const;  ///< In every lane of the integer type of the same width.

    Value add(Value a, Value b) const;
    Value sub(Value a, Value b) const;
    Value mul(Value a, Value b) const;
    Value div(Value a, Value b) const;
    Value fma(Value a, Value b, Value c) const;  ///< a * b + c, rounded once.
    Value negative(Value a) const;
    Value truncated(Value a) const;
    Value rounded(Value a) const;  ///< To the nearest integer, of two to the even one.

    /// c[0] + c[1] x + c[2] x^2 + ..., by Horner's rule.
    Value polynomial(Value x, std::span<const double> coefficients) const;
    Value at_least(Value x, double low) const;  ///< max(x, low), keeping NaN.
    Value at_most(Value x, double high) const;  ///< min(x, high), keeping NaN.

    Value less(Value a, Value b) const;    ///< False if either is NaN.
    Value equal(Value a, Value b) const;   ///< False if either is NaN.
    Value differ(Value a, Value b) const;  ///< True if either is NaN.
    Value select(Value condition, Value yes, Value no) const;
    Value both(Value a, Value b) const;    ///< Logical and of conditions.
    Value either(Value a, Value b) const;  ///< Logical or of conditions.

    Value bits(Value a) const;       ///< The same bits as integers.
    Value from_bits(Value a) const;  ///< The same bits as floating-point numbers.
    Value int_add(Value a, Value b) const;
    Value int_sub(Value a, Value b) const;
    Value int_and(Value a, Value b) const;
    Value int_or(Value a, Value b) const;
    Value shift_left(Value a, int count) const;
    Value shift_right(Value a, int count) const;  ///< Zeros come in.

    Value magnitude(Value a) const;                ///< |a|
    Value with_sign(Value value, Value of) const;  ///< |value| with the sign of `of`.

  private:
    class PlainArithmetic;

    llvm::IRBuilderBase& builder_;
    std::unique_ptr<PlainArithmetic> plain_;
    llvm::Type* type_;
    llvm::Type* int_type_;
    bool is_double_;
};

/// exp(x + low) for a small `low`, or exp(x) where it is null. NaN in x stays.
llvm::Value* exp_of_sum(const FloatEmitter& emit, llvm::Value* x, llvm::Value* low);

/// exp(x) - 1 with a small relative error everywhere; of either zero it is 0. NaN in x stays.
llvm::Value* exp_minus_one(const FloatEmitter& emit, llvm::Value* x);

/// exp(x) - 1 for -40 <= x <= 0 (or NaN), with a small relative error near 0 too; never below -1.
llvm::Value* exp_minus_one_below_zero(const FloatEmitter& emit, llvm::Value* x);

/// x = (1 + fraction) * 2^exponent with 1 + fraction in [sqrt(1/2), sqrt(2)).
struct SplitNumber {
    llvm::Value* exponent;  ///< An integer, as a floating-point number.
    llvm::Value* fraction;  ///< Exact.
};
/// Splits a positive finite x, subnormal or not; other x give some finite pair.
SplitNumber split_number(const FloatEmitter& emit, llvm::Value* x);

/// The natural logarithm; -infinity at 0, NaN below.
llvm::Value* log_of(const FloatEmitter& emit, llvm::Value* x);

}  // namespace ricci::codegen
