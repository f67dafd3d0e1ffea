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

/// compile() for this processor with a second-level cache of 1 MiB, which holds batch tiles of LeNet-5. Some processors have
/// less, and then run it without tiles.
inline Function compile_with_room_for_tiles(const Program& program, const CompileOptions& options = {}) {
    passes::Options passes = detail::passes_of(options);
    passes.machine.l2_bytes = std::int64_t{1} << 20;
    passes.measured = passes.machine;
    return detail::compile_with(passes, program, options);
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
