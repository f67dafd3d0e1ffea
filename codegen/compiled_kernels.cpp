// Every member of a kernel in its order, then the objects.
#include "codegen/compiled_kernels.h"

#include <bit>
#include <span>

#include "codegen/jit/build_identity.h"
#include "codegen/jit/packed_bytes.h"
#include "ir/print/print.h"
#include "runtime/base/sha256.h"

namespace ricci::codegen {
std::string to_bytes(const CompiledKernels& code) {
    PackedWriter out;
    out.number(code.kernels.size());
    for (const EmittedKernel& kernel : code.kernels) {
        const auto& [name, parallel_extent, grain, cost, values] = kernel;  // every member
        out.text(name);
        out.number(static_cast<std::uint64_t>(parallel_extent));
        out.number(static_cast<std::uint64_t>(grain));
        out.number(std::bit_cast<std::uint64_t>(cost));
        out.number(values.size());
        for (const ir::ValueId id : values) out.number(static_cast<std::uint64_t>(id));
    }
    out.number(code.objects.size());
    for (const std::string& object : code.objects) out.text(object);
    return out.take();
}

std::optional<CompiledKernels> from_bytes(std::string_view bytes) {
    PackedReader in(bytes);
    CompiledKernels code;
    code.kernels.resize(in.count());
    for (EmittedKernel& kernel : code.kernels) {
        kernel.name = in.text();
        kernel.parallel_extent = static_cast<std::int64_t>(in.number());
        kernel.grain = static_cast<std::int64_t>(in.number());
        kernel.cost = std::bit_cast<double>(in.number());
        kernel.values.resize(in.count());
        for (ir::ValueId& id : kernel.values) id = static_cast<ir::ValueId>(in.number());
    }
    code.objects.resize(in.count());
    for (std::string& object : code.objects) object = in.text();
    if (!in.at_end()) return std::nullopt;
    return code;
}

std::string key_of(const ir::Graph& planned, const Target& target) {
    const std::string build = build_identity();
    if (build.empty()) return {};
    PackedWriter all;
    all.text(build);
    all.text(llvm_version());
    all.text(target.cpu);
    all.text(target.features);
    all.number(static_cast<std::uint64_t>(target.vector_bytes));
    all.text(ir::print(planned));
    // Kernels find a value at its number, which the text does not tell.
    for (const ir::Value& value : planned.values) all.text(value.name);
    const std::string bytes = all.take();
    return runtime::sha256(std::as_bytes(std::span(bytes)));
}

}  // namespace ricci::codegen
