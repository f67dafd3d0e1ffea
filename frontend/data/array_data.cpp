// Rows of arrays, copied as they stand.
#include "ricci/array_data.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"
#include "ir/base/error.h"

namespace ricci {

using detail::Internals;
using runtime::Buffer;

struct ArrayData::State {
    std::string name;
    std::int64_t count = 0;
    std::vector<Field> fields = {};
    std::vector<Array> arrays = {};
};

namespace {

std::string text_of(const NamedArray& named) {
    runtime::BufferSpec spec = Internals::buffer(named.array).spec();
    spec.name = named.name;
    return spec.describe();
}

void check_counts(const std::string& name, const std::vector<NamedArray>& arrays) {
    if (arrays.empty()) user_error("{}: there is no array; give one for each field", name);
    for (const NamedArray& each : arrays) {
        if (each.array.rank() == 0)
            user_error("{}: {} is one number; its first axis is to count the samples", name, text_of(each));
        if (each.array.extents()[0] != arrays[0].array.extents()[0]) {
            user_error("{}: {} and {} have {} and {} samples; they are not of one set", name, text_of(arrays[0]),
                       text_of(each), arrays[0].array.extents()[0], each.array.extents()[0]);
        }
    }
    if (arrays[0].array.extents()[0] == 0) user_error("{}: {} has no samples", name, text_of(arrays[0]));
}

Field field_of(const std::string& name, const NamedArray& named) {
    Field field{named.name, {named.array.dtype(), named.array.axes()}};
    if (static_cast<int>(field.type.axes.size()) != named.array.rank())
        user_error("{}: the axes of {} have no kinds; with_axes({{batch(N), ...}}) says them", name, text_of(named));
    if (!(field.type.axes[0].kind == ir::kinds::batch()))
        user_error("{}: the first axis of {} is not the batch; with_axes({{batch(N), ...}}) says so", name,
                   text_of(named));
    field.type.axes[0].extent = kOpen;
    return field;
}

/// The array with the axes and the dtype of a field.
Array converted(const std::string& name, const NamedArray& named, const Field& field) {
    std::vector<Axis> axes = field.type.axes;
    const std::span<const std::int64_t> extents = named.array.extents();
    bool fits = static_cast<int>(axes.size()) == named.array.rank();
    for (std::size_t i = 1; fits && i < axes.size(); ++i) fits = axes[i].extent == extents[i];
    if (!fits)
        user_error("{}: {} cannot be field {} of type {}", name, text_of(named), field.name, to_string(field.type));
    axes[0].extent = extents[0];
    if (named.array.dtype() == field.type.dtype) return named.array.with_axes(std::move(axes));
    Array result(field.type.dtype, std::move(axes));
    const Buffer& from = Internals::buffer(named.array);
    Buffer& to = Internals::buffer(result);
    for (std::int64_t i = 0; i < from.elements(); ++i) {
        const double value = element_of(from, i);
        set_element(to, i, value);
        const bool whole = !is_float(field.type.dtype);
        if (whole && element_of(to, i) != value) {
            user_error("{}: element {} of {} is {}, which is no {}", name, i, text_of(named), value,
                       name_of(field.type.dtype));
        }
    }
    return result;
}

}  // namespace

ArrayData::ArrayData(std::vector<NamedArray> arrays, std::string name) {
    check_counts(name, arrays);
    State state{.name = std::move(name), .count = arrays[0].array.extents()[0]};
    for (NamedArray& each : arrays) {
        state.fields.push_back(field_of(state.name, each));
        state.arrays.push_back(std::move(each.array));
    }
    state_ = std::make_shared<const State>(std::move(state));
}

ArrayData::ArrayData(std::vector<NamedArray> arrays, const std::vector<Field>& as, std::string name) {
    check_counts(name, arrays);
    if (arrays.size() != as.size())
        user_error("{}: {} arrays are given for {} fields; give one for each", name, arrays.size(), as.size());
    State state{.name = std::move(name), .count = arrays[0].array.extents()[0]};
    for (std::size_t i = 0; i < as.size(); ++i) {
        state.arrays.push_back(converted(state.name, arrays[i], as[i]));
        state.fields.push_back(as[i]);
        state.fields.back().type.axes[0].extent = kOpen;
    }
    state_ = std::make_shared<const State>(std::move(state));
}

std::string ArrayData::name() const {
    return state_->name;
}
std::int64_t ArrayData::count() const {
    return state_->count;
}
const std::vector<Field>& ArrayData::fields() const {
    return state_->fields;
}

void ArrayData::fill(const SampleRequest& request, const Rows& rows) const {
    for (std::size_t field = 0; field < state_->arrays.size(); ++field) {
        const Array& array = state_->arrays[field];
        const std::int64_t each = array.size() / state_->count;
        void* data = const_cast<void*>(Internals::buffer(array).data());
        with_elements(data, array.dtype(), [&]<typename T>(const T* elements) {
            for (std::int64_t row = request.begin; row < request.end; ++row) {
                std::copy_n(elements + request.samples.begin()[row] * each, each, rows.row<T>(field, row).begin());
            }
        });
    }
}

}  // namespace ricci
