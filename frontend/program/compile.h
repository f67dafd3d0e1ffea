/// \file frontend/program/compile.h
/// From a program to something that runs: the passes, code generation, and the parameters that belong to it.
#pragma once

#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/model/parameters.h"
#include "frontend/program/call.h"
#include "frontend/program/program.h"
#include "passes/pass.h"
#include "runtime/execute/executable.h"

namespace ricci {

enum class Engine : std::uint8_t {
    jit,          // machine code
    interpreter,  // the plain loops of the equations in f64: slow, and the judge of the other
};

struct CompileOptions {
    passes::Options passes{};
    std::string target{};  // an LLVM CPU name or "avx2"; "" is this machine
    std::optional<passes::Machine> machine{};  // measured, in place of the table's row for the target
    int threads = 0;       // that run a call; 0 is one for each processor
    bool cache = true;     // keeps machine code on disk for later runs, where codegen/jit/object_cache.h says
    std::string search{};  // file of register tiles: used where it has them, else measured and added; "" is none
    Engine engine = Engine::jit;
    std::optional<Parameters> parameters{};  // instead of those that all programs of the model share; not their states
    passes::Observer observer{};             // sees the graph after each pass
};

/// A compiled program. A handle: copies are the same function. One call at a time: while one thread is in a call, those
/// of other threads are refused, and the other members are for that thread alone. A child process has functions of its
/// own after fork(), with copies of the parent's parameters.
class Function {
  public:
    /// Inputs in the order of the model. \throws UserError when one is missing, or has another dtype, rank, extent, or
    /// batch than the program, naming the input and both values, or when another thread is in a call; nothing is
    /// computed then.
    template <typename... Inputs>
    requires(std::convertible_to<const Inputs&, Argument>&&...) Results operator()(const Inputs&... inputs) & {
        const std::array<runtime::Binding, sizeof...(Inputs)> bindings{Argument(inputs).binding...};
        return run(bindings);
    }
    template <typename... Inputs>
    requires(std::convertible_to<const Inputs&, Argument>&&...) LastResults operator()(const Inputs&... inputs) && {
        return LastResults((*this)(inputs...));
    }
    /// Inputs by name, or by place where the name is empty.
    Results run(std::span<const runtime::Binding> inputs);

    /// Puts a number into a state between calls: set("learning_rate", 0.01).
    /// \throws UserError when there is no such state, or a learning rate is negative or not finite.
    void set(std::string_view state, double value, std::source_location where = std::source_location::current());

    /// Those that the programs share, with this program's states.
    Parameters parameters() const;
    /// After the passes: what runs.
    const ir::Graph& graph() const&;
    ir::Graph graph() &&;
    const passes::Remarks& remarks() const&;
    passes::Remarks remarks() &&;
    double compile_seconds() const;
    bool from_cache() const;           // the machine code is an earlier run's
    std::int64_t arena_bytes() const;  // now: it grows to the largest batch seen
    int threads() const;
    /// The machine code itself, before the first call that of large batches, then that of the last call; null with the
    /// interpreter.
    runtime::Executable* executable() const;

    struct State;
    explicit Function(std::shared_ptr<State> state) : state_(std::move(state)) {}

  private:
    std::shared_ptr<State> state_;
};

/// What the cost models are told of the machine: the table's row for a target as CompileOptions::target names it, with
/// the caches of the processor this runs on; or the machine that is given. \throws UserError when its vectors are not
/// those of the target.
passes::Machine machine_of(const std::string& target, const std::optional<passes::Machine>& given = std::nullopt);

/// Runs the passes and makes the program callable. Parameters are those that the model's programs share, made and drawn
/// on first use, unless options.parameters gives others. Each training program has its own learning rate and optimizer
/// state; functions compiled from one program share them. \throws UserError as the passes and code generation do.
/// Cost: LeNet-5's training step takes a few tenths of a second. With passes.tile = "auto" a batch much smaller than a
/// tile (some 7 samples or fewer of 16) runs as a program of its own without tiles, on the same parameters; it is
/// compiled, or taken from the object cache, at the first such call. Which of the two runs depends on the batch alone.
Function compile(const Program& program, const CompileOptions& options = {},
                 std::source_location where = std::source_location::current());
/// The forward pass of one value.
Function compile(const Tensor& output, const CompileOptions& options = {},
                 std::source_location where = std::source_location::current());

}  // namespace ricci
