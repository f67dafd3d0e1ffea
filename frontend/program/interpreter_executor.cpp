// Calls the f64 interpreter with the buffers of a program: the same inputs, parameters and messages as machine code
// has.
#include "frontend/program/interpreter_executor.h"

#include <algorithm>
#include <cstring>

#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"
#include "ir/interpret/interpreter.h"
#include "runtime/execute/binding.h"

namespace ricci::detail {
namespace {

using runtime::Buffer;

ir::Array array_of(const Buffer& buffer) {
    ir::Array array{buffer.spec().extents, {}};
    switch (buffer.spec().dtype) {
        case DType::i32:
            array.integers.assign(buffer.span<std::int32_t>().begin(), buffer.span<std::int32_t>().end());
            return array;
        case DType::i64:
            array.integers.assign(buffer.span<std::int64_t>().begin(), buffer.span<std::int64_t>().end());
            return array;
        default:
            for (std::int64_t i = 0; i < buffer.elements(); ++i) array.elements.push_back(element_of(buffer, i));
            return array;
    }
}

/// A copy of what a binding points to, so that it can be read as a buffer.
ir::Array array_of(const runtime::Slot& slot, const runtime::Binding& given) {
    Buffer copy({slot.spec.name, given.dtype, slot.spec.kinds, {given.extents.begin(), given.extents.end()}});
    std::copy_n(static_cast<const std::byte*>(given.data), copy.bytes(), static_cast<std::byte*>(copy.data()));
    return array_of(copy);
}

runtime::Slot slot_for(const ir::Value& input) {
    runtime::Slot slot{.spec = spec_of(input), .role = runtime::Role::input};
    if (input.numbers) {
        slot.positions = input.numbers->extent;
        slot.position_kind = input.numbers->kind.name();
        slot.ignored = input.ignored;
    }
    return slot;
}

void store(const ir::Array& array, Buffer& buffer) {
    if (buffer.spec().dtype == i64) {  // a double holds 53 bits only
        std::ranges::copy(array.integers, static_cast<std::int64_t*>(buffer.data()));
        return;
    }
    std::int64_t place = 0;
    for (const double element : array.elements) set_element(buffer, place++, element);
}

class Interpreter final : public Executor {
  public:
    Interpreter(ir::Graph graph, Parameters parameters)
        : given_(graph), graph_(std::move(graph)), parameters_(std::move(parameters)) {
        // An output may be called as a parameter is: the interpreter gives both by name, so keys tell them apart.
        for (ir::Output& output : graph_.outputs) {
            names_.push_back(output.name);
            output.name = "output " + output.name;
        }
        program_.name = graph_.name;
        program_.fixed_batch = graph_.fixed_batch;
        for (const ir::Value& value : graph_.values) {
            if (value.role == ir::Role::input) program_.slots.push_back(slot_for(value));
        }
        for (const runtime::Slot& slot : program_.slots) inputs_.push_back(&slot);
    }

    std::span<const Buffer* const> run(std::span<const runtime::Binding> bindings) override {
        runtime::BoundInputs bound;
        runtime::bind_inputs(program_, inputs_, bindings, bound);
        runtime::check_positions(program_, inputs_, bound);
        ir::Arrays given;
        for (std::size_t i = 0; i < bindings.size(); ++i) {
            const runtime::Slot& slot = slot_of(bindings[i], i);
            given[slot.spec.name] = array_of(slot, bindings[i]);
        }
        for (const ir::Value& value : graph_.values) {
            bool owned = value.role == ir::Role::parameter || value.role == ir::Role::state;
            if (owned) given[value.name] = array_of(*Internals::shared(parameters_, value.name));
        }
        const ir::Arrays computed = ir::interpret(graph_, given, {.round_f32 = true});
        for (const ir::Update& update : graph_.updates) {
            const std::string& name = graph_.value(update.target).name;
            store(computed.at(name), *Internals::shared(parameters_, name));
        }
        return keep_outputs(computed);
    }

    std::int64_t arena_bytes() const override { return 0; }
    int threads() const override { return 1; }
    std::unique_ptr<Executor> clone() const override { return std::make_unique<Interpreter>(given_, parameters_); }

  private:
    const runtime::Slot& slot_of(const runtime::Binding& binding, std::size_t place) const {
        if (binding.name.empty()) return *inputs_[place];
        return **std::ranges::find(inputs_, binding.name, [](const runtime::Slot* slot) { return slot->spec.name; });
    }

    std::span<const Buffer* const> keep_outputs(const ir::Arrays& computed) {
        outputs_.clear();
        for (std::size_t i = 0; i < names_.size(); ++i) {
            const ir::Output& output = graph_.outputs[i];
            const ir::Array& array = computed.at(output.name);
            runtime::BufferSpec spec = spec_of(graph_.value(output.value));
            spec.name = names_[i];
            spec.extents = array.extents;
            store(array, outputs_.emplace_back(std::move(spec)));
        }
        pointers_.clear();
        for (const Buffer& output : outputs_) pointers_.push_back(&output);
        return pointers_;
    }

    ir::Graph given_;
    ir::Graph graph_;
    Parameters parameters_;
    runtime::Program program_;  // for its inputs only: what a call is checked against
    std::vector<const runtime::Slot*> inputs_;
    std::vector<std::string> names_;  // of the outputs, in their order
    std::vector<Buffer> outputs_;
    std::vector<const Buffer*> pointers_;
};

}  // namespace

std::unique_ptr<Executor> interpreter_executor(ir::Graph graph, Parameters parameters) {
    return std::make_unique<Interpreter>(std::move(graph), std::move(parameters));
}

}  // namespace ricci::detail
