// Lays a program's slots out in memory for one call and runs its kernels over the thread team.
#include "runtime/executable.h"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "ir/base/checked.h"
#include "runtime/abi.h"
#include "runtime/binding.h"
#include "runtime/program_check.h"

namespace ricci::runtime {
namespace {

// Below this many flop + bytes (some ten microseconds of one core) a share of a kernel is not worth waking a thread.
constexpr double kWorthWaking = 1e5;

bool belongs_to_caller(Role role) {
    return role == Role::parameter || role == Role::state;
}

const char* word_for(Role role) {
    return role == Role::state ? "state" : "parameter";
}

// Refuses a second run while one is going on: they would share the arena.
class OneRun {
  public:
    OneRun(std::atomic<bool>& running, const std::string& name) : running_(running) {
        if (running_.exchange(true, std::memory_order_acquire))
            user_error("{}: it is already running on another thread; compile a second executable for it", name);
    }
    ~OneRun() { running_.store(false, std::memory_order_release); }
    OneRun(const OneRun&) = delete;
    OneRun& operator=(const OneRun&) = delete;

  private:
    std::atomic<bool>& running_;
};

}  // namespace

struct Executable::State {
    Program program;
    std::vector<std::size_t> roots;             // by slot: whose memory it uses
    std::vector<const Slot*> inputs;            // in the order of the slots
    std::vector<std::shared_ptr<Buffer>> held;  // by slot: a parameter's, state's or output's memory
    std::vector<std::size_t> output_slots;      // in the order of the slots
    std::vector<const Buffer*> outputs;         // of the last run, as output_slots
    BoundInputs bound;
    Arena arena;
    std::vector<std::vector<void*>> addresses;  // by worker, then by slot; one for all if nothing is per thread
    std::atomic<bool> running = false;
    bool has_run = false;
    bool profiling = false;
    std::vector<KernelProfile> profile;

    explicit State(Program given) : program(std::move(given)), held(program.slots.size()) {
        check_program(program);
        for (std::size_t index = 0; index < program.slots.size(); ++index) {
            const Slot& slot = program.slots[index];
            roots.push_back(root_of(program, index));
            if (slot.role == Role::input) inputs.push_back(&slot);
            if (slot.role == Role::output) output_slots.push_back(index);
        }
    }

    std::size_t owned_slot(std::string_view name) const {
        std::string known;
        for (std::size_t index = 0; index < program.slots.size(); ++index) {
            const Slot& slot = program.slots[index];
            if (!belongs_to_caller(slot.role)) continue;
            if (slot.spec.name == name) return index;
            known += fmt::format("{}{}", known.empty() ? "" : ", ", slot.spec.name);
        }
        user_error("{}: there is no parameter or state \"{}\"; there are {}", program.name, name,
                   known.empty() ? "none" : known);
    }

