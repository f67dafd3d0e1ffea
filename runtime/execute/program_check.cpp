// The rules a Program must keep; each failure names the slot or the kernel.
#include "runtime/execute/program_check.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "ir/base/checked.h"

namespace ricci::runtime {
namespace {

std::int64_t region_bytes(const Program& program, Scope scope) {
    switch (scope) {
        case Scope::fixed:
            return program.fixed_bytes;
        case Scope::per_sample:
            return program.per_sample_bytes;
        case Scope::per_pair:
            return program.per_pair_bytes;
        case Scope::per_thread:
            return program.per_thread_bytes;
        case Scope::per_chunk:
            return program.per_chunk_bytes;
        case Scope::none:
            break;
    }
    return 0;
}

// The region that a slot of a batch tile belongs to.
const TileRun& tile_of(const Program& program, const Slot& slot) {
    RICCI_CHECK(slot.tile >= 0 && slot.tile < program.tiles.next(),
                "slot {}: it lives in batch tile {} of {}", slot.spec.describe(), slot.tile, program.tiles.size());
    return program.tiles[slot.tile];
}

void check_scope(const Program& program, const Slot& slot) {
    switch (slot.scope) {
        case Scope::fixed:
            RICCI_CHECK(!slot.spec.open(), "slot {}: an open temporary is per sample or per thread, not fixed",
                        slot.spec.describe());
            break;
        case Scope::per_sample:
            RICCI_CHECK(slot.spec.open_axes() == 1, "slot {}: a temporary per sample has a batch axis",
                        slot.spec.describe());
            break;
        case Scope::per_pair:
            RICCI_CHECK(slot.spec.open_axes() == 2, "slot {}: a temporary per pair of samples has two batch axes",
                        slot.spec.describe());
            break;
        case Scope::per_thread:
            break;
        case Scope::per_chunk:
            RICCI_CHECK(!slot.spec.open(), "slot {}: a sum over the samples has no batch axis", slot.spec.describe());
            RICCI_CHECK(slot.spec.dtype == f32 || slot.spec.dtype == f64 || slot.spec.dtype == i64,
                        "slot {}: chunks of {} cannot be added up", slot.spec.describe(), name_of(slot.spec.dtype));
            tile_of(program, slot);
            break;
        case Scope::none:
            break;
    }
}

void check_temporary(const Program& program, const Slot& slot) {
    if (slot.scope == Scope::none) return;
    check_scope(program, slot);
    const bool rounded = slot.scope != Scope::per_pair;
    RICCI_CHECK(slot.arena_offset >= 0 && (!rounded || slot.arena_offset % kAlignment == 0),
                "slot {}: arena offset {} is not a multiple of {}", slot.spec.describe(), slot.arena_offset,
                kAlignment);
    const std::int64_t samples =
        slot.scope == Scope::per_thread && slot.spec.open() ? tile_of(program, slot).samples : 1;
    const std::int64_t end = checked_add(slot.arena_offset, slot.spec.bytes(samples), "bytes of the arena");
    const std::int64_t region = region_bytes(program, slot.scope);
    RICCI_CHECK(end <= region, "slot {}: ends at byte {} of a region of {}", slot.spec.describe(), end, region);
}

void check_alias(const Program& program, const Slot& slot, const Slot& root) {
    RICCI_CHECK(slot.spec.dtype == root.spec.dtype && slot.spec.bytes() == root.spec.bytes() &&
                    slot.spec.open_axes() == root.spec.open_axes(),
                "{}: slot {} cannot share the memory of {}", program.name, slot.spec.describe(), root.spec.describe());
    if (slot.role == Role::output)
        RICCI_CHECK(
            (root.role == Role::parameter || root.role == Role::state) && slot.spec.extents == root.spec.extents,
            "{}: output {} must have its own memory or update a parameter, but is {}", program.name,
            slot.spec.describe(), root.spec.describe());
    else
        RICCI_CHECK(slot.role == Role::temporary, "{}: slot {} may not be an alias", program.name,
                    slot.spec.describe());
}

void check_slot(const Program& program, SlotId index) {
    const Slot& slot = program.slots[index];
    RICCI_CHECK(slot.spec.open_axes() <= 2, "slot {}: {} axes are open", slot.spec.describe(), slot.spec.open_axes());
    RICCI_CHECK(slot.spec.kinds.empty() || slot.spec.kinds.size() == slot.spec.extents.size(),
                "slot {}: {} kinds for {} axes", slot.spec.name, slot.spec.kinds.size(), slot.spec.extents.size());
    if (slot.alias >= 0) return check_alias(program, slot, program.slots[root_of(program, index)]);
    switch (slot.role) {
        case Role::temporary:
            check_temporary(program, slot);
            break;
        case Role::parameter:
        case Role::state:
            RICCI_CHECK(!slot.spec.open(), "slot {}: parameters and state have no batch axis", slot.spec.describe());
            break;
        case Role::constant:
            RICCI_CHECK(slot.constant && slot.constant->bytes() == slot.spec.bytes(), "slot {}: no value of its size",
                        slot.spec.describe());
            break;
        case Role::input:
        case Role::output:
            break;
    }
}

void check_outputs(const Program& program) {
    std::size_t outputs = 0;
    for (const SlotId index : program.slots.ids()) {
        const Slot& slot = program.slots[index];
        const auto listed = std::ranges::count(program.outputs, index);
        const bool is_output = slot.role == Role::output;
        RICCI_CHECK(listed == (is_output ? 1 : 0), "{}: slot {} is {}an output and listed {} times", program.name,
                    slot.spec.describe(), is_output ? "" : "not ", listed);
        outputs += is_output;
    }
    RICCI_CHECK(outputs == program.outputs.size(), "{}: {} outputs are listed, {} slots are outputs", program.name,
                program.outputs.size(), outputs);
}

void check_tiles(const Program& program) {
    std::size_t at = 0;
    for (const TileRun& tile : program.tiles) {
        RICCI_CHECK(tile.samples >= 1, "{}: batch tile {} has {} samples", program.name, tile.name, tile.samples);
        RICCI_CHECK(at <= tile.first && tile.first < tile.last && tile.last <= program.kernels.size(),
                    "{}: batch tile {} has kernels {} to {} of {}, after one that ends at {}", program.name, tile.name,
                    tile.first, tile.last, program.kernels.size(), at);
        at = tile.last;
    }
}

}  // namespace

SlotId root_of(const Program& program, SlotId index) {
    SlotId at = index;
    for (std::size_t steps = 0; program.slots[at].alias >= 0; ++steps) {
        RICCI_CHECK(steps < program.slots.size(), "slot {}: its aliases go in a circle",
                    program.slots[index].spec.name);
        const SlotId next = program.slots[at].alias;
        RICCI_CHECK(next < program.slots.next(), "slot {}: alias {} of {} slots", program.slots[at].spec.name, next,
                    program.slots.size());
        at = next;
    }
    return at;
}

void check_program(const Program& program) {
    for (Scope scope : {Scope::fixed, Scope::per_sample, Scope::per_pair, Scope::per_thread, Scope::per_chunk}) {
        const std::int64_t bytes = region_bytes(program, scope);
        RICCI_CHECK(bytes >= 0 && (scope == Scope::per_pair || bytes % kAlignment == 0),
                    "{}: an arena region of {} bytes is not a multiple of {}", program.name, bytes, kAlignment);
    }
    check_tiles(program);
    check_outputs(program);
    // Parameters and state share one space of names; inputs and outputs have their own.
    std::set<std::pair<Role, std::string_view>> names;
    for (const SlotId index : program.slots.ids()) {
        const Slot& slot = program.slots[index];
        check_slot(program, index);
        if (slot.role == Role::temporary || slot.role == Role::constant) continue;
        const Role space = slot.role == Role::state ? Role::parameter : slot.role;
        RICCI_CHECK(names.insert({space, slot.spec.name}).second, "{}: two slots are named {}", program.name,
                    slot.spec.name);
    }
    for (const Kernel& kernel : program.kernels) {
        RICCI_CHECK(kernel.fn, "{}: kernel {} has no code", program.name, kernel.name);
        RICCI_CHECK(kernel.parallel_extent >= kOpen && kernel.grain >= 0, "{}: kernel {} has extent {}, grain {}",
                    program.name, kernel.name, kernel.parallel_extent, kernel.grain);
        for (const SlotId slot : kernel.slots) {
            RICCI_CHECK(slot < program.slots.next(), "{}: kernel {} takes slot {} of {}", program.name, kernel.name,
                        slot, program.slots.size());
            RICCI_CHECK(program.slots[slot].role != Role::temporary || program.slots[slot].scope != Scope::none,
                        "{}: kernel {} takes slot {}, which has no memory", program.name, kernel.name,
                        program.slots[slot].spec.describe());
        }
        for (const std::vector<SlotId>* some : {&kernel.writes, &kernel.by_rows}) {
            for (const SlotId slot : *some)
                RICCI_CHECK(std::ranges::count(kernel.slots, slot) > 0,
                            "{}: kernel {} uses slot {} but does not take it", program.name, kernel.name, slot);
        }
        for (const SlotId slot : kernel.by_rows)
            RICCI_CHECK(kernel.parallel_extent >= 1 && program.slots[slot].spec.bytes(1) % kernel.parallel_extent == 0,
                        "{}: kernel {} has {} rows, but reads slot {} by rows", program.name, kernel.name,
                        kernel.parallel_extent, program.slots[slot].spec.describe());
    }
}

}  // namespace ricci::runtime
