// Arrays of the user's: a buffer of the runtime, with what one asks of a value around it.
#include "ricci/array.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ostream>

#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"
#include "runtime/file/npy.h"
#include "ir/base/error.h"

namespace ricci {

using runtime::Buffer;
using runtime::BufferSpec;

namespace {

constexpr std::int64_t kShown = 6;  // elements of an axis: the first and last three where there are more

BufferSpec spec_of(DType dtype, const std::vector<Axis>& axes) {
    BufferSpec spec{.name = "array", .dtype = dtype, .kinds = {}, .extents = {}};
    for (const Axis& axis : axes) {
        spec.kinds.emplace_back(axis.kind.name());
        spec.extents.push_back(axis.extent);
    }
    return spec;
}

std::shared_ptr<Buffer> zeros_of(BufferSpec spec) {
    if (spec.open()) user_error("{}: an array needs every extent; batch(N) says that of the batch", spec.describe());
    return std::make_shared<Buffer>(std::move(spec));
}

/// What all arrays without elements share; nothing writes into it.
const std::shared_ptr<Buffer>& no_elements() {
    static const std::shared_ptr<Buffer> none =
        zeros_of({.name = "array", .dtype = f32, .kinds = {}, .extents = {0}});
    return none;
}

/// "f32[batch 2, feature 3]": the description without the name in front of it.
std::string type_text(const Buffer& buffer) {
    BufferSpec spec = buffer.spec();
    spec.name.clear();
    return spec.describe().substr(2);
}

/// The elements below `axis` from number `first` on, in brackets.
std::string rows(const Buffer& buffer, std::size_t axis, std::int64_t first, std::int64_t below) {
    const std::vector<std::int64_t>& extents = buffer.spec().extents;
    if (axis == extents.size()) return element_text(buffer, first);
    const std::int64_t extent = extents[axis];
    const std::int64_t each = extent > 0 ? below / extent : 0;
    std::string text = "[";
    for (std::int64_t i = 0; i < extent; ++i) {
        const bool cut = extent > kShown && i == kShown / 2;
        if (i > 0) text += axis + 1 < extents.size() ? ",\n" + std::string(axis + 1, ' ') : ", ";
        if (cut) {
            text += "..., ";
            i = extent - kShown / 2;
        }
        text += rows(buffer, axis + 1, first + i * each, each);
    }
    return text + "]";
}

bool same_elements(const Buffer& a, const Buffer& b) {
    return with_elements(const_cast<void*>(a.data()), a.spec().dtype, [&]<typename T>(T* of_a) {
        const T* of_b = static_cast<const T*>(b.data());
        return std::equal(of_a, of_a + a.elements(), of_b, [](T x, T y) { return x == y || (x != x && y != y); });
    });
}

}  // namespace

Array::Array() : buffer_(no_elements()) {}
Array::Array(DType dtype, std::vector<Axis> axes) : buffer_(zeros_of(spec_of(dtype, axes))) {}
Array::Array(DType dtype, std::span<const std::int64_t> extents)
    : buffer_(zeros_of({.name = "array", .dtype = dtype, .kinds = {}, .extents = {extents.begin(), extents.end()}})) {}

Array::Array(const Array& from) : buffer_(std::make_shared<Buffer>(from.buffer_->clone())) {}
// What is moved from a view is one more view: the program's memory stays where it is. Any other one is as Array() after it.
Array::Array(Array&& from) noexcept : buffer_(from.buffer_), is_view_(from.is_view_) {
    if (!is_view_) from.buffer_ = no_elements();
}
Array::~Array() = default;

Array& Array::operator=(const Array& from) {
    if (this == &from) return *this;
    if (!is_view_) {
        buffer_ = std::make_shared<Buffer>(from.buffer_->clone());
        return *this;
    }
    const BufferSpec& mine = buffer_->spec();
    if (mine.dtype != from.dtype() || !std::ranges::equal(mine.extents, from.extents())) {
        user_error("{} cannot take the elements of {}; convert or reshape them", mine.describe(),
                   type_text(*from.buffer_));
    }
    buffer_->copy_contents(*from.buffer_);
    return *this;
}

Array& Array::operator=(Array&& from) {
    if (is_view_ || from.is_view_) return *this = static_cast<const Array&>(from);
    std::swap(buffer_, from.buffer_);
    return *this;
}

void Array::fill(const void* elements, std::size_t count) {
    if (static_cast<std::int64_t>(count) != size()) {
        user_error("an array of {} elements has axes {}, which are {} elements", count, type_text(*buffer_), size());
    }
    if (count > 0) std::memcpy(buffer_->data(), elements, buffer_->contents().size());
}

void* Array::elements(DType asked) const {
    if (asked != dtype()) user_error("an array {} was read as {}", type_text(*buffer_), name_of(asked));
    return buffer_->data();
}

DType Array::dtype() const {
    return buffer_->spec().dtype;
}
int Array::rank() const {
    return static_cast<int>(extents().size());
}
std::span<const std::int64_t> Array::extents() const {
    return buffer_->spec().extents;
}
std::int64_t Array::size() const {
    return buffer_->elements();
}

std::vector<Axis> Array::axes() const {
    const BufferSpec& spec = buffer_->spec();
    std::vector<Axis> axes;
    for (std::size_t i = 0; i < spec.kinds.size(); ++i) axes.push_back({Kind::named(spec.kinds[i]), spec.extents[i]});
    return axes;
}

Array Array::with_axes(std::vector<Axis> axes) const {
    Array result(dtype(), std::move(axes));
    if (result.size() != size()) {
        user_error("{} elements of {} cannot have axes {}, which are {} elements", size(), type_text(*buffer_),
                   type_text(*result.buffer_), result.size());
    }
    result.buffer_->copy_contents(*buffer_);
    return result;
}

double Array::at(std::initializer_list<std::int64_t> indices) const {
    if (extents().size() != indices.size()) {
        user_error("an element of {} has {} indices, but {} are given", type_text(*buffer_), rank(), indices.size());
    }
    std::int64_t place = 0;
    std::size_t axis = 0;
    for (std::int64_t index : indices) {
        const std::int64_t extent = extents()[axis];
        if (index < 0 || index >= extent) {
            user_error("index {} of axis {} is outside of {}; it is from 0 to {}", index, axis, type_text(*buffer_),
                       extent - 1);
        }
        place = place * extent + index;
        ++axis;
    }
    return element_of(*buffer_, place);
}

double Array::scalar() const {
    if (size() != 1) user_error("array {} is not one number; read its elements", type_text(*buffer_));
    return element_of(*buffer_, 0);
}

bool operator==(const Array& a, const Array& b) {
    const BufferSpec& one = a.buffer_->spec();
    const BufferSpec& other = b.buffer_->spec();
    const bool kinds = one.kinds.empty() || other.kinds.empty() || one.kinds == other.kinds;
    return kinds && one.dtype == other.dtype && one.extents == other.extents && same_elements(*a.buffer_, *b.buffer_);
}

Array Array::load(const std::filesystem::path& path) {
    return detail::Internals::array(runtime::read_npy(path));
}

void Array::save(const std::filesystem::path& path) const {
    runtime::write_npy(path, *buffer_);
}

std::string to_string(const Array& array) {
    const Buffer& buffer = detail::Internals::buffer(array);
    return type_text(buffer) + " " + rows(buffer, 0, 0, buffer.elements());
}

std::ostream& operator<<(std::ostream& stream, const Array& array) {
    return stream << to_string(array);
}

bool is_close(const Array& a, const Array& b, double relative, double absolute) {
    if (a.dtype() != b.dtype() || !std::ranges::equal(a.extents(), b.extents())) return false;
    const Buffer& one = detail::Internals::buffer(a);
    const Buffer& other = detail::Internals::buffer(b);
    for (std::int64_t i = 0; i < a.size(); ++i) {
        const double x = element_of(one, i);
        const double y = element_of(other, i);
        if (x == y || (std::isnan(x) && std::isnan(y))) continue;
        if (!(std::abs(x - y) <= absolute + relative * std::abs(y)) || std::isinf(x) || std::isinf(y)) return false;
    }
    return true;
}

namespace detail {

Array Internals::array(Buffer buffer) {
    return {std::make_shared<Buffer>(std::move(buffer)), false};
}

}  // namespace detail
}  // namespace ricci
