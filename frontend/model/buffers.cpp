// Reads and writes elements by their number, whatever their type.
#include "frontend/model/buffers.h"

#include <type_traits>

namespace ricci {

using runtime::Buffer;

runtime::BufferSpec spec_of(const ir::Value& value) {
    runtime::BufferSpec spec{
        .name = value.name, .dtype = value.type.dtype, .kinds = {}, .extents = value.type.extents()};
    for (const ir::Axis& axis : value.type.axes) spec.kinds.emplace_back(axis.kind.name());
    return spec;
}

double element_of(const Buffer& buffer, std::int64_t i) {
    void* data = const_cast<void*>(buffer.data());
    return with_elements(data, buffer.spec().dtype,
                         [&](const auto* elements) { return static_cast<double>(elements[i]); });
}

void set_element(Buffer& buffer, std::int64_t i, double value) {
    with_elements(buffer.data(), buffer.spec().dtype,
                  [&](auto* elements) { elements[i] = static_cast<std::remove_pointer_t<decltype(elements)>>(value); });
}

}  // namespace ricci
