// An entry is the text of the graph, which says nothing of the order of values, and that order.
#include "frontend/program/plan_cache.h"

#include <span>

#include "codegen/jit/build_identity.h"
#include "codegen/jit/object_cache.h"
#include "codegen/jit/packed_bytes.h"
#include "ir/base/error.h"
#include "ir/core/value_order.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "runtime/base/sha256.h"

namespace ricci::detail {
namespace {

constexpr std::string_view kWhat = "ricci plan 1";

std::string bytes_of(const Plan& plan) {
    codegen::PackedWriter out;
    out.text(kWhat);
    out.text(plan.code);
    out.text(plan.text);
    out.number(plan.graph.values.size());
    for (const ir::Value& value : plan.graph.values) out.text(value.name);
    out.number(plan.remarks.size());
    for (const auto& [pass, text] : plan.remarks) out.text(pass), out.text(text);
    return out.take();
}

std::optional<Plan> plan_of(std::string_view bytes) {
    codegen::PackedReader in(bytes);
    if (in.text() != kWhat) return std::nullopt;
    Plan plan;
    plan.code = in.text();
    plan.text = in.text();
    std::vector<std::string> names(in.count());
    for (std::string& name : names) name = in.text();
    plan.remarks.resize(in.count());
    for (auto& [pass, text] : plan.remarks) pass = in.text(), text = in.text();
    if (!in.at_end()) return std::nullopt;
    plan.graph = ir::parse(plan.text, "kept plan");
    if (plan.graph.stage != ir::Stage::planned || !ir::put_in_order(plan.graph, names)) return std::nullopt;
    return plan;
}

}  // namespace

std::string plan_key(const ir::Graph& program, const passes::Options& passes, const codegen::Target& target) {
    const std::string build = codegen::build_identity();
    if (build.empty()) return {};
    codegen::PackedWriter all;
    all.text(kWhat);
    all.text(build);
    all.text(codegen::llvm_version());
    all.text(target.cpu);
    all.text(target.features);
    all.number(static_cast<std::uint64_t>(target.vector_bytes));
    // Every member. What was measured is the machine by now, and what is verified is no choice.
    const auto& [layout, conv, winograd, gemm, precision, tile, memory, memory_samples, fuse, verify_values, machine, measured] = passes;
    for (std::string_view word : {layout.word(), conv.word(), gemm.word(), precision.word(), std::string_view(tile), std::string_view(memory)})
        all.text(word);
    all.number(static_cast<std::uint64_t>(memory_samples));
    all.number(winograd);
    all.number(fuse);
    all.text(passes::text_of(machine));
    all.text(ir::print(program));
    for (const ir::Value& value : program.values) all.text(value.name);
    const std::string bytes = all.take();
    return runtime::sha256(std::as_bytes(std::span(bytes)));
}

std::optional<Plan> kept_plan(const std::string& key, const ir::Graph& program) {
    std::optional<Plan> plan;
    try {
        const std::optional<std::string> bytes = codegen::ObjectCache(codegen::ObjectCache::default_folder()).load(key);
        if (bytes) plan = plan_of(*bytes);
    } catch (const UserError&) {  // of the parser: it is no text of a graph
        return std::nullopt;
    }
    if (!plan) return plan;
    for (ir::Value& value : plan->graph.values) {
        const ir::ValueId own = program.find(value.name);
        value.location = own < 0 ? Location() : program.value(own).location;
    }
    return plan;
}

void keep_plan(const std::string& key, const Plan& plan) {
    codegen::ObjectCache(codegen::ObjectCache::default_folder()).store(key, bytes_of(plan));
}

}  // namespace ricci::detail
