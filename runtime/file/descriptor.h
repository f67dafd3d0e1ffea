/// \file runtime/file/descriptor.h
/// An open file. What is found out about it, and done with it, is about one and the same file, whatever its name leads
/// to by then.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ricci::runtime {

/// Where the bytes of a file in the making go.
using Sink = std::function<void(std::span<const std::byte>)>;

/// The system's words for an errno: "No space left on device".
std::string reason_of(int error);
/// \throws UserError "cannot WHAT PATH: REASON".
[[noreturn]] void fail_at(const char* what, const std::filesystem::path& path, int error);

/// A descriptor, closed at the latest when it goes out of scope.
class Descriptor {
  public:
    explicit Descriptor(int number = -1) : number_(number) {}
    ~Descriptor() { close_now(); }
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;

    int number() const { return number_; }
    bool is_open() const { return number_ >= 0; }
    /// What the system knows of the file. \throws UserError naming `path`.
    struct stat status(const std::filesystem::path& path) const;
    /// All of it, in pieces. A limit on the size of files and a closed pipe are errors here, not signals.
    /// \throws UserError naming `path` and the reason.
    void write(std::span<const std::byte> bytes, const std::filesystem::path& path) const;
    /// What is left of it. Memory grows with what is read, not with what a size claims.
    /// \throws UserError naming `path` and the reason, or if there are more than `most` bytes.
    std::vector<std::byte> read(std::int64_t most, const std::filesystem::path& path) const;
    /// The next `wanted` bytes of it; fewer only at its end. \throws UserError naming `path` and the reason.
    std::vector<std::byte> read_some(std::int64_t wanted, const std::filesystem::path& path) const;
    /// 0, or the error that the system kept back until now.
    int close_now();

  private:
    int number_;
};

/// "a symbolic link", "a folder", "a FIFO", ...: what stands at a place where a regular file is wanted.
const char* kind_of(mode_t mode);

/// Puts a file under a name of an open folder (AT_FDCWD: of the working folder). A new temporary file beside it is
/// filled, synced, and renamed over whatever stands there. What stands there is never written through.
/// \param mode  of the file; nothing: what the process gives new files.
/// \param shown  its name in messages. \throws UserError with the system's reason; the temporary file is then gone.
void replace_at(int folder, const std::string& name, std::optional<mode_t> mode, const std::filesystem::path& shown,
                const std::function<void(const Sink&)>& fill);
/// Makes such a temporary file and takes it away. \throws UserError as replace_at does.
void check_replaceable_at(int folder, const std::string& name, const std::filesystem::path& shown);

}  // namespace ricci::runtime
