/// \file frontend/program/interpreter_executor.h
/// The interpreter as what runs a program. Internal.
#pragma once

#include <memory>

#include "frontend/program/executor.h"
#include "ir/core/graph.h"
#include "ricci/parameters.h"

namespace ricci::detail {

/// Runs the graph by ir::interpret. Values of f32 are rounded as they are stored.
std::unique_ptr<Executor> interpreter_executor(ir::Graph graph, Parameters parameters);

}  // namespace ricci::detail
