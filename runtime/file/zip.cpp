// Finds the directory at the end of a zip file, and unpacks members with zlib.
#include "runtime/file/zip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <span>

#include "ir/base/error.h"
#include "runtime/file/files.h"

namespace ricci::runtime {
namespace {

constexpr std::uint32_t kEndMagic = 0x06054b50;
constexpr std::uint32_t kEntryMagic = 0x02014b50;
constexpr std::uint32_t kLocalMagic = 0x04034b50;
constexpr std::int64_t kEndBytes = 22;
constexpr std::int64_t kEntryBytes = 46;
constexpr std::int64_t kLocalBytes = 30;
constexpr std::int64_t kMostComment = 65535;                // bytes behind the end record
constexpr std::uint32_t kElsewhere = 0xFFFFFFFF;            // the number is in a zip64 field
constexpr std::int64_t kMostBytes = std::int64_t{1} << 36;  // bytes of a file: it is read into memory

}  // namespace

template <typename... Args>
void ZipFile::fail(std::int64_t offset, const char* format, Args&&... args) const {
    user_error("{}: offset {}: {}", path_.string(), offset, fmt::format(fmt::runtime(format), args...));
}

std::uint32_t ZipFile::number(std::int64_t offset, int bytes, const char* what) const {
    if (offset < 0 || offset + bytes > std::ssize(all_))
        fail(offset, "the {} lies outside of the file, which has {} bytes", what, all_.size());
    std::uint32_t value = 0;
    for (int i = bytes; i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(all_.begin()[offset + i]);
    return value;
}

std::int64_t ZipFile::find_directory() const {
    const std::int64_t last = std::ssize(all_) - kEndBytes;
    for (std::int64_t at = last; at >= std::max<std::int64_t>(0, last - kMostComment); --at) {
        if (number(at, 4, "end record") == kEndMagic) return at;
    }
    fail(0, "this is not a whole zip file: it has no end record; save or copy it again");
}

ZipFile::ZipFile(const std::filesystem::path& path) : path_(path), all_(read_file(path, kMostBytes)) {
    const std::int64_t end = find_directory();
    const std::uint32_t count = number(end + 10, 2, "number of members");
    std::int64_t at = number(end + 16, 4, "place of the directory");
    if (at == kElsewhere) fail(end, "zip64 files are not read; keep the archive below 4 GiB");
    for (std::uint32_t i = 0; i < count; ++i) {
        if (number(at, 4, "directory") != kEntryMagic)
            fail(at, "entry {} of {} of the directory is no entry", i, count);
        const std::int64_t name = number(at + 28, 2, "length of a name");
        number(at + kEntryBytes + name - 1, 1, "name of a member");
        Member member{.name = std::string(reinterpret_cast<const char*>(all_.data() + at + kEntryBytes),
                                          static_cast<std::size_t>(name)),
                      .offset = number(at + 42, 4, "place of a member"),
                      .packed = number(at + 20, 4, "size of a member"),
                      .bytes = number(at + 24, 4, "size of a member"),
                      .crc = number(at + 16, 4, "checksum of a member"),
                      .method = static_cast<int>(number(at + 10, 2, "method of a member"))};
        if ((number(at + 8, 2, "flags of a member") & 1) != 0) fail(at, "member {} is encrypted", member.name);
        if (member.method != 0 && member.method != 8)
            fail(at, "member {} is packed by method {}; 0 (stored) and 8 (deflated) are read", member.name,
                 member.method);
        if (member.packed == kElsewhere || member.bytes == kElsewhere || member.offset == kElsewhere)
            fail(at, "member {} is a zip64 one; keep it below 4 GiB", member.name);
        at += kEntryBytes + name + number(at + 30, 2, "length of a field") + number(at + 32, 2, "length of a comment");
        members_.push_back(std::move(member));
    }
}

std::vector<std::byte> ZipFile::read(const Member& member) const {
    const std::int64_t at = member.offset;
    if (number(at, 4, "member") != kLocalMagic)
        fail(at, "member {} does not begin here, as the directory says", member.name);
    const std::int64_t data_at =
        at + kLocalBytes + number(at + 26, 2, "length of a name") + number(at + 28, 2, "length of a field");
    if (data_at + member.packed > std::ssize(all_))
        fail(data_at, "member {} has {} bytes, but {} are left", member.name, member.packed,
             std::max<std::int64_t>(0, std::ssize(all_) - data_at));
    std::vector<std::byte> bytes;
    if (member.method == 8) {
        bytes = inflated(member, data_at);
    } else {
        bytes.assign(all_.begin() + data_at, all_.begin() + data_at + member.packed);
    }
    if (std::ssize(bytes) != member.bytes)
        fail(at, "member {} holds {} bytes, but the directory says {}", member.name, bytes.size(), member.bytes);
    const auto crc = static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
    if (crc != member.crc)
        fail(at, "member {} has checksum {:08x}, but the directory says {:08x}", member.name, crc, member.crc);
    return bytes;
}

std::vector<std::byte> ZipFile::inflated(const Member& member, std::int64_t data_at) const {
    constexpr std::size_t kChunk = 1 << 20;
    z_stream zlib{};
    if (inflateInit2(&zlib, -MAX_WBITS) != Z_OK) user_error("cannot read {}: zlib has no memory", path_.string());
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(all_.data() + data_at));
    zlib.avail_in = static_cast<uInt>(member.packed);
    std::vector<std::byte> bytes;
    int status = Z_OK;
    // One byte more than stated is enough to know better.
    while (status == Z_OK && std::ssize(bytes) <= member.bytes) {
        const std::size_t used = bytes.size();
        bytes.resize(used + std::min(kChunk, static_cast<std::size_t>(member.bytes) + 1 - used));
        zlib.next_out = reinterpret_cast<Bytef*>(bytes.data() + used);
        zlib.avail_out = static_cast<uInt>(bytes.size() - used);
        status = inflate(&zlib, Z_NO_FLUSH);
        bytes.resize(bytes.size() - zlib.avail_out);
        if (status == Z_BUF_ERROR || (status == Z_OK && zlib.avail_in == 0 && zlib.avail_out > 0)) break;
    }
    const std::string reason = zlib.msg != nullptr ? zlib.msg : "they end too early";
    inflateEnd(&zlib);
    if (status != Z_STREAM_END && std::ssize(bytes) <= member.bytes)
        fail(data_at, "the data of member {} are damaged ({})", member.name, reason);
    return bytes;
}

}  // namespace ricci::runtime
