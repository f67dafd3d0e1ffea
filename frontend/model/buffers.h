/// \file frontend/model/buffers.h
/// Elements of the runtime's buffers as numbers, and the buffer that a value of a graph needs. Internal.
#pragma once

#include <cstdint>
#include <string>

#include "ir/core/graph.h"
#include "runtime/base/buffer.h"

namespace ricci {

/// The runtime's description of a value: dtype, kinds and extents.
runtime::BufferSpec spec_of(const ir::Value& value);
/// Element `i` as a double, and back; integers and bools are exact up to 2^53.
double element_of(const runtime::Buffer& buffer, std::int64_t i);
void set_element(runtime::Buffer& buffer, std::int64_t i, double value);
/// "7", "true", "0.25", "nan": a float to so many digits, or with 0 to as many as say which it is.
std::string element_text(const runtime::Buffer& buffer, std::int64_t i, int digits = 0);

/// Calls visit(pointer to the first element) with the element type of `dtype`.
template <typename Visit>
auto with_elements(void* data, DType dtype, Visit&& visit) {
    switch (dtype) {
        case DType::f32:
            return visit(static_cast<float*>(data));
        case DType::f64:
            return visit(static_cast<double*>(data));
        case DType::i32:
            return visit(static_cast<std::int32_t*>(data));
        case DType::i64:
            return visit(static_cast<std::int64_t*>(data));
        case DType::bf16:
            return visit(static_cast<Bf16*>(data));
        case DType::boolean:
            break;
    }
    return visit(static_cast<bool*>(data));
}

}  // namespace ricci
