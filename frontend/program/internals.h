/// \file frontend/program/internals.h
/// What the command line and the tests need of programs and functions, and users do not get. Internal.
#pragma once

#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>

#include "frontend/model/internals.h"
#include "ir/core/graph.h"
#include "passes/pipeline.h"
#include "ricci/compile.h"
#include "runtime/execute/executable.h"

namespace ricci::detail {

/// A program of a graph at any stage, with parameters of its own.
Program program_of(ir::Graph graph);
const ir::Graph& graph_of(const Program& program);

/// The passes' options that these say, for their target.
passes::Options passes_of(const CompileOptions& options);
/// compile() with these options of the passes instead of those that `options` says.
Function compile_with(const passes::Options& passes, const Program& program, const CompileOptions& options = {},
                      const passes::Observer& observer = {},
                      std::source_location where = std::source_location::current());

/// Inputs by name, or by place where the name is empty.
Results run(const Function& function, std::span<const runtime::Binding> inputs);
/// After the passes: what runs.
const ir::Graph& graph_of(const Function& function);
/// The machine code itself, before the first call that of large batches, then that of the last call; null with the
/// interpreter.
runtime::Executable* executable_of(const Function& function);

/// What the optimizer asks the compiler for, of the model that has this loss.
ir::Training training_of(const Optimizer& optimizer, ir::ValueId loss);

/// What its program was asked to train by, null for one that was not.
const ir::Training* training_of(const Function& function);

/// Its program, before the passes.
const ir::Graph& asked_graph_of(const Function& function);
/// The word of what its products compute with.
std::string_view precision_of(const Function& function);

/// The learning rate of a training step now: as its optimizer was given it, where it is that still.
double learning_rate_of(const Function& step);

/// What the cost models are told of the machine. It is the table's row for a target, with the caches of this processor,
/// or the machine that is given. The target is named as in CompileOptions::target. \throws UserError when its vectors
/// are not those of the target.
passes::Machine machine_of(const std::string& target, const std::optional<passes::Machine>& given = std::nullopt);

}  // namespace ricci::detail
