// Checks of a call's arguments; every message names the program, the array, the axis and both values.
#include "runtime/execute/binding.h"

#include <algorithm>

#include "ir/base/places.h"

namespace ricci::runtime {
namespace {

std::string kind_at(const BufferSpec& spec, std::size_t axis) {
    return axis < spec.kinds.size() ? spec.kinds[axis] : std::string("extent");
}

std::string names_of(std::span<const Slot* const> slots) {
    std::string text;
    for (const Slot* slot : slots) text += fmt::format("{}{}", text.empty() ? "" : ", ", slot->spec.name);
    return text.empty() ? "none" : text;
}

std::size_t find_input(const Program& program, std::span<const Slot* const> inputs, std::span<const Binding> bindings,
                       std::size_t position) {
    const Binding& binding = bindings[position];
    if (binding.name.empty()) {
        if (position < inputs.size()) return position;
        user_error("{}: {} inputs are given but there are {}: {}", program.name, bindings.size(), inputs.size(),
                   names_of(inputs));
    }
    const std::size_t place = place_of(inputs, binding.name, [](const Slot* slot) { return slot->spec.name; });
    if (place == inputs.size())
        user_error("{}: there is no input \"{}\"; the inputs are {}", program.name, binding.name, names_of(inputs));
    return place;
}

void check_data(const Program& program, const Slot& slot, const Binding& given) {
    const std::size_t size = size_of(slot.spec.dtype);
    if (!given.data) user_error("{}: input \"{}\" has no data", program.name, slot.spec.name);
    if (reinterpret_cast<std::uintptr_t>(given.data) % size != 0)
        user_error(
            "{}: input \"{}\" lies at an address that is not a multiple of its element size {}; copy it to "
            "aligned memory",
            program.name, slot.spec.name, size);
}

// The input that set the batch extent, for the message when another disagrees.
struct BatchSource {
    const Slot* slot = nullptr;
    std::int64_t batch = 1;
};

void infer_batch(const Program& program, const Slot& slot, const Binding& given, BatchSource& source) {
    for (std::size_t axis = 0; axis < slot.spec.extents.size(); ++axis) {
        if (slot.spec.extents[axis] != kOpen) continue;
        const std::int64_t batch = given.extents[axis];
        if (batch < 1)
            user_error("{}: input \"{}\" has {} {} (axis {}); a call needs at least one sample", program.name,
                       slot.spec.name, kind_at(slot.spec, axis), batch, axis);
        if (source.slot && batch != source.batch)
            user_error("{}: input \"{}\" has {} {} (axis {}) but input \"{}\" has {}; give every input the same batch",
                       program.name, slot.spec.name, kind_at(slot.spec, axis), batch, axis, source.slot->spec.name,
                       source.batch);
        source = {&slot, batch};
    }
}

/// "batch 3, height 0" of an element of the slot by its place.
std::string indices_of(const BufferSpec& spec, std::int64_t batch, std::int64_t place) {
    std::string text;
    for (std::size_t axis = spec.extents.size(); axis-- > 0;) {
        const std::int64_t extent = spec.extents[axis] == kOpen ? batch : spec.extents[axis];
        text = fmt::format("{} {}{}{}", kind_at(spec, axis), place % extent, text.empty() ? "" : ", ", text);
        place /= extent;
    }
    return text;
}

template <typename T>
void check_elements(const Program& program, const Slot& slot, const void* data, std::int64_t batch) {
    const std::span elements(static_cast<const T*>(data), static_cast<std::size_t>(slot.spec.elements(batch)));
    const std::int64_t positions = slot.positions == kOpen ? batch : slot.positions;
    const auto wrong = [&](T element) {
        const auto id = static_cast<std::int64_t>(element);
        return (id < 0 || id >= positions) && slot.ignored != id;
    };
    const auto found = std::ranges::find_if(elements, wrong);
    if (found == elements.end()) return;
    const std::string at = indices_of(slot.spec, batch, found - elements.begin());
    user_error("{}: input \"{}\" is {}{}{} but numbers {} {}: 0 to {}{}", program.name, slot.spec.name, *found,
               at.empty() ? "" : " at ", at, slot.position_kind, positions, positions - 1,
               slot.ignored ? fmt::format(", or {} for what is ignored", *slot.ignored) : "");
}

/// The extent as calls see it: an open one may be that of every call.
std::int64_t seen(const Program& program, std::int64_t extent) {
    return extent == kOpen && program.fixed_batch > 0 ? program.fixed_batch : extent;
}

/// The spec as calls see it, for people.
std::string described(const Program& program, BufferSpec spec) {
    for (std::int64_t& extent : spec.extents) extent = seen(program, extent);
    return spec.describe();
}

/// Why an array like `given` cannot stand for `slot`; "" where it can.
std::string mismatch(const Program& program, const char* what, const Slot& slot, const Binding& given) {
    const BufferSpec& spec = slot.spec;
    if (given.dtype != spec.dtype) {
        return fmt::format("{} \"{}\" is {} but the program takes {}; convert it or compile for {}", what, spec.name,
                           name_of(given.dtype), name_of(spec.dtype), name_of(given.dtype));
    }
    if (given.extents.size() != spec.extents.size()) {
        return fmt::format("{} \"{}\" has {} axes but the program takes {} ({})", what, spec.name,
                           given.extents.size(), spec.extents.size(), described(program, spec));
    }
    for (std::size_t axis = 0; axis < spec.extents.size(); ++axis) {
        if (!given.kinds.empty() && axis < spec.kinds.size() && given.kinds[axis] != spec.kinds[axis]) {
            return fmt::format("{} \"{}\" has {} as axis {} but the program takes {} there; reorder its axes to {}",
                               what, spec.name, given.kinds[axis], axis, spec.kinds[axis], described(program, spec));
        }
        const std::int64_t wanted = seen(program, spec.extents[axis]);
        if (wanted != kOpen && given.extents[axis] != wanted) {
            return fmt::format("{} \"{}\" has {} {} (axis {}) but the program takes {}; reshape it or compile for {}",
                               what, spec.name, kind_at(spec, axis), given.extents[axis], axis, wanted,
                               given.extents[axis]);
        }
    }
    return "";
}

/// \throws UserError where the binding at `position`, which does not fit, and a later one each fit the other's input.
void refuse_changed_places(const Program& program, std::span<const Slot* const> inputs,
                           std::span<const Binding> bindings, std::size_t position) {
    const Slot& mine = *inputs[find_input(program, inputs, bindings, position)];
    const bool named = !bindings[position].name.empty();
    for (std::size_t other = position + 1; other < bindings.size(); ++other) {
        if (bindings[other].name.empty() == named) continue;
        const Slot& theirs = *inputs[find_input(program, inputs, bindings, other)];
        if (!mismatch(program, "input", mine, bindings[other]).empty()) continue;
        if (!mismatch(program, "input", theirs, bindings[position]).empty()) continue;
        if (named) {
            user_error("{}: the arrays of \"{}\" and \"{}\" have changed places: input {}, and input {}; give each name "
                       "the array of the other",
                       program.name, mine.spec.name, theirs.spec.name, described(program, mine.spec),
                       described(program, theirs.spec));
        }
        user_error("{}: arguments {} and {} have changed places: input {} is {}, and input {} is {}; give them in this "
                   "order, or by name",
                   program.name, position + 1, other + 1, position + 1, described(program, mine.spec), other + 1,
                   described(program, theirs.spec));
    }
}

}  // namespace

Binding Binding::of(std::string_view name, const Buffer& buffer) {
    return {name, buffer.spec().dtype, buffer.spec().extents, buffer.data(), buffer.spec().kinds};
}

void check_matches(const Program& program, const char* what, const Slot& slot, const Binding& given) {
    const std::string wrong = mismatch(program, what, slot, given);
    if (!wrong.empty()) user_error("{}: {}", program.name, wrong);
}

void bind_inputs(const Program& program, std::span<const Slot* const> inputs, std::span<const Binding> bindings,
                 BoundInputs& bound) {
    bound.data.assign(inputs.size(), nullptr);
    BatchSource source;
    for (std::size_t position = 0; position < bindings.size(); ++position) {
        const Binding& given = bindings[position];
        const std::size_t index = find_input(program, inputs, bindings, position);
        const Slot& slot = *inputs[index];
        if (bound.data[index]) user_error("{}: input \"{}\" is given twice", program.name, slot.spec.name);
        if (!mismatch(program, "input", slot, given).empty()) refuse_changed_places(program, inputs, bindings, position);
        check_matches(program, "input", slot, given);
        infer_batch(program, slot, given, source);
        check_data(program, slot, given);
        bound.data[index] = given.data;
    }
    for (std::size_t index = 0; index < inputs.size(); ++index) {
        if (!bound.data[index])
            user_error("{}: input \"{}\" is not given; the inputs are {}", program.name, inputs[index]->spec.name,
                       names_of(inputs));
    }
    bound.batch = source.batch;
}

void check_positions(const Program& program, std::span<const Slot* const> inputs, const BoundInputs& bound) {
    for (std::size_t index = 0; index < inputs.size(); ++index) {
        const Slot& slot = *inputs[index];
        if (slot.positions == 0) continue;
        if (slot.spec.dtype == DType::i32)
            check_elements<std::int32_t>(program, slot, bound.data[index], bound.batch);
        else
            check_elements<std::int64_t>(program, slot, bound.data[index], bound.batch);
    }
}

}  // namespace ricci::runtime
