/// \file frontend/compile.h
/// From a program to something that runs: the passes, code generation, and the parameters that belong to it.
#pragma once

#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/parameters.h"
#include "frontend/program.h"
#include "passes/pass.h"
#include "runtime/executable.h"

namespace ricci {

enum class Engine : std::uint8_t {
    jit,          // machine code
    interpreter,  // the plain loops of the equations in f64: slow, and the judge of the other
};

struct CompileOptions {
    passes::Options passes{};
    std::string target{};  // an LLVM CPU name or "avx2"; "" is this machine
    int threads = 0;       // that run a call; 0 is one for each processor
    bool cache = true;     // keeps machine code on disk for later runs, where codegen/object_cache.h says
    std::string search{};  // file of register tiles: used where it has them, else measured and added; "" is none
    Engine engine = Engine::jit;
    std::optional<Parameters> parameters{};  // instead of those that all programs of the model share
    passes::Observer observer{};             // sees the graph after each pass
};

/// An array that a call brings; the caller keeps it alive and unchanged until the call returns.
struct Argument {
    Argument(const runtime::Buffer& buffer) : binding(runtime::Binding::of({}, buffer)) {}
    Argument(const runtime::Binding& from) : binding(from) {}
    /// Row-major elements. \throws UserError unless there are as many as the extents ask for.
    template <typename T>
    Argument(std::span<const T> elements, std::span<const std::int64_t> extents)
        : binding{.name = {}, .dtype = dtype_of<T>(), .extents = extents, .data = elements.data()} {
        check_count(static_cast<std::int64_t>(elements.size()));
    }

    runtime::Binding binding;

  private:
    void check_count(std::int64_t elements) const;
};

/// What a call computed, in the order of the program's outputs; valid until the next call of the same function.
class Results {
  public:
    explicit Results(std::span<const runtime::Buffer* const> outputs) : outputs_(outputs) {}
    /// \throws UserError naming the outputs when there is none of that name.
    const runtime::Buffer& operator[](std::string_view name) const;
    const runtime::Buffer& operator[](std::size_t i) const { return *outputs_[i]; }
    std::size_t size() const { return outputs_.size(); }
    /// The first output of the program, which is one number: the loss of a training step. \throws UserError when it is
    /// not.
    double scalar() const;

  private:
    std::span<const runtime::Buffer* const> outputs_;
};

/// A compiled program. A handle: copies are the same function. One call at a time.
class Function {
  public:
    /// Inputs in the order of the model. \throws UserError when one is missing, or has another dtype, rank, extent, or
    /// batch than the program, naming the input and both values; nothing is computed then.
    template <typename... Inputs>
    requires(std::convertible_to<const Inputs&, Argument>&&...) Results operator()(const Inputs&... inputs) {
        const std::array<runtime::Binding, sizeof...(Inputs)> bindings{Argument(inputs).binding...};
        return run(bindings);
    }
    /// Inputs by name, or by place where the name is empty.
    Results run(std::span<const runtime::Binding> inputs);

    /// Puts a number into a state between calls: set("learning_rate", 0.01).
    /// \throws UserError when there is no such state, or a learning rate is negative or not finite.
    void set(std::string_view state, double value, std::source_location where = std::source_location::current());

    const Parameters& parameters() const;
    /// After the passes: what runs.
    const ir::Graph& graph() const;
    const passes::Remarks& remarks() const;
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

/// What the passes' cost models should know of the machine: the vectors of a target as CompileOptions::target names it,
/// the caches of the processor this runs on.
passes::Machine machine_of(const std::string& target);

/// Runs the passes and makes the program callable. Parameters are those that the model's programs share, made and drawn
/// on first use, unless options.parameters gives others. \throws UserError as the passes and code generation do.
/// Cost: LeNet-5's training step takes a few tenths of a second. With passes.tile = "auto" a batch much smaller than a
/// tile (some 7 samples or fewer of 16) runs as a program of its own without tiles, on the same parameters; it is
/// compiled, or taken from the object cache, at the first such call. Which of the two runs depends on the batch alone.
Function compile(const Program& program, const CompileOptions& options = {},
                 std::source_location where = std::source_location::current());
/// The forward pass of one value.
Function compile(const Tensor& output, const CompileOptions& options = {},
                 std::source_location where = std::source_location::current());

}  // namespace ricci
