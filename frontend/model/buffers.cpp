// Reads and writes elements by their number, whatever their type.
#include "frontend/model/buffers.h"

#include <fmt/format.h>

#include <cmath>
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

std::string element_text(const Buffer& buffer, std::int64_t i, int digits) {
    const double value = element_of(buffer, i);
    if (is_float(buffer.spec().dtype) && std::isnan(value)) return "nan";  // whatever its sign says
    if (is_float(buffer.spec().dtype) && digits > 0) return fmt::format("{:.{}g}", value, digits);
    return with_elements(const_cast<void*>(buffer.data()), buffer.spec().dtype,
                         [&](const auto* elements) { return fmt::format("{}", elements[i]); });
}

}  // namespace ricci
