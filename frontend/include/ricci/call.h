/// \file ricci/call.h
/// What goes into a call of a function, and what comes out.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ricci/array.h"

namespace ricci {

/// An array that a call brings; the caller keeps it alive and unchanged until the call returns.
struct Argument {
    Argument(const Array& array);
    Argument(Array&&) = delete;  // it would point to memory that is gone: give the array a name
    /// Row-major elements. \throws UserError unless there are as many as the extents ask for.
    template <ArrayElement T>
    Argument(std::span<const T> elements, std::span<const std::int64_t> shape)
        : dtype(dtype_of<T>()), extents(shape), data(elements.data()) {
        check_count(static_cast<std::int64_t>(elements.size()));
    }

    /// The same with extents that it keeps: Argument(v, {2, 3}).
    template <ArrayElement T>
    Argument(const std::vector<T>& values, std::vector<std::int64_t> shape) : Argument(std::span(values), std::move(shape)) {
        static_assert(!std::same_as<T, bool>, "std::vector<bool> has no elements in memory: give an Array");
    }
    template <ArrayElement T>
    Argument(std::span<const T> values, std::vector<std::int64_t> shape)
        : dtype(dtype_of<T>()), data(values.data()), shape_(std::make_shared<const std::vector<std::int64_t>>(std::move(shape))) {
        extents = *shape_;
        check_count(static_cast<std::int64_t>(values.size()));
    }

    /// Elements alone, row-major, with the extents of the input; where its batch is open, as many samples as they fill.
    /// The call throws UserError where they do not fill it.
    template <ArrayElement T>
    Argument(const std::vector<T>& values)
        : dtype(dtype_of<T>()), data(values.data()), count(static_cast<std::int64_t>(values.size())) {
        static_assert(!std::same_as<T, bool>, "std::vector<bool> has no elements in memory: give an Array");
    }
    template <ArrayElement T>
    Argument(std::span<const T> values)
        : dtype(dtype_of<T>()), data(values.data()), count(static_cast<std::int64_t>(values.size())) {}
    template <ArrayElement T>
    Argument(std::span<T> values) : Argument(std::span<const T>(values)) {}
    template <ArrayElement T, std::size_t N>
    Argument(const std::array<T, N>& values) : Argument(std::span<const T>(values)) {}

    DType dtype = DType::f32;
    std::span<const std::int64_t> extents;
    const void* data = nullptr;              // row-major, aligned to the element
    std::span<const std::string> kinds = {};  // one an axis, checked where given
    std::int64_t count = -1;                  // without extents, how many there are

  private:
    void check_count(std::int64_t elements) const;

    std::shared_ptr<const std::vector<std::int64_t>> shape_ = nullptr;  // what extents are in, where it keeps them
};

/// An argument and the input that it is for: step({{"images", a}, {"labels", b}}).
struct NamedArgument {
    NamedArgument(std::string_view input, const Array& array) : name(input), argument(array) {}
    NamedArgument(std::string_view input, const Argument& from) : name(input), argument(from) {}

    std::string_view name;
    Argument argument;
};

/// What a call computed, in the order of the program's outputs; valid until the next call of the same function, which
/// it keeps alive. A copy of an array stays: const Array y = predict(x)[0]. Results of an earlier call may not be read.
class Results {
  public:
    /// \param calls  of the function so far, this one included; the number is the function's
    Results(std::span<const Array> outputs, std::span<const std::string> names, std::shared_ptr<const void> function,
            const std::int64_t& calls)
        : outputs_(outputs), names_(names), function_(std::move(function)), calls_(&calls), call_(calls) {}
    /// \throws UserError naming the outputs when there is none of that name.
    const Array& operator[](std::string_view name) const;
    /// \throws UserError unless i is below size().
    const Array& operator[](std::size_t i) const;
    std::size_t size() const { return outputs_.size(); }
    std::span<const std::string> names() const { return names_; }
    /// The first output of the program, which is one number: the loss of a training step. \throws UserError when it is
    /// not.
    double scalar() const;

  private:
    void check() const {
        if (*calls_ != call_) refuse_as_old();
    }
    [[noreturn]] void refuse_as_old() const;

    std::span<const Array> outputs_;
    std::span<const std::string> names_;
    std::shared_ptr<const void> function_;
    const std::int64_t* calls_;  // lives as long as the function
    std::int64_t call_;
};

/// Results of a function that nobody holds, compile(program)(x). An output that is taken of them while they are a
/// temporary themselves, compile(program)(x)[0], is a copy.
class LastResults : public Results {
  public:
    explicit LastResults(Results results) : Results(std::move(results)) {}
    const Array& operator[](std::string_view name) const& { return Results::operator[](name); }
    const Array& operator[](std::size_t i) const& { return Results::operator[](i); }
    Array operator[](std::string_view name) && { return Results::operator[](name); }
    Array operator[](std::size_t i) && { return Results::operator[](i); }
};

}  // namespace ricci
