/// \file frontend/program/plan_cache.h
/// Planned graphs kept on disk beside the machine code, so that a program that was compiled before goes through no pass.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codegen/jit/target.h"
#include "ir/core/graph.h"
#include "passes/pass.h"
#include "ricci/compile.h"

namespace ricci::detail {

struct Plan {
    ir::Graph graph;  // at stage planned, with the values in the order that the passes gave them
    std::string text;             // print() of it, with what passes predicted
    std::vector<Remark> remarks;  // of the passes
    std::string code;             // the key of its machine code
};

/// Names all that a plan depends on, in 64 hex digits:
/// - the graph of the program;
/// - the options of the passes with the machine, and the target;
/// - the versions of LLVM and of this build.
/// "" where this build cannot be told from another one.
std::string plan_key(const ir::Graph& program, const passes::Options& passes, const codegen::Target& target);

/// The plan that is kept under the key in ObjectCache::default_folder(). Nothing where there is none, or where it is no
/// plan: it is made again then. \param program  gives values their locations.
/// Cost: 10 ms for ResNet-18's step.
std::optional<Plan> kept_plan(const std::string& key, const ir::Graph& program);
/// What cannot be kept is made again: no error.
void keep_plan(const std::string& key, const Plan& plan);

}  // namespace ricci::detail
