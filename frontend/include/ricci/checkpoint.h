/// \file ricci/checkpoint.h
/// Files that a training goes on from: weights, states, and how far it has come.
#pragma once

#include <cstdint>
#include <filesystem>

namespace ricci {

/// Each checkpoint is one safetensors file, step-000001234.safetensors. Its tensors are parameters and states; what else
/// a training needs to go on is in its header. It is written beside its name and renamed, so it is whole or not there.
struct CheckpointOptions {
    std::filesystem::path folder{};  // "": none are written; it is made where it is not there
    std::int64_t every = 0;          // batches from one to the next; 0: one at the end of each epoch
    std::int64_t keep = 3;           // files; older ones are removed
};

/// The newest checkpoint of a folder; a file is its own.
/// \throws UserError when there is none.
std::filesystem::path newest_checkpoint(const std::filesystem::path& folder);

}  // namespace ricci
