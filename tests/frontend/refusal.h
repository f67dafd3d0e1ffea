/// \file tests/frontend/refusal.h
/// Programs that must be refused: what each does wrong, and the exact message.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <regex>
#include <source_location>
#include <string>
#include <string_view>

#include "ir/base/error.h"

namespace ricci::test {

/// The UserError's message, or "(accepted)".
inline std::string refusal(const std::function<void()>& program) {
    try {
        program();
    } catch (const UserError& error) {
        return error.what();
    }
    return "(accepted)";
}

/// The same without its place in a test.
inline std::string refusal_text(const std::function<void()>& program) {
    const std::string message = refusal(program);
    const std::size_t file = message.find(".cpp:");
    return file == std::string::npos ? message : message.substr(message.find(": ", file) + 2);
}

/// Runs a program that makes a mistake. Its message must be `expected` behind a place in the program itself, which the
/// call holds; a place within the message, "(file.cpp:12)", is written "(file.cpp:#)".
inline void expect_refused(std::string_view mistake, const std::function<void()>& program, std::string_view expected,
                           std::source_location where = std::source_location::current()) {
    SCOPED_TRACE(mistake);
    const std::string message = refusal(program);
    const std::string file = Location::of(where).file + ":";
    ASSERT_TRUE(message.starts_with(file)) << "no place in front of \"" << message << "\"";
    std::size_t end = 0;
    const std::size_t line = std::stoul(message.substr(file.size()), &end);
    const std::string text = message.substr(std::min(message.size(), file.size() + end + 2));
    EXPECT_EQ(std::regex_replace(text, std::regex(R"((\(\w+\.cpp):\d+\))"), "$1:#)"), expected);
    EXPECT_GE(line, where.line());
    EXPECT_LE(line, where.line() + 12);
}

}  // namespace ricci::test
