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

/// \param, \returns and their kind, of which a line may have several.
bool is_command(std::string_view word) {
    static const std::vector<std::string_view> kCommands = {"\\param", "\\returns", "\\throws", "\\pre", "\\file"};
    return std::ranges::find(kCommands, word) != kCommands.end();
}

/// "- ", "* " and "1. " begin the item of a list.
bool begins_item(std::string_view text) {
    if (text.starts_with("- ") || text.starts_with("* ")) return true;
    const std::size_t digits = text.find_first_not_of("0123456789");
    return digits != 0 && digits != std::string_view::npos && text.substr(digits).starts_with(". ");
}

/// A list item, or a paragraph of a doxygen command or of a pass's contract.
bool begins_anew(std::string_view text) {
    const std::string_view word = text.substr(0, text.find(' '));
    for (const char* contract : {"Runs", "Requires:", "Ensures:", "Source:", "Cost:"}) {
        if (word == contract) return true;
    }
    return is_command(word) || begins_item(text);
}

/// Tells by the columns of a comment's lines where a sentence goes on. Under a text, an indented line is an equation, an example
/// or a definition, and begins anew. Under one of these, or under a list item, it goes on.
class Paragraphs {
  public:
    bool begins(std::string_view line) {
        const std::string_view text = trimmed(line);
        if (text.empty()) return end(), true;
        const std::size_t column = line.find(text[0]);
        const bool anew = begins_anew(text) || opens_ || (indented_ ? column <= column_ : column >= 3);
        if (anew) {
            column_ = column;
            indented_ = begins_anew(text) || column >= 3;
        }
        // "kernel k() {" and "for i:" of an example: what stands under them is lines of its own.
        opens_ = column >= 3 && !begins_anew(text) && (text.ends_with('{') || text.ends_with(':'));
        return anew;
    }
    /// What comes next belongs to nothing before.
    void end() { *this = {}; }

  private:
    std::size_t column_ = 0;  // of the line that began, where that was indented
    bool indented_ = false;
    bool opens_ = false;
};

/// Puts the words of a file's lines together to sentences.
class Sentences {
  public:
    explicit Sentences(std::string path) : path_(std::move(path)) {}

    void add(std::string_view text, std::size_t line) {
        std::istringstream words{std::string(text)};
        for (std::string word; words >> word;) {
            if (is_command(word)) end();
            if (sentence_.empty()) line_ = line;
            sentence_ += (sentence_.empty() ? "" : " ") + word;
            words_ += !is_command(word) && std::ranges::any_of(word, [](unsigned char c) { return std::isalnum(c) != 0; });
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
    Paragraphs paragraphs;
    std::size_t beside = std::string::npos;  // the column of a comment beside code, which the next lines may go on with
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const std::string_view line = file.lines[i];
        const std::optional<std::string_view> text = comment_text(line);
        const bool alone = text && trimmed(line).starts_with("//");
        if (!alone || (beside != std::string::npos && line.find("//") != beside)) {
            sentences.end();
            paragraphs.end();
            beside = std::string::npos;
        }
        if (alone && paragraphs.begins(*text)) sentences.end();
        if (text) sentences.add(*text, i + 1);
        if (text && !alone) beside = line.find("//");
        // The line that says which file this is belongs to no sentence.
        if (text && trimmed(*text).starts_with("\\file")) sentences.drop();
    }
    return sentences.too_long();
}

/// Of a script: shell, CMake, Python, and the texts that begin with what they promise.
std::vector<std::string> long_sentences_of_script(const SourceFile& file) {
    Sentences sentences(file.path);
    Paragraphs paragraphs;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const std::string_view line = trimmed(file.lines[i]);
        const bool alone = line.starts_with('#') && !line.starts_with("#!");
        const std::string_view text = alone ? line.substr(1) : "";
        if (!alone) paragraphs.end();
        // How a test of passes runs is said in lines such as "# options: gemm = loops".
        const std::string_view word = trimmed(text).substr(0, trimmed(text).find(' '));
        const bool setting = file.path.ends_with(".ein") && (word == "options:" || word == "passes:" || word == "remark:");
        if (!alone || setting || paragraphs.begins(text)) sentences.end();
        if (alone && !setting) sentences.add(text, i + 1);
    }
    return sentences.too_long();
}

