/// \file ir/core/rollback.h
/// Takes back what was appended to a graph when an error passes by.
#pragma once

#include "ir/core/graph.h"

namespace ricci::ir {

/// Unless kept, values, equations and updates added after it was made are removed when it goes.
class Rollback {
  public:
    explicit Rollback(Graph& graph)
        : graph_(graph),
          values_(graph.values.size()),
          equations_(graph.equations.size()),
          updates_(graph.updates.size()) {}
    ~Rollback() {
        if (kept_) return;
        graph_.updates.erase(graph_.updates.begin() + static_cast<std::ptrdiff_t>(updates_), graph_.updates.end());
        graph_.truncate(values_, equations_);
    }
    Rollback(const Rollback&) = delete;
    Rollback& operator=(const Rollback&) = delete;
    void keep() { kept_ = true; }

  private:
    Graph& graph_;
    std::size_t values_;
    std::size_t equations_;
    std::size_t updates_;
    bool kept_ = false;
};

}  // namespace ricci::ir
