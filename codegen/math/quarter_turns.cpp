// Multiplies by those bits of 2/pi that decide the last quarter turn, from a table by the angle's exponent.
#include "codegen/math/quarter_turns.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

namespace ricci::codegen {
namespace {

using Value = llvm::Value*;

// 2/pi in binary: bit 1, which counts 1/2, is the highest of the first word.
constexpr std::uint64_t kTwoOverPi[] = {0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
                                        0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
                                        0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
                                        0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
                                        0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d};

constexpr double kQuarterTurnLow = 0x1.1a62633145c07p-54;  // pi/2 minus the double nearest to it

/// Bits `first` to `first + count - 1` of 2/pi, as the number that they are a part of, times 2^scale.
double bits_of_two_over_pi(int first, int count, int scale) {
    std::uint64_t whole = 0;
    for (int i = first - 1; i < first - 1 + count; ++i) whole = 2 * whole + (kTwoOverPi[i / 64] >> (63 - i % 64) & 1);
    return std::ldexp(static_cast<double>(whole), scale - (first + count - 1));
}

/// For angles that are multiples of 2^unit: 2/pi less the bits that give whole turns, in parts of so many bits.
void add_row(std::vector<double>& table, int unit, std::span<const int> counts, int scale) {
    int first = std::max(unit - 1, 1);
    for (int count : counts) {
        table.push_back(bits_of_two_over_pi(first, count, scale));
        first += count;
    }
}

// Of doubles: a row for 16 exponents, for angles from 2^kScaledFrom on times 2^kScale, so that nothing underflows.
constexpr int kExponentsOfARow = 16;
constexpr int kFirstRow = 1023 / kExponentsOfARow;  // of the angle 1, by the exponent field
constexpr int kLastRow = 2046 / kExponentsOfARow;
constexpr int kScaledFrom = 305;
constexpr int kScale = 512;
static_assert((kScaledFrom + 1023) % kExponentsOfARow == 0, "a row has one scale");
constexpr std::array kPartsOfDouble = {52, 53, 53, 53};

std::vector<double> table_of_double() {
    std::vector<double> table;
    for (int row = kFirstRow; row <= kLastRow; ++row) {
        const int lowest = kExponentsOfARow * row - 1023;
        add_row(table, lowest - 52, kPartsOfDouble, lowest >= kScaledFrom ? kScale : 0);
    }
    return table;
}

// Of floats: a row for each exponent. A float times the first part is exact.
constexpr std::array kPartsOfFloat = {29, 53};

std::vector<double> table_of_float() {
    std::vector<double> table;
    for (int exponent = 0; exponent <= 127; ++exponent) add_row(table, exponent - 23, kPartsOfFloat, 0);
    return table;
}

/// The table as a constant of the module that is being built.
llvm::GlobalVariable* constant_table(llvm::IRBuilderBase& builder, const char* name, std::vector<double> (*make)()) {
    llvm::Module& module = *builder.GetInsertBlock()->getModule();
    if (llvm::GlobalVariable* table = module.getNamedGlobal(name)) return table;
    const std::vector<double> numbers = make();
    llvm::Constant* held = llvm::ConstantDataArray::get(module.getContext(), llvm::ArrayRef<double>(numbers));
    auto* table =
        new llvm::GlobalVariable(module, held->getType(), true, llvm::GlobalValue::InternalLinkage, held, name);
    table->setAlignment(llvm::Align(64));
    return table;
}

/// Element `part` of the rows, one for each lane.
Value look_up(llvm::IRBuilderBase& builder, llvm::Type* type, llvm::GlobalVariable* table, Value rows,
              std::size_t parts, std::size_t part) {
    Value width = llvm::ConstantInt::get(rows->getType(), parts);
    Value places = builder.CreateAdd(builder.CreateMul(rows, width), llvm::ConstantInt::get(rows->getType(), part));
    Value at = builder.CreateGEP(builder.getDoubleTy(), table, places);
    if (type->isVectorTy()) return builder.CreateMaskedGather(type, at, llvm::Align(8));
    return builder.CreateAlignedLoad(type, at, llvm::Align(8));
}

/// The rows of the angles, inside the table for any bits.
Value rows_of(const FloatEmitter& emit, Value a, double largest, int shift, std::uint64_t first) {
    Value bounded = emit.select(emit.less(a, emit.constant(largest)), a, emit.constant(largest));
    return emit.int_sub(emit.shift_right(emit.bits(emit.at_least(bounded, 1)), shift), emit.integer(first));
}

/// a + b as a rounded sum and what the rounding lost.
std::pair<Value, Value> two_sum(const FloatEmitter& emit, Value a, Value b) {
    Value sum = emit.add(a, b);
    Value part = emit.sub(sum, a);
    return {sum, emit.add(emit.sub(a, emit.sub(sum, part)), emit.sub(b, part))};
}

std::pair<Value, Value> two_product(const FloatEmitter& emit, Value a, Value b) {
    Value product = emit.mul(a, b);
    return {product, emit.fma(a, b, emit.negative(product))};
}

/// Exact: what stays is a part of the same digits.
Value without_whole_turns(const FloatEmitter& emit, Value turns) {
    return emit.fma(emit.constant(-4), emit.rounded(emit.mul(turns, emit.constant(0.25))), turns);
}

/// The bits of a small whole number, the two lowest as those of an integer.
Value integer_bits(const FloatEmitter& emit, Value whole) {
    return emit.bits(emit.add(whole, emit.constant(0x1.8p52)));
}

}  // namespace

ReducedAngle reduced_angle(llvm::IRBuilderBase& builder, Value a) {
    const FloatEmitter emit(builder, a->getType());
    llvm::GlobalVariable* table = constant_table(builder, "ricci.two_over_pi", table_of_double);
    Value rows = rows_of(emit, a, std::numeric_limits<double>::max(), 56, kFirstRow);
    std::array<Value, kPartsOfDouble.size()> part{};
    for (std::size_t i = 0; i < part.size(); ++i) part[i] = look_up(builder, a->getType(), table, rows, part.size(), i);
    Value scaled = emit.select(emit.less(a, emit.constant(std::ldexp(1.0, kScaledFrom))), a,
                               emit.mul(a, emit.constant(std::ldexp(1.0, -kScale))));

    const auto [h0, l0] = two_product(emit, scaled, part[0]);
    const auto [h1, l1] = two_product(emit, scaled, part[1]);
    const auto [h2, l2] = two_product(emit, scaled, part[2]);
    Value h3 = emit.mul(scaled, part[3]);

    // Where the sum cancels, what each addition lost is the rest of it.
    const auto [first, e0] = two_sum(emit, without_whole_turns(emit, h0), without_whole_turns(emit, l0));
    const auto [turns, e1] = two_sum(emit, first, without_whole_turns(emit, h1));
    Value whole = emit.rounded(turns);
    const auto [s2, e2] = two_sum(emit, emit.sub(turns, whole), h2);
    const auto [lost_first, e3] = two_sum(emit, e0, e1);
    const auto [middle, e4] = two_sum(emit, lost_first, l1);
    const auto [s4, e5] = two_sum(emit, s2, middle);
    Value rest = emit.add(emit.add(e5, e2), emit.add(emit.add(e3, e4), emit.add(l2, h3)));
    Value high = emit.add(s4, rest);
    Value low = emit.sub(rest, emit.sub(high, s4));

    const double quarter = std::numbers::pi / 2;
    const auto [angle, lost] = two_product(emit, high, emit.constant(quarter));
    Value below = emit.add(lost, emit.fma(low, emit.constant(quarter), emit.mul(high, emit.constant(kQuarterTurnLow))));
    // Less than an eighth of a turn stays what it is.
    Value small = emit.less(a, emit.constant(0.78));
    return {integer_bits(emit, whole), emit.select(small, a, angle), emit.select(small, emit.constant(0), below)};
}

ReducedAngle reduced_angle_of_float(llvm::IRBuilderBase& builder, Value a) {
    const FloatEmitter emit(builder, a->getType());
    llvm::GlobalVariable* table = constant_table(builder, "ricci.two_over_pi_of_float", table_of_float);
    Value rows = rows_of(emit, a, static_cast<double>(std::numeric_limits<float>::max()), 52, 1023);
    Value first = look_up(builder, a->getType(), table, rows, 2, 0);
    Value second = look_up(builder, a->getType(), table, rows, 2, 1);
    Value high = emit.mul(a, first);
    Value whole = emit.rounded(emit.fma(a, second, high));
    Value turns = emit.fma(a, second, emit.sub(high, whole));
    return {integer_bits(emit, whole), emit.mul(turns, emit.constant(std::numbers::pi / 2)), nullptr};
}

}  // namespace ricci::codegen