/// The cells of a table's line; a | in backquotes is part of a cell.
std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> cells(1);
    bool code = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        code = code != (line[i] == '`');
        if (line[i] == '|' && !code && (i == 0 || line[i - 1] != '\\')) {
            cells.emplace_back();
        } else {
            cells.back() += line[i];
        }
    }
    return cells;
}

/// Of a text in Markdown, with the cells of its tables, without its code blocks and headings.
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
        if (code || !text.starts_with('|')) continue;
        for (const std::string& cell : cells_of(text)) {
            const std::string_view words = trimmed(cell);
            const bool call = words.starts_with('`') && words.find('`', 1) == words.size() - 1;
            if (!call) sentences.add(words, i + 1);
            sentences.end();
        }
    }
    return sentences.too_long();
}

/// Messages and help texts: string literals, where those beside each other are one.
std::vector<std::string> long_sentences_of_strings(const SourceFile& file) {
    Sentences sentences(file.path);
    bool inside = false;
    bool raw = false;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const std::string_view line = file.lines[i];
        std::string text;
        std::size_t at = 0;
        if (raw) {
            at = line.find(")\"");
            if (at == std::string_view::npos) continue;
            at += 2;
            raw = false;
        }
        for (; at < line.size(); ++at) {
            const char c = line[at];
            if (inside && c == '\\' && at + 1 < line.size()) {
                text += line[++at] == 'n' ? ' ' : line[at];
            } else if (c == '"' && !inside && at > 0 && line[at - 1] == 'R') {
                at = line.find(")\"", at);
                raw = at == std::string_view::npos;
                if (raw) break;
                ++at;
            } else if (c == '"') {
                inside = !inside;
            } else if (inside) {
                text += c;
            } else if (c == '\'' && at + 2 < line.size() && (line[at + 2] == '\'' || line[at + 1] == '\\')) {
                at += line[at + 1] == '\\' ? 3 : 2;
            } else if (line.substr(at).starts_with("//")) {
                break;
            } else if (c != ' ') {
                sentences.add(text, i + 1);
                sentences.end();
                text.clear();
            }
        }
        sentences.add(text, i + 1);
    }
    return sentences.too_long();
}

TEST(Prose, NoSentenceOfACommentHasMoreThanTwentyFiveWords) {
    for (const SourceFile& file : files_ending_in({".h", ".cpp", ".inl"}, kFolders)) {
        for (const std::string& sentence : long_sentences_of_comments(file)) {
            ADD_FAILURE() << sentence << ": make two of it: subject, verb, object";
        }
    }
}

TEST(Prose, NoSentenceOfAScriptOrOfAnExampleHasMoreThanTwentyFiveWords) {
    std::vector<std::string> folders = kFolders;
    folders.emplace_back("cmake");
    std::vector<SourceFile> files = files_ending_in({".sh", ".cmake", ".txt", ".py", ".ein"}, folders);
    EXPECT_GT(files.size(), 100U);
    for (const char* path : {"ricci", "CMakeLists.txt"}) files.push_back(source_file(path));
    for (const SourceFile& file : files) {
        for (const std::string& sentence : long_sentences_of_script(file)) {
            ADD_FAILURE() << sentence << ": make two of it: subject, verb, object";
        }
    }
}

TEST(Prose, NoSentenceOfAMessageHasMoreThanTwentyFiveWords) {
    for (const SourceFile& file : source_files({"codegen", "frontend", "ir", "passes", "runtime"})) {
        for (const std::string& sentence : long_sentences_of_strings(file)) {
            // Equations and types are texts of programs.
            if (sentence.contains("] = ") || sentence.contains("] += ") || sentence.contains("f32[") || sentence.contains("f64[")) continue;
            ADD_FAILURE() << sentence << ": make two of it: subject, verb, object";
        }
    }
}

TEST(Prose, NoSentenceOfTheDocumentationHasMoreThanTwentyFiveWords) {
    std::vector<SourceFile> files = files_ending_in({".md"}, kFolders);
    EXPECT_GT(files.size(), 40U) << "each folder has a README";
    for (const char* path : {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}) files.push_back(source_file(path));
    for (const SourceFile& file : files) {
        for (const std::string& sentence : long_sentences_of_text(file)) {
            ADD_FAILURE() << sentence << ": make two of it: subject, verb, object";
        }
    }
}

