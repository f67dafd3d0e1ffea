/// \file runtime/file/zip.h
/// The members of a zip file, stored or deflated. Read as a hostile file.
/// Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", sections 4.3 to 4.5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ricci::runtime {

class ZipFile {
  public:
    struct Member {
        std::string name;
        std::int64_t offset;  // of its local header
        std::int64_t packed;  // bytes
        std::int64_t bytes;   // unpacked
        std::uint32_t crc;
        int method;  // 0 stored, 8 deflated
    };

    /// Reads the whole file and its directory.
    /// \throws UserError naming the file, the offset and the reason: no zip file, or a directory or a member outside of
    ///         the file. Also for members that are encrypted, above 4 GiB, or neither stored nor deflated.
    explicit ZipFile(const std::filesystem::path& path);

    const std::vector<Member>& members() const { return members_; }
    /// The unpacked bytes. Memory grows with what is found, not with what the directory claims.
    /// \throws UserError naming file and member: damaged data, another size or checksum than the directory says.
    std::vector<std::byte> read(const Member& member) const;

  private:
    template <typename... Args>
    [[noreturn]] void fail(std::int64_t offset, const char* format, Args&&... args) const;
    std::uint32_t number(std::int64_t offset, int bytes, const char* what) const;
    std::int64_t find_directory() const;
    std::vector<std::byte> inflated(const Member& member, std::int64_t data_at) const;

    std::filesystem::path path_;
    std::vector<std::byte> all_;
    std::vector<Member> members_;
};

}  // namespace ricci::runtime
