// The one file that sees every layer: model, passes, code generation, runtime.
#include "ricci/compile.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>

#include "codegen/compile.h"
#include "codegen/jit/object_cache.h"
#include "frontend/model/model_state.h"
#include "frontend/program/arguments.h"
#include "frontend/program/executor.h"
#include "frontend/program/internals.h"
#include "frontend/program/interpreter_executor.h"
#include "frontend/program/loop_search.h"
#include "frontend/program/plan_cache.h"
#include "frontend/program/program_state.h"
#include "frontend/program/team.h"
#include "ir/base/places.h"
#include "ir/print/print.h"
#include "passes/products/product_cost.h"
#include "runtime/base/cpu.h"
#include "runtime/call/blas.h"
#include "runtime/execute/one_run.h"

namespace ricci {

using detail::Internals;
using runtime::Buffer;

namespace {

codegen::Target target_of(const std::string& name) {
    return name.empty() ? codegen::Target::host() : codegen::Target::named(name);
}

/// The machine code of a planned graph, on these parameters. \param key  of its code, "" where it is not known.
runtime::Executable executable_of(const ir::Graph& planned, const Parameters& parameters, const CompileOptions& options,
                                  codegen::CacheUse& use, const std::string& key = "") {
    codegen::Options code{.key = key};
    if (options.cache) code.cache = codegen::ObjectCache::default_folder();
    code.target = target_of(options.target);
    runtime::Executable executable = codegen::compile(planned, code, &use);
    for (const ir::Value& value : planned.values) {
        const bool owned = value.role == ir::Role::parameter || value.role == ir::Role::state;
        if (owned) executable.attach(value.name, Internals::shared(parameters, value.name));
    }
    return executable;
}

/// The same code on the same parameters, with an arena of its own.
runtime::Executable copy_of(const runtime::Executable& executable) {
    runtime::Executable copy(executable.program());
    for (const runtime::Slot& slot : executable.program().slots) {
        const bool owned = slot.role == runtime::Role::parameter || slot.role == runtime::Role::state;
        if (owned) copy.attach(slot.spec.name, executable.attached(slot.spec.name));
    }
    return copy;
}

/// The same program without batch tiles, for batches that would fill a tile so little that it is faster. Planned when
/// the first batch comes that is smaller than a tile, compiled when it is worth it for the first.
class SmallBatches {
  public:
    /// \param tiled  the planned graph that runs all other batches.
    SmallBatches(ir::Graph graph, const ir::Graph& tiled, Parameters parameters, passes::Options passes,
                 CompileOptions options)
        : SmallBatches(std::move(graph), std::move(parameters), std::move(passes), std::move(options)) {
        for (const ir::BatchTile& tile : tiled.tiles) samples_ = std::max(samples_, tile.samples);
        tiled_seconds_ = passes::predicted_seconds(tiled, passes_.machine);
    }

    /// What runs this batch, or null for the program with tiles. The answer depends on the batch alone.
    runtime::Executable* take(std::int64_t batch) {
        if (batch >= samples_) return nullptr;
        if (most_ < 0) plan();
        if (batch > most_) return nullptr;
        if (!executable_) {
            codegen::CacheUse use;
            executable_ = executable_of(graph_, parameters_, options_, use);
        }
        return &*executable_;
    }
    SmallBatches clone() const {
        SmallBatches copy(graph_, parameters_, passes_, options_);
        copy.samples_ = samples_;
        copy.tiled_seconds_ = tiled_seconds_;
        copy.most_ = most_;
        if (executable_) copy.executable_.emplace(copy_of(*executable_));
        return copy;
    }
    std::int64_t arena_bytes() const { return executable_ ? executable_->arena_bytes() : 0; }

  private:
    SmallBatches(ir::Graph graph, Parameters parameters, passes::Options passes, CompileOptions options)
        : graph_(std::move(graph)),
          parameters_(std::move(parameters)),
          passes_(std::move(passes)),
          options_(std::move(options)) {}

    void plan() {
        passes::Options without = passes_;
        without.tile = "off";
        without.memory.clear();  // a batch smaller than a tile needs less
        passes::Remarks remarks;
        graph_ = passes::run_to(std::move(graph_), ir::Stage::planned, without, remarks);
        const double seconds = passes::predicted_seconds(graph_, without.machine);
        const double tile = tiled_seconds_ * static_cast<double>(samples_);
        for (most_ = 0; most_ + 1 < samples_ && static_cast<double>(most_ + 1) * seconds < tile;) ++most_;
    }