/// Whether a line's constant is described by words that go on with a noun it does not say: "// of a part".
bool continues_unsaid(std::string_view line) {
    const std::size_t comment = line.find(";  ");
    if (comment == std::string_view::npos || !line.contains("constexpr") || !line.contains(" k")) return false;
    const std::string_view text = trimmed(line.substr(comment + 1));
    if (!text.starts_with("// ")) return false;
    const std::string_view word = text.substr(3, text.find(' ', 3) - 3);
    return word == "of" || word == "that" || word == "which" || word == "and";
}

TEST(Prose, AConstantSaysItsUnitAndWhatItIs) {
    EXPECT_TRUE(continues_unsaid("constexpr double kLeast = 6;  // of a part"));
    EXPECT_FALSE(continues_unsaid("constexpr double kLeast = 6;  // bytes of a part"));
    for (const SourceFile& file : files_ending_in({".h", ".cpp", ".inl"}, {"codegen", "frontend", "ir", "passes", "runtime"})) {
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            EXPECT_FALSE(continues_unsaid(file.lines[i])) << file.path << ":" << i + 1 << ": say the unit first: \"bytes of a text\"";
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

const std::string kThirteen = "one two three four five six seven eight nine ten eleven twelve thirteen";

TEST(Prose, ASentenceGoesOnInTheIndentedLinesOfAParagraph) {
    const SourceFile file{.path = "a.h",
                          .lines = {"/// \\throws " + kThirteen, "///        " + kThirteen, "///  - " + kThirteen, "///    " + kThirteen,
                                    "int x;  // " + kThirteen, "        // " + kThirteen, "/// " + kThirteen, "///     " + kThirteen,
                                    "///     " + kThirteen, "/// \\param " + kThirteen + " \\param " + kThirteen}};
    const std::vector<std::string> found = long_sentences_of_comments(file);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_TRUE(found[0].starts_with("a.h:1: 26 words")) << found[0];
    EXPECT_TRUE(found[1].starts_with("a.h:3: 26 words")) << found[1];
    EXPECT_TRUE(found[2].starts_with("a.h:5: 26 words")) << found[2];
}

TEST(Prose, CommentsOfScriptsAreCountedAndHowATextRunsIsNone) {
    const SourceFile script{.path = "a.sh", .lines = {"#!" + kThirteen, "# " + kThirteen, "# " + kThirteen, "echo", "# " + kThirteen}};
    ASSERT_EQ(long_sentences_of_script(script).size(), 1U);
    EXPECT_TRUE(long_sentences_of_script(script)[0].starts_with("a.sh:2: 26 words"));
    const SourceFile text{.path = "a.ein", .lines = {"# " + kThirteen, "# remark: " + kThirteen, "# remark: " + kThirteen}};
    EXPECT_TRUE(long_sentences_of_script(text).empty());
}

TEST(Prose, StringsBesideEachOtherAreOneMessage) {
    const SourceFile file{.path = "a.cpp",
                          .lines = {"f(\"" + kThirteen + " \"", "  \"" + kThirteen + "\");", "f(\"" + kThirteen + "\", '\"', \"" + kThirteen + "\");",
                                    "// \"" + kThirteen, "g(R\"(" + kThirteen, kThirteen + ")\");"}};
    const std::vector<std::string> found = long_sentences_of_strings(file);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].starts_with("a.cpp:1: 26 words")) << found[0];
}

TEST(Prose, CellsOfATableAreCountedOneByOneAndCallsAreNot) {
    const SourceFile file{.path = "a.md",
                          .lines = {"| " + kThirteen + " | " + kThirteen + " |", "| `" + kThirteen + ", " + kThirteen + "` | " + kThirteen + " |",
                                    "| a | `b|c` " + kThirteen + " " + kThirteen + " |"}};
    const std::vector<std::string> found = long_sentences_of_text(file);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].starts_with("a.md:3: 27 words")) << found[0];
}

TEST(Prose, CodeHeadingsAndItemsOfATextAreNoPartOfASentence) {
    const std::string& words = kThirteen;
    const SourceFile file{.path = "a.md",
                          .lines = {"# " + words + " " + words, words, "```sh", words, "```", words, "| " + words, words,
                                    "- " + words, "1. " + words, words, "```sh", words + " " + words, "```"}};
    const std::vector<std::string> found = long_sentences_of_text(file);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].starts_with("a.md:10: 26 words: one two")) << found[0];
}

}  // namespace
}  // namespace ricci::test
