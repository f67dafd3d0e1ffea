/// \file frontend/program/arguments.h
/// The arguments of a call as engines take them; those without extents get the ones of their input.
#pragma once

#include <cstdint>
#include <list>
#include <span>
#include <vector>

#include "ir/core/graph.h"
#include "ricci/call.h"
#include "runtime/execute/binding.h"

namespace ricci::detail {

class CallBindings {
  public:
    /// \param graph  of the function. \throws UserError for elements without extents that do not fill their input.
    CallBindings(const ir::Graph& graph, std::span<const Argument> inputs);
    CallBindings(const ir::Graph& graph, std::span<const NamedArgument> inputs);

    std::span<const runtime::Binding> all() const { return bindings_; }

  private:
    void add(const ir::Graph& graph, std::string_view name, const Argument& argument);

    std::vector<runtime::Binding> bindings_;
    std::list<std::vector<std::int64_t>> extents_;  // that the bindings point to
};

}  // namespace ricci::detail
