// Reads a file in chunks; a file that begins with gzip's magic number is unpacked with zlib.
#include "runtime/file/byte_source.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "ir/base/error.h"
#include "runtime/file/descriptor.h"

namespace ricci::runtime {

struct ByteSource::State {
    std::filesystem::path path;
    int file = -1;
    std::array<unsigned char, 1 << 16> chunk{};
    std::size_t begin = 0;  // of what is left in the chunk
    std::size_t end = 0;
    std::int64_t file_offset = 0;  // of the chunk's end
    std::int64_t offset = 0;       // of the reader
    bool zipped = false;
    bool inside_member = false;  // of a gzip file, which is a row of members
    z_stream zlib{};

    explicit State(const std::filesystem::path& given) : path(given) {
        file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (file < 0) fail_at("open", path, errno);
    }
    ~State() {
        if (zipped) inflateEnd(&zlib);
        ::close(file);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    // Moves what is left to the front and reads more behind it; false at the end of the file.
    bool refill() {
        std::memmove(chunk.data(), chunk.data() + begin, end - begin);
        end -= begin;
        begin = 0;
        for (;;) {
            const ssize_t got = ::read(file, chunk.data() + end, chunk.size() - end);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) fail_at("read", path, errno);
            end += static_cast<std::size_t>(got);
            file_offset += got;
            return got > 0;
        }
    }

    bool at_gzip_magic() {
        while (end - begin < 2 && refill()) {
        }
        return end - begin >= 2 && chunk[begin] == 0x1F && chunk[begin + 1] == 0x8B;
    }

    std::int64_t packed_offset() const { return file_offset - static_cast<std::int64_t>(end - begin); }

    void start() {
        zipped = at_gzip_magic();
        constexpr int kGzipOnly = 16;
        if (zipped && inflateInit2(&zlib, MAX_WBITS + kGzipOnly) != Z_OK) {
            zipped = false;
            user_error("cannot read {}: zlib has no memory", path.string());
        }
        inside_member = zipped;
    }

    std::size_t read_plain(std::span<std::byte> out) {
        if (begin == end && !refill()) return 0;
        const std::size_t taken = std::min(out.size(), end - begin);
        std::memcpy(out.data(), chunk.data() + begin, taken);
        begin += taken;
        return taken;
    }

    std::size_t read_zipped(std::span<std::byte> out) {
        if (!inside_member) {
            if (begin == end && !refill()) return 0;
            if (!at_gzip_magic())
                user_error("{}: offset {}: bytes after the gzip data are not gzip data", path.string(),
                           packed_offset());
            inflateReset(&zlib);
            inside_member = true;
        }
        if (begin == end && !refill())
            user_error("{}: offset {}: the gzip data are cut short", path.string(), packed_offset());
        zlib.next_in = chunk.data() + begin;
        zlib.avail_in = static_cast<uInt>(end - begin);
        zlib.next_out = reinterpret_cast<Bytef*>(out.data());
        zlib.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size(), 1 << 30));
        const uInt room = zlib.avail_out;
        const int status = inflate(&zlib, Z_NO_FLUSH);
        begin = end - zlib.avail_in;
        if (status == Z_STREAM_END) {
            inside_member = false;
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            user_error("{}: offset {}: the gzip data are damaged ({})", path.string(), packed_offset(),
                       zlib.msg ? zlib.msg : "zlib gives no reason");
        }
        return room - zlib.avail_out;
    }

    bool ended() { return !inside_member && begin == end && !refill(); }
};

ByteSource::ByteSource(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {
    state_->start();
}
ByteSource::~ByteSource() = default;

std::size_t ByteSource::read(std::span<std::byte> out) {
    std::size_t filled = 0;
    while (filled < out.size() && !state_->ended()) {
        const auto rest = out.subspan(filled);
        filled += state_->zipped ? state_->read_zipped(rest) : state_->read_plain(rest);
    }
    state_->offset += static_cast<std::int64_t>(filled);
    return filled;
}

std::int64_t ByteSource::offset() const {
    return state_->offset;
}

}  // namespace ricci::runtime
