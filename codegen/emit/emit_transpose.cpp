// Blocked transposes: loops over blocks, whole ones first, then those with fewer rows or columns.
#include "codegen/emit/emit_transpose.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include <utility>

namespace ricci::codegen {
namespace {

using llvm::Value;
using Carried = Emitter::Carried;

/// Bytes within which shuffles are cheapest.
constexpr int kLaneBytes = 16;

class TransposeEmitter {
  public:
    TransposeEmitter(Emitter& e, const ir::Nest& nest, const ir::Transpose& plan, const Point& shared, const Rows& rows)
        : e_(e), b_(e.builder), nest_(nest), plan_(plan), source_(nest.reads[0]), point_(shared), rows_(rows) {
        point_.resize(nest.levels.size(), e.integer(0));
        const DType dtype = e.graph.value(source_.value).type.dtype;
        align_ = llvm::Align(size_of(dtype));
        type_ = llvm::FixedVectorType::get(e.memory_type(dtype), static_cast<unsigned>(plan.lanes));
        in_lane_ = kLaneBytes / static_cast<int>(size_of(dtype));
        outer_ = plan.outer;
        outer_.push_back(plan.row);
        outer_.push_back(plan.column);
    }

    void emit_blocks() { loops(0); }

  private:
    Value*& at(ir::LevelId level) { return point_[level]; }

    void loops(std::size_t depth) {
        if (depth == outer_.size()) return block();
        const ir::LevelId level = outer_[depth];
        const ir::Size extent = nest_.levels[level].extent;
        const bool split = level == nest_.first_own() && rows_.first != nullptr;
        Value* first = split ? rows_.first : e_.integer(0);
        Value* last = split ? rows_.last : e_.size(extent);
        const bool blocked = level == plan_.row || level == plan_.column;
        auto over = [&](Value* from, Value* to, std::int64_t step, Value* count) {
            if (from == to) return;  // numbers known when the code is written
            e_.loop(from, to, step, {}, true, [&](Value* i, const Carried&) {
                at(level) = i;
                (level == plan_.row ? rows_left_ : columns_left_) = count;
                loops(depth + 1);
                return Carried{};
            });
        };
        if (!blocked) return over(first, last, 1, nullptr);
        Value* rest = b_.CreateURem(b_.CreateNSWSub(last, first), e_.integer(plan_.lanes));
        Value* whole = b_.CreateNSWSub(last, rest);
        over(first, whole, plan_.lanes, nullptr);
        over(whole, last, plan_.lanes, rest);  // at most once
    }

    /// The block at the point, with all rows and columns or the first of them.
    void block() {
        std::vector<Value*> registers;
        Value* columns = mask(columns_left_);
        for (int i = 0; i < plan_.lanes; ++i) registers.push_back(read(i, columns));
        registers = turned_over(std::move(registers));
        for (int i = 0; i < plan_.lanes; ++i) write(i, registers[i]);
    }

    /// The first `count` lanes; null for all.
    Value* mask(Value* count) { return active_mask(e_, {plan_.lanes, count}, plan_.lanes); }

    /// A row of the source; beyond the last the last again, so that nothing else is read.
    Value* read(int row, Value* columns) {
        Value* from = e_.pointer(source_.value, number(source_, plan_.row, row, rows_left_));
        return masked_load(e_, type_->getScalarType(), plan_.lanes, from, columns, llvm::Constant::getNullValue(type_),
                           source_.value);
    }

    void write(int column, Value* value) {
        Value* count = rows_left_;
        if (columns_left_ != nullptr) {
            Value* there = b_.CreateICmpSLT(e_.integer(column), columns_left_);
            count = b_.CreateSelect(there, count ? count : e_.integer(plan_.lanes), e_.integer(0));
        }
        Value* to = e_.pointer(nest_.left.value, number(nest_.left, plan_.column, column, columns_left_));
        if (count != nullptr) return masked_store(e_, value, to, mask(count), nest_.left.value);
        e_.tag(b_.CreateAlignedStore(value, to, align_), nest_.left.value);
    }

    /// The stream's element `offset` steps of the level after the point, or at the last of `count` steps.
    Value* number(const ir::Stream& stream, ir::LevelId level, int offset, Value* count) {
        Value* steps = e_.integer(offset);
        if (count != nullptr) {
            steps = b_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, steps, b_.CreateNSWSub(count, e_.integer(1)));
        }
        Value* stride = e_.size(stream.strides[level]);
        return b_.CreateNSWAdd(element_number(e_, stream, point_), b_.CreateNSWMul(steps, stride));
    }

    using Mask = llvm::SmallVector<int, 16>;

    /// Registers i and i + distance become `low` and `high` of both.
    void exchange(std::vector<Value*>& registers, int distance, const Mask& low, const Mask& high) {
        const auto apart = static_cast<std::size_t>(distance);
        for (std::size_t i = 0; i < registers.size(); ++i) {
            const std::size_t other = i + apart;
            if ((i & apart) != 0) continue;
            Value* pair[] = {registers[i], registers[other]};
            registers[i] = b_.CreateShuffleVector(pair[0], pair[1], low);
            registers[other] = b_.CreateShuffleVector(pair[0], pair[1], high);
        }
    }

    /// Rows to columns: first the squares that fit the 16 bytes that shuffles are cheap in, then those as elements.
    std::vector<Value*> turned_over(std::vector<Value*> registers) {
        const int lanes = plan_.lanes;
        for (int unit = 1; unit < in_lane_; unit *= 2) {
            Mask low, high;
            for (int i = 0; i < lanes; ++i) {
                // Units of the first and the second register in turn, from the lower or upper half of the 16 bytes.
                const int of = (i / unit) % 2 * lanes;
                const int from = i - i % in_lane_ + i % in_lane_ / (2 * unit) * unit + i % unit;
                low.push_back(of + from);
                high.push_back(of + from + in_lane_ / 2);
            }
            exchange(registers, unit, low, high);
        }
        for (int distance = in_lane_; distance < lanes; distance *= 2) {
            Mask even, odd;
            for (int i = 0; i < lanes; ++i) {
                // Every second 16 bytes of the first register, then of the second.
                const int from = i / in_lane_ * 2 * in_lane_ + i % in_lane_;
                even.push_back(from);
                odd.push_back(from + in_lane_);
            }
            exchange(registers, distance, even, odd);
        }
        // Within the 16 bytes columns come out in the order of their reversed bits.
        if (in_lane_ == 4) {
            for (std::size_t i = 0; i < registers.size(); i += 4) std::swap(registers[i + 1], registers[i + 2]);
        }
        return registers;
    }

    Emitter& e_;
    llvm::IRBuilderBase& b_;
    const ir::Nest& nest_;
    const ir::Transpose& plan_;
    const ir::Stream& source_;
    Point point_;
    Rows rows_;
    llvm::Type* type_ = nullptr;
    llvm::Align align_;
    int in_lane_ = 0;                 // elements in 16 bytes
    std::vector<ir::LevelId> outer_;  // own levels, outermost first: others, rows, columns
    Value* rows_left_ = nullptr;      // of the current block; null for all
    Value* columns_left_ = nullptr;   // of the current block; null for all
};

}  // namespace

void emit_transpose(Emitter& emitter, const ir::Nest& nest, const ir::Transpose& plan, const Point& shared, const Rows& rows) {
    TransposeEmitter(emitter, nest, plan, shared, rows).emit_blocks();
}

}  // namespace ricci::codegen
