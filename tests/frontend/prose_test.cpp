/// \file tests/frontend/prose_test.cpp
/// Comments and documentation can be read: no sentence has more than 25 words.
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

const std::vector<std::string> kFolders = {"bench",   "codegen", "docs",  "examples", "frontend",
                                           "ir",      "passes",  "runtime", "tests"};

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

/// Puts the words of a file's lines together to sentences.
class Sentences {
  public:
    explicit Sentences(std::string path) : path_(std::move(path)) {}

    void add(std::string_view text, std::size_t line) {
        std::istringstream words{std::string(text)};
        for (std::string word; words >> word;) {
            if (sentence_.empty()) line_ = line;
            sentence_ += (sentence_.empty() ? "" : " ") + word;
            words_ += std::ranges::any_of(word, [](unsigned char c) { return std::isalnum(c) != 0; });
            const std::size_t last = word.find_last_not_of("\")*_`");
            if (last != std::string::npos && std::string_view(".?!").contains(word[last])) end();
        }
    }
    void end() {
        if (words_ > kMostWords) found_.push_back(fmt::format("{}:{}: {} words: {}", path_, line_, words_, sentence_));
        drop();
    }
    /// The words so far belong to no sentence.
    void drop() {
        sentence_.clear();
        words_ = 0;
    }
    /// "file:line: 31 words: the sentence" for each that was too long.
    std::vector<std::string> too_long() { return end(), std::move(found_); }

  private:
    std::string path_;
    std::vector<std::string> found_;
    std::size_t line_ = 0;  // of the sentence's first word
    std::string sentence_;
    int words_ = 0;
};

std::vector<std::string> long_sentences_of_comments(const SourceFile& file) {
    Sentences sentences(file.path);
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const std::string_view line = file.lines[i];
        const std::optional<std::string_view> text = comment_text(line);
        const bool alone = text && trimmed(line).starts_with("//");
        if (!alone || begins_anew(*text)) sentences.end();
        if (text) sentences.add(*text, i + 1);
        if (!alone) sentences.end();
        // The line that says which file this is belongs to no sentence.
        if (text && trimmed(*text).starts_with("\\file")) sentences.drop();
    }
    return sentences.too_long();
}

/// "- ", "* " and "1. " begin the item of a list.
bool begins_item(std::string_view text) {
    if (text.starts_with("- ") || text.starts_with("* ")) return true;
    const std::size_t digits = text.find_first_not_of("0123456789");
    return digits != 0 && digits != std::string_view::npos && text.substr(digits).starts_with(". ");
}

/// Of a text in Markdown, without its code blocks, tables and headings.
std::vector<std::string> long_sentences_of_text(const SourceFile& file) {
    Sentences sentences(file.path);
    bool code = false;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const std::string_view line = file.lines[i];
        const std::string_view text = trimmed(line);
        const bool fence = text.starts_with("```");
        const bool prose = !code && !fence && !text.empty() && !std::string_view("#|<").contains(text[0]);
        if (fence) code = !code;
        if (!prose || begins_item(text)) sentences.end();
        if (prose) sentences.add(text, i + 1);
    }
    return sentences.too_long();
}

TEST(Prose, NoSentenceOfACommentHasMoreThanTwentyFiveWords) {
    for (const SourceFile& file : source_files(kFolders)) {
        for (const std::string& sentence : long_sentences_of_comments(file)) {
            ADD_FAILURE() << sentence << ": make two of it: subject, verb, object";
        }
    }
}

TEST(Prose, NoSentenceOfTheDocumentationHasMoreThanTwentyFiveWords) {
    std::vector<SourceFile> files = files_ending_in({".md"}, kFolders);
    EXPECT_GT(files.size(), 40U) << "each folder has a README";
    for (const char* path : {"README.md", "CONTRIBUTING.md"}) files.push_back(source_file(path));
    for (const SourceFile& file : files) {
        for (const std::string& sentence : long_sentences_of_text(file)) {
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
    const std::vector<std::string> found = long_sentences_of_comments(file);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].starts_with("a.h:2: 26 words: Word word")) << found[0];
}

TEST(Prose, CodeTablesAndItemsOfATextAreNoPartOfASentence) {
    const std::string words = "one two three four five six seven eight nine ten eleven twelve thirteen";
    const SourceFile file{.path = "a.md",
                          .lines = {"# " + words + " " + words, words, "```sh", words, "```", words, "| " + words, words,
                                    "- " + words, "1. " + words, words, "```sh", words + " " + words, "```"}};
    const std::vector<std::string> found = long_sentences_of_text(file);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].starts_with("a.md:10: 26 words: one two")) << found[0];
}

}  // namespace
}  // namespace ricci::test
