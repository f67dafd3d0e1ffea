// Lays the slots of a program out in the arena for one batch and team.
#include "runtime/execute/addresses.h"

#include "ir/base/checked.h"
#include "runtime/execute/program_check.h"

namespace ricci::runtime {

Addresses::Addresses(const Program& program) : program_(program) {
    for (const SlotId slot : program.slots.ids()) roots_.push_back(root_of(program, slot));
}

void Addresses::place(const BoundInputs& bound, IdSpan<SlotId, const std::shared_ptr<Buffer>> held, std::size_t threads,
                      std::int64_t chunks) {
    const std::size_t workers = program_.per_thread_bytes > 0 ? threads : 1;
    const char* what = "bytes of the arena";
    const std::int64_t samples = checked_mul(bound.batch, program_.per_sample_bytes, what);
    const std::int64_t single = checked_add(program_.fixed_bytes, samples, what);
    const std::int64_t square = program_.per_pair_bytes == 0 ? 0 : checked_mul(bound.batch, bound.batch, what);
    pairs_ = checked_add(square, kAlignment - 1, what) / kAlignment * kAlignment;
    const std::int64_t shared = checked_add(single, checked_mul(pairs_, program_.per_pair_bytes, what), what);
    const std::int64_t own = checked_mul(static_cast<std::int64_t>(workers), program_.per_thread_bytes, what);
    const std::int64_t before_chunks = checked_add(shared, own, what);
    const std::int64_t parts = checked_mul(chunks, program_.per_chunk_bytes, what);
    base_ = arena_.reserve(checked_add(before_chunks, parts, what));
    chunks_ = base_ + before_chunks;
    tables_.resize(workers);
    for (const WorkerId worker : tables_.ids())
        fill(tables_[worker], bound, held,
             base_ + shared + static_cast<std::int64_t>(worker) * program_.per_thread_bytes);
}

void Addresses::fill(IdVector<SlotId, void*>& table, const BoundInputs& bound,
                     IdSpan<SlotId, const std::shared_ptr<Buffer>> held, std::byte* own) const {
    table.resize(program_.slots.size());
    const auto in_arena = [&](const Slot& slot) -> std::byte* {
        switch (slot.scope) {
            case Scope::fixed:
                return base_ + slot.arena_offset;
            case Scope::per_sample:
                return base_ + program_.fixed_bytes + bound.batch * slot.arena_offset;
            case Scope::per_pair:
                return base_ + program_.fixed_bytes + bound.batch * program_.per_sample_bytes +
                       pairs_ * slot.arena_offset;
            case Scope::per_thread:
                return own + slot.arena_offset;
            case Scope::per_chunk:
                return chunks_ + slot.arena_offset;
            case Scope::none:
                return nullptr;
        }
        return nullptr;
    };
    std::size_t input = 0;
    for (const SlotId index : table.ids()) {
        const Slot& slot = program_.slots[index];
        if (slot.alias >= 0) continue;
        switch (slot.role) {
            case Role::input:
                table[index] = const_cast<void*>(bound.data[input++]);
                break;
            case Role::constant:
                table[index] = const_cast<void*>(slot.constant->data());
                break;
            case Role::temporary:
                table[index] = in_arena(slot);
                break;
            default:
                table[index] = held[index]->data();
        }
    }
    for (const SlotId index : table.ids()) table[index] = table[roots_[index]];
}

}  // namespace ricci::runtime
