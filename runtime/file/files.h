/// \file runtime/file/files.h
/// Whole files in and out: writes that are all or nothing, reads that never trust a size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/file/descriptor.h"

namespace ricci::runtime {

/// Writes a file through a temporary one beside it, which is synced and then renamed over it. Readers see the old file
/// or the new one, never half of one. A symbolic link is followed where it leads to a file; one that leads nowhere is
/// replaced. The mode of an existing file is kept; a device or a pipe is written directly.
/// \throws UserError naming the path and the system's reason; the temporary file is then gone.
void write_file(const std::filesystem::path& path, const std::function<void(const Sink&)>& fill);
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file(const std::filesystem::path& path, std::string_view text);

/// Finds out early what write_file would refuse: a folder that is missing, rights that are. Leaves the file as it is.
/// \throws UserError as write_file does.
void check_writable(const std::filesystem::path& path);

/// Whether anything is there. \throws UserError with the system's reason when that cannot be told: a loop of symbolic
/// links, a folder that may not be searched.
bool is_there(const std::filesystem::path& path);

/// The whole file. Memory grows with what is read, not with what a size claims.
/// \throws UserError naming the path and the reason, or if the file passes `most` bytes.
std::vector<std::byte> read_file(const std::filesystem::path& path, std::int64_t most = INT64_MAX);
/// The same of a file that is replaced later; nothing when there is none. Never waits.
/// \throws UserError also for a device, a FIFO or a socket.
std::optional<std::vector<std::byte>> read_regular_file(const std::filesystem::path& path, std::int64_t most);

}  // namespace ricci::runtime
