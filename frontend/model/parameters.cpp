// Draws, holds and hashes the parameters of a model.
#include "ricci/parameters.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <deque>

#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ir/ops/optimizer_table.h"
#include "runtime/base/cpu.h"
#include "runtime/base/random.h"
#include "runtime/base/sha256.h"
#include "runtime/file/safetensors.h"
#include "runtime/parallel/threads.h"

namespace ricci {

using runtime::Buffer;
using runtime::BufferSpec;

namespace {

template <typename T>
T number_as(const Number& number) {
    if constexpr (std::is_integral_v<T>) return static_cast<T>(number.integer());
    if constexpr (!std::is_integral_v<T>) return static_cast<T>(number.real());
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

struct Entry {
    std::string name;
    ir::Role role;
    bool fixed;  // a constant of the model, which no file holds
    ir::Initializer initial;
    std::shared_ptr<Buffer> buffer;
    std::shared_ptr<Array> array;  // on the buffer
};

void fill(Entry& entry, std::uint64_t seed) {
    const auto& [form, a, b, table] = entry.initial;
    if (form == ir::Initializer::Form::table) {
        with_elements(entry.buffer->data(), entry.buffer->spec().dtype, [&]<typename T>(T* elements) {
            const auto value = [](const Number& n) { return number_as<T>(n); };
            std::ranges::transform(*table, elements, value);
        });
        return;
    }
    if (form == ir::Initializer::Form::constant) {
        with_elements(entry.buffer->data(), entry.buffer->spec().dtype, [&]<typename T>(T* elements) {
            const T value = number_as<T>(a);
            std::fill_n(elements, entry.buffer->elements(), value);
        });
        return;
    }
    const runtime::Draws draws(seed, entry.name);
    const auto draw = [&](std::int64_t i) {
        return form == ir::Initializer::Form::uniform ? draws.uniform(i, a.real(), b.real()) : a.real() + b.real() * draws.normal(i);
    };
    constexpr std::int64_t kShare = 1 << 16;  // elements: some milliseconds
    const std::int64_t elements = entry.buffer->elements();
    const std::int64_t shares = (elements + kShare - 1) / kShare;
    runtime::ThreadTeam team(static_cast<int>(std::clamp<std::int64_t>(shares / 2, 1, runtime::cpu().threads)));
    team.run(shares, [&](std::int64_t share, runtime::WorkerId) {
        const std::int64_t end = std::min(elements, (share + 1) * kShare);
        for (std::int64_t i = share * kShare; i < end; ++i) set_element(*entry.buffer, i, draw(i));
    });
}

void add_to(std::vector<Entry>& entries, const ir::Value& value, const std::string& graph, std::uint64_t seed) {
    BufferSpec spec = spec_of(value);
    auto known = std::ranges::find(entries, value.name, &Entry::name);
    if (known != entries.end()) {
        if (known->buffer->spec().describe() == spec.describe()) return;
        user_error("model \"{}\" has {} but the parameters given hold {}; use parameters of this model", graph,
                   spec.describe(), known->buffer->spec().describe());
    }
    auto buffer = std::make_shared<Buffer>(std::move(spec));
    auto array = std::make_shared<Array>(detail::Internals::view(buffer));
    entries.push_back({value.name, value.role, value.fixed, value.initial.value_or(ir::Initializer{}), buffer, array});
    fill(entries.back(), seed);
}

struct Named {
    std::string name;
    Entry* entry;
};

// Metadata of a file: names of its tensors that belong to optimizers, a line each.
constexpr const char* kOptimizerState = "optimizer_state";

/// The lines of that entry of the metadata.
std::vector<std::string> lines_of(const std::map<std::string, std::string>& metadata, const char* entry) {
    std::vector<std::string> lines;
    const auto found = metadata.find(entry);
    const std::string text = found == metadata.end() ? "" : found->second;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

}  // namespace

/// The states of one program.
struct Parameters::Own {
    std::weak_ptr<const void> program;
    std::vector<Entry> entries;
};

struct Parameters::State {
    std::uint64_t seed;
    std::vector<Entry> entries;                  // what all programs share
    std::vector<std::shared_ptr<Own>> programs;  // in the order they were compiled
    std::map<std::string, std::string> notes = {};

    /// Programs that nothing holds any more have no states.
    void forget_the_dead() {
        std::erase_if(programs, [](const std::shared_ptr<Own>& own) { return own->program.expired(); });
    }
    /// All that a handle has: what is shared, and the states of `own`, or of all programs without it.
    std::vector<Named> all(Own* own) {
        std::vector<Named> named;
        for (Entry& entry : entries) named.push_back({entry.name, &entry});
        if (own != nullptr) {
            for (Entry& entry : own->entries) named.push_back({entry.name, &entry});
            return named;
        }
        forget_the_dead();
        for (std::size_t i = 0; i < programs.size(); ++i) {
            // No value's name has a '/'.
            const std::string prefix = i == 0 ? "" : fmt::format("step{}/", i + 1);
            for (Entry& entry : programs[i]->entries) named.push_back({prefix + entry.name, &entry});
        }
        return named;
    }
    /// Calls change(parameter, its moving mean, bytes) for each that has one, of the first program that keeps it.
    template <typename Change>
    std::size_t each_average(Own* own, const Change& change) {
        const std::vector<Named> known = all(own);
        std::size_t count = 0;
        for (Entry& entry : entries) {
            const auto average = std::ranges::find(known, entry.name + std::string(ir::kAverage), &Named::name);
            if (entry.role != ir::Role::parameter || average == known.end() || is_of_model(*average->entry)) continue;
            Buffer& mean = *average->entry->buffer;
            change(static_cast<std::byte*>(entry.buffer->data()), static_cast<std::byte*>(mean.data()), mean.bytes());
            ++count;
        }
        return count;
    }
    /// A parameter, or a state that the model declares: what a program that does not train needs too.
    bool is_of_model(const Entry& entry) const {
        const bool is_shared = std::ranges::any_of(entries, [&](const Entry& own) { return &own == &entry; });
        return entry.role == ir::Role::parameter || (is_shared && entry.name != ir::kLearningRate);
    }
    /// \throws UserError listing the names when there is none of that name.
    Entry& entry_named(Own* own, std::string_view name) {
        const std::vector<Named> known = all(own);
        auto found = std::ranges::find(known, name, &Named::name);
        if (found != known.end()) return *found->entry;
        std::vector<std::string> names;
        for (const Named& one : known) names.push_back(one.name);
        user_error("no parameter or state \"{}\"; there is {}", name,
                   names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
    }
};

Parameters::Parameters(std::uint64_t seed) : state_(std::make_shared<State>(seed)) {}

void detail::Internals::add(Parameters& parameters, const ir::Graph& graph) {
    Parameters::State& state = *parameters.state_;
    for (const ir::Value& value : graph.values) {
        if (is_owned(value)) add_to(state.entries, value, graph.name, state.seed);
    }
}

Parameters detail::Internals::of_program(const Parameters& parameters, const std::shared_ptr<const void>& program,
                                         const ir::Graph& declared, const ir::Graph& compiled) {
    using Own = Parameters::Own;
    Parameters result = parameters;
    result.own_ = nullptr;
    Parameters::State& state = *result.state_;
    state.forget_the_dead();
    for (const ir::Value& value : compiled.values) {
        if (!is_owned(value)) continue;
        if (value.role == ir::Role::parameter || declared.find(value.name) >= 0) {
            add_to(state.entries, value, compiled.name, state.seed);
            continue;
        }
        if (!result.own_) {
            auto known =
                std::ranges::find(state.programs, program, [](const auto& own) { return own->program.lock(); });
            if (known == state.programs.end())
                known = state.programs.insert(known, std::make_shared<Own>(Own{program, {}}));
            result.own_ = *known;
        }
        add_to(result.own_->entries, value, compiled.name, state.seed);
    }
    return result;
}

bool detail::Internals::has(const Parameters& parameters, std::string_view name) {
    const auto in = [&](const std::vector<Entry>& entries) { return std::ranges::find(entries, name, &Entry::name) != entries.end(); };
    return in(parameters.state_->entries) || (parameters.own_ && in(parameters.own_->entries));
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
    const std::vector<Named> known = state_->all(own_.get());
    return std::ranges::find(known, name, &Named::name) != known.end();
}

std::shared_ptr<Buffer> detail::Internals::shared(const Parameters& parameters, std::string_view name) {
    return parameters.state_->entry_named(parameters.own_.get(), name).buffer;
}

Array& Parameters::operator[](std::string_view name) const {
    return *state_->entry_named(own_.get(), name).array;
}

void Parameters::set(std::string_view name, double value) {
    Buffer& buffer = *detail::Internals::shared(*this, name);
    if (!buffer.spec().extents.empty()) {
        user_error("set(\"{}\", {}): {} is not a single number", name, value, buffer.spec().describe());
    }
    set_element(buffer, 0, value);
}

std::size_t Parameters::swap_averages() const {
    return state_->each_average(own_.get(), [](std::byte* parameter, std::byte* average, std::int64_t bytes) {
        std::swap_ranges(parameter, parameter + bytes, average);
    });
}

std::size_t Parameters::take_averages() const {
    return state_->each_average(own_.get(), [](std::byte* parameter, std::byte* average, std::int64_t bytes) {
        std::copy_n(average, bytes, parameter);
    });
}

std::vector<detail::Internals::NamedBuffer> detail::Internals::tensors(const Parameters& parameters) {
    std::vector<NamedBuffer> tensors;
    for (const Named& one : parameters.state_->all(parameters.own_.get())) {
        if (one.entry->fixed) continue;
        tensors.push_back({one.name, one.entry->buffer.get(), !parameters.state_->is_of_model(*one.entry)});
    }
    return tensors;
}

void detail::Internals::save(const std::filesystem::path& path, const std::vector<NamedBuffer>& tensors,
                             std::map<std::string, std::string> metadata) {
    std::vector<const Buffer*> written;
    std::deque<Buffer> renamed;
    std::string states;
    for (const NamedBuffer& one : tensors) {
        const bool same = one.name == one.buffer->spec().name;
        written.push_back(same ? one.buffer : &renamed.emplace_back(copy_as(one.name, *one.buffer)));
        if (one.of_optimizer) states += (states.empty() ? "" : "\n") + one.name;
    }
    if (!states.empty()) metadata[kOptimizerState] = states;
    runtime::write_safetensors(path, written, metadata);
}

void Parameters::save(const std::filesystem::path& path, bool with_state) const {
    std::vector<detail::Internals::NamedBuffer> tensors = detail::Internals::tensors(*this);
    if (!with_state) std::erase_if(tensors, [](const auto& one) { return one.of_optimizer; });
    detail::Internals::save(path, tensors, state_->notes);
}

Loaded Parameters::load(const std::filesystem::path& path, const LoadOptions& options) {
    const runtime::Safetensors file = runtime::read_safetensors(path);
    const std::vector<Named> known = state_->all(own_.get());
    const bool trains = std::ranges::any_of(known, [&](const Named& one) { return !state_->is_of_model(*one.entry); });
    const std::vector<std::string> states = lines_of(file.metadata, kOptimizerState);
    std::vector<std::pair<const Buffer*, Buffer*>> copies;
    Loaded loaded;
    for (const Buffer& tensor : file.tensors) {
        const BufferSpec& found = tensor.spec();
        const bool is_known = std::ranges::find(known, found.name, &Named::name) != known.end();
        const bool is_state = std::ranges::find(states, found.name) != states.end();
        const bool needless = !is_known && is_state && (!trains || found.name.starts_with(detail::kBest));
        if (!is_known && options.strict && !needless) {
            user_error("{}: tensor \"{}\" is not in this model{}", path.string(), found.name,
                       found.name.starts_with("step") && found.name.contains('/')
                           ? ", where fewer training programs are compiled than the file has states of"
                           : detail::Internals::kNotStrict);
        }
        Buffer* into = is_known ? detail::Internals::shared(*this, found.name).get() : nullptr;
        const bool fits = is_known && found.dtype == into->spec().dtype && found.extents == into->spec().extents;
        if (is_known && !fits && options.strict) {
            const auto type = [](const BufferSpec& spec) { return spec.describe().substr(spec.name.size() + 2); };
            user_error("{}: tensor \"{}\" is {} but this model has {}", path.string(), found.name, type(found),
                       type(into->spec()));
        }
        if (fits) copies.emplace_back(&tensor, into);
        (fits ? loaded.taken : loaded.left_out).push_back(found.name);
    }
    for (const Entry& entry : state_->entries) {
        auto is_entry = [&](const auto& copy) { return copy.second == entry.buffer.get(); };
        if (entry.role != ir::Role::parameter || std::ranges::any_of(copies, is_entry)) continue;
        if (options.strict) {
            user_error("{}: there is no tensor \"{}\", which this model needs", path.string(), entry.name);
        }
        loaded.missing.push_back(entry.name);
    }
    for (auto [from, to] : copies) {
        std::copy_n(static_cast<const std::byte*>(from->data()), from->bytes(), static_cast<std::byte*>(to->data()));
    }
    state_->notes = file.metadata;
    // What belongs to the file of a checkpoint, and not to the weights.
    std::erase_if(state_->notes, [](const auto& note) {
        return note.first == kOptimizerState || note.first.starts_with(detail::kOfTraining);
    });
    return loaded;
}

std::map<std::string, std::string>& Parameters::notes() const {
    return state_->notes;
}

std::string Parameters::sha256() const {
    runtime::Sha256 hash;
    for (const Entry& entry : state_->entries) {
        if (entry.role != ir::Role::parameter) continue;
        hash.update(entry.buffer->contents());
    }
    return hash.hex();
}

Parameters detail::shared_parameters(ModelState& model) {
    if (!model.parameters) model.parameters = std::make_shared<Parameters>();
    detail::Internals::add(*model.parameters, model.graph);
    return *model.parameters;
}

Parameters Model::parameters() {
    return detail::shared_parameters(*state_);
}

}  // namespace ricci
