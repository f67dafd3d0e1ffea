/// \file runtime/file/byte_source.h
/// The bytes of a file from front to back, unpacked if it is gzipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace ricci::runtime {

class ByteSource {
  public:
    /// \throws UserError naming the path and the system's reason.
    explicit ByteSource(const std::filesystem::path& path);
    ~ByteSource();

    /// Fills as much of `out` as there is, and returns how much that was: less only at the end.
    /// \throws UserError naming the file and the offset in it, if gzip data are damaged or cut short. Also if what
    ///         follows them is not gzip data.
    std::size_t read(std::span<std::byte> out);
    /// Unpacked bytes read so far.
    std::int64_t offset() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ricci::runtime
