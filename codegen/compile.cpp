// Emits, compiles and links the kernels of a planned graph, and describes its values to the runtime.
#include "codegen/compile.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <thread>
#include <unordered_map>

#include "codegen/compiled_kernels.h"
#include "codegen/emit/emit_kernel.h"
#include "codegen/emit/kernel_form.h"
#include "codegen/emit/row_reads.h"
#include "codegen/emit/runtime_symbols.h"
#include "codegen/jit/jit.h"
#include "codegen/jit/module_compiler.h"
#include "codegen/jit/object_cache.h"
#include "codegen/shares.h"
#include "ir/analysis/look_ups.h"
#include "ir/core/planned_graph.h"
#include "ir/loops/tile_view.h"
#include "runtime/base/cpu.h"

namespace ricci::codegen {
namespace {

/// One function to emit: a kernel, or the copy of a whole value.
struct Task {
    ir::KernelSource source;
    ir::ValueId to = -1, from = -1;  // the values of a copy; -1 for a kernel
};

/// The functions of a graph in the order they run. Every output gets a value of its own here. One that is an input or a
/// parameter is copied before any kernel changes it. One that has two names is copied at the end.
struct Work {
    ir::Graph graph;
    std::vector<Task> tasks;
};

/// Calls Options::observe, where there is one.
void observed(const Options& options, std::string_view phase) {
    if (options.observe) options.observe(phase);
}

Work work_of(const ir::Graph& planned) {
    RICCI_CHECK(planned.stage == ir::Stage::planned, "codegen needs a planned graph, not one at stage {}",
                ir::name_of(planned.stage));
    Work work{planned, {}};
    ir::Graph& graph = work.graph;
    std::vector<Task> last;
    ir::IdVector<ir::ValueId, bool> is_output(planned.values.size(), false);
    auto copy = [&](std::string_view what, ir::ValueId to, ir::ValueId from) {
        return Task{{fmt::format("{}.{}.{}", graph.name, graph.value(to).name, what), {}, {}}, to, from};
    };
    for (ir::Output& output : graph.outputs) {
        bool temporary = planned.value(output.value).role == ir::Role::temporary;
        if (temporary && !is_output[output.value]) {
            is_output[output.value] = true;
            continue;
        }
        const ir::Value& from = graph.value(output.value);
        ir::ValueId own = graph.add({.name = output.name, .type = from.type, .location = from.location});
        (temporary ? last : work.tasks).push_back(copy("output", own, output.value));
        output.value = own;
    }
    for (const ir::Update& update : graph.updates) {
        const auto& placement = graph.value(update.source).placement;
        if (update.source == update.target || (placement && placement->shares == update.target)) continue;
        last.push_back(copy("update", update.target, update.source));
    }
    graph = ir::tile_view(graph);
    for (ir::KernelSource& source : ir::kernels_of(graph)) work.tasks.push_back({std::move(source)});
    work.tasks.insert(work.tasks.end(), last.begin(), last.end());
    return work;
}

EmittedKernel emit(const ir::PlannedGraph& planned, const Task& task, const Target& target, llvm::Module& module) {
    if (task.to >= 0) return emit_copy(planned, task.source.name, task.to, task.from, module);
    return emit_kernel(planned, task.source, target, module);
}

/// All kernels in one module, through LLVM's passes.
std::string text_of(const ir::Graph& graph, const Target& target,
                    const std::function<std::string(ModuleCompiler&, llvm::Module&)>& print) {
    ModuleCompiler compiler(target);
    llvm::LLVMContext context;
    std::unique_ptr<llvm::Module> module = compiler.new_module(graph.name, context);
    const Work work = work_of(graph);
    const ir::PlannedGraph planned(work.graph);
    for (const Task& task : work.tasks) emit(planned, task, target, *module);
    compiler.optimise(*module);
    return print(compiler, *module);
}

/// The object of some tasks, and what the runtime needs to know of each.
void compile_share(const ir::PlannedGraph& planned, const Work& work, const Options& options,
                   std::span<const std::size_t> share, std::vector<EmittedKernel>& emitted, std::string& object) {
    ModuleCompiler compiler(options.target);
    llvm::LLVMContext context;
    std::unique_ptr<llvm::Module> module = compiler.new_module(work.graph.name, context);
    for (const std::size_t i : share) emitted[i] = emit(planned, work.tasks[i], options.target, *module);
    const bool observes = share[0] == 0;  // the share of the calling thread
    if (observes) observed(options, "emit");
    compiler.optimise(*module);
    object = compiler.object_code(*module);
    if (observes) observed(options, "llvm");
}

/// For each task the one whose function it runs: the first that is alike.
std::vector<std::size_t> owners_of(const ir::PlannedGraph& planned, const Work& work) {
    std::vector<std::size_t> kernels;  // the tasks that are no copies
    std::vector<const ir::KernelSource*> sources;
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < work.tasks.size(); ++i) {
        owners.push_back(i);
        if (work.tasks[i].to >= 0) continue;
        kernels.push_back(i);
        sources.push_back(&work.tasks[i].source);
    }
    const std::vector<std::size_t> first = first_alike(planned, sources);
    for (std::size_t k = 0; k < kernels.size(); ++k) owners[kernels[k]] = kernels[first[k]];
    return owners;
}

/// What `owner` was emitted as, with the values of a kernel that is alike.
EmittedKernel with_values_of(const EmittedKernel& kernel, const ir::KernelSource& owner, const ir::KernelSource& alike) {
    const std::vector<ir::ValueId> from = values_of(owner);
    const std::vector<ir::ValueId> to = values_of(alike);
    std::unordered_map<ir::ValueId, ir::ValueId> alike_of;
    for (std::size_t i = 0; i < from.size(); ++i) alike_of.try_emplace(from[i], to[i]);
    EmittedKernel result = kernel;
    for (ir::ValueId& id : result.values) id = alike_of.at(id);
    return result;
}

/// The tile that a task's kernel is part of; -1 for none.
ir::TileId tile_of(const Task& task) {
    return task.source.equations.empty() ? ir::TileId() : task.source.equations[0]->tile;
}

std::vector<runtime::TileRun> tile_runs(const Work& work) {
    ir::IdVector<ir::TileId, runtime::TileRun> runs;
    for (const ir::BatchTile& tile : work.graph.tiles) runs.push_back({.name = tile.name, .samples = tile.samples});
    for (std::size_t i = 0; i < work.tasks.size(); ++i) {
        const ir::TileId tile = tile_of(work.tasks[i]);
        if (tile < 0) continue;
        runtime::TileRun& run = runs[tile];
        if (run.last == 0) run.first = i;
        run.last = i + 1;
    }
    return runs;
}

runtime::Scope scope_of(ir::Placement::Scope scope) {
    switch (scope) {
        case ir::Placement::Scope::fixed:
            return runtime::Scope::fixed;
        case ir::Placement::Scope::per_sample:
            return runtime::Scope::per_sample;
        case ir::Placement::Scope::per_pair:
            return runtime::Scope::per_pair;
        case ir::Placement::Scope::per_thread:
            return runtime::Scope::per_thread;
        case ir::Placement::Scope::per_chunk:
            return runtime::Scope::per_chunk;
    }
    return runtime::Scope::fixed;
}

/// A program has a slot for each value, in their order.
runtime::SlotId slot_id(ir::ValueId value) { return runtime::SlotId(static_cast<int>(value)); }

/// `outputs`: the name of each value that is one. `uses`: of the graph.
runtime::Slot slot_of(const ir::Graph& graph, const ir::Uses& uses,
                      const std::unordered_map<ir::ValueId, std::string_view>& outputs, ir::ValueId id) {
    const ir::Value& value = graph.value(id);
    runtime::Slot slot;
    slot.spec.name = value.name;
    slot.spec.dtype = value.type.dtype;
    slot.spec.extents = value.type.extents();
    for (const ir::Axis& axis : value.type.axes) slot.spec.kinds.emplace_back(axis.kind.name());
    switch (value.role) {
        case ir::Role::input:
            slot.role = runtime::Role::input;
            if (value.numbers) {
                slot.positions = value.numbers->extent;
                slot.position_kind = value.numbers->kind.name();
                slot.ignored = value.ignored;
            }
            return slot;
        case ir::Role::parameter:
            slot.role = runtime::Role::parameter;
            return slot;
        case ir::Role::state:
            slot.role = runtime::Role::state;
            return slot;
        case ir::Role::temporary:
            break;
    }
    if (const auto output = outputs.find(id); output != outputs.end()) {
        slot.role = runtime::Role::output;
        slot.spec.name = output->second;
    }
    if (slot.role == runtime::Role::temporary && !value.placement) slot.scope = runtime::Scope::none;
    if (value.placement) {
        slot.scope = scope_of(value.placement->scope);
        slot.arena_offset = value.placement->offset;
        slot.alias = slot_id(value.placement->shares);
        const ir::EquationId writer = uses.writer(id);
        if (writer >= 0) slot.tile = runtime::TileId(std::max(static_cast<int>(graph.equations[writer].tile), 0));
    }
    return slot;
}

CompiledKernels compile_all(const ir::PlannedGraph& planned, const Work& work, const Options& options) {
    CompiledKernels code;
    code.kernels.resize(work.tasks.size());
    if (work.tasks.empty()) return code;
    const std::vector<std::size_t> owners = owners_of(planned, work);
    std::vector<std::size_t> own;
    for (std::size_t i = 0; i < owners.size(); ++i) {
        if (owners[i] == i) own.push_back(i);
    }
    observed(options, "find alike");
    std::size_t threads = static_cast<std::size_t>(options.threads > 0 ? options.threads : runtime::cpu().threads);
    std::vector<double> sizes;
    for (const std::size_t i : own) sizes.push_back(code_size(work.graph, work.tasks[i].source));
    std::vector<std::vector<std::size_t>> shares = even_shares(sizes, threads);
    for (std::vector<std::size_t>& share : shares) {
        for (std::size_t& piece : share) piece = own[piece];
    }
    threads = shares.size();
    code.objects.resize(threads);
    std::vector<std::exception_ptr> errors(threads);
    auto compile_one = [&](std::size_t share) {
        try {
            compile_share(planned, work, options, shares[share], code.kernels, code.objects[share]);
        } catch (...) {
            errors[share] = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> helpers;
        for (std::size_t share = 1; share < threads; ++share) helpers.emplace_back(compile_one, share);
        compile_one(0);
    }
    for (const std::exception_ptr& error : errors) {
        if (error) std::rethrow_exception(error);
    }
    for (std::size_t i = 0; i < owners.size(); ++i) {
        if (owners[i] == i) continue;
        code.kernels[i] = with_values_of(code.kernels[owners[i]], work.tasks[owners[i]].source, work.tasks[i].source);
    }
    return code;
}

/// Takes the code from the cache, or compiles it and leaves it there.
CompiledKernels compile_or_load(const ir::Graph& planned, const ir::PlannedGraph& lookups, const Work& work,
                                const Options& options, CacheUse& use) {
    if (options.cache.empty()) return compile_all(lookups, work, options);
    const std::string key = options.key.empty() ? key_of(planned, options.target) : options.key;
    use.key = key;
    if (key.empty()) {
        use.remark = "this program has no build id, so machine code is not kept; link it with -Wl,--build-id";
        return compile_all(lookups, work, options);
    }
    ObjectCache cache(options.cache);
    if (const std::optional<std::string> bytes = cache.load(key)) {
        std::optional<CompiledKernels> code = from_bytes(*bytes);
        use.hit = code && code->kernels.size() == work.tasks.size();
        if (use.hit) return std::move(*code);
    }
    use.remark = cache.remark();
    CompiledKernels code = compile_all(lookups, work, options);
    cache.store(key, to_bytes(code));
    if (!cache.remark().empty()) use.remark = cache.remark();
    return code;
}

}  // namespace

runtime::Executable compile(const ir::Graph& planned, const Options& options, CacheUse* use) {
    options.target.require_runnable();
    CacheUse unasked;
    if (use == nullptr) use = &unasked;
    const Work work = work_of(planned);
    const ir::Graph& graph = work.graph;
    const ir::PlannedGraph lookups(graph);
    observed(options, "list kernels");
    const CompiledKernels code = compile_or_load(planned, lookups, work, options, *use);

    auto jit = std::make_shared<Jit>(options.target, symbols_of_runtime());
    for (std::size_t i = 0; i < code.objects.size(); ++i) {
        jit->add_object(code.objects[i], fmt::format("{}.{}", graph.name, i));
    }
    std::vector<runtime::KernelFn> functions;
    for (const EmittedKernel& kernel : code.kernels)
        functions.push_back(jit->function<std::remove_pointer_t<runtime::KernelFn>>(kernel.name));
    observed(options, "link");

    runtime::Program program;
    std::unordered_map<ir::ValueId, std::string_view> outputs;
    for (const ir::Output& output : graph.outputs) outputs[output.value] = output.name;
    program.name = graph.name;
    program.fixed_batch = graph.fixed_batch;
    for (ir::ValueId id : graph.values.ids()) program.slots.push_back(slot_of(graph, lookups.uses, outputs, id));
    for (const ir::Output& output : graph.outputs) program.outputs.push_back(slot_id(output.value));
    for (std::size_t i = 0; i < code.kernels.size(); ++i) {
        const EmittedKernel& kernel = code.kernels[i];
        const ir::KernelSource& source = work.tasks[i].source;
        // What a kernel of one row reads is one row; a copy's rows are not told, nor those of an open batch.
        const bool rows_known = work.tasks[i].to < 0 && kernel.grain == 0 && kernel.parallel_extent >= 1;
        // Each call of a scatter by ids reads all ids: in a sweep, which calls for a few rows at a time, it stays out.
        const bool reads_all_ids = std::ranges::any_of(
            source.equations, [&](const ir::Equation* equation) { return ir::scatters_by_ids(graph, *equation); });
        const auto slots = [](const std::vector<ir::ValueId>& values) {
            std::vector<runtime::SlotId> ids;
            for (const ir::ValueId value : values) ids.push_back(slot_id(value));
            return ids;
        };
        program.kernels.push_back({.name = source.name,
                                   .fn = functions[i],
                                   .parallel_extent = kernel.parallel_extent,
                                   .grain = kernel.grain,
                                   .cost = kernel.cost,
                                   .slots = slots(kernel.values),
                                   .writes = reads_all_ids ? std::vector<runtime::SlotId>{} : slots(written_by(source)),
                                   .by_rows = rows_known ? slots(read_by_rows(graph, source, kernel.parallel_extent))
                                                         : std::vector<runtime::SlotId>{}});
    }
    program.fixed_bytes = graph.arena_fixed;
    program.per_sample_bytes = graph.arena_per_sample;
    program.per_pair_bytes = graph.arena_per_pair;
    program.per_thread_bytes = graph.arena_per_thread;
    program.per_chunk_bytes = graph.arena_per_chunk;
    program.tiles = tile_runs(work);
    program.code = std::move(jit);
    runtime::Executable executable(std::move(program));
    observed(options, "prepare runs");
    return executable;
}

std::string llvm_text(const ir::Graph& planned, const Options& options) {
    return text_of(planned, options.target,
                   [](ModuleCompiler&, llvm::Module& module) { return ModuleCompiler::llvm_text(module); });
}

std::string assembly_text(const ir::Graph& planned, const Options& options) {
    return text_of(planned, options.target,
                   [](ModuleCompiler& compiler, llvm::Module& module) { return compiler.assembly_text(module); });
}

}  // namespace ricci::codegen
