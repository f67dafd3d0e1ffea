/// \file runtime/data/class_names.h
/// Names of classes from a file of lines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ricci::runtime {

/// A name a line; empty lines at the end do not count. \throws UserError naming the file and both numbers, unless there
/// are `classes` of them.
std::vector<std::string> read_class_names(const std::filesystem::path& path, std::int64_t classes);

}  // namespace ricci::runtime
