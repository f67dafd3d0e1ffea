/// \file ir/interpret/interpreter.h
/// Runs any graph at any stage by the plain loops of its equations: the oracle of all tests. Integers are exact and wrap
/// to their type, as docs/language.md says. Floats are computed in f64, those of type f32 too: machine code differs from
/// that by its rounding, and where an f32 overflows or underflows.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ir/core/graph.h"

namespace ricci::ir {

/// Elements in row-major order of the type's axes.
struct Array {
    std::vector<std::int64_t> extents;
    std::vector<double> elements;  // integers and bools too, rounded
    /// Of integers and bools, exactly. What is given may leave it empty; then `elements` is converted.
    std::vector<std::int64_t> integers{};
};
using Arrays = std::map<std::string, Array>;  // by value name

struct InterpreterOptions {
    /// Round each element of an f32 value to float when it is stored.
    bool round_f32 = false;
};

/// Runs the graph: `given` holds every input, parameter and state by name. Returns the outputs by output name and the
/// updated parameters and states by value name. Cost: one scalar evaluation a point.
/// \throws UserError when something is missing or its extents do not fit.
Arrays interpret(const Graph& graph, const Arrays& given, const InterpreterOptions& options = {});

/// Like interpret, but also returns every temporary by its name.
Arrays interpret_all(const Graph& graph, const Arrays& given, const InterpreterOptions& options = {});

}  // namespace ricci::ir
