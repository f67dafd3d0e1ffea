// Atomic writes and checked reads over the POSIX calls, which say why they fail.
#include "runtime/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "ir/base/error.h"

namespace ricci::runtime {
namespace {

[[noreturn]] void fail(const char* what, const std::filesystem::path& path, int error) {
    user_error("cannot {} {}: {}", what, path.string(), std::strerror(error));
}

// An open descriptor, closed at the latest when it goes out of scope.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() { close_now(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int number() const { return number_; }
    // 0, or the error that the system kept back until now.
    int close_now() {
        const int number = std::exchange(number_, -1);
        return number >= 0 && ::close(number) != 0 ? errno : 0;
    }

  private:
    int number_;
};

void write_all(const Descriptor& file, std::span<const std::byte> bytes, const std::filesystem::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write", path, errno);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

// Removes the temporary file unless it has been renamed.
class Temporary {
  public:
    explicit Temporary(std::string path) : path_(std::move(path)) {}
    ~Temporary() {
        if (!path_.empty()) ::unlink(path_.c_str());
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    void keep() { path_.clear(); }

  private:
    std::string path_;
};

void write_directly(const std::filesystem::path& path, const std::function<void(const Sink&)>& fill) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.number() < 0) fail("open", path, errno);
    fill([&](std::span<const std::byte> bytes) { write_all(file, bytes, path); });
}

constexpr mode_t kPermissions = 07777;

mode_t mode_for(bool exists, const struct stat& status) {
    if (exists) return status.st_mode & kPermissions;
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return 0666 & ~mask;
}

// Where a file is to be written: symbolic links are followed.
struct Target {
    // \throws UserError for a folder or a file without the right to write.
    explicit Target(const std::filesystem::path& asked) : name(asked), path(asked) {
        std::error_code ignored;
        if (std::filesystem::is_symlink(asked, ignored)) path = std::filesystem::weakly_canonical(asked, ignored);
        if (path.empty()) path = asked;
        exists = ::stat(path.c_str(), &status) == 0;
        if (exists && S_ISDIR(status.st_mode)) fail("write", name, EISDIR);
        if (exists && ::access(path.c_str(), W_OK) != 0) fail("write", name, errno);
    }

    // A device or a pipe.
    bool is_special() const { return exists && !S_ISREG(status.st_mode); }
    // A new temporary file in the same folder, and its descriptor.
    std::pair<std::string, int> open_beside() const {
        std::string temporary = path.string() + ".XXXXXX";
        const int descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);
        if (descriptor < 0) fail("write", name, errno);
        return {temporary, descriptor};
    }

    std::filesystem::path name;  // as the caller gave it, for messages
    std::filesystem::path path;
    bool exists = false;
    struct stat status {};
};

}  // namespace

void write_file(const std::filesystem::path& path, const std::function<void(const Sink&)>& fill) {
    const Target target(path);
    if (target.is_special()) return write_directly(target.path, fill);
    auto [name, descriptor] = target.open_beside();
    Descriptor file(descriptor);
    Temporary temporary(name);
    fill([&](std::span<const std::byte> bytes) { write_all(file, bytes, path); });
    if (::fchmod(file.number(), mode_for(target.exists, target.status)) != 0) fail("write", path, errno);
    if (::fsync(file.number()) != 0) fail("write", path, errno);
    if (const int error = file.close_now(); error != 0) fail("write", path, error);
    if (::rename(name.c_str(), target.path.c_str()) != 0) fail("write", path, errno);
    temporary.keep();
}

void check_writable(const std::filesystem::path& path) {
    const Target target(path);
    if (target.is_special()) return;
    auto [name, descriptor] = target.open_beside();
    const Descriptor file(descriptor);
    const Temporary temporary(name);
}

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    write_file(path, [&](const Sink& sink) { sink(bytes); });
}

void write_file(const std::filesystem::path& path, std::string_view text) {
    write_file(path, std::as_bytes(std::span(text)));
}

std::vector<std::byte> read_file(const std::filesystem::path& path, std::int64_t most) {
    constexpr std::size_t kChunk = std::size_t{1} << 20;
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.number() < 0) fail("open", path, errno);
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) fail("read", path, errno);
    if (S_ISDIR(status.st_mode)) fail("read", path, EISDIR);
    std::vector<std::byte> bytes;
    std::size_t used = 0;
    for (;;) {
        if (used == bytes.size()) {
            // The stated size is a hint; one byte more tells the end of the file from a file that grows.
            const auto hint = used == 0 && status.st_size > 0 ? static_cast<std::size_t>(status.st_size) + 1 : kChunk;
            bytes.resize(used + std::min(hint, used + 64 * kChunk));
        }
        const ssize_t got = ::read(file.number(), bytes.data() + used, bytes.size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail("read", path, errno);
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
        if (used > static_cast<std::uint64_t>(most))
            user_error("{} is larger than {} bytes, the most that is read", path.string(), most);
    }
    bytes.resize(used);
    return bytes;
}

}  // namespace ricci::runtime
