// Where rows begin and end in memory, and the loop or memset that fills them.
#include "codegen/emit/rows.h"

#include <llvm/IR/IRBuilder.h>

#include "codegen/emit/reduction.h"

namespace ricci::codegen {

using llvm::Value;
using Carried = Emitter::Carried;

std::pair<Value*, Value*> elements_of(Emitter& e, ir::ValueId value, const Rows& rows) {
    const ir::TensorType& type = e.graph.value(value).type;
    // The result as one run of elements: rows of the outermost axis times what one row holds.
    ir::TensorType row = type;
    ir::Size outer{1, 0};
    if (type.rank() > 0) {
        outer = ir::Size::of(type.axes[0].extent);
        row.axes.erase(row.axes.begin());
    }
    Value* step = e.size(ir::count_of(row));
    Value* first = e.builder.CreateNSWMul(rows.first ? rows.first : e.integer(0), step);
    Value* last = e.builder.CreateNSWMul(rows.last ? rows.last : e.size(outer), step);
    return {first, last};
}

namespace {

void set_identity(Emitter& e, const ir::Equation& equation, const Rows& rows) {
    const ir::TensorType& type = e.graph.value(equation.result).type;
    const auto [first, last] = elements_of(e, equation.result, rows);
    Value* identity = identity_value(e, equation.reduce, type.dtype);
    if (type.dtype == boolean) identity = e.builder.CreateZExt(identity, e.builder.getInt8Ty());
    if (llvm::cast<llvm::Constant>(identity)->isNullValue()) {
        Value* bytes = e.builder.CreateNSWMul(e.builder.CreateNSWSub(last, first),
                                              e.integer(static_cast<std::int64_t>(size_of(type.dtype))));
        e.tag(
            e.builder.CreateMemSet(e.pointer(equation.result, first), e.builder.getInt8(0), bytes, llvm::MaybeAlign()),
            equation.result);
        return;
    }
    e.loop(first, last, 1, {}, true, [&](Value* i, const Carried&) {
        e.tag(e.builder.CreateStore(identity, e.pointer(equation.result, i)), equation.result);
        return Carried{};
    });
}

}  // namespace

void emit_identity(Emitter& e, const ir::Nest& nest, const Rows& rows) {
    if (!nest.partial) return set_identity(e, *nest.equation, rows);
    e.when(e.builder.CreateICmpEQ(e.later(), e.integer(0)), [&] { set_identity(e, *nest.equation, rows); });
}

}  // namespace ricci::codegen
