/// \file tests/frontend/prose_test.cpp
/// Comments can be read: no sentence has more than 25 words.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/frontend/source_tree.h"

namespace ricci::test {
namespace {

constexpr int kMostWords = 25;

/// The folders that keep the rule. passes/loops, passes/tiles, passes/fusion, ir/core and codegen are to follow.
const std::vector<std::string> kFolders = {
    "ir/analysis",     "ir/base",          "ir/elaborate",       "ir/interpret",    "ir/ops",        "ir/print",
    "ir/surface",      "ir/text",          "ir/verify",          "passes/check",    "passes/cleanup", "passes/convolution",
    "passes/gradient", "passes/layout",    "passes/memory",      "passes/products", "runtime",       "frontend",
};

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// Text behind the marker of a comment, or nothing when the line has none.
std::optional<std::string_view> comment_text(std::string_view line) {
    const std::size_t begin = line.find("//");
    if (begin == std::string_view::npos || (begin > 0 && line[begin - 1] == ':')) return std::nullopt;
    std::string_view text = line.substr(begin + 2);
    while (!text.empty() && (text[0] == '/' || text[0] == '!' || text[0] == '<')) text.remove_prefix(1);
    if (begin != line.find_first_not_of(' ') && text.contains('"')) return std::nullopt;  // perhaps within a string
    return text;
}

/// A list item, a paragraph of a doxygen command or of a pass's contract, or an indented line begins a sentence anew.
bool begins_anew(std::string_view text) {
    const std::string_view word = trimmed(text).substr(0, trimmed(text).find(' '));
    for (const char* command : {"\\param", "\\returns", "\\throws", "\\pre", "\\file", "-", "*", "Runs", "Requires:", "Ensures:",
                                "Source:", "Cost:"}) {
        if (word == command) return true;
    }
    return text.starts_with("   ") || trimmed(text).empty();
}

class Reader {
  public:
    explicit Reader(const SourceFile& file) : file_(file) {}

    /// "file:line: 31 words: the sentence" for each that is too long.
    std::vector<std::string> long_sentences() {
        for (line_ = 0; line_ < file_.lines.size(); ++line_) {
            const std::string_view line = file_.lines[line_];
            const std::optional<std::string_view> text = comment_text(line);
            const bool alone = text && trimmed(line).starts_with("//");
            if (!alone || begins_anew(*text)) end();
            if (text) add(*text);
            if (!alone) end();
            // The line that says which file this is belongs to no sentence.
            if (text && trimmed(*text).starts_with("\\file")) sentence_.clear(), words_ = 0;
        }
        end();
        return std::move(found_);
    }

  private:
    void add(std::string_view text) {
        std::istringstream words{std::string(text)};
        for (std::string word; words >> word;) {
            if (sentence_.empty()) first_ = line_ + 1;
            sentence_ += (sentence_.empty() ? "" : " ") + word;
            words_ += std::ranges::any_of(word, [](unsigned char c) { return std::isalnum(c) != 0; });
            const std::size_t last = word.find_last_not_of("\")");
            if (last != std::string::npos && std::string_view(".?!").contains(word[last])) end();
        }
    }
    void end() {
        if (words_ > kMostWords) {
            found_.push_back(fmt::format("{}:{}: {} words: {}", file_.path, first_, words_, sentence_));
        }
        sentence_.clear();
        words_ = 0;
    }

    const SourceFile& file_;
    std::vector<std::string> found_;
    std::size_t line_ = 0, first_ = 0;
    std::string sentence_;
    int words_ = 0;
};

TEST(Prose, NoSentenceOfACommentHasMoreThanTwentyFiveWords) {
    for (const SourceFile& file : source_files(kFolders)) {
        for (const std::string& sentence : Reader(file).long_sentences()) {
            ADD_FAILURE() << sentence << ": make two of it: subject, verb, object";
        }
    }
}

TEST(Prose, ALongSentenceIsNamedWithItsPlaceAndLength) {
    std::string words = "/// Word";
    for (int i = 0; i < 25; ++i) words += i == 12 ? "\n/// word" : " word";
    SourceFile file{.path = "a.h", .lines = {"/// Short."}};
    std::istringstream stream(words + ". Short.");
    for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
    const std::vector<std::string> found = Reader(file).long_sentences();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].starts_with("a.h:2: 26 words: Word word")) << found[0];
}

}  // namespace
}  // namespace ricci::test
