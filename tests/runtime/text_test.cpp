/// \file tests/runtime/text_test.cpp
/// Bytes of any file as UTF-8.
#include "runtime/base/text.h"

#include <gtest/gtest.h>

#include <string>

namespace ricci::runtime {
namespace {

TEST(Text, KeepsUtf8) {
    for (const std::string text :
         {"", "plain", "th\xC3\xA9", "\xE2\x82\xAC 5", "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF", "\\xE9"})
        EXPECT_EQ(as_utf8(text), text);
    EXPECT_EQ(as_utf8(std::string(1, '\0')), std::string(1, '\0'));
}

TEST(Text, WritesOtherBytesAsNumbers) {
    EXPECT_EQ(as_utf8("caf\xE9"), "caf\\xE9") << "Latin-1";
    EXPECT_EQ(as_utf8("\xE9t\xE9"), "\\xE9t\\xE9") << "it looks as if two bytes followed";
    EXPECT_EQ(as_utf8("\x80"), "\\x80") << "a byte that continues nothing";
    EXPECT_EQ(as_utf8("\xE2\x82"), "\\xE2\\x82") << "cut off";
    EXPECT_EQ(as_utf8("\xC0\xAF"), "\\xC0\\xAF") << "longer than needed";
    EXPECT_EQ(as_utf8("\xE0\x9F\xBF"), "\\xE0\\x9F\\xBF") << "longer than needed";
    EXPECT_EQ(as_utf8("\xED\xA0\x80"), "\\xED\\xA0\\x80") << "a surrogate";
    EXPECT_EQ(as_utf8("\xF4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80") << "above the last character";
    EXPECT_EQ(as_utf8("\xFF\xC3\xA9"), "\\xFF\xC3\xA9") << "what follows is kept";
}

}  // namespace
}  // namespace ricci::runtime
