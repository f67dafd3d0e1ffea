/// \file ir/base/error.h
/// How errors are thrown: user_error for what the caller did, RICCI_CHECK for what Ricci did.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

#include "ricci/error.h"

namespace ricci {

template <typename... Args>
[[noreturn]] void user_error(const Location& where, fmt::format_string<Args...> text, Args&&... args) {
    throw UserError(where.prefix() + fmt::format(text, std::forward<Args>(args)...));
}

template <typename... Args>
[[noreturn]] void user_error(fmt::format_string<Args...> text, Args&&... args) {
    throw UserError(fmt::format(text, std::forward<Args>(args)...));
}

namespace detail {
[[noreturn]] void check_failed(const char* condition, const char* file, int line, const std::string& message);
}

}  // namespace ricci

/// RICCI_CHECK(condition, "format", args...): an invariant of Ricci itself; throws InternalError when it is false.
#define RICCI_CHECK(condition, ...)                                                                    \
    do {                                                                                               \
        if (!(condition)) [[unlikely]]                                                                 \
            ::ricci::detail::check_failed(#condition, __FILE__, __LINE__, ::fmt::format(__VA_ARGS__)); \
    } while (false)
