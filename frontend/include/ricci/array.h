/// \file ricci/array.h
/// Numbers in memory: what calls take and give, and what parameters are held in.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ricci/type.h"

namespace ricci {

namespace detail {
struct Internals;
}
namespace runtime {
class Buffer;
}

template <typename T>
concept ArrayElement = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::int32_t> ||
                   std::same_as<T, std::int64_t> || std::same_as<T, bool> || std::same_as<T, Bf16>;

/// An element type, axes, and elements in row-major order, 64-byte aligned. A value: a copy has elements of its own.
/// Axes have kinds, or extents alone, as in a .npy file; kinds are checked where an array is given to a program.
class Array {
  public:
    /// No array: no elements, one axis of extent 0.
    Array();
    /// Zeros. \throws UserError unless each extent is 0 or more.
    Array(DType dtype, std::vector<Axis> axes);
    Array(DType dtype, std::span<const std::int64_t> extents);
    Array(DType dtype, std::initializer_list<std::int64_t> extents) : Array(dtype, std::span(extents)) {}
    /// A copy of these elements. \throws UserError unless there are as many as the axes ask for.
    template <ArrayElement T>
    Array(std::span<const T> elements, std::vector<Axis> axes) : Array(dtype_of<T>(), std::move(axes)) {
        fill(elements.data(), elements.size());
    }
    template <ArrayElement T>
    Array(std::span<const T> elements, std::span<const std::int64_t> extents) : Array(dtype_of<T>(), extents) {
        fill(elements.data(), elements.size());
    }
    template <ArrayElement T>
    Array(std::span<const T> elements, std::initializer_list<std::int64_t> extents)
        : Array(elements, std::span(extents)) {}
    template <ArrayElement T>
    Array(const std::vector<T>& elements, std::vector<Axis> axes) : Array(view(elements), std::move(axes)) {}
    template <ArrayElement T>
    Array(const std::vector<T>& elements, std::span<const std::int64_t> extents) : Array(view(elements), extents) {}
    template <ArrayElement T>
    Array(const std::vector<T>& elements, std::initializer_list<std::int64_t> extents)
        : Array(view(elements), std::span(extents)) {}

    Array(const Array& from);
    Array(Array&& from) noexcept;
    /// A parameter keeps its memory and takes the elements. \throws UserError when it has another dtype or extents.
    Array& operator=(const Array& from);
    Array& operator=(Array&& from);
    ~Array();

    DType dtype() const;
    int rank() const;
    std::span<const std::int64_t> extents() const;
    std::int64_t size() const;  // elements
    /// Kinds and extents; empty where nothing says the kinds.
    std::vector<Axis> axes() const;
    /// The same elements with these axes. \throws UserError unless they have as many elements.
    Array with_axes(std::vector<Axis> axes) const;

    /// The elements, in row-major order. \throws UserError if T is not the array's dtype.
    template <ArrayElement T>
    std::span<T> span() {
        return {static_cast<T*>(elements(dtype_of<T>())), static_cast<std::size_t>(size())};
    }
    template <ArrayElement T>
    std::span<const T> span() const {
        return {static_cast<const T*>(elements(dtype_of<T>())), static_cast<std::size_t>(size())};
    }
    template <ArrayElement T>
    std::vector<T> to_vector() const {
        const std::span<const T> all = span<T>();
        return {all.begin(), all.end()};
    }
    /// One element: at({0, 2}). \throws UserError for another number of indices, and one outside its axis.
    double at(std::initializer_list<std::int64_t> indices) const;
    /// The only element. \throws UserError unless there is one.
    double scalar() const;

    /// Dtype, extents, kinds where both have them, and elements; nan equals nan.
    friend bool operator==(const Array& a, const Array& b);

    /// A .npy file of NumPy. Kinds are not kept there. \throws UserError naming the file, the offset and the reason.
    static Array load(const std::filesystem::path& path);
    void save(const std::filesystem::path& path) const;

  private:
    friend struct detail::Internals;
    Array(std::shared_ptr<runtime::Buffer> buffer, bool is_view) : buffer_(std::move(buffer)), is_view_(is_view) {}
    template <typename T>
    static std::span<const T> view(const std::vector<T>& elements) {
        static_assert(!std::same_as<T, bool>, "std::vector<bool> has no elements in memory: give a span of bool");
        return elements;
    }
    void fill(const void* elements, std::size_t count);
    void* elements(DType asked) const;

    std::shared_ptr<runtime::Buffer> buffer_;
    bool is_view_ = false;  // of a parameter or result, whose memory a program reads and writes
};

/// "f32[batch 2, feature 3]" and the elements, row by row; long axes are cut in the middle.
std::string to_string(const Array& array);
std::ostream& operator<<(std::ostream& stream, const Array& array);
/// Whether all elements are as near as |a - b| <= absolute + relative * |b|, of equal dtypes and extents.
bool is_close(const Array& a, const Array& b, double relative = 1e-5, double absolute = 1e-8);

}  // namespace ricci

template <>
struct fmt::formatter<ricci::Array> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const ricci::Array& array, Context& context) const {
        return fmt::formatter<std::string_view>::format(to_string(array), context);
    }
};
