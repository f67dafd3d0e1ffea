/// \file runtime/file/safetensors.h
/// Named tensors in one file, the safetensors format: how weights are saved. Read as a hostile file.
/// Source: https://github.com/huggingface/safetensors, "Format".
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/buffer.h"

namespace ricci::runtime {

struct Safetensors {
    std::vector<Buffer> tensors;                  // named by their spec, in the order of their data; no kinds
    std::map<std::string, std::string> metadata;  // "__metadata__"

    /// \throws UserError naming the tensors there are.
    const Buffer& at(const std::string& name) const;
};

/// Writes the tensors in the order given, all or nothing.
/// \throws UserError naming the path and the system's reason, or if two tensors have one name.
void write_safetensors(const std::filesystem::path& path, std::span<const Buffer* const> tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// \throws UserError naming the file, the offset or the tensor, and the reason. A header is cut short, too long (100 MB)
///         or no JSON of the format. A dtype is none of F32, F64, I32, I64, BOOL, BF16. Data overlap, leave a hole, do not
///         fit their shape or do not end with the file.
Safetensors read_safetensors(const std::filesystem::path& path);

}  // namespace ricci::runtime
