/// \file runtime/file/private_folder.h
/// A folder of files that may be believed, because nobody but this user can have written them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/file/descriptor.h"

namespace ricci::runtime {

/// The folder and each file are opened once. What is believed was checked on what is open: owned by this user, not
/// writable by group or others. The folders above it need no check. Who can put another folder in its place cannot make
/// it this user's. Nothing is reached by a path from then on.
class PrivateFolder {
  public:
    struct Entry {
        std::string name;
        timespec used;  // when it was written or touched last
        std::int64_t bytes;
    };

    /// Nothing when there is no such folder. \throws UserError when it cannot be opened, belongs to another user, or
    /// may be written by others, with the remedy.
    static std::optional<PrivateFolder> open(const std::filesystem::path& path);
    /// The same; makes it, for this user alone, where there is none.
    static PrivateFolder make(const std::filesystem::path& path);

    /// The file of that name; nothing when there is none. Never waits and follows no link.
    /// \throws UserError when it is no regular file, is not this user's alone, or holds more than `most` bytes.
    std::optional<std::vector<std::byte>> read(const std::string& name, std::int64_t most) const;
    /// Puts a file of this user alone there, over whatever has that name. \throws UserError with the system's reason.
    void write(const std::string& name, const std::function<void(const Sink&)>& fill) const;
    /// Says that a file is used now.
    void touch(const std::string& name) const;
    /// The regular files in it; those that go meanwhile are left out.
    std::vector<Entry> entries() const;
    void remove(const std::string& name) const;

  private:
    PrivateFolder(std::filesystem::path path, Descriptor folder);

    std::filesystem::path path_;  // for messages
    Descriptor folder_;
};

}  // namespace ricci::runtime
