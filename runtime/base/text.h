/// \file runtime/base/text.h
/// Text of files and names, read the same under every locale.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ricci::runtime {

/// The lines, without their ends, which may be those of other systems. What follows the last end is a line unless empty.
std::vector<std::string> lines_of(std::string_view text);

/// The whole numbers of a line, with spaces or tabs between them; none where a word is no such number.
std::vector<std::int64_t> whole_numbers(std::string_view line);

/// Capital letters of ASCII as small ones.
std::string lower(std::string_view text);

/// The text with each byte that is no part of UTF-8 written as "\xE9": for files whose format is UTF-8. Source: RFC 3629.
std::string as_utf8(std::string_view text);

}  // namespace ricci::runtime
