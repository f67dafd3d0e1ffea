// Every option of every command stands in the README or in a page of docs, whoever adds it.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "tests/frontend/source_tree.h"

namespace ricci::test {
namespace {

std::string joined(const SourceFile& file) {
    std::string text;
    for (const std::string& line : file.lines) text += line + "\n";
    return text;
}

TEST(OptionsReference, HasEveryOptionOfEveryCommand) {
    std::string pages = joined(source_file("README.md"));
    for (const SourceFile& page : files_ending_in({".md"}, {"docs"})) pages += joined(page);
    // Each is declared by its name, where its command is parsed.
    const std::regex declared(R"re(options\.(flag|texts?|choice|wholes?|real)\(\s*("(-[a-z0-9-]+)")?)re");
    std::set<std::string> seen;
    for (const SourceFile& file : files_ending_in({".h", ".cpp"}, {"frontend/cli"})) {
        const std::string text = joined(file);
        for (std::sregex_iterator one(text.begin(), text.end(), declared), none; one != none; ++one) {
            const std::string option = (*one)[3];
            EXPECT_FALSE(option.empty()) << file.path << ": an option has no name in " << one->str();
            if (!seen.insert(option).second) continue;
            EXPECT_TRUE(mentions(pages, option, '-'))
                << file.path << ": " << option << " is in no page; say in README.md or docs what it does";
        }
    }
    EXPECT_GT(seen.size(), 80U);
}

TEST(OptionsReference, TakesAnOptionForAWholeWord) {
    EXPECT_TRUE(mentions("`--tile=8`", "--tile", '-'));
    EXPECT_FALSE(mentions("`--tiles`", "--tile", '-'));
    EXPECT_FALSE(mentions("`--tile-size`", "--tile", '-'));
    EXPECT_TRUE(mentions("ricci opt -o x.ein", "-o", '-'));
    EXPECT_FALSE(mentions("half-open", "-o", '-'));
}

}  // namespace
}  // namespace ricci::test
