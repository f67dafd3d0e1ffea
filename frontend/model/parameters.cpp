// Draws, holds and hashes the parameters of a model.
#include "frontend/model/parameters.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <deque>

#include "frontend/model/model.h"
#include "frontend/model/model_state.h"
#include "runtime/base/random.h"
#include "runtime/base/sha256.h"
#include "runtime/file/safetensors.h"

namespace ricci {

using runtime::Buffer;
using runtime::BufferSpec;

namespace {

/// Calls visit(pointer to the first element) with the buffer's own element type.
template <typename Visit>
auto with_elements(void* data, DType dtype, Visit&& visit) {
    switch (dtype) {
        case DType::f32:
            return visit(static_cast<float*>(data));
        case DType::f64:
            return visit(static_cast<double*>(data));
        case DType::i32:
            return visit(static_cast<std::int32_t*>(data));
        case DType::i64:
            return visit(static_cast<std::int64_t*>(data));
        case DType::boolean:
            break;
    }
    return visit(static_cast<bool*>(data));
}

bool is_owned(const ir::Value& value) {
    return value.role == ir::Role::parameter || value.role == ir::Role::state;
}

Buffer copy_as(const std::string& name, const Buffer& from) {
    BufferSpec spec = from.spec();
    spec.name = name;
    Buffer copy(std::move(spec));
    std::copy_n(static_cast<const std::byte*>(from.data()), from.bytes(), static_cast<std::byte*>(copy.data()));
    return copy;
}

}  // namespace

struct Parameters::Entry {
    std::string name;
    ir::Role role;
    ir::Initializer initial;
    std::shared_ptr<Buffer> buffer;
};

/// The states of one program.
struct Parameters::Own {
    std::weak_ptr<const void> program;
    std::vector<Entry> entries;
};

struct Parameters::State {
    std::uint64_t seed;
    std::vector<Entry> entries;                  // what all programs share
    std::vector<std::shared_ptr<Own>> programs;  // in the order they were compiled

