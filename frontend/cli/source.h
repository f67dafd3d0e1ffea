/// \file frontend/cli/source.h
/// Where `opt` and `run` get a program from.
#pragma once

#include <string>

#include "frontend/cli/options.h"
#include "ir/core/graph.h"
#include "passes/pass.h"

namespace ricci::cli {

/// What the command line says about a program and the passes over it.
struct Source {
    std::string name;  // a file, "-" for standard input, or "model:lenet5"
    std::string dtype = "f32";
    bool forward = false;
    passes::Options passes;

    /// Declares the word and the options that say all this.
    void declare(Options& options, bool required);
    /// The program, verified. A named model comes with its training. \throws UserError naming the file and the line, or
    /// the model; for a graph that breaks a rule of its stage, with the rule.
    ir::Graph load() const;
};

/// --layout.
void declare_layout(Options& options, passes::Options& passes);
/// --layout, --conv, --no-winograd, --gemm, --precision, --tile, --no-fuse.
void declare_passes(Options& options, passes::Options& passes);
/// --memory.
void declare_memory(Options& options, passes::Options& passes);
/// --target, an LLVM CPU name.
void declare_target(Options& options, std::string& target);
/// --no-cache, beside the RICCI_CACHE of the environment.
void declare_cache(Options& options, bool& cache);
/// --search, a file of measured register tiles.
void declare_search(Options& options, std::string& file);

}  // namespace ricci::cli
