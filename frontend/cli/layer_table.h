/// \file frontend/cli/layer_table.h
/// What each layer of a model costs by its equations: parameters, operations and bytes, forward and in training.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/core/graph.h"

namespace ricci::cli {

/// A number that grows with the batch N: constant + linear * N + square * N * N.
struct OfBatch {
    double constant = 0;
    double linear = 0;
    double square = 0;

    double at(double batch) const { return constant + linear * batch + square * batch * batch; }
    /// "30 + 1,200 N".
    std::string text() const;
    OfBatch& operator+=(const OfBatch& other);
};

struct Layer {
    std::string name;             // "conv1": what stands before the first dot in the names of its values
    std::string op = {};          // of its first equation that has one; "" of a group of layers
    std::string output = {};      // the type of its last value
    std::int64_t parameters = 0;  // elements that it is the first to read
    OfBatch flop = {};            // forward
    OfBatch bytes = {};
    OfBatch training_flop = {};  // forward, gradients and update
    OfBatch training_bytes = {};
};

struct LayerTable {
    std::vector<Layer> layers;  // in the order of the equations; what belongs to none comes last
    bool trains = false;

    Layer total() const;
};

/// \param model     the equations, without gradients, at stage model
/// \param training  the same with its training or its gradients; nullptr: none
LayerTable layers_of(const ir::Graph& model, const ir::Graph* training);

}  // namespace ricci::cli