    // Outputs that own their memory follow the batch.
    void size_outputs(std::int64_t batch) {
        for (std::size_t index : output_slots) {
            if (roots[index] != index) continue;
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
        outputs.clear();
        for (std::size_t index : output_slots) outputs.push_back(held[roots[index]].get());
    }

    void lay_out(std::int64_t batch, int threads) {
        const auto workers = program.per_thread_bytes > 0 ? static_cast<std::size_t>(threads) : std::size_t{1};
        const std::int64_t samples = checked_mul(batch, program.per_sample_bytes, "bytes of the arena");
        const std::int64_t shared = checked_add(program.fixed_bytes, samples, "bytes of the arena");
        const std::int64_t scratch =
            checked_mul(static_cast<std::int64_t>(workers), program.per_thread_bytes, "bytes of the arena");
        std::byte* base = arena.reserve(checked_add(shared, scratch, "bytes of the arena"));
        addresses.resize(workers);
        for (std::size_t worker = 0; worker < workers; ++worker) {
            addresses[worker].resize(program.slots.size());
            const std::int64_t own = shared + static_cast<std::int64_t>(worker) * program.per_thread_bytes;
            std::size_t input = 0;
            for (std::size_t index = 0; index < program.slots.size(); ++index) {
                const Slot& slot = program.slots[index];
                void*& address = addresses[worker][index];
                if (slot.alias >= 0) continue;
                switch (slot.role) {
                    case Role::input:
                        address = const_cast<void*>(bound.data[input++]);
                        break;
                    case Role::constant:
                        address = const_cast<void*>(slot.constant->data());
                        break;
                    case Role::temporary:
                        address = base + arena_place(slot, batch, own);
                        break;
                    default:
                        address = held[index]->data();
                }
            }
            for (std::size_t index = 0; index < program.slots.size(); ++index)
                addresses[worker][index] = addresses[worker][roots[index]];
        }
    }

    std::int64_t arena_place(const Slot& slot, std::int64_t batch, std::int64_t own) const {
        switch (slot.scope) {
            case Scope::fixed:
                return slot.arena_offset;
            case Scope::per_sample:
                return program.fixed_bytes + batch * slot.arena_offset;
            case Scope::per_thread:
                return own + slot.arena_offset;
        }
        return 0;
    }

    void require_attached() const {
        for (std::size_t index = 0; index < program.slots.size(); ++index) {
            const Slot& slot = program.slots[index];
            if (belongs_to_caller(slot.role) && !held[index])
                user_error("{}: {} \"{}\" has no memory; attach a buffer to it before the first run", program.name,
                           word_for(slot.role), slot.spec.name);
        }
    }

    // Rows [begin, end), no more than a grain of them at a time, on the calling thread.
    void call(const Kernel& kernel, int worker, std::int64_t begin, std::int64_t end) const {
        void* const* table = addresses[addresses.size() > 1 ? static_cast<std::size_t>(worker) : 0].data();
        const std::int64_t step = kernel.grain > 0 ? kernel.grain : end - begin;
        for (std::int64_t row = begin; row < end; row += step)
            kernel.fn(table, bound.batch, row, std::min(row + step, end));
        if (std::string error = take_abi_error(); !error.empty())
            user_error("{}: kernel {}: {}", program.name, kernel.name, error);
    }

    void run_kernel(const Kernel& kernel, ThreadTeam& team) const {
        const std::int64_t rows = kernel.parallel_extent == kOpen ? bound.batch : kernel.parallel_extent;
        const std::int64_t unit = std::max<std::int64_t>(kernel.grain, 1);
        const std::int64_t units = rows / unit + (rows % unit != 0 ? 1 : 0);
        const double worth = kernel.cost * static_cast<double>(rows) / kWorthWaking;
        std::int64_t tasks = std::min<std::int64_t>(team.size(), units);
        if (worth < static_cast<double>(tasks)) tasks = std::max<std::int64_t>(1, static_cast<std::int64_t>(worth));
        if (tasks <= 1) return call(kernel, 0, 0, rows);
        team.run(tasks, [&](std::int64_t task, int worker) {
            const std::int64_t begin = units * task / tasks * unit;
            const std::int64_t end = std::min(units * (task + 1) / tasks * unit, rows);
            call(kernel, worker, begin, end);
        });
    }

    void run_timed(ThreadTeam& team) {
        using Clock = std::chrono::steady_clock;
        for (std::size_t index = 0; index < program.kernels.size(); ++index) {
            const auto start = Clock::now();
            run_kernel(program.kernels[index], team);
            profile[index].nanoseconds +=
                std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
            ++profile[index].calls;
        }
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
    const std::size_t index = state_->owned_slot(name);
    const Slot& slot = state_->program.slots[index];
    if (!buffer) user_error("{}: {} \"{}\" is given no buffer", state_->program.name, word_for(slot.role), name);
    check_matches(state_->program, word_for(slot.role), slot, Binding::of(name, *buffer));
    state_->held[index] = std::move(buffer);
}

void Executable::attach_zeros() {
    for (std::size_t index = 0; index < state_->program.slots.size(); ++index) {
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

std::span<const Buffer* const> Executable::run(std::span<const Binding> inputs, ThreadTeam& team) {
    State& state = *state_;
    const OneRun guard(state.running, state.program.name);
    state.require_attached();
    bind_inputs(state.program, state.inputs, inputs, state.bound);
    state.size_outputs(state.bound.batch);
    state.lay_out(state.bound.batch, team.size());
    take_abi_error();  // one left by a direct call of the ABI is not this run's
    if (state.profiling) {
        state.run_timed(team);
    } else {
        for (const Kernel& kernel : state.program.kernels) state.run_kernel(kernel, team);
    }
    state.has_run = true;
    return state.outputs;
}

const Buffer& Executable::output(std::string_view name) const {
    std::string known;
    for (std::size_t index : state_->output_slots) {
        const std::string& own = state_->program.slots[index].spec.name;
        if (own == name) {
            if (!state_->has_run)
                user_error("{}: output \"{}\" is read before the first run", state_->program.name, name);
            return *state_->held[state_->roots[index]];
        }
        known += fmt::format("{}{}", known.empty() ? "" : ", ", own);
    }
    user_error("{}: there is no output \"{}\"; the outputs are {}", state_->program.name, name,
               known.empty() ? "none" : known);
}

std::int64_t Executable::arena_bytes() const {
    return state_->arena.bytes();
}

void Executable::set_profiling(bool on) {
    state_->profiling = on;
    if (!on) return;
    state_->profile.clear();
    for (const Kernel& kernel : state_->program.kernels) state_->profile.push_back({.name = kernel.name});
}

const std::vector<KernelProfile>& Executable::profile() const {
    return state_->profile;
}

}  // namespace ricci::runtime
