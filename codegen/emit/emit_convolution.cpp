// A convolution as one call of the runtime's ABI, with its sizes as a constant.
#include "codegen/emit/emit_convolution.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <bit>

#include "codegen/emit/emitter.h"
#include "ir/analysis/convolution_form.h"
#include "runtime/call/convolution/convolution.h"

namespace ricci::codegen {
namespace {

using runtime::ConvolutionShape;

ConvolutionShape::Axes axes_of(const ir::ConvolutionForm::Steps& steps) {
    return {steps.batch, steps.group, steps.channel, steps.row, steps.column};
}

ConvolutionShape shape_of(const ir::ConvolutionForm& form) {
    return {.groups = form.groups,
            .in = form.in,
            .out = form.out,
            .height = form.height,
            .width = form.width,
            .result_height = form.result_height,
            .result_width = form.result_width,
            .taps_h = form.taps_h,
            .taps_w = form.taps_w,
            .stride_h = form.stride_h,
            .stride_w = form.stride_w,
            .dilation_h = form.dilation_h,
            .dilation_w = form.dilation_w,
            .top = form.top,
            .left = form.left,
            .image = axes_of(form.image_steps),
            .result = axes_of(form.result_steps),
            .kernel_group = form.kernel_group,
            .kernel_out = form.kernel_out,
            .kernel_in = form.kernel_in,
            .kernel_row = form.kernel_row,
            .kernel_column = form.kernel_column};
}

}  // namespace

EmittedKernel emit_convolution(const ir::PlannedGraph& planned, const ir::KernelSource& source, llvm::Module& module) {
    const ir::Graph& graph = planned.graph;
    const ir::Equation& equation = *source.equations[0];
    const ir::Routine& routine = *equation.schedule.routine;
    const auto form = ir::convolution_form(graph, equation);
    RICCI_CHECK(form.has_value(), "{} is to run by {}, but {}", graph.value(equation.result).name,
                ir::print(equation.schedule), form.error());
    llvm::IRBuilder<> builder(module.getContext());
    Emitter e(planned, module, builder, source.name, std::vector<ir::ValueId>{form->image, form->kernel, form->result},
              std::vector<ir::ValueId>{form->result});

    using Words = std::array<std::uint64_t, sizeof(ConvolutionShape) / sizeof(std::uint64_t)>;
    const Words words = std::bit_cast<Words>(shape_of(*form));
    llvm::Constant* sizes = llvm::ConstantDataArray::get(module.getContext(), llvm::ArrayRef<std::uint64_t>(words));
    auto* shape = new llvm::GlobalVariable(module, sizes->getType(), /*isConstant=*/true,
                                           llvm::GlobalValue::PrivateLinkage, sizes, source.name + ".shape");
    llvm::Type* word = builder.getInt64Ty();
    llvm::Type* address = builder.getPtrTy();
    auto* type = llvm::FunctionType::get(builder.getVoidTy(),
                                         {word, word, address, word, address, address, address, word, word}, false);
    llvm::Value* zero = e.integer(0);
    builder.CreateCall(module.getOrInsertFunction(llvm::StringRef(routine.symbol), type),
                       {e.integer(routine.number), e.integer(static_cast<std::int64_t>(form->direction)), shape,
                        e.size(ir::Size::of(form->batch)), e.pointer(form->image, zero), e.pointer(form->kernel, zero),
                        e.pointer(form->result, zero), e.begin(), e.end()});
    e.finish();
    const auto samples = static_cast<double>(form->batch == ir::kOpen ? graph.typical_samples() : form->batch);
    const auto parts = static_cast<double>(runtime::kConvolutionParts);
    return {source.name, runtime::kConvolutionParts, 0, samples * form->flop() / kFlopOfCost / parts, e.values()};
}

}  // namespace ricci::codegen
