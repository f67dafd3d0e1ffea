/// \file frontend/program/call.h
/// What goes into a call of a function, and what comes out.
#pragma once

#include <array>
#include <concepts>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "runtime/execute/executable.h"

namespace ricci {

/// An array that a call brings; the caller keeps it alive and unchanged until the call returns.
struct Argument {
    Argument(const runtime::Buffer& buffer) : binding(runtime::Binding::of({}, buffer)) {}
    Argument(runtime::Buffer&&) = delete;  // it would point to memory that is gone: give the buffer a name
    Argument(const runtime::Binding& from) : binding(from) {}
    /// Row-major elements. \throws UserError unless there are as many as the extents ask for.
    template <typename T>
    Argument(std::span<const T> elements, std::span<const std::int64_t> extents)
        : binding{.name = {}, .dtype = dtype_of<T>(), .extents = extents, .data = elements.data()} {
        check_count(static_cast<std::int64_t>(elements.size()));
    }

    runtime::Binding binding;

  private:
    void check_count(std::int64_t elements) const;
};

/// What a call computed, in the order of the program's outputs; valid until the next call of the same function, which
/// it keeps alive.
class Results {
  public:
    Results(std::span<const runtime::Buffer* const> outputs, std::shared_ptr<const void> function)
        : outputs_(outputs), function_(std::move(function)) {}
    /// \throws UserError naming the outputs when there is none of that name.
    const runtime::Buffer& operator[](std::string_view name) const;
    const runtime::Buffer& operator[](std::size_t i) const { return *outputs_[i]; }
    std::size_t size() const { return outputs_.size(); }
    /// The first output of the program, which is one number: the loss of a training step. \throws UserError when it is
    /// not.
    double scalar() const;

  private:
    std::span<const runtime::Buffer* const> outputs_;
    std::shared_ptr<const void> function_;
};

/// Results of a function that nobody holds, compile(program)(x). An output that is taken of them while they are a
/// temporary themselves, compile(program)(x)[0], is a copy.
class LastResults : public Results {
  public:
    explicit LastResults(Results results) : Results(std::move(results)) {}
    const runtime::Buffer& operator[](std::string_view name) const& { return Results::operator[](name); }
    const runtime::Buffer& operator[](std::size_t i) const& { return Results::operator[](i); }
    runtime::Buffer operator[](std::string_view name) && { return Results::operator[](name).clone(); }
    runtime::Buffer operator[](std::size_t i) && { return Results::operator[](i).clone(); }
};

}  // namespace ricci
