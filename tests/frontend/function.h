/// \file tests/frontend/function.h
/// Functions as users compile them, with the methods that this run of the tests forces; and what stands behind handles.
#pragma once

#include <source_location>

#include "frontend/model/buffers.h"
#include "frontend/program/internals.h"
#include "tests/forced.h"

namespace ricci::test {

using detail::graph_of;

inline Function compile_forced(const Program& program, const CompileOptions& options = {},
                               std::source_location where = std::source_location::current()) {
    return detail::compile_with(forced(detail::passes_of(options)), program, options, {}, where);
}
inline Function compile_forced(const Tensor& output, const CompileOptions& options = {},
                               std::source_location where = std::source_location::current()) {
    return compile_forced(forward({output}, where), options, where);
}

inline const ir::Graph& graph_of(const Model& model) {
    return detail::Internals::graph(model);
}
inline ir::ValueId id_of(const Tensor& tensor) {
    return detail::Internals::id(tensor);
}
/// "y: f32[batch 3]".
inline std::string describe(const Array& array) {
    return detail::Internals::buffer(array).spec().describe();
}

}  // namespace ricci::test
