// Rounding to bf16 by arithmetic on the bits.
#include "codegen/math/vector_rounding.h"

#include <llvm/IR/IRBuilder.h>

#include <limits>

#include "codegen/math/float_emitter.h"

namespace ricci::codegen {
namespace {

constexpr int kMantissaBits = 7;  // bits of the mantissa of a bf16

/// Half a step is added to what is dropped, less one where the last digit that stays is even.
llvm::Value* without_low_bits(const FloatEmitter& f, llvm::Value* bits, int dropped) {
    const std::uint64_t low = (std::uint64_t{1} << dropped) - 1;
    llvm::Value* last = f.int_and(f.shift_right(bits, dropped), f.integer(1));
    return f.int_and(f.int_add(bits, f.int_add(last, f.integer(low >> 1))), f.integer(~low));
}

/// A double has a wider range: small numbers have a fixed step, large ones become infinite.
llvm::Value* in_range(const FloatEmitter& f, llvm::Value* x, llvm::Value* rounded) {
    constexpr double kSmallest = 0x1p-126;  // from here on digits count, not steps
    constexpr double kShift = 0x1.8p-81;    // its last digit is the step 2^-133
    constexpr double kAbove = 0x1p128;      // the first that bf16 does not hold
    llvm::Value* size = f.magnitude(x);
    llvm::Value* stepped = f.sub(f.add(size, f.constant(kShift)), f.constant(kShift));
    llvm::Value* most = f.constant(std::numeric_limits<double>::infinity());
    llvm::Value* large = f.magnitude(rounded);
    llvm::Value* kept = f.select(f.less(large, f.constant(kAbove)), large, most);
    return f.with_sign(f.select(f.less(size, f.constant(kSmallest)), stepped, kept), x);
}

}  // namespace

llvm::Value* emit_round_bf16(llvm::IRBuilderBase& builder, llvm::Value* x) {
    const FloatEmitter f(builder, x->getType());
    const int dropped = f.mantissa_bits() - kMantissaBits;
    llvm::Value* bits = f.bits(x);
    llvm::Value* rounded = f.from_bits(without_low_bits(f, bits, dropped));
    if (f.is_double()) return f.select(f.differ(x, x), x, in_range(f, x, rounded));
    const std::uint64_t low = (std::uint64_t{1} << dropped) - 1;
    const std::uint64_t quiet = std::uint64_t{1} << (f.mantissa_bits() - 1);
    llvm::Value* nan = f.from_bits(f.int_and(f.int_or(bits, f.integer(quiet)), f.integer(~low)));
    return f.select(f.differ(x, x), nan, rounded);
}

}  // namespace ricci::codegen