    ir::Graph graph_;  // before the passes, then behind them
    Parameters parameters_;
    passes::Options passes_;
    CompileOptions options_;
    std::int64_t samples_ = 0;  // of a tile
    double tiled_seconds_ = 0;  // of a sample in a full tile
    std::int64_t most_ = -1;    // the largest batch that is faster without tiles; -1 before it is known
    std::optional<runtime::Executable> executable_;
};

class Jit final : public detail::Executor {
  public:
    Jit(const ir::Graph& graph, const ir::Graph& planned, const Parameters& parameters, const passes::Options& passes,
        const CompileOptions& options, codegen::CacheUse& use, const std::string& key)
        : executable_(executable_of(planned, parameters, options, use, key)),
          team_(shared_team(options.threads > 0 ? options.threads : runtime::cpu().threads)) {
        const bool any_batch = planned.fixed_batch == 0;
        if (passes.tile == "auto" && any_batch && !planned.tiles.empty())
            small_.emplace(graph, planned, parameters, passes, options);
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
    void warm_up(std::int64_t batch) override {
        if (small_) small_->take(batch);
    }

    std::unique_ptr<Executor> clone() const override {
        std::optional<SmallBatches> small;
        if (small_) small.emplace(small_->clone());
        return std::unique_ptr<Executor>(new Jit(copy_of(executable_), std::move(small), team_));
    }

  private:
    Jit(runtime::Executable executable, std::optional<SmallBatches> small, std::shared_ptr<runtime::ThreadTeam> team)
        : executable_(std::move(executable)), small_(std::move(small)), team_(std::move(team)) {}

    runtime::Executable executable_;
    std::optional<SmallBatches> small_;
    runtime::Executable* last_ = nullptr;  // of small_, when it ran last
    std::shared_ptr<runtime::ThreadTeam> team_;
};

Parameters parameters_of(const detail::ProgramState& program, const CompileOptions& options) {
    if (options.parameters) return *options.parameters;
    return program.model ? detail::shared_parameters(*program.model) : Parameters();
}

/// Whether the plan of a program may come from the cache. Not where somebody looks at the passes, and not where tiles
/// that were measured change what they planned.
bool keeps_plans(const CompileOptions& options, const passes::Options& passes, const passes::Observer& observer) {
    return options.cache && !codegen::ObjectCache::default_folder().empty() && options.engine == ricci::Engine::jit &&
           options.search.empty() && !passes.verify_values && !observer;
}

/// What the observer of a user sees: the program as text.
passes::Observer as_text(const CompileOptions& options) {
    if (!options.observer) return {};
    return [observer = options.observer](const passes::Pass& pass, const ir::Graph& graph) {
        observer(pass.name, ir::print(graph));
    };
}

}  // namespace

struct Function::State {
    std::shared_ptr<const void> program;  // keeps its states
    Parameters parameters;
    std::atomic<bool> running = false;
    ir::Graph graph;
    std::string text;  // of the graph, where it is a plan that was kept; else ""
    std::vector<Remark> remarks;
    std::unique_ptr<detail::Executor> engine;
    std::vector<Array> outputs;       // on the engine's buffers of the last call
    std::vector<std::string> names;  // of the outputs
    std::int64_t calls = 0;
    double compile_seconds = 0;
    bool from_cache = false;
    std::string_view precision;  // its word
};

Argument::Argument(const Array& array) {
    const Buffer& buffer = Internals::buffer(array);
    dtype = buffer.spec().dtype;
    extents = buffer.spec().extents;
    data = buffer.data();
    kinds = buffer.spec().kinds;
}

void Argument::check_count(std::int64_t elements) const {
    std::int64_t wanted = 1;
    for (std::int64_t extent : extents) wanted *= extent;
    if (elements != wanted) {
        user_error("an argument of {} elements has extents [{}], which are {} elements", elements,
                   fmt::join(extents, ", "), wanted);
    }
}

void Results::refuse_as_old() const {
    user_error(
        "these results are of call {} of the function, which was called {} times; each call writes over those before. "
        "Copy what is to stay: const Array y = predict(x)[0]",
        call_, *calls_);
}

const Array& Results::operator[](std::string_view name) const {
    check();
    const std::size_t place = place_of(names_, name);
    if (place == names_.size()) user_error("no output \"{}\"; there is {}", name, fmt::join(names_, ", "));
    return outputs_[place];
}

const Array& Results::operator[](std::size_t i) const {
    check();
    if (i >= outputs_.size()) {
        user_error("no output {}; there are {}, from 0 on: {}", i, outputs_.size(), fmt::join(names_, ", "));
    }
    return outputs_[i];
}

double Results::scalar() const {
    check();
    if (outputs_.empty()) user_error("this program has no output");
    const Buffer& first = Internals::buffer(outputs_[0]);
    if (first.elements() != 1) user_error("output {} is not one number; read its elements", first.spec().describe());
    return outputs_[0].scalar();
}

Results detail::run(const Function& function, std::span<const runtime::Binding> inputs) {
    const std::shared_ptr<Function::State>& state = Internals::shared_state(function);
    const runtime::OneRun guard(state->running, state->graph.name);
    const std::span<const Buffer* const> outputs = state->engine->run(inputs);
    ++state->calls;
    const auto is_on = [](const Array& array, const Buffer* buffer) { return &Internals::buffer(array) == buffer; };
    if (!std::ranges::equal(state->outputs, outputs, is_on)) {
        state->outputs.clear();
        for (const Buffer* output : outputs) {
            // The engine owns the buffer and lives as long as the state, which the results keep.
            state->outputs.push_back(Internals::view({std::shared_ptr<void>(), const_cast<Buffer*>(output)}));
        }
    }
    return Results(state->outputs, state->names, state, state->calls);
}

Results Function::run(std::span<const Argument> inputs) {
    return detail::run(*this, detail::CallBindings(detail::graph_of(*this), inputs).all());
}
Results Function::run(std::span<const NamedArgument> inputs) {
    return detail::run(*this, detail::CallBindings(detail::graph_of(*this), inputs).all());
}

void Function::warm_up(std::span<const std::int64_t> batches) {
    const runtime::OneRun guard(state_->running, state_->graph.name);
    for (const std::int64_t samples : batches) {
        if (samples < 1) user_error("warm_up: a batch of {} is not possible; ask for at least 1", samples);
        state_->engine->warm_up(samples);
    }
}

void Function::set(std::string_view state, double value, std::source_location where) {
    if (state == ir::kLearningRate) check_learning_rate(value, Location::of(where));
    if (!Internals::has(state_->parameters, state) && state_->parameters.contains(state)) {
        user_error("{}: set(\"{}\", {}): this program has no such state; the states of an optimizer are set on the function "
                   "of its training step",
                   state_->graph.name, state, value);
    }
    state_->parameters.set(state, value);
}

Parameters Function::parameters() const {
    return state_->parameters;
}
std::string Function::text() const {
    return state_->text.empty() ? ir::print(state_->graph) : state_->text;
}
const ir::Graph& detail::graph_of(const Function& function) {
    return Internals::state(function).graph;
}
const std::vector<Remark>& Function::remarks() const& {
    return state_->remarks;
}
std::vector<Remark> Function::remarks() && {
    return state_->remarks;
}
Function Function::clone() const {
    const runtime::OneRun guard(state_->running, state_->graph.name);
    if (!state_->graph.updates.empty()) {
        user_error("{}: a program that updates parameters is not cloned, for two of them would write at once; call it "
                   "on one thread at a time",
                   state_->graph.name);
    }
    auto copy = std::make_shared<State>();
    copy->program = state_->program;
    copy->parameters = state_->parameters;
    copy->graph = state_->graph;
    copy->text = state_->text;
    copy->remarks = state_->remarks;
    copy->names = state_->names;
    copy->engine = state_->engine->clone();
    copy->compile_seconds = state_->compile_seconds;
    copy->from_cache = state_->from_cache;
    copy->precision = state_->precision;
    return Function(copy);
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
const ir::Graph& detail::asked_graph_of(const Function& function) {
    return static_cast<const ProgramState*>(Internals::state(function).program.get())->graph;
}
const ir::Training* detail::training_of(const Function& function) {
    const ir::Graph& graph = asked_graph_of(function);
    return graph.training ? &*graph.training : nullptr;
}
std::string_view detail::precision_of(const Function& function) {
    return Internals::state(function).precision;
}

double detail::learning_rate_of(const Function& step) {
    const double now = step.parameters()[std::string(ir::kLearningRate)].scalar();
    const ir::Training* training = training_of(step);
    if (training == nullptr) return now;
    for (const auto& [name, value] : training->options) {
        const bool same = value == now || static_cast<double>(static_cast<float>(value)) == now;
        if (name == ir::kLearningRate && same) return value;
    }
    return now;
}

runtime::Executable* detail::executable_of(const Function& function) {
    return Internals::state(function).engine->executable();
}

passes::Machine detail::machine_of(const std::string& target, const std::optional<passes::Machine>& given) {
    const codegen::Target made_for = target_of(target);
    passes::Machine machine = given ? *given : passes::machine_for(made_for.cpu, made_for.lanes(f32));
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

/// \throws UserError for a number that is none of the choices.
template <typename Choice>
Choice known(const char* option, Choice choice) {
    const std::span<const std::string_view> words = words_of<Choice>();
    if (std::to_underlying(choice) < words.size()) return choice;
    user_error("compile: {} is choice {}; there are {}: {}", option, std::to_underlying(choice), words.size(),
               fmt::join(words, ", "));
}

passes::Options detail::passes_of(const CompileOptions& options) {
    passes::Options passes{.layout = known("layout", options.layout),
                           .conv = known("convolution", options.convolution),
                           .winograd = options.winograd,
                           .gemm = known("gemm", options.gemm),
                           .precision = known("precision", options.precision),
                           .memory = options.memory == 0 ? "" : std::to_string(options.memory),
                           .memory_samples = options.memory_batch,
                           .fuse = options.fuse,
                           .verify_values = options.verify_values,
                           .machine = machine_of(options.target)};
    if (!options.tile.is_automatic()) {
        passes.tile = options.tile.is_off() ? "off" : std::to_string(options.tile.count());
    }
    return passes;
}

Function detail::compile_with(const passes::Options& how, const Program& program, const CompileOptions& options,
                              const passes::Observer& observer, std::source_location where) {
    if (options.threads < 0) {
        user_error(Location::of(where), "compile: threads is {}; it is at least 1, or 0 for one each processor",
                   options.threads);
    }
    const auto start = std::chrono::steady_clock::now();
    const std::shared_ptr<const ProgramState>& from = Internals::state(program);
    const Parameters shared = parameters_of(*from, options);
    auto state = std::make_shared<Function::State>();
    state->program = from;
    state->precision = how.precision.word();
    // The interpreter needs no methods, but where they say what is rounded.
    const ir::Stage to_interpret = how.precision == Precision::full ? ir::Stage::step : ir::Stage::lowered;
    const ir::Stage last = options.engine == ricci::Engine::jit ? ir::Stage::planned : to_interpret;
    passes::Options passes = how;
    passes.machine = machine_of(options.target, how.measured);
    const std::string key = keeps_plans(options, passes, observer)
                                ? detail::plan_key(from->graph, passes, target_of(options.target))
                                : "";
    std::optional<Plan> plan = key.empty() ? std::nullopt : detail::kept_plan(key, from->graph);
    const bool was_kept = plan.has_value();
    if (!plan) {
        plan.emplace();
        passes::Remarks remarks;
        plan->graph = passes::run_to(from->graph, last, passes, remarks, observer);
        for (passes::Remark& remark : remarks) plan->remarks.push_back({std::move(remark.pass), std::move(remark.text)});
    }
    state->graph = plan->graph;
    state->text = plan->text;
    state->remarks = plan->remarks;
    for (const ir::Output& output : state->graph.outputs) state->names.push_back(output.name);
    state->parameters = Internals::of_program(shared, from, from->graph, state->graph);
    // A learning rate that the model declares is shared, and begins as this program says.
    if (from->graph.training && from->graph.find(ir::kLearningRate) >= 0) {
        for (const auto& [name, value] : from->graph.training->options) {
            if (name == ir::kLearningRate) state->parameters.set(name, value);
        }
    }
    if (options.engine == ricci::Engine::jit) {
        codegen::CacheUse use;
        codegen::TileUse tiles;
        state->graph = search_loops(std::move(state->graph), target_of(options.target), passes.machine, options.search, tiles);
        state->engine = std::make_unique<Jit>(from->graph, state->graph, state->parameters, passes, options, use, plan->code);
        state->from_cache = use.hit;
        if (!key.empty() && !was_kept) {
            plan->text = ir::print(plan->graph);
            plan->code = use.key;
            detail::keep_plan(key, *plan);
        }
        if (!use.remark.empty()) state->remarks.push_back({"object-cache", use.remark});
        for (const std::string& remark : tiles.remarks) state->remarks.push_back({"tile-search", remark});
    } else {
        state->engine = detail::interpreter_executor(state->graph, state->parameters);
    }
    state->compile_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return Internals::function(state);
}

Function compile(const Program& program, const CompileOptions& options, std::source_location where) {
    return detail::compile_with(detail::passes_of(options), program, options, as_text(options), where);
}

std::string load_blas() {
    return describe(runtime::blas());
}

Function compile(const Tensor& output, const CompileOptions& options, std::source_location where) {
    return compile(forward({output}, where), options, where);
}

}  // namespace ricci
