/// \file runtime/execute/program.h
/// A compiled program: kernels, the slots they read and write, batch tiles, and the sizes of the arena.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/base/ids.h"
#include "runtime/base/buffer.h"

namespace ricci::runtime {

/// Who owns a slot's memory. The call owns an input, the caller for good a parameter or state, and the executable an
/// output or constant. The arena owns a temporary, whose contents mean nothing after a run.
enum class Role : std::uint8_t { input, parameter, state, output, constant, temporary };

/// How many copies of a temporary the arena holds: one, or one for each sample, pair of samples, thread or chunk. A
/// chunk's copy is one part of a sum over the samples; see TileRun. What only registers hold has none, and no kernel takes
/// its slot.
enum class Scope : std::uint8_t { fixed, per_sample, per_pair, per_thread, per_chunk, none };

/// Places in Program::slots.
using SlotId = Id<struct SlotTag>;
/// Places in Program::tiles.
using TileId = Id<struct TileTag>;

/// One array of the program.
struct Slot {
    BufferSpec spec;
    Role role = Role::temporary;
    Scope scope = Scope::fixed;     // of a temporary; an open one is per_sample, with two open axes per_pair, or
                                    // per_thread with a tile's samples
    TileId tile = 0;                // of a per_chunk or open per_thread temporary
    std::int64_t arena_offset = 0;  // of a temporary, a multiple of kAlignment within the region of its scope
    SlotId alias = {};              // the slot whose memory this is (an updated parameter, a reshape), or none
    std::shared_ptr<const Buffer> constant = nullptr;  // the value of a constant
    std::int64_t positions = 0;      // of an integer input: elements are 0 to positions - 1, kOpen: the samples; 0: any number
    std::string position_kind = {};  // what they number, "class"
    std::optional<std::int64_t> ignored = {};  // an element that is no such position, and may stand there too
};

/// Memory that a thread will want soon and that its own cache lacks. The kernels of a batch tile prefetch it, kLines
/// lines at a time, while they multiply. They move `at` on until it reaches `end`.
struct Ahead {
    static constexpr std::int64_t kLine = 64;  // bytes of a line
    static constexpr std::int64_t kLines = 8;  // lines that a kernel asks for at a time
    struct Lines {
        const std::byte* at = nullptr;
        const std::byte* end = nullptr;  // a multiple of kLines lines from `at`
    };
    Lines read;
    Lines write;  // fetched for writing: other cores give their copies up
};

/// Does rows [begin, end) of one equation or fused group. `buffers` has the addresses of Kernel::slots; `batch` is this
/// call's.
/// In a batch tile the type is fn(buffers, samples, later, batch); see TileRun. One more address follows those of the
/// slots: the thread's Ahead. Kernels throw nothing; the ABI keeps their errors.
using KernelFn = void (*)(void* const* buffers, std::int64_t batch, std::int64_t begin, std::int64_t end);

struct Kernel {
    std::string name;
    KernelFn fn = nullptr;
    std::int64_t parallel_extent = 1;  // rows of the outermost loop that may be split; 1 = serial; kOpen = the batch
    std::int64_t grain = 0;  // rows a call when the result's bits depend on it (a GEMM); 0 = any split will do
    double cost = 0;         // operations of a row, in a tile of a sample: points of loops, and calls by 16 FLOP; whether waking the team pays
    std::vector<SlotId> slots = {};    // whose addresses it is given, in this order; empty: all of the program's
    std::vector<SlotId> writes = {};   // of these; empty: not known
    std::vector<SlotId> by_rows = {};  // of these: rows [begin, end) read nothing but the same rows
};

/// Kernels [first, last) of a program, run a few samples at a time. Each tile of `samples` samples goes through all of
/// them before the next. The last tile of a batch may have fewer. Consecutive tiles make a chunk, which one thread does
/// in order; how many there are follows from the batch alone. Each kernel is called with
///   samples  of this tile,
///   later    0 at the first tile of its chunk, where per_chunk slots are stored, else 1, where they are added to,
///   batch    of the whole call.
/// Addresses of slots whose outermost axis is open are those of the tile's first sample, save per_thread slots, which
/// are the thread's own memory. After the last tile the chunks' parts of the per_chunk slots are added in pairs, in a
/// tree fixed by the batch. Kernels outside the region read the sum. So the bits do not depend on the team. Where one
/// kernel alone reads a sum, and row by row, its rows are added up as it comes to them.
struct TileRun {
    std::string name;
    std::int64_t samples = 1;
    std::size_t first = 0;
    std::size_t last = 0;
};

/// What code generation hands over.
struct Program {
    std::string name;  // "lenet5 step": the prefix of messages
    IdVector<SlotId, Slot> slots;
    std::vector<SlotId> outputs = {};  // the slots of that role, in the order of the results
    std::vector<Kernel> kernels;       // in the order they run
    IdVector<TileId, TileRun> tiles;   // in the order of their kernels, which are disjoint
    std::int64_t fixed_batch = 0;       // samples of every call, or 0: a call may have any number of them
    std::int64_t fixed_bytes = 0;       // the arena: [fixed][per sample, batch times][per pair, batch * batch times,
    std::int64_t per_sample_bytes = 0;  //   rounded up to kAlignment][per thread, threads times][per chunk, chunks
    std::int64_t per_pair_bytes = 0;    //   times], each but those per pair a multiple of kAlignment. A per-sample slot
    std::int64_t per_thread_bytes = 0;  //   lies at fixed_bytes + batch * arena_offset
    std::int64_t per_chunk_bytes = 0;
    std::shared_ptr<void> code;  // keeps the machine code alive
};

}  // namespace ricci::runtime
