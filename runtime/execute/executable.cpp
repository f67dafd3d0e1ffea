// Lays a program's slots out in memory for one call and runs its kernels over the thread team.
#include "runtime/execute/executable.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "runtime/base/cpu.h"
#include "runtime/base/fill.h"
#include "runtime/call/abi.h"
#include "runtime/execute/addresses.h"
#include "runtime/execute/kernel_calls.h"
#include "runtime/execute/one_run.h"
#include "runtime/execute/program_check.h"
#include "runtime/execute/sweeps.h"
#include "runtime/execute/tiles.h"

namespace ricci::runtime {
namespace {

bool belongs_to_caller(Role role) {
    return role == Role::parameter || role == Role::state;
}

const char* word_for(Role role) {
    return role == Role::state ? "state" : "parameter";
}

Program checked(Program program) {
    check_program(program);
    return program;
}

}  // namespace

struct Executable::State {
    const Program program;
    std::vector<const Slot*> inputs;            // in the order of the slots
    IdVector<SlotId, std::shared_ptr<Buffer>> held;  // a parameter's, state's or output's memory
    std::vector<const Buffer*> outputs;         // of the last run, as Program::outputs
    std::int64_t sized_for = 0;                 // the batch that the outputs have the extents of
    BoundInputs bound;
    Addresses addresses;
    KernelCalls calls;
    Sweeps sweeps;
    TileRuns tiles;
    std::atomic<bool> running = false;
    bool has_run = false;

    explicit State(Program given)
        : program(checked(std::move(given))),
          held(program.slots.size()),
          addresses(program),
          calls(program),
          sweeps(program, addresses, calls),
          tiles(program, addresses, calls, sweeps) {
        for (const Slot& slot : program.slots) {
            if (slot.role == Role::input) inputs.push_back(&slot);
        }
    }

    SlotId owned_slot(std::string_view name) const {
        const auto owned = [](const Slot& slot) { return belongs_to_caller(slot.role); };
        for (const SlotId index : program.slots.ids()) {
            if (owned(program.slots[index]) && program.slots[index].spec.name == name) return index;
        }
        user_error("{}: there is no parameter or state \"{}\"; there are {}", program.name, name, names_of(owned));
    }

    // "a, b, c" of the slots that are meant, or "none".
    template <typename Meant>
    std::string names_of(Meant&& meant) const {
        std::string names;
        for (const Slot& slot : program.slots) {
            if (meant(slot)) names += fmt::format("{}{}", names.empty() ? "" : ", ", slot.spec.name);
        }
        return names.empty() ? "none" : names;
    }

    // Outputs that own their memory follow the batch.
    void size_outputs(std::int64_t batch) {
        const std::int64_t before = std::exchange(sized_for, 0);  // until all have their memory
        for (const SlotId index : program.outputs) {
            if (addresses.root(index) != index || (held[index] && before == batch)) continue;
            const Slot& slot = program.slots[index];
            std::vector<std::int64_t> extents = slot.spec.extents;
            std::ranges::replace(extents, kOpen, batch);
            if (held[index]) {
                held[index]->resize(extents);
            } else {
                BufferSpec spec = slot.spec;
                spec.extents = std::move(extents);
                held[index] = std::make_shared<Buffer>(std::move(spec));
            }
        }
        sized_for = batch;
        outputs.clear();
        for (const SlotId index : program.outputs) outputs.push_back(held[addresses.root(index)].get());
    }

    // What this run is to write begins as nan, where somebody looks for what it does not (runtime/base/fill.h).
    void forget_results() {
        if (!fills_memory()) return;
        addresses.forget_arena();
        for (const SlotId index : program.outputs) {
            const bool owned = addresses.root(index) == index && program.slots[index].role == Role::output;
            if (owned) fill_unwritten(held[index]->data(), held[index]->bytes());
        }
    }

    void require_attached() const {
        for (const SlotId index : program.slots.ids()) {
            const Slot& slot = program.slots[index];
            if (belongs_to_caller(slot.role) && !held[index])
                user_error("{}: {} \"{}\" has no memory; attach a buffer to it before the first run", program.name,
                           word_for(slot.role), slot.spec.name);
        }
    }

    // Rows [begin, end), no more than a grain of them at a time, on the calling thread.
    void call(const Kernel& kernel, WorkerId worker, std::int64_t begin, std::int64_t end) const {
        const std::int64_t step = kernel.grain > 0 ? kernel.grain : end - begin;
        for (std::int64_t row = begin; row < end; row += step)
            calls.call(kernel, addresses.table(worker).data(), bound.batch, row, std::min(row + step, end));
    }

