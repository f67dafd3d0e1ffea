/// \file runtime/executable.h
/// A compiled program: kernels, the slots they read and write, and the arena. Free of the graph and of LLVM.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/buffer.h"
#include "runtime/threads.h"

namespace ricci::runtime {

/// Who owns a slot's memory: the call (input), the caller for good (parameter, state), the executable (output,
/// constant), or the arena, whose contents mean nothing after a run (temporary).
enum class Role : std::uint8_t { input, parameter, state, output, constant, temporary };

/// How many copies of a temporary the arena holds: one, one for each sample of the batch, or one for each thread.
enum class Scope : std::uint8_t { fixed, per_sample, per_thread };

/// One array of the program. Kernels find its address at its index in their `buffers`.
struct Slot {
    BufferSpec spec;
    Role role = Role::temporary;
    Scope scope = Scope::fixed;     // of a temporary; an open temporary is per_sample
    std::int64_t arena_offset = 0;  // of a temporary, a multiple of kAlignment within the region of its scope
    std::int64_t alias = -1;        // the slot whose memory this is (an updated parameter, a reshape), or -1
    std::shared_ptr<const Buffer> constant = nullptr;  // the value of a constant
};

/// Does rows [begin, end) of one equation or fused group. `buffers` has an address a slot; `batch` is this call's.
/// Kernels throw nothing; the ABI keeps their errors.
using KernelFn = void (*)(void* const* buffers, std::int64_t batch, std::int64_t begin, std::int64_t end);

struct Kernel {
    std::string name;
    KernelFn fn = nullptr;
    std::int64_t parallel_extent = 1;  // rows of the outermost loop that may be split; 1 = serial; kOpen = the batch
    std::int64_t grain = 0;  // rows a call when the result's bits depend on it (a GEMM); 0 = any split will do
    double cost = 0;         // flop + bytes a row: decides whether waking the team pays
};

/// What code generation hands over.
struct Program {
    std::string name;  // "lenet5 step": the prefix of messages
    std::vector<Slot> slots;
    std::vector<Kernel> kernels;        // in the order they run
    std::int64_t fixed_bytes = 0;       // the arena: [fixed][per sample, batch times][per thread, threads times];
    std::int64_t per_sample_bytes = 0;  //   each a multiple of kAlignment. A per-sample slot lies at
    std::int64_t per_thread_bytes = 0;  //   fixed_bytes + batch * arena_offset
    std::shared_ptr<void> code;         // keeps the machine code alive
};

/// An input of one call: memory that the caller keeps alive and unchanged until run() returns.
struct Binding {
    std::string_view name;  // of the input; "" takes the input at this binding's position
    DType dtype = DType::f32;
    std::span<const std::int64_t> extents;
    const void* data = nullptr;               // row-major, aligned to the element
    std::span<const std::string> kinds = {};  // checked where given: height and width may not change places

    static Binding of(std::string_view name, const Buffer& buffer);
};

struct KernelProfile {
    std::string name;
    std::int64_t calls = 0;
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

    /// Binds the inputs, runs every kernel and returns the outputs, which stay as they are until the next run or
    /// attach. The batch extent is that of the inputs; any value from 1 works without compiling again. \throws
    /// UserError if an input is missing, unknown or bound twice; its dtype, rank, kinds or an extent differ; the
    ///         batch is 0 or two inputs disagree on it; a parameter is not attached; or a kernel reports an error.
    std::span<const Buffer* const> run(std::span<const Binding> inputs, ThreadTeam& team);

    /// An output of the last run; one that updates a parameter is that parameter's buffer.
    /// \throws UserError if there is no such output or nothing has run.
    const Buffer& output(std::string_view name) const;
    /// Bytes of the arena now: it grows to the largest batch and team seen.
    std::int64_t arena_bytes() const;

    /// Time spent in each kernel since it was last switched on. Off at the start, and free while off.
    void set_profiling(bool on);
    const std::vector<KernelProfile>& profile() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ricci::runtime
