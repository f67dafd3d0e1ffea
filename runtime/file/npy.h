/// \file runtime/file/npy.h
/// NumPy's .npy files: one array each. Reads version 1 and 2 as a hostile file, writes version 1.
/// Source: numpy.lib.format; https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "runtime/base/buffer.h"

namespace ricci::runtime {

/// An array of '<f4', '<f8', '<i4', '<i8', '|b1' or '|u1' (read as i32), in C order or turned into it from Fortran's.
/// The spec's name is the file's stem and it has no kinds. No memory is taken for data that the file does not hold.
/// \throws UserError naming the file, the offset and the reason: no such file, no .npy file, another version, dtype or
///         byte order. Also for a header or data that are cut short, bytes after the data, and a bool of neither 0 nor 1.
Buffer read_npy(const std::filesystem::path& path);

struct NpyArray {
    Buffer buffer;
    bool of_bytes;  // '|u1' in the file
};
NpyArray read_npy_array(const std::filesystem::path& path);
/// The same of a file in memory. \param shown  its name in messages
NpyArray parse_npy(std::span<const std::byte> file, const std::filesystem::path& shown);

/// Writes all or nothing. NumPy has no bf16: such elements are written as '<f4'. \throws UserError naming the path and the system's reason.
void write_npy(const std::filesystem::path& path, const Buffer& buffer);

}  // namespace ricci::runtime
