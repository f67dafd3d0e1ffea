/// \file frontend/cli/bench/choice_subjects.h
/// What `ricci bench choices` times: parts of programs with one choice in them, each as a program of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "frontend/program/internals.h"
#include "passes/pass.h"

namespace ricci::cli {

/// Something with a choice in it.
struct ChoiceSubject {
    std::string kind;  // "convolution", "product", "tile", "fusion"
    std::string name;
    Program program;
    std::int64_t batch = 1;  // samples of a call
    int count = 1;           // so many parts of the program are alike but for names
    bool laid_out = false;   // the axes stand in the order that the whole program gave them
};

/// The convolutions of `bench conv`, and dense layers of well-known networks with their gradients.
std::vector<ChoiceSubject> usual_subjects();

/// Of a program:
///
///  - each convolution and each product of matrices, alone, with its axes in the order that choose-layout gave them;
///  - each region that runs in a batch tile, or could (passes/tiles/tile_plan.h), for the choice of the tile;
///  - equations between products that read each other, for the choice of fusion, and each region of a tile;
///  - all of it, for both.
///
/// Parts that are alike but for names are one subject. \param batch  samples of an open batch.
/// \throws UserError for a graph behind stage step, where the choices are made.
std::vector<ChoiceSubject> subjects_of(const ir::Graph& graph, std::int64_t batch, const passes::Options& options);

}  // namespace ricci::cli
