// Atomic writes and checked reads.
#include "runtime/file/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "ir/base/error.h"

namespace ricci::runtime {
namespace {

// Where a file is to be written. The system looks the name up once, by its own rules for links in folders that others
// may write. What is there is the file that this look-up found.
struct Target {
    // \throws UserError for a folder, a file without the right to write, or a name that leads nowhere in particular.
    explicit Target(const std::filesystem::path& asked) : name(asked), path(asked) {
        const Descriptor found(::open(asked.c_str(), O_PATH | O_CLOEXEC));
        if (!found.is_open() && errno != ENOENT) fail_at("write", name, errno);
        if (!found.is_open()) return;  // new, or a link that leads nowhere and is replaced
        const struct stat status = found.status(name);
        if (S_ISDIR(status.st_mode)) fail_at("write", name, EISDIR);
        special = !S_ISREG(status.st_mode);
        mode = status.st_mode & kPermissions;
        std::error_code failed;
        // The name of a pipe behind a link, as of /dev/stdout, is that of the link.
        if (!special && std::filesystem::is_symlink(asked, failed)) {
            const std::string open_file = fmt::format("/proc/self/fd/{}", found.number());
            path = std::filesystem::read_symlink(open_file, failed);
            if (failed) path = std::filesystem::canonical(asked, failed);
            if (failed) fail_at("write", name, failed.value());
        }
        if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) fail_at("write", name, errno);
    }

    static constexpr mode_t kPermissions = 07777;
    std::filesystem::path name;  // as the caller gave it, for messages
    std::filesystem::path path;
    bool special = false;        // a device or a pipe
    std::optional<mode_t> mode;  // of the file that is there
};

}  // namespace

void write_file(const std::filesystem::path& path, const std::function<void(const Sink&)>& fill) {
    const Target target(path);
    if (target.special) {
        const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
        if (!file.is_open()) fail_at("open", path, errno);
        // What has become a regular file meanwhile is replaced as one.
        if (!S_ISREG(file.status(path).st_mode)) {
            return fill([&](std::span<const std::byte> bytes) { file.write(bytes, path); });
        }
    }
    replace_at(AT_FDCWD, target.path.string(), target.mode, path, fill);
}

void check_writable(const std::filesystem::path& path) {
    const Target target(path);
    if (!target.special) check_replaceable_at(AT_FDCWD, target.path.string(), path);
}

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    write_file(path, [&](const Sink& sink) { sink(bytes); });
}

void write_file(const std::filesystem::path& path, std::string_view text) {
    write_file(path, std::as_bytes(std::span(text)));
}

bool is_there(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) return true;
    if (errno != ENOENT && errno != ENOTDIR) fail_at("open", path, errno);
    return false;
}

std::vector<std::byte> read_file(const std::filesystem::path& path, std::int64_t most) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file.is_open()) fail_at("open", path, errno);
    return file.read(most, path);
}

std::optional<std::vector<std::byte>> read_regular_file(const std::filesystem::path& path, std::int64_t most) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!file.is_open() && errno == ENOENT) return std::nullopt;
    if (!file.is_open()) fail_at("open", path, errno);
    const mode_t mode = file.status(path).st_mode;
    if (S_ISDIR(mode)) fail_at("read", path, EISDIR);
    if (!S_ISREG(mode)) user_error("{} is {}; it is to be a regular file", path.string(), kind_of(mode));
    return file.read(most, path);
}

}  // namespace ricci::runtime
