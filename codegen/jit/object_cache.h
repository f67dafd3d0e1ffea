/// \file codegen/jit/object_cache.h
/// Machine code kept on disk between runs, under a key that names all it was made from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ricci::runtime {
class PrivateFolder;
}

namespace ricci::codegen {

/// A folder with one file a key. Several processes may use it at once: an entry appears whole or not at all. What is
/// wrong with an entry or the folder is no error, since everything in it can be made again; remark() tells. The bytes
/// are to be run: they are believed only where this user alone can have written folder and entry.
class ObjectCache {
  public:
    /// \param most_bytes  of all entries; the ones not used for longest are removed beyond it.
    explicit ObjectCache(std::filesystem::path folder, std::int64_t most_bytes = std::int64_t{256} << 20);

    /// $RICCI_CACHE; without it ricci in $XDG_CACHE_HOME, or in ~/.cache. Empty, for no cache, when RICCI_CACHE is
    /// "off" or "", or when there is no home.
    static std::filesystem::path default_folder();

    /// The bytes of an entry. Never waits. \param key  64 hex digits.
    /// Nothing when
    /// - there is none, or it is no regular file;
    /// - it is damaged, or of another key;
    /// - others own it or its folder, or may write to either.
    std::optional<std::string> load(const std::string& key);
    /// Puts an entry in the place of what is there; a link there is replaced, not followed.
    void store(const std::string& key, std::string_view bytes);

    /// Why the last call could not do what it was asked to, or "".
    const std::string& remark() const { return remark_; }

  private:
    void evict(const runtime::PrivateFolder& folder) const;

    std::filesystem::path folder_;
    std::int64_t most_bytes_;
    std::string remark_;
};

}  // namespace ricci::codegen
