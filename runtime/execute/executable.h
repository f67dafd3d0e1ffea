/// \file runtime/execute/executable.h
/// Runs a compiled program: inputs by call, parameters attached once, the arena, a profile. Free of the graph and of
/// LLVM.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/execute/program.h"
#include "runtime/parallel/threads.h"

namespace ricci::runtime {

/// An input of one call: memory that the caller keeps alive and unchanged until run() returns.
struct Binding {
    std::string_view name;  // of the input; "" takes the input at this binding's position
    DType dtype = DType::f32;
    std::span<const std::int64_t> extents;
    const void* data = nullptr;               // row-major, aligned to the element
    std::span<const std::string> kinds = {};  // checked where given: height and width may not change places

    static Binding of(std::string_view name, const Buffer& buffer);
    static Binding of(std::string_view name, Buffer&& buffer) = delete;
};

/// A kernel's time: as the caller sees it, or in a batch tile and for kernels that run as one the sum over the threads.
struct KernelProfile {
    std::string name;
    std::int64_t calls = 0;  // runs, in a batch tile tiles, of kernels that run as one the threads' shares
    std::int64_t nanoseconds = 0;
};

/// Runs a Program. One run at a time; the result's bits do not depend on the size of the team.
class Executable {
  public:
    /// \throws InternalError if the program contradicts itself (an alias cycle, a slot outside the arena, ...).
    explicit Executable(Program program);
    Executable(Executable&&) noexcept;
    Executable& operator=(Executable&&) noexcept;
    ~Executable();

    const Program& program() const;

    /// Gives a parameter or state slot its memory, which several executables may share. Kernels update it in place.
    /// \throws UserError if there is no such slot, or the dtype, rank, an extent or a kind differs.
    void attach(std::string_view name, std::shared_ptr<Buffer> buffer);
    /// A zeroed buffer attached to each parameter and state slot that has none yet.
    void attach_zeros();
    /// \throws UserError if there is no such slot or nothing is attached.
    const std::shared_ptr<Buffer>& attached(std::string_view name) const;

    /// The batch extent of such a call; 1 where no input has an open axis. \throws UserError as run() does for inputs,
    /// but for the values of their elements.
    std::int64_t batch_of(std::span<const Binding> inputs) const;
    /// Binds the inputs, runs every kernel and returns the outputs in the order of Program::outputs. They stay as they
    /// are until the next run or attach. The batch extent is that of the inputs; any value from 1 works without
    /// compiling again. \throws UserError for an input that is missing, unknown or bound twice, or has another dtype,
    /// rank, kinds or extent. Also for a batch of 0 or two batches, and for an element that is no position of its axis.
    /// And for a run: a parameter is not attached; another thread is running it; a kernel reports an error.
    std::span<const Buffer* const> run(std::span<const Binding> inputs, ThreadTeam& team);

    /// An output of the last run; one that updates a parameter is that parameter's buffer.
    /// \throws UserError if there is no such output or nothing has run.
    const Buffer& output(std::string_view name) const;
    /// Bytes of the arena now: it grows to the largest batch and team seen.
    std::int64_t arena_bytes() const;

    /// Time spent since it was last switched on, in each kernel, in their order. Then follows the time of adding up the
    /// chunks of each batch tile, "NAME.sum", as far as no kernel adds them. Off at the start, and free while off.
    void set_profiling(bool on);
    const std::vector<KernelProfile>& profile() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ricci::runtime
