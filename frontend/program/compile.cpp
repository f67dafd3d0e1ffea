// The one file that sees every layer: model, passes, code generation, runtime.
#include "frontend/program/compile.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>

#include "codegen/compile.h"
#include "codegen/emit/machine_of.h"
#include "codegen/jit/object_cache.h"
#include "frontend/model/model_state.h"
#include "frontend/program/engine.h"
#include "frontend/program/team.h"
#include "passes/products/product_cost.h"
#include "runtime/base/cpu.h"
#include "runtime/execute/one_run.h"

namespace ricci {
namespace {

using runtime::Buffer;

codegen::Target target_of(const std::string& name) {
    return name.empty() ? codegen::Target::host() : codegen::Target::named(name);
}

/// The machine code of a planned graph, on these parameters.
runtime::Executable executable_of(const ir::Graph& planned, const Parameters& parameters, const CompileOptions& options,
                                  const std::string& search, codegen::CacheUse& use) {
    codegen::Options code;
    if (options.cache) code.cache = codegen::ObjectCache::default_folder();
    code.target = target_of(options.target);
    code.machine = machine_of(options.target, options.machine);
    code.search = search;
    runtime::Executable executable = codegen::compile(planned, code, &use);
    for (const ir::Value& value : planned.values) {
        const bool owned = value.role == ir::Role::parameter || value.role == ir::Role::state;
        if (owned) executable.attach(value.name, parameters.shared(value.name));
    }
    return executable;
}

/// The same program without batch tiles, for batches that would fill a tile so little that it is faster. Planned when
/// the first batch comes that is smaller than a tile, compiled when it is worth it for the first.
class SmallBatches {
  public:
    /// \param tiled  the planned graph that runs all other batches.
    SmallBatches(ir::Graph graph, const ir::Graph& tiled, Parameters parameters, CompileOptions options)
        : graph_(std::move(graph)), parameters_(std::move(parameters)), options_(std::move(options)) {
        options_.passes.machine = machine_of(options_.target, options_.machine);
        for (const ir::BatchTile& tile : tiled.tiles) samples_ = std::max(samples_, tile.samples);
        tiled_seconds_ = passes::predicted_seconds(tiled, options_.passes.machine);
    }

    /// What runs this batch, or null for the program with tiles. The answer depends on the batch alone.
    runtime::Executable* take(std::int64_t batch) {
        if (batch >= samples_) return nullptr;
        if (most_ < 0) plan();
        if (batch > most_) return nullptr;
        if (!executable_) {
            codegen::CacheUse use;
            executable_ = executable_of(graph_, parameters_, options_, "", use);
        }
        return &*executable_;
    }
    std::int64_t arena_bytes() const { return executable_ ? executable_->arena_bytes() : 0; }

  private:
    void plan() {
        passes::Options without = options_.passes;
        without.tile = "off";
        passes::Remarks remarks;
        graph_ = passes::run_to(std::move(graph_), ir::Stage::planned, without, remarks);
        const double seconds = passes::predicted_seconds(graph_, without.machine);
        const double tile = tiled_seconds_ * static_cast<double>(samples_);
        for (most_ = 0; most_ + 1 < samples_ && static_cast<double>(most_ + 1) * seconds < tile;) ++most_;
    }

    ir::Graph graph_;  // before the passes, then behind them
    Parameters parameters_;
    CompileOptions options_;
    std::int64_t samples_ = 0;  // of a tile
    double tiled_seconds_ = 0;  // of a sample in a full tile
    std::int64_t most_ = -1;    // the largest batch that is faster without tiles; -1 before it is known
    std::optional<runtime::Executable> executable_;
};

class Jit final : public detail::Engine {
  public:
    Jit(const ir::Graph& graph, const ir::Graph& planned, const Parameters& parameters, const CompileOptions& options,
        codegen::CacheUse& use)
        : executable_(executable_of(planned, parameters, options, options.search, use)),
          team_(shared_team(options.threads > 0 ? options.threads : runtime::cpu().threads)) {
        if (options.passes.tile == "auto" && !planned.tiles.empty())
            small_.emplace(graph, planned, parameters, options);
    }

    std::span<const Buffer* const> run(std::span<const runtime::Binding> inputs) override {
        last_ = small_ ? small_->take(executable_.batch_of(inputs)) : nullptr;
        return executable()->run(inputs, *team_);
    }
    std::int64_t arena_bytes() const override {
        return executable_.arena_bytes() + (small_ ? small_->arena_bytes() : 0);
    }
    int threads() const override { return team_->size(); }
    runtime::Executable* executable() override { return last_ != nullptr ? last_ : &executable_; }

