// Queries on graphs.
#include "ir/core/graph.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ir/core/value_order.h"

namespace ricci::ir {
namespace {

constexpr std::array<std::string_view, 6> kStages = {"model", "step", "lowered", "kernels", "loops", "planned"};
constexpr std::array<std::string_view, 4> kRoles = {"input", "parameter", "state", "temporary"};
constexpr std::array<std::string_view, 5> kScopes = {"", "per sample", "per pair", "per thread", "per chunk"};

}  // namespace

GraphIndex& GraphIndex::operator=(GraphIndex&& other) noexcept {
    GraphIndex taken(std::move(other));
    swap(taken);
    return *this;
}

void GraphIndex::swap(GraphIndex& other) noexcept {
    names_.swap(other.names_);
    numbers_.swap(other.numbers_);
    std::swap(values_, other.values_);
    writers_.swap(other.writers_);
    std::swap(equations_, other.equations_);
}

/// The name, or the name and the first number that make one that is free.
std::string GraphIndex::free_name(std::string name) {
    if (!names_.contains(name)) return name;
    int& number = numbers_.try_emplace(name, 2).first->second;
    for (;; ++number) {
        std::string numbered = fmt::format("{}.{}", name, number);
        if (!names_.contains(numbered)) return numbered;
    }
}

void GraphIndex::free(const std::string& name, ValueId id) {
    if (auto known = names_.find(name); known != names_.end() && known->second == id) names_.erase(known);
    numbers_.erase(name.substr(0, name.rfind('.')));  // the number behind the name is free again
}

ValueId Graph::add(Value value) {
    index_names();
    value.name = index.free_name(std::move(value.name));
    values.push_back(std::move(value));
    index_names();
    return values.next() - 1;
}

void Graph::rename(ValueId id, std::string wanted) {
    index_names();
    std::string& own = value(id).name;
    index.free(own, id);
    own = index.free_name(std::move(wanted));
    index.names_.emplace(own, id);
}

void Graph::index_names() {
    if (index.values_ > values.size()) index.forget();
    for (ValueId id(index.values_); id < values.next(); ++id) index.names_.try_emplace(values[id].name, id);
    index.values_ = values.size();
}

void Graph::truncate(std::size_t values_left, std::size_t equations_left) {
    for (EquationId id(equations_left); id.place() < std::min(index.equations_, equations.size()); ++id) {
        index.writers_[equations[id].result] = -1;
    }
    for (ValueId id(values_left); id.place() < std::min(index.values_, values.size()); ++id) {
        index.free(values[id].name, id);
    }
    index.values_ = std::min(index.values_, values_left);
    index.equations_ = std::min(index.equations_, equations_left);
    if (index.writers_.size() > values_left) index.writers_.resize(values_left);
    values.erase(values.begin() + static_cast<std::ptrdiff_t>(values_left), values.end());
    equations.erase(equations.begin() + static_cast<std::ptrdiff_t>(equations_left), equations.end());
}

ValueId Graph::find(std::string_view wanted) const {
    std::size_t known = index.values_ <= values.size() ? index.values_ : 0;
    if (auto found = index.names_.find(wanted); known > 0 && found != index.names_.end()) {
        if (values[found->second].name == wanted) return found->second;
        known = 0;
    }
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(known);
    auto found = std::ranges::find(first, values.end(), wanted, &Value::name);
    return found == values.end() ? ValueId() : values.id_of(found);
}

EquationId Graph::writer(ValueId id) const {
    std::size_t known = index.equations_ <= equations.size() ? index.equations_ : 0;
    if (known > 0 && id < index.writers_.next() && index.writers_[id] >= 0) {
        if (equations[index.writers_[id]].result == id) return index.writers_[id];
        known = 0;
    }
    for (EquationId i = equations.next(); i.place() > known;) {
        if (equations[--i].result == id) return i;
    }
    return {};
}

void Graph::index_writers() {
    if (index.equations_ > equations.size()) index.forget();
    index.writers_.resize(std::max(index.writers_.size(), values.size()));
    for (EquationId id(index.equations_); id < equations.next(); ++id) index.writers_[equations[id].result] = id;
    index.equations_ = equations.size();
}

std::string Graph::why_not_found() const {
    if (index.values_ > values.size()) return "";  // the index is made anew when it is needed
    for (const auto& [known, id] : index.names_) {
        if (values[id].name != known) return fmt::format("{} became {} without Graph::rename", known, values[id].name);
    }
    return "";
}

IdVector<ValueId, EquationId> Graph::producers() const {
    IdVector<ValueId, EquationId> producers(values.size());
    for (const EquationId id : equations.ids()) producers[equations[id].result] = id;
    return producers;
}

IdVector<ValueId, std::vector<EquationId>> Graph::readers() const {
    IdVector<ValueId, std::vector<EquationId>> readers(values.size());
    for (const EquationId id : equations.ids()) {
        for (const Access* access : accesses(equations[id].body)) {
            std::vector<EquationId>& of = readers[access->tensor];
            if (of.empty() || of.back() != id) of.push_back(id);
        }
    }
    return readers;
}

std::string_view name_of(Stage stage) { return kStages[std::to_underlying(stage)]; }

std::optional<Stage> stage_named(std::string_view name) {
    auto found = std::ranges::find(kStages, name);
    if (found == kStages.end()) return std::nullopt;
    return static_cast<Stage>(found - kStages.begin());
}

std::string_view name_of(Role role) { return kRoles[std::to_underlying(role)]; }

std::string_view name_of(Placement::Scope scope) { return kScopes[std::to_underlying(scope)]; }

}  // namespace ricci::ir
