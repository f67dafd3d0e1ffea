// Sums, products and extrema of values or of lanes, which shuffles bring face to face.
#include "codegen/emit/reduction.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/PatternMatch.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace ricci::codegen {
namespace {

using llvm::Value;

/// A constant that is not nan, the same in all lanes.
bool is_number(const Value* value) {
    const auto* constant = llvm::dyn_cast<llvm::Constant>(value);
    if (constant != nullptr && constant->getType()->isVectorTy()) constant = constant->getSplatValue();
    const auto* real = llvm::dyn_cast_or_null<llvm::ConstantFP>(constant);
    return real != nullptr && !real->isNaN();
}

/// |a|, or -|a|.
bool is_absolute(Value* value) {
    Value* inner = nullptr;
    if (llvm::PatternMatch::match(value, llvm::PatternMatch::m_FNeg(llvm::PatternMatch::m_Value(inner)))) value = inner;
    return llvm::PatternMatch::match(value, llvm::PatternMatch::m_FAbs(llvm::PatternMatch::m_Value()));
}

/// a > b ? a : b, but nan when either is nan; the predicate turns it into min.
Value* extremum(llvm::IRBuilderBase& b, bool largest, Value* x, Value* y) {
    if (!x->getType()->isFPOrFPVectorTy()) {
        return b.CreateSelect(largest ? b.CreateICmpSGT(x, y) : b.CreateICmpSLT(x, y), x, y);
    }
    // With a number on one side only the other can be nan, and a comparison that fails for nan picks it.
    if (is_number(x)) std::swap(x, y);
    if (is_number(y)) {
        return b.CreateSelect(largest ? b.CreateFCmpOGT(y, x) : b.CreateFCmpOLT(y, x), y, x);
    }
    // Where LLVM 19 finds late that y is 0, it takes "x is nan, or |x| > y" for "x is nan, or x > 0". So absolute values go
    // another way.
    if (is_absolute(x) || is_absolute(y))
        return b.CreateBinaryIntrinsic(largest ? llvm::Intrinsic::maximum : llvm::Intrinsic::minimum, x, y);
    Value* picked = b.CreateSelect(largest ? b.CreateFCmpOGT(x, y) : b.CreateFCmpOLT(x, y), x, y);
    return b.CreateSelect(b.CreateFCmpUNO(x, x), x, picked);
}

}  // namespace

Value* combine(Emitter& e, ir::Reduce reduce, Value* a, Value* b) {
    bool real = a->getType()->isFPOrFPVectorTy();
    switch (reduce) {
        case ir::Reduce::sum:
            return real ? e.builder.CreateFAdd(a, b) : e.builder.CreateAdd(a, b);
        case ir::Reduce::prod:
            return real ? e.builder.CreateFMul(a, b) : e.builder.CreateMul(a, b);
        case ir::Reduce::max:
            return extremum(e.builder, true, a, b);
        case ir::Reduce::min:
            return extremum(e.builder, false, a, b);
        default:
            RICCI_CHECK(false, "{} does not combine", ir::name_of(reduce));
    }
    return nullptr;
}

Value* combine_lanes(Emitter& e, ir::Reduce reduce, Value* vector) {
    unsigned width = llvm::cast<llvm::FixedVectorType>(vector->getType())->getNumElements();
    while (width > 1) {
        width /= 2;
        llvm::SmallVector<int, 16> low;
        llvm::SmallVector<int, 16> high;
        for (unsigned i = 0; i < width; ++i) {
            low.push_back(static_cast<int>(i));
            high.push_back(static_cast<int>(i + width));
        }
        vector =
            combine(e, reduce, e.builder.CreateShuffleVector(vector, low), e.builder.CreateShuffleVector(vector, high));
    }
    return e.builder.CreateExtractElement(vector, std::uint64_t{0});
}

std::vector<Value*> combine_lanes(Emitter& e, ir::Reduce reduce, std::vector<Value*> vectors) {
    const unsigned lanes = llvm::cast<llvm::FixedVectorType>(vectors[0]->getType())->getNumElements();
    const std::size_t count = vectors.size();
    RICCI_CHECK(count <= lanes, "{} vectors of {} lanes are combined at once", count, lanes);
    vectors.resize(std::bit_ceil(count), vectors[0]);
    // Vectors i and i + half become one: in each run of lanes that still belong together the first half is i's.
    for (unsigned run = lanes; run > 1; run /= 2) {
        const bool alone = vectors.size() == 1;
        llvm::SmallVector<int, 16> low;
        llvm::SmallVector<int, 16> high;
        for (unsigned first = 0; first < lanes; first += run) {
            for (unsigned from : {0U, alone ? 0U : lanes}) {
                for (unsigned i = first; i < first + run / 2; ++i) {
                    low.push_back(static_cast<int>(from + i));
                    high.push_back(static_cast<int>(from + i + run / 2));
                }
            }
        }
        const std::size_t half = std::max<std::size_t>(vectors.size() / 2, 1);
        for (std::size_t i = 0; i < half; ++i) {
            Value* other = alone ? vectors[0] : vectors[i + half];
            vectors[i] = combine(e, reduce, e.builder.CreateShuffleVector(vectors[i], other, low),
                                 e.builder.CreateShuffleVector(vectors[i], other, high));
        }
        vectors.resize(half);
    }
    std::vector<Value*> results;
    for (std::size_t i = 0; i < count; ++i) {
        results.push_back(e.builder.CreateExtractElement(vectors[0], i * (lanes / std::bit_ceil(count))));
    }
    return results;
}

Value* identity_value(Emitter& e, ir::Reduce reduce, DType dtype) {
    const ir::Number value = ir::identity(reduce, dtype);
    llvm::Type* type = e.register_type(dtype);
    if (is_float(dtype)) return llvm::ConstantFP::get(type, value.real());
    return llvm::ConstantInt::getSigned(type, value.integer());
}

}  // namespace ricci::codegen