  private:
    runtime::Executable executable_;
    std::optional<SmallBatches> small_;
    runtime::Executable* last_ = nullptr;  // of small_, when it ran last
    std::shared_ptr<runtime::ThreadTeam> team_;
};

Parameters parameters_of(const Program& program, const CompileOptions& options) {
    if (options.parameters) return *options.parameters;
    return program.model ? shared_parameters(*program.model) : Parameters();
}

}  // namespace

struct Function::State {
    std::shared_ptr<const void> program;  // keeps its states
    Parameters parameters;
    std::atomic<bool> running = false;
    ir::Graph graph;
    passes::Remarks remarks;
    std::unique_ptr<detail::Engine> engine;
    double compile_seconds = 0;
    bool from_cache = false;
};

void Argument::check_count(std::int64_t elements) const {
    std::int64_t wanted = 1;
    for (std::int64_t extent : binding.extents) wanted *= extent;
    if (elements != wanted) {
        user_error("an argument of {} elements has extents [{}], which are {} elements", elements,
                   fmt::join(binding.extents, ", "), wanted);
    }
}

const Buffer& Results::operator[](std::string_view name) const {
    std::vector<std::string_view> names;
    for (const Buffer* output : outputs_) {
        if (output->spec().name == name) return *output;
        names.push_back(output->spec().name);
    }
    user_error("no output \"{}\"; there is {}", name, fmt::join(names, ", "));
}

double Results::scalar() const {
    if (outputs_.empty()) user_error("this program has no output");
    const Buffer& first = *outputs_[0];
    if (first.elements() != 1) user_error("output {} is not one number; read its elements", first.spec().describe());
    return element_of(first, 0);
}

Results Function::run(std::span<const runtime::Binding> inputs) {
    const runtime::OneRun guard(state_->running, state_->graph.name);
    return Results(state_->engine->run(inputs), state_);
}

void Function::set(std::string_view state, double value, std::source_location where) {
    if (state == ir::kLearningRate) check_learning_rate(value, Location::of(where));
    state_->parameters.set(state, value);
}

Parameters Function::parameters() const {
    return state_->parameters;
}
const ir::Graph& Function::graph() const& {
    return state_->graph;
}
ir::Graph Function::graph() && {
    return state_->graph;
}
const passes::Remarks& Function::remarks() const& {
    return state_->remarks;
}
passes::Remarks Function::remarks() && {
    return state_->remarks;
}
double Function::compile_seconds() const {
    return state_->compile_seconds;
}
bool Function::from_cache() const {
    return state_->from_cache;
}
std::int64_t Function::arena_bytes() const {
    return state_->engine->arena_bytes();
}
int Function::threads() const {
    return state_->engine->threads();
}
runtime::Executable* Function::executable() const {
    return state_->engine->executable();
}

passes::Machine machine_of(const std::string& target, const std::optional<passes::Machine>& given) {
    const codegen::Target made_for = target_of(target);
    passes::Machine machine = given ? *given : codegen::machine_of(made_for);
    if (given && given->f32_lanes != made_for.lanes(f32)) {
        user_error("machine {} has vectors of {} floats, but the target {} has vectors of {}; measure it for that target",
                   given->name, given->f32_lanes, made_for.cpu, made_for.lanes(f32));
    }
    if (given) return machine;
    machine.l1_bytes = runtime::cpu().l1_bytes;
    machine.l2_bytes = runtime::cpu().l2_bytes;
    machine.l3_bytes = runtime::cpu().l3_bytes;
    return machine;
}

Function compile(const Program& program, const CompileOptions& options, std::source_location where) {
    if (options.threads < 0) {
        user_error(Location::of(where), "compile: threads is {}; it is at least 1, or 0 for one each processor",
                   options.threads);
    }
    const auto start = std::chrono::steady_clock::now();
    const Parameters shared = parameters_of(program, options);
    auto state = std::make_shared<Function::State>();
    state->program = program.identity;
    const ir::Stage last = options.engine == Engine::jit ? ir::Stage::planned : ir::Stage::step;
    passes::Options passes = options.passes;
    passes.machine = machine_of(options.target, options.machine);
    state->graph = passes::run_to(program.graph, last, passes, state->remarks, options.observer);
    state->parameters = shared.of_program(program.identity, program.graph, state->graph);
    // A learning rate that the model declares is shared, and begins as this program says.
    if (program.graph.training && program.graph.find(ir::kLearningRate) >= 0) {
        for (const auto& [name, value] : program.graph.training->options) {
            if (name == ir::kLearningRate) state->parameters.set(name, value);
        }
    }
    if (options.engine == Engine::jit) {
        codegen::CacheUse use;
        state->engine = std::make_unique<Jit>(program.graph, state->graph, state->parameters, options, use);
        state->from_cache = use.hit;
        if (!use.remark.empty()) state->remarks.push_back({"object-cache", use.remark});
        for (const std::string& remark : use.tiles.remarks) state->remarks.push_back({"tile-search", remark});
        for (const std::string& remark : use.code) state->remarks.push_back({"codegen", remark});
    } else {
        state->engine = detail::interpreter_engine(state->graph, state->parameters);
    }
    state->compile_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return Function(state);
}

Function compile(const Tensor& output, const CompileOptions& options, std::source_location where) {
    return compile(forward({output}, where), options, where);
}

}  // namespace ricci