    void run_kernel(const Kernel& kernel, ThreadTeam& team) const {
        const std::int64_t rows = kernel.parallel_extent == kOpen ? bound.batch : kernel.parallel_extent;
        const std::int64_t unit = std::max<std::int64_t>(kernel.grain, 1);
        const std::int64_t units = rows / unit + (rows % unit != 0 ? 1 : 0);
        const double worth = kernel.cost * static_cast<double>(rows) / kWorthWaking;
        std::int64_t tasks = std::min<std::int64_t>(team.size(), units);
        if (worth < static_cast<double>(tasks)) tasks = std::max<std::int64_t>(1, static_cast<std::int64_t>(worth));
        if (tasks <= 1) return call(kernel, 0, 0, rows);
        const auto share = [&](std::int64_t task, WorkerId worker) {
            const std::int64_t begin = units * task / tasks * unit;
            const std::int64_t end = std::min(units * (task + 1) / tasks * unit, rows);
            call(kernel, worker, begin, end);
        };
        // More threads than processors would wait long for each other.
        tasks <= cpu().threads ? team.run_together(tasks, share) : team.run(tasks, share);
    }

    // Kernels in order; those of a batch tile or a sweep all at once.
    void run_all(ThreadTeam& team) {
        std::size_t kernel = 0;
        const auto run_until = [&](std::size_t end) {
            while (kernel < end) {
                if (const std::size_t after = sweeps.run(kernel, bound.batch, team); after > kernel) {
                    kernel = after;
                    continue;
                }
                calls.measured(kernel, 0, [&] { run_kernel(program.kernels[kernel], team); });
                ++kernel;
            }
        };
        for (const TileId tile : program.tiles.ids()) {
            run_until(program.tiles[tile].first);
            kernel = tiles.run(tile, bound.batch, team);
        }
        run_until(program.kernels.size());
    }
};

Executable::Executable(Program program) : state_(std::make_unique<State>(std::move(program))) {}
Executable::Executable(Executable&&) noexcept = default;
Executable& Executable::operator=(Executable&&) noexcept = default;
Executable::~Executable() = default;

const Program& Executable::program() const {
    return state_->program;
}

void Executable::attach(std::string_view name, std::shared_ptr<Buffer> buffer) {
    const SlotId index = state_->owned_slot(name);
    const Slot& slot = state_->program.slots[index];
    if (!buffer) user_error("{}: {} \"{}\" is given no buffer", state_->program.name, word_for(slot.role), name);
    check_matches(state_->program, word_for(slot.role), slot, Binding::of(name, *buffer));
    state_->held[index] = std::move(buffer);
}

void Executable::attach_zeros() {
    for (const SlotId index : state_->program.slots.ids()) {
        const Slot& slot = state_->program.slots[index];
        if (belongs_to_caller(slot.role) && !state_->held[index])
            state_->held[index] = std::make_shared<Buffer>(slot.spec);
    }
}

const std::shared_ptr<Buffer>& Executable::attached(std::string_view name) const {
    const std::shared_ptr<Buffer>& buffer = state_->held[state_->owned_slot(name)];
    if (!buffer) user_error("{}: nothing is attached to \"{}\"", state_->program.name, name);
    return buffer;
}

std::int64_t Executable::batch_of(std::span<const Binding> inputs) const {
    BoundInputs bound;  // not the state's: a run may be going on
    bind_inputs(state_->program, state_->inputs, inputs, bound);
    return bound.batch;
}

std::span<const Buffer* const> Executable::run(std::span<const Binding> inputs, ThreadTeam& team) {
    State& state = *state_;
    const OneRun guard(state.running, state.program.name);
    state.require_attached();
    bind_inputs(state.program, state.inputs, inputs, state.bound);
    check_positions(state.program, state.inputs, state.bound);
    state.size_outputs(state.bound.batch);
    state.addresses.place(state.bound, state.held, team.workers(), state.tiles.chunks(state.bound.batch));
    state.forget_results();
    take_abi_error();  // one left by a direct call of the ABI is not this run's
    if (state.calls.profiling()) state.calls.prepare(team.workers());
    state.run_all(team);
    if (state.calls.profiling()) state.calls.collect();
    state.has_run = true;
    return state.outputs;
}

const Buffer& Executable::output(std::string_view name) const {
    const State& state = *state_;
    for (const SlotId index : state.program.outputs) {
        if (state.program.slots[index].spec.name != name) continue;
        if (!state.has_run) user_error("{}: output \"{}\" is read before the first run", state.program.name, name);
        return *state.held[state.addresses.root(index)];
    }
    user_error("{}: there is no output \"{}\"; the outputs are {}", state.program.name, name,
               state.names_of([](const Slot& slot) { return slot.role == Role::output; }));
}

std::int64_t Executable::arena_bytes() const {
    return state_->addresses.arena_bytes();
}

void Executable::set_profiling(bool on) {
    state_->calls.set_profiling(on);
}

const std::vector<KernelProfile>& Executable::profile() const {
    return state_->calls.profile();
}

}  // namespace ricci::runtime
