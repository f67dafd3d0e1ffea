// Vector loads and stores by lane pattern: contiguous, strided, repeated, periodic, gathered.
#include "codegen/emit/lanes.h"

#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include <algorithm>
#include <functional>

namespace ricci::codegen {
namespace {

using llvm::Value;

llvm::VectorType* vector_of(llvm::Type* element, int width) {
    return llvm::FixedVectorType::get(element, static_cast<unsigned>(width));
}

Value* iota(Emitter& e, int width) {
    llvm::SmallVector<llvm::Constant*, 16> numbers;
    for (int i = 0; i < width; ++i) numbers.push_back(e.builder.getInt64(static_cast<std::uint64_t>(i)));
    return llvm::ConstantVector::get(numbers);
}

Value* all_true(Emitter& e, int width) {
    return llvm::ConstantInt::getTrue(vector_of(e.builder.getInt1Ty(), width));
}

Value* both(Emitter& e, Value* a, Value* b) {
    if (a == nullptr) return b;
    if (b == nullptr) return a;
    return e.builder.CreateAnd(a, b);
}

/// Where every guard holds: an i1, a <width x i1>, or null when there is none.
Value* inside(Emitter& e, const ir::Nest& nest, const ir::Stream& stream, const Point& point, const Lanes& lanes) {
    Value* condition = nullptr;
    for (const ir::Guard& guard : stream.guards) {
        Value* at = e.integer(guard.offset);
        for (const ir::LevelId level : point.ids()) {
            if (guard.coefficients[level] == 0) continue;
            Value* number = level_number(e, nest, level, point, lanes);
            if (number->getType()->isVectorTy() && !at->getType()->isVectorTy()) at = spread(e, at, lanes.width);
            Value* scale = e.integer(guard.coefficients[level]);
            if (at->getType()->isVectorTy()) {
                number = spread(e, number, lanes.width);
                scale = spread(e, scale, lanes.width);
            }
            at = e.builder.CreateNSWAdd(at, e.builder.CreateNSWMul(number, scale));
        }
        // A negative number is a large unsigned one: one comparison for both ends.
        Value* extent = e.size(guard.extent);
        if (at->getType()->isVectorTy()) extent = spread(e, extent, lanes.width);
        Value* holds = e.builder.CreateICmpULT(at, extent);
        if (condition && condition->getType() != holds->getType()) {
            condition = spread(e, condition, lanes.width);
            holds = spread(e, holds, lanes.width);
        }
        condition = both(e, condition, holds);
    }
    return condition;
}

/// The type with as many lanes as the value.
llvm::Type* like(Value* value, llvm::Type* type) {
    auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(value->getType());
    return vector ? llvm::FixedVectorType::get(type, vector->getNumElements()) : type;
}

constexpr std::uint64_t kUpperHalf = 16;  // bits of an f32 that a bf16 does not hold

Value* from_memory(Emitter& e, Value* value, DType dtype) {
    if (dtype == bf16) {
        Value* wide = e.builder.CreateZExt(value, like(value, e.builder.getInt32Ty()));
        return e.builder.CreateBitCast(e.builder.CreateShl(wide, kUpperHalf), like(value, e.builder.getFloatTy()));
    }
    if (dtype != boolean) return value;
    return e.builder.CreateICmpNE(value, llvm::Constant::getNullValue(value->getType()));
}

/// A bf16 is rounded by the equation: the lower half of its bits is 0 (V5).
Value* to_memory(Emitter& e, Value* value, DType dtype) {
    if (dtype == bf16) {
        Value* bits = e.builder.CreateBitCast(value, like(value, e.builder.getInt32Ty()));
        return e.builder.CreateTrunc(e.builder.CreateLShr(bits, kUpperHalf), like(value, e.builder.getInt16Ty()));
    }
    if (dtype != boolean) return value;
    return e.builder.CreateZExt(value, like(value, e.builder.getInt8Ty()));
}

llvm::Constant* pad_constant(Emitter& e, DType dtype, const ir::Number& pad) {
    llvm::Type* type = e.memory_type(dtype);
    if (dtype == bf16) return llvm::ConstantInt::get(type, Bf16(pad.real()).bits);
    if (is_float(dtype)) return llvm::ConstantFP::get(type, pad.real());
    return llvm::ConstantInt::getSigned(type, pad.integer());
}

/// Lanes [first, first + count).
Value* cut(Emitter& e, Value* vector, int first, int count) {
    if (Value* same = llvm::getSplatValue(vector)) return e.builder.CreateVectorSplat(static_cast<unsigned>(count), same);
    llvm::SmallVector<int, 16> lanes;
    for (int i = 0; i < count; ++i) lanes.push_back(first + i);
    return e.builder.CreateShuffleVector(vector, lanes);  // of a constant, a constant
}

/// The same lanes of a mask, made anew from those of what it is made of: so LLVM sees where none of them is true.
Value* part_of(Emitter& e, Value* mask, int first, int count) {
    const auto part = [&](const llvm::User* from, unsigned operand) { return part_of(e, from->getOperand(operand), first, count); };
    if (const auto* bits = llvm::dyn_cast<llvm::BinaryOperator>(mask); bits && mask->getType()->getScalarType()->isIntegerTy(1))
        return e.builder.CreateBinOp(bits->getOpcode(), part(bits, 0), part(bits, 1));
    if (const auto* compared = llvm::dyn_cast<llvm::ICmpInst>(mask))
        return e.builder.CreateICmp(compared->getPredicate(), part(compared, 0), part(compared, 1));
    return cut(e, mask, first, count);
}

/// Lanes of one register of the target.
int lanes_of_register(const Emitter& e, llvm::Type* element) {
    const int bits = static_cast<int>(element->getPrimitiveSizeInBits().getFixedValue());
    return (e.avx512 ? 512 : 256) / bits;
}

/// Calls access(first lane, lanes, mask) for each register of `width` lanes. LLVM 19 does this wrongly: a mask without a true
/// lane counts as one without a false lane. Such is the upper half of `and (splat ok), <true, true, false, false>`.
void by_registers(Emitter& e, llvm::Type* element, int width, Value* mask, const std::function<void(int, int, Value*)>& access) {
    const int most = lanes_of_register(e, element);
    if (width <= most) return access(0, width, mask);
    for (int first = 0; first < width; first += most) {
        const int lanes = std::min(most, width - first);
        access(first, lanes, part_of(e, mask, first, lanes));
    }
}

}  // namespace

Value* masked_load(Emitter& e, llvm::Type* element, int width, Value* from, Value* mask, Value* otherwise,
                   ir::ValueId of) {
    llvm::Align align(element->getPrimitiveSizeInBits().getFixedValue() / 8);
    if (mask == nullptr) {
        llvm::Instruction* load = e.builder.CreateAlignedLoad(vector_of(element, width), from, align);
        e.tag(load, of);
        return load;
    }
    llvm::SmallVector<Value*, 4> parts;
    by_registers(e, element, width, mask, [&](int first, int lanes, Value* own) {
        Value* at = first == 0 ? from : e.builder.CreateConstGEP1_64(element, from, static_cast<std::uint64_t>(first));
        llvm::Instruction* load =
            e.builder.CreateMaskedLoad(vector_of(element, lanes), at, align, own, cut(e, otherwise, first, lanes));
        e.tag(load, of);
        parts.push_back(load);
    });
    return parts.size() == 1 ? parts[0] : llvm::concatenateVectors(e.builder, parts);
}

void masked_store(Emitter& e, Value* value, Value* to, Value* mask, ir::ValueId of) {
    auto* type = llvm::cast<llvm::FixedVectorType>(value->getType());
    llvm::Type* element = type->getElementType();
    const llvm::Align align(element->getPrimitiveSizeInBits().getFixedValue() / 8);
    const int width = static_cast<int>(type->getNumElements());
    by_registers(e, element, width, mask, [&](int first, int lanes, Value* own) {
        Value* at = first == 0 ? to : e.builder.CreateConstGEP1_64(element, to, static_cast<std::uint64_t>(first));
        Value* part = lanes == width ? value : cut(e, value, first, lanes);
        e.tag(e.builder.CreateMaskedStore(part, at, align, own), of);
    });
}

namespace {

Value* load_uniform(Emitter& e, const ir::Stream& stream, DType dtype, const ir::Number& pad, Value* number,
                    Value* condition, const Lanes& lanes) {
    llvm::Type* element = e.memory_type(dtype);
    // Outside, read the first element instead: every tensor has one.
    Value* safe = condition && !condition->getType()->isVectorTy()
                      ? e.builder.CreateSelect(condition, number, e.integer(0))
                      : number;
    llvm::Instruction* loaded = e.builder.CreateLoad(element, e.pointer(stream.value, safe));
    e.tag(loaded, stream.value);
    Value* value = loaded;
    if (condition != nullptr) {
        Value* otherwise = pad_constant(e, dtype, pad);
        if (condition->getType()->isVectorTy()) {
            value = spread(e, value, lanes.width);
            otherwise = spread(e, otherwise, lanes.width);
        }
        value = e.builder.CreateSelect(condition, value, otherwise);
    }
    return from_memory(e, value, dtype);
}

Value* lane_addresses(Emitter& e, const ir::Nest& nest, const ir::Stream& stream, Value* number, const Lanes& lanes) {
    Value* lane = iota(e, lanes.width);
    Value* outer = lane;
    Value* offset = nullptr;
    if (nest.pair >= 0) {
        Value* extent = spread(e, e.integer(nest.pair_extent()), lanes.width);
        outer = e.builder.CreateUDiv(lane, extent);
        Value* inner = e.builder.CreateURem(lane, extent);
        Value* step = spread(e, e.size(stream.strides[nest.pair]), lanes.width);
        offset = e.builder.CreateMul(inner, step);
    }
    Value* step = spread(e, e.size(stream.strides[nest.vector]), lanes.width);
    Value* along = e.builder.CreateMul(outer, step);
    offset = offset ? e.builder.CreateAdd(along, offset) : along;
    return e.pointer(stream.value, e.builder.CreateAdd(spread(e, number, lanes.width), offset));
}

}  // namespace

/// offset + the sum of strides times levels, outer levels first, so that what an inner loop adds comes last.
Value* element_number(Emitter& e, const ir::Stream& stream, const Point& point) {
    Value* sum = e.size(stream.offset);
    for (const ir::LevelId level : point.ids()) {
        ir::Size stride = stream.strides[level];
        if (stride == ir::Size{0, 0} || point[level] == nullptr) continue;
        sum = e.builder.CreateNSWAdd(sum, e.builder.CreateNSWMul(point[level], e.size(stride)));
    }
    return sum;
}

Value* spread(Emitter& e, Value* value, int width) {
    if (value->getType()->isVectorTy()) return value;
    return e.builder.CreateVectorSplat(static_cast<unsigned>(width), value);
}

Value* active_mask(Emitter& e, const Lanes& lanes, int width, int step) {
    if (lanes.active == nullptr) return nullptr;
    Value* number = e.builder.CreateMul(iota(e, width), spread(e, e.integer(step), width));
    return e.builder.CreateICmpSLT(number, spread(e, lanes.active, width));
}

Value* level_number(Emitter& e, const ir::Nest& nest, ir::LevelId level, const Point& point, const Lanes& lanes) {
    Value* first = point[level];
    if (lanes.width == 1 || (level != nest.vector && level != nest.pair)) return first;
    Value* lane = iota(e, lanes.width);
    if (nest.pair >= 0) {
        Value* extent = spread(e, e.integer(nest.pair_extent()), lanes.width);
        lane = level == nest.pair ? e.builder.CreateURem(lane, extent) : e.builder.CreateUDiv(lane, extent);
    }
    return e.builder.CreateNSWAdd(spread(e, first, lanes.width), lane);
}

Value* load(Emitter& e, const ir::Nest& nest, const ir::Stream& stream, const ir::Number& pad, const Point& point,
            const Lanes& lanes) {
    return load_at(e, nest, stream, element_number(e, stream, point), lanes, pad,
                   inside(e, nest, stream, point, lanes));
}

Value* load_at(Emitter& e, const ir::Nest& nest, const ir::Stream& stream, Value* number, const Lanes& lanes,
               const ir::Number& pad, Value* condition) {
    DType dtype = e.graph.value(stream.value).type.dtype;
    llvm::Type* element = e.memory_type(dtype);
    using Form = ir::LanePattern::Form;
    ir::LanePattern pattern = lanes.width == 1 ? ir::LanePattern{} : nest.pattern(stream);
    if (pattern.form == Form::uniform) return load_uniform(e, stream, dtype, pad, number, condition, lanes);

    int width = lanes.width;
    Value* otherwise = spread(e, pad_constant(e, dtype, pad), width);
    if (condition && !condition->getType()->isVectorTy()) condition = spread(e, condition, width);
    // Only contiguous and gathered reads go through a guard lane by lane; the others would read outside first.
    if (condition && pattern.form != Form::contiguous) pattern.form = Form::gather;
    Value* value = nullptr;
    switch (pattern.form) {
        case Form::uniform:
            break;
        case Form::contiguous: {
            Value* mask = both(e, active_mask(e, lanes, width), condition);
            value = masked_load(e, element, width, e.pointer(stream.value, number), mask, otherwise, stream.value);
            break;
        }
        case Form::strided: {
            // The lanes and what lies between them, without the tail of the last: it may lie past the buffer.
            int wide = width * pattern.step;
            Lanes reach{wide, e.integer(static_cast<std::int64_t>(wide - pattern.step + 1))};
            if (lanes.active) {
                Value* last =
                    e.builder.CreateNSWMul(e.builder.CreateNSWSub(lanes.active, e.integer(1)), e.integer(pattern.step));
                reach.active = e.builder.CreateNSWAdd(last, e.integer(1));
            }
            Value* all = masked_load(e, element, wide, e.pointer(stream.value, number), active_mask(e, reach, wide),
                                     spread(e, pad_constant(e, dtype, pad), wide), stream.value);
            llvm::SmallVector<int, 16> picked;
            for (int i = 0; i < width; ++i) picked.push_back(i * pattern.step);
            value = e.builder.CreateShuffleVector(all, picked);
            break;
        }
        case Form::repeated: {
            int narrow = width / pattern.step;
            Value* few = masked_load(e, element, narrow, e.pointer(stream.value, number),
                                     active_mask(e, lanes, narrow, pattern.step),
                                     spread(e, pad_constant(e, dtype, pad), narrow), stream.value);
            llvm::SmallVector<int, 16> picked;
            for (int i = 0; i < width; ++i) picked.push_back(i / pattern.step);
            value = e.builder.CreateShuffleVector(few, picked);
            break;
        }
        case Form::periodic: {
            Value* few =
                masked_load(e, element, pattern.step, e.pointer(stream.value, number), nullptr, nullptr, stream.value);
            llvm::SmallVector<int, 16> picked;
            for (int i = 0; i < width; ++i) picked.push_back(i % pattern.step);
            value = e.builder.CreateShuffleVector(few, picked);
            break;
        }
        case Form::gather: {
            Value* mask = both(e, active_mask(e, lanes, width), condition);
            if (mask == nullptr) mask = all_true(e, width);
            auto* gathered =
                e.builder.CreateMaskedGather(vector_of(element, width), lane_addresses(e, nest, stream, number, lanes),
                                             llvm::Align(size_of(dtype)), mask, otherwise);
            e.tag(gathered, stream.value);
            value = gathered;
            break;
        }
    }
    return from_memory(e, value, dtype);
}

void store(Emitter& e, const ir::Nest& nest, const ir::Stream& stream, Value* value, const Point& point, const Lanes& lanes) {
    DType dtype = e.graph.value(stream.value).type.dtype;
    llvm::Align align(size_of(dtype));
    Value* number = element_number(e, stream, point);
    Value* condition = inside(e, nest, stream, point, lanes);
    value = to_memory(e, value, dtype);
    llvm::Instruction* stored = nullptr;
    if (lanes.width == 1) {
        if (condition == nullptr) {
            stored = e.builder.CreateStore(value, e.pointer(stream.value, number));
        } else {
            stored = e.builder.CreateMaskedStore(spread(e, value, 1), e.pointer(stream.value, number), align,
                                                 spread(e, condition, 1));
        }
    } else {
        value = spread(e, value, lanes.width);
        if (condition) condition = spread(e, condition, lanes.width);
        Value* mask = both(e, active_mask(e, lanes, lanes.width), condition);
        if (nest.pattern(stream).form == ir::LanePattern::Form::contiguous) {
            Value* to = e.pointer(stream.value, number);
            if (mask != nullptr) return masked_store(e, value, to, mask, stream.value);
            stored = e.builder.CreateAlignedStore(value, to, align);
        } else {
            stored = e.builder.CreateMaskedScatter(value, lane_addresses(e, nest, stream, number, lanes), align,
                                                   mask ? mask : all_true(e, lanes.width));
        }
    }
    e.tag(stored, stream.value);
}

}  // namespace ricci::codegen
