// Texts as editors of other systems save them.
#include <gtest/gtest.h>

#include <string>

#include "ir/base/error.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

std::string refusal(const std::string& text) {
    try {
        parse(text, "test.ein");
        return "read";
    } catch (const UserError& error) {
        return error.what();
    }
}

/// Each character as so many bytes, the lower ones first or last.
std::string widened(const std::string& text, std::size_t bytes, bool low_first) {
    std::string wide;
    for (const char c : text) {
        std::string each(bytes, '\0');
        each[low_first ? 0 : bytes - 1] = c;
        wide += each;
    }
    return wide;
}

TEST(Encoding, AMarkOfUtf8IsSkipped) {
    const std::string broken = "y[i] = (\n";
    EXPECT_EQ(refusal("\xef\xbb\xbf" + broken), refusal(broken));
    const std::string text = "ricci 1 model m\ninput x: f32[batch ?]\noutput x\n";
    EXPECT_EQ(print(parse("\xef\xbb\xbf" + text)), print(parse(text)));
    EXPECT_EQ(refusal(text + "\xef\xbb\xbf"), "test.ein:4: found byte 0xef, expected a name, a number or an operator");
}

TEST(Encoding, LinesMayEndAsOnWindows) {
    const std::string text = "ricci 1 model m\n# a remark\ninput x: f32[batch ?, feature 3]\n\noutput x\n";
    std::string windows;
    for (const char c : text) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
    EXPECT_EQ(print(parse(windows)), print(parse(text)));
    EXPECT_EQ(print(parse("\xef\xbb\xbf" + windows)), print(parse(text)));
}

TEST(Encoding, WiderCharactersAreNamed) {
    const std::string named = "test.ein:1: the text is UTF-16 or UTF-32; save it as UTF-8";
    for (const std::string& text : {std::string("ricci 1 model m\n"), std::string("#"), std::string("\n")}) {
        EXPECT_EQ(refusal("\xff\xfe" + widened(text, 2, true)), named);
        EXPECT_EQ(refusal("\xfe\xff" + widened(text, 2, false)), named);
        EXPECT_EQ(refusal(widened(text, 2, true)), named);
        EXPECT_EQ(refusal(widened(text, 2, false)), named);
        EXPECT_EQ(refusal(std::string("\xff\xfe\0\0", 4) + widened(text, 4, true)), named);
        EXPECT_EQ(refusal(std::string("\0\0\xfe\xff", 4) + widened(text, 4, false)), named);
    }
}

}  // namespace
}  // namespace ricci::ir