    /// Programs that nothing holds any more have no states.
    void forget_the_dead() {
        std::erase_if(programs, [](const std::shared_ptr<Own>& own) { return own->program.expired(); });
    }
};

struct Parameters::Named {
    std::string name;
    Entry* entry;
};

Parameters::Parameters(std::uint64_t seed) : state_(std::make_shared<State>(seed)) {}

void Parameters::fill(Entry& entry, std::uint64_t seed) {
    const auto& [form, a, b] = entry.initial;
    if (form == ir::Initializer::Form::constant) {
        with_elements(entry.buffer->data(), entry.buffer->spec().dtype, [&]<typename T>(T* elements) {
            const T value = std::is_integral_v<T> ? static_cast<T>(a.integer()) : static_cast<T>(a.real());
            std::fill_n(elements, entry.buffer->elements(), value);
        });
        return;
    }
    runtime::Rng rng(seed, entry.name);
    const bool uniform = form == ir::Initializer::Form::uniform;
    for (std::int64_t i = 0; i < entry.buffer->elements(); ++i) {
        set_element(*entry.buffer, i, uniform ? rng.uniform(a.real(), b.real()) : a.real() + b.real() * rng.normal());
    }
}

void Parameters::add_to(std::vector<Entry>& entries, const ir::Value& value, const std::string& graph,
                        std::uint64_t seed) {
    BufferSpec spec = spec_of(value);
    auto known = std::ranges::find(entries, value.name, &Entry::name);
    if (known != entries.end()) {
        if (known->buffer->spec().describe() == spec.describe()) return;
        user_error("model \"{}\" has {} but the parameters given hold {}; use parameters of this model", graph,
                   spec.describe(), known->buffer->spec().describe());
    }
    auto buffer = std::make_shared<Buffer>(std::move(spec));
    entries.push_back({value.name, value.role, value.initial.value_or(ir::Initializer{}), buffer});
    fill(entries.back(), seed);
}

void Parameters::add(const ir::Graph& graph) {
    for (const ir::Value& value : graph.values) {
        if (is_owned(value)) add_to(state_->entries, value, graph.name, state_->seed);
    }
}

Parameters Parameters::of_program(const std::shared_ptr<const void>& program, const ir::Graph& declared,
                                  const ir::Graph& compiled) const {
    Parameters result = *this;
    result.own_ = nullptr;
    state_->forget_the_dead();
    for (const ir::Value& value : compiled.values) {
        if (!is_owned(value)) continue;
        if (value.role == ir::Role::parameter || declared.find(value.name) >= 0) {
            add_to(state_->entries, value, compiled.name, state_->seed);
            continue;
        }
        if (!result.own_) {
            auto known =
                std::ranges::find(state_->programs, program, [](const auto& own) { return own->program.lock(); });
            if (known == state_->programs.end())
                known = state_->programs.insert(known, std::make_shared<Own>(Own{program, {}}));
            result.own_ = *known;
        }
        add_to(result.own_->entries, value, compiled.name, state_->seed);
    }
    return result;
}

std::vector<Parameters::Named> Parameters::all() const {
    std::vector<Named> named;
    for (Entry& entry : state_->entries) named.push_back({entry.name, &entry});
    if (own_) {
        for (Entry& entry : own_->entries) named.push_back({entry.name, &entry});
        return named;
    }
    state_->forget_the_dead();
    for (std::size_t i = 0; i < state_->programs.size(); ++i) {
        // No value's name has a '/'.
        const std::string prefix = i == 0 ? "" : fmt::format("step{}/", i + 1);
        for (Entry& entry : state_->programs[i]->entries) named.push_back({prefix + entry.name, &entry});
    }
    return named;
}

void Parameters::draw(std::uint64_t seed) {
    state_->seed = seed;
    for (Entry& entry : state_->entries) fill(entry, seed);
    for (const std::shared_ptr<Own>& own : state_->programs) {
        for (Entry& entry : own->entries) fill(entry, seed);
    }
}

std::vector<std::string> Parameters::names() const {
    std::vector<std::string> names;
    for (const Entry& entry : state_->entries) {
        if (entry.role == ir::Role::parameter) names.push_back(entry.name);
    }
    return names;
}

bool Parameters::contains(std::string_view name) const {
    const std::vector<Named> known = all();
    return std::ranges::find(known, name, &Named::name) != known.end();
}

std::shared_ptr<Buffer> Parameters::shared(std::string_view name) const {
    const std::vector<Named> known = all();
    auto found = std::ranges::find(known, name, &Named::name);
    if (found == known.end()) {
        std::vector<std::string> names;
        for (const Named& one : known) names.push_back(one.name);
        user_error("no parameter or state \"{}\"; there is {}", name,
                   names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
    }
    return found->entry->buffer;
}

void Parameters::set(std::string_view name, double value) {
    Buffer& buffer = *shared(name);
    if (!buffer.spec().extents.empty()) {
        user_error("set(\"{}\", {}): {} is not a single number", name, value, buffer.spec().describe());
    }
    set_element(buffer, 0, value);
}

void Parameters::save(const std::filesystem::path& path, bool with_state) const {
    std::vector<const Buffer*> tensors;
    std::deque<Buffer> renamed;
    for (const Named& one : all()) {
        if (!with_state && one.entry->role != ir::Role::parameter) continue;
        const Buffer& buffer = *one.entry->buffer;
        tensors.push_back(one.name == one.entry->name ? &buffer : &renamed.emplace_back(copy_as(one.name, buffer)));
    }
    runtime::write_safetensors(path, tensors);
}

void Parameters::load(const std::filesystem::path& path) {
    const runtime::Safetensors file = runtime::read_safetensors(path);
    std::vector<std::pair<const Buffer*, Buffer*>> copies;
    for (const Buffer& tensor : file.tensors) {
        const BufferSpec& found = tensor.spec();
        if (!contains(found.name)) {
            user_error("{}: tensor \"{}\" is not in this model{}", path.string(), found.name,
                       found.name.starts_with("step") && found.name.contains('/')
                           ? ", where fewer training programs are compiled than the file has states of"
                           : "");
        }
        Buffer& into = *shared(found.name);
        if (found.dtype != into.spec().dtype || found.extents != into.spec().extents) {
            user_error("{}: tensor \"{}\" is {} but this model has {}", path.string(), found.name, found.describe(),
                       into.spec().describe());
        }
        copies.emplace_back(&tensor, &into);
    }
    for (const Entry& entry : state_->entries) {
        auto is_entry = [&](const auto& copy) { return copy.second == entry.buffer.get(); };
        if (entry.role == ir::Role::parameter && std::ranges::none_of(copies, is_entry)) {
            user_error("{}: there is no tensor \"{}\", which this model needs", path.string(), entry.name);
        }
    }
    for (auto [from, to] : copies) {
        std::copy_n(static_cast<const std::byte*>(from->data()), from->bytes(), static_cast<std::byte*>(to->data()));
    }
}

std::string Parameters::sha256() const {
    runtime::Sha256 hash;
    for (const Entry& entry : state_->entries) {
        if (entry.role != ir::Role::parameter) continue;
        hash.update({static_cast<const std::byte*>(std::as_const(*entry.buffer).data()),
                     static_cast<std::size_t>(entry.buffer->bytes())});
    }
    return hash.hex();
}

Parameters shared_parameters(detail::ModelState& model) {
    if (!model.parameters) model.parameters = std::make_shared<Parameters>();
    model.parameters->add(model.graph);
    return *model.parameters;
}

Parameters Model::parameters() {
    return shared_parameters(*state_);
}

BufferSpec spec_of(const ir::Value& value) {
    BufferSpec spec{.name = value.name, .dtype = value.type.dtype, .kinds = {}, .extents = {}};
    for (const ir::Axis& axis : value.type.axes) {
        spec.kinds.emplace_back(axis.kind.name());
        spec.extents.push_back(axis.extent);
    }
    return spec;
}

double element_of(const Buffer& buffer, std::int64_t i) {
    void* data = const_cast<void*>(buffer.data());
    return with_elements(data, buffer.spec().dtype,
                         [&](const auto* elements) { return static_cast<double>(elements[i]); });
}

void set_element(Buffer& buffer, std::int64_t i, double value) {
    with_elements(buffer.data(), buffer.spec().dtype,
                  [&](auto* elements) { elements[i] = static_cast<std::remove_pointer_t<decltype(elements)>>(value); });
}

}  // namespace ricci
