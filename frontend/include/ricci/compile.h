/// \file ricci/compile.h
/// From a program to something that runs: the passes, code generation, and the parameters that belong to it.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ricci/call.h"
#include "ricci/choices.h"
#include "ricci/parameters.h"
#include "ricci/program.h"

namespace ricci {

enum class Engine : std::uint8_t {
    jit,          // machine code
    interpreter,  // the plain loops of the equations in f64: slow, and the judge of the other
};

struct CompileOptions {
    Layout layout = Layout::automatic;
    Convolution convolution = Convolution::automatic;
    bool winograd = true;  // automatic convolutions may be Winograd's filtering, which rounds more
    Gemm gemm = Gemm::automatic;
    Precision precision = Precision::full;
    TileSize tile = TileSize::automatic();
    /// Bytes that values between equations may take in all; 0 is no bound. What they take more is saved by computing values
    /// of the forward pass again in the backward pass. Parameters, states, inputs and outputs are not among them.
    /// compile() throws UserError where the bound cannot be kept, with the least that can be.
    std::int64_t memory = 0;
    std::int64_t memory_batch = 0;  // samples of the call that `memory` is for; 0 is the model's fixed batch, or 64
    bool fuse = true;            // false gives every equation a kernel of its own
    bool verify_values = false;  // runs the interpreter before and after each pass on shrunken extents
    std::string target{};        // an LLVM CPU name or "avx2"; "" is this machine
    int threads = 0;             // that run a call; 0 is one for each processor
    bool cache = true;           // keeps machine code on disk for later runs, see RICCI_CACHE
    std::string search{};        // file of register tiles: used where it has them, else measured and added; "" is none
    Engine engine = Engine::jit;
    std::optional<Parameters> parameters{};  // instead of those that all programs of the model share; not their states
    /// Called after each pass with its name and the program as text.
    std::function<void(std::string_view pass, const std::string& text)> observer{};
};

/// What a pass did or could not do, for people: numbers, names, reasons.
struct Remark {
    std::string pass;
    std::string text;
};

/// A compiled program. A handle: copies are the same function. One call at a time. While one thread is in a call, those
/// of other threads are refused. The other members are for that thread alone. clone() gives another thread a function
/// of its own. A child process has functions of its own after fork(), with copies of the parent's parameters.
class Function {
  public:
    // Moved is copied, so that what was moved from is still the same function.
    Function(const Function&) = default;
    Function& operator=(const Function&) = default;

    /// Inputs in the order of the model. \throws UserError before anything is computed. It names an
    /// input that is missing, or both values of one that differs in dtype, rank, extent or batch. It also refuses a
    /// call while another thread is in one.
    template <typename... Inputs>
    requires(std::convertible_to<const Inputs&, Argument>&&...) Results operator()(const Inputs&... inputs) & {
        const std::array<Argument, sizeof...(Inputs)> arguments{Argument(inputs)...};
        return run(arguments);
    }
    template <typename... Inputs>
    requires(std::convertible_to<const Inputs&, Argument>&&...) LastResults operator()(const Inputs&... inputs) && {
        return LastResults((*this)(inputs...));
    }
    /// Inputs by name, in any order: step({{"images", a}, {"labels", b}}).
    Results operator()(std::initializer_list<NamedArgument> inputs) & { return run(inputs); }
    LastResults operator()(std::initializer_list<NamedArgument> inputs) && { return LastResults(run(inputs)); }
    Results run(std::span<const Argument> inputs);
    Results run(std::span<const NamedArgument> inputs);

    /// The same machine code and parameters, memory of its own: for another thread to call at the same time. \throws
    /// UserError during a call, and for a training step: clones share parameters, one would write what another reads.
    Function clone() const;

    /// Compiles now what calls with these numbers of samples need, so that none of them waits: warm_up({1, 8, 1024}).
    /// Clones have it too. \throws UserError for a number below 1, and during a call.
    void warm_up(std::span<const std::int64_t> batches);
    void warm_up(std::initializer_list<std::int64_t> batches) { warm_up(std::span(batches)); }

    /// Puts a number into a state between calls: set("learning_rate", 0.01).
    /// \throws UserError when there is no such state, or a learning rate is negative or not finite.
    void set(std::string_view state, double value, std::source_location where = std::source_location::current());

    /// Those that the programs share, with this program's states.
    Parameters parameters() const;
    /// After the passes: what runs, as text.
    std::string text() const;
    const std::vector<Remark>& remarks() const&;
    std::vector<Remark> remarks() &&;
    double compile_seconds() const;
    bool from_cache() const;           // the machine code is an earlier run's
    std::int64_t arena_bytes() const;  // now: it grows to the largest batch seen
    int threads() const;

    struct State;

  private:
    friend struct detail::Internals;
    explicit Function(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

/// Runs the passes and makes the program callable. Parameters are those that the model's programs share, made and drawn
/// on first use, unless options.parameters gives others. Each training program has its own learning rate and optimizer
/// state; functions compiled from one program share them. \throws UserError as the passes and code generation do.
/// Cost: LeNet-5's training step takes a few tenths of a second. With an automatic tile, a batch much smaller than a
/// tile (7 samples or fewer of 16) runs as a program of its own. That program has no tiles and the same parameters. The
/// first such call compiles it, or takes it from the object cache. Which of the two runs depends on the batch alone.
Function compile(const Program& program, const CompileOptions& options = {},
                 std::source_location where = std::source_location::current());
/// The forward pass of one value.
Function compile(const Tensor& output, const CompileOptions& options = {},
                 std::source_location where = std::source_location::current());

/// Loads OpenBLAS now, and not at the first compilation or call that needs it. \returns its name and core type.
std::string load_blas();

}  // namespace ricci
