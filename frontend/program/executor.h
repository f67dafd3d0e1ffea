/// \file frontend/program/executor.h
/// What runs a compiled program behind Function. Internal.
#pragma once

#include <memory>
#include <span>

#include "runtime/execute/executable.h"

namespace ricci::detail {

class Executor {
  public:
    virtual ~Executor() = default;
    /// Outputs in the order of the graph, valid until the next run.
    virtual std::span<const runtime::Buffer* const> run(std::span<const runtime::Binding> inputs) = 0;
    virtual std::int64_t arena_bytes() const = 0;
    virtual int threads() const = 0;
    virtual runtime::Executable* executable() { return nullptr; }
    /// Compiles what a call with so many samples needs and is not compiled yet.
    virtual void warm_up(std::int64_t) {}
    /// The same code on the same parameters, with memory of its own.
    virtual std::unique_ptr<Executor> clone() const = 0;
};

}  // namespace ricci::detail
