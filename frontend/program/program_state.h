/// \file frontend/program/program_state.h
/// What stands behind a Program. Internal.
#pragma once

#include <memory>

#include "ir/core/graph.h"

namespace ricci::detail {

struct ModelState;

/// A graph of its own at stage model: only inputs, parameters and equations that its outputs need. Its address says
/// which program it is: what is compiled from one shares one learning rate and one optimizer state.
struct ProgramState {
    ir::Graph graph;
    std::shared_ptr<ModelState> model;  // whose parameters it shares; null: none
};

}  // namespace ricci::detail
