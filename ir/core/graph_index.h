/// \file ir/core/graph_index.h
/// Where names and equations stand in a graph, so that nobody goes through the graph to find one.
///
/// The index is a part of its graph that nobody sees: Graph::find, Graph::writer and Graph::add read it.
///  - What was appended since is looked through, and what is found is compared with the graph: an answer is never old.
///  - A copy of a graph begins with an empty index; the first Graph::add fills it, index_writers for equations.
///  - A name changes by Graph::rename; the verifier finds one that changed otherwise. Who removes values, or replaces
///    equations of a graph that goes on to be written, calls forget.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ir/core/ids.h"

namespace ricci::ir {

class GraphIndex {
  public:
    GraphIndex() = default;
    GraphIndex(const GraphIndex&) {}
    GraphIndex& operator=(const GraphIndex&) { return *this = GraphIndex(); }
    GraphIndex(GraphIndex&& other) noexcept { swap(other); }
    GraphIndex& operator=(GraphIndex&& other) noexcept;
    ~GraphIndex() = default;

    /// Begins anew.
    void forget() { *this = GraphIndex(); }

  private:
    friend struct Graph;
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    };
    void swap(GraphIndex& other) noexcept;
    std::string free_name(std::string name);
    void free(const std::string& name, ValueId id);

    template <class T>
    using ByName = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

    ByName<ValueId> names_;
    ByName<int> numbers_;     // that Graph::add tries next behind a name: those below are taken
    std::size_t values_ = 0;  // that names_ holds: the first ones
    IdVector<ValueId, EquationId> writers_;
    std::size_t equations_ = 0;  // that writers_ holds: the first ones
};

}  // namespace ricci::ir
