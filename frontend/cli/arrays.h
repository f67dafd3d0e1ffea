/// \file frontend/cli/arrays.h
/// What `ricci run` puts into a program and gets out of it: arrays from files, drawn ones, summaries.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ricci/parameters.h"
#include "ir/core/graph.h"
#include "runtime/base/buffer.h"

namespace ricci::cli {

using FilesByName = std::map<std::string, std::string>;

/// Splits "x=file.npy" arguments. \throws UserError naming the option for one without '=', and a name given twice.
FilesByName files_by_name(const std::string& option, const std::vector<std::string>& arguments);

/// The parameters and states of the graph. Each is from its own file where there is one, else from the file of weights
/// where that is named. The others are drawn from the seed, as the model says.
/// \throws UserError naming file and value when type or shape differ.
Parameters make_parameters(const ir::Graph& graph, const FilesByName& files, const std::string& weights,
                           std::uint64_t seed);

/// An array for each input of the graph, in their order. It comes from a file, or is drawn from the seed and its name.
/// Drawn floats are from 0 to 1. Drawn integers are below the extent of the graph's class axis, or below 10 where it
/// has none. The batch of drawn ones is that of the files, or `batch`. \throws UserError for a file that is damaged, or
/// whose dtype or rank differs.
std::vector<runtime::Buffer> make_inputs(const ir::Graph& graph, const FilesByName& files, std::uint64_t seed,
                                         std::int64_t batch);

/// "loss: f32[] = 2.3026", "logits: f32[batch 8, class 10] from -0.31 to 0.27, mean 0.004".
std::string summarize(const runtime::Buffer& buffer);

/// The type, then the elements as matrices of the last two axes, a row a line. Of a long axis the first positions stand, then
/// "...". Ends in a line end.
std::string matrices(const runtime::Buffer& buffer);

}  // namespace ricci::cli
