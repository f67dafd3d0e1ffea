/// \file codegen/emit/emitter.h
/// What the emission of one kernel function shares: the builder, the buffers, loops, and memory tagged by buffer.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ir/analysis/address.h"
#include "ir/core/graph.h"
#include "ir/core/planned_graph.h"
#include "ir/core/scalar.h"

namespace llvm {
class Constant;
class Function;
class IRBuilderBase;
class Instruction;
class MDNode;
class Module;
class Type;
class Value;
}  // namespace llvm

namespace ricci::codegen {

/// A kernel function under construction: `void name(ptr buffers, i64 batch, i64 begin, i64 end)`.
class Emitter {
  public:
    /// Creates the function and loads the address of every value that `used` names: in their order, each once, they are
    /// its buffers. `written`: those that the kernel writes.
    Emitter(const ir::PlannedGraph& planned, llvm::Module& module, llvm::IRBuilderBase& builder, const std::string& name,
            std::span<const ir::ValueId> used, std::span<const ir::ValueId> written);

    const ir::Graph& graph;
    llvm::Module& module;
    llvm::IRBuilderBase& builder;
    /// Emits a scalar function, as emit_scalar() in scalar_emitters.h says. emit_kernel() gives it: what stands between
    /// the two is read without the table.
    using Call = llvm::Value* (*)(Emitter& emitter, ir::Scalar function, std::span<llvm::Value* const> arguments);
    Call call = nullptr;
    bool avx512 = false;       // whether the target has AVX-512
    std::int64_t samples = 0;  // that a batch tile has room for; 0 outside of tiles

    /// The open extent; in a batch tile the samples of this call.
    llvm::Value* batch() const { return batch_; }
    llvm::Value* begin() const { return begin_; }
    llvm::Value* end() const { return end_; }
    /// In a batch tile, see runtime/execute/program.h: whether an earlier tile of the chunk left partial sums, 0 or 1.
    llvm::Value* later() const { return begin_; }
    /// The open extent of the whole run, in a batch tile too.
    llvm::Value* whole_batch() const { return samples > 0 ? end_ : batch_; }
    /// The values whose addresses are the buffers.
    const std::vector<ir::ValueId>& values() const { return values_; }
    /// The address of the thread's runtime::Ahead. \pre samples > 0
    llvm::Value* ahead() const;
    /// Prefetches the next lines of that memory, where any are left.
    void prefetch(llvm::Value* ahead) const;
    /// Ends the function.
    void finish();

    llvm::Type* memory_type(DType dtype) const;    // as stored: a bool is one byte, a bf16 an i16
    llvm::Type* register_type(DType dtype) const;  // as computed with: a bool is one bit
    llvm::Value* integer(std::int64_t value) const;
    /// fixed + per_batch * batch + per_pair * batch * batch.
    llvm::Value* size(ir::Size size) const;
    /// Takes elements of a value from other memory, laid out as its buffer; returns the address of those so far.
    llvm::Value* redirect(ir::ValueId value, llvm::Value* base) { return std::exchange(bases_.at(value), base); }
    /// Where a kernel keeps what blocks of a long sum came to that is added up in memory, by result; see long_sum.h.
    std::map<ir::ValueId, llvm::Value*> totals{};
    /// The address of element `number` of a value's buffer.
    llvm::Value* pointer(ir::ValueId value, llvm::Value* number) const;
    /// Says which buffer an access touches, so that LLVM knows which others it does not.
    void tag(llvm::Instruction* instruction, ir::ValueId value) const;

    /// The same value, for instructions that LLVM is not to move before the stores so far. Costs no instruction.
    llvm::Value* after_stores(llvm::Value* value) const;

    using Carried = std::vector<llvm::Value*>;
    /// for (i = first; i < last; i += step) carried = body(i, carried); returns the last `carried`. `first` may be
    /// `last` only when `may_be_empty`.
    Carried loop(llvm::Value* first, llvm::Value* last, std::int64_t step, Carried carried, bool may_be_empty,
                 const std::function<Carried(llvm::Value*, const Carried&)>& body) const;

    /// if (condition) body()
    void when(llvm::Value* condition, const std::function<void()>& body) const;

    /// condition ? body() : otherwise
    Carried choose(llvm::Value* condition, const std::function<Carried()>& body, const Carried& otherwise) const;

  private:
    const ir::PlannedGraph& planned_;
    llvm::Function* function_ = nullptr;
    llvm::Value* batch_ = nullptr;
    llvm::Value* begin_ = nullptr;
    llvm::Value* end_ = nullptr;
    std::vector<ir::ValueId> values_;
    std::map<ir::ValueId, llvm::Value*> bases_;
    std::map<ir::ValueId, llvm::MDNode*> scopes_;     // by storage
    std::map<ir::ValueId, llvm::MDNode*> strangers_;  // by storage that is written: the scopes of the others that are
    llvm::MDNode* written_ = nullptr;                 // the scopes of all that are
};

}  // namespace ricci::codegen
