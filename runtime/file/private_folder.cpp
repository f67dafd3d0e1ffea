// Every call goes through the folder's descriptor.
#include "runtime/file/private_folder.h"

#include <dirent.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "ir/base/error.h"

namespace ricci::runtime {
namespace {

constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;
constexpr mode_t kPermissions = 07777;

void require_private(const struct stat& status, const std::filesystem::path& path) {
    if (status.st_uid != ::geteuid()) user_error("{} belongs to another user", path.string());
    if ((status.st_mode & kOthersWrite) != 0) {
        user_error("{} may be written by others (mode {:o}; chmod go-w makes it private)", path.string(),
                   status.st_mode & kPermissions);
    }
}

}  // namespace

PrivateFolder::PrivateFolder(std::filesystem::path path, Descriptor folder)
    : path_(std::move(path)), folder_(std::move(folder)) {
    require_private(folder_.status(path_), path_);
}

std::optional<PrivateFolder> PrivateFolder::open(const std::filesystem::path& path) {
    Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open() && errno == ENOENT) return std::nullopt;
    if (!folder.is_open()) fail_at("open", path, errno);
    return PrivateFolder(path, std::move(folder));
}

PrivateFolder PrivateFolder::make(const std::filesystem::path& path) {
    if (std::optional<PrivateFolder> there = open(path)) return std::move(*there);
    std::error_code failed;
    const std::filesystem::path whole = std::filesystem::absolute(path, failed).lexically_normal();
    const std::filesystem::path clean = whole.has_filename() ? whole : whole.parent_path();
    std::filesystem::create_directories(clean.parent_path(), failed);
    if (failed) fail_at("make", path, failed.value());
    if (::mkdir(clean.c_str(), S_IRWXU) != 0 && errno != EEXIST) fail_at("make", path, errno);
    std::optional<PrivateFolder> made = open(path);
    if (!made) fail_at("open", path, ENOENT);
    return std::move(*made);
}

std::optional<std::vector<std::byte>> PrivateFolder::read(const std::string& name, std::int64_t most) const {
    const std::filesystem::path path = path_ / name;
    const Descriptor file(
        ::openat(folder_.number(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!file.is_open() && errno == ENOENT) return std::nullopt;
    if (!file.is_open()) {
        const int error = errno;
        // Some things cannot be opened so; what they are says more than the system does.
        struct stat status {};
        const bool known = ::fstatat(folder_.number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
        if (known && !S_ISREG(status.st_mode)) {
            user_error("{} is {} instead of a regular file", path.string(), kind_of(status.st_mode));
        }
        fail_at("open", path, error);
    }
    const struct stat status = file.status(path);
    if (!S_ISREG(status.st_mode)) {
        user_error("{} is {} instead of a regular file", path.string(), kind_of(status.st_mode));
    }
    require_private(status, path);
    if (status.st_size > most) user_error("{} is larger than {} bytes, the most that is read", path.string(), most);
    return file.read(most, path);
}

void PrivateFolder::write(const std::string& name, const std::function<void(const Sink&)>& fill) const {
    replace_at(folder_.number(), name, S_IRUSR | S_IWUSR, path_ / name, fill);
}

void PrivateFolder::touch(const std::string& name) const {
    ::utimensat(folder_.number(), name.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

std::vector<PrivateFolder::Entry> PrivateFolder::entries() const {
    std::vector<Entry> all;
    const int own = ::openat(folder_.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own < 0) return all;
    const std::unique_ptr<DIR, decltype([](DIR* at) { ::closedir(at); })> list(::fdopendir(own));
    if (!list) {
        ::close(own);
        return all;
    }
    while (const dirent* at = ::readdir(list.get())) {
        struct stat status {};
        if (::fstatat(folder_.number(), at->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (S_ISREG(status.st_mode)) all.push_back({at->d_name, status.st_mtim, status.st_size});
    }
    return all;
}

void PrivateFolder::remove(const std::string& name) const {
    ::unlinkat(folder_.number(), name.c_str(), 0);
}

}  // namespace ricci::runtime
