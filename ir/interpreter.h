/// \file ir/interpreter.h
/// Runs any graph at any stage by the plain loops of its equations, in f64: the oracle of all tests.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace ricci::ir {

/// Elements in row-major order of the type's axes, integers and bools as exact doubles.
struct Array {
    std::vector<std::int64_t> extents;
    std::vector<double> elements;
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
