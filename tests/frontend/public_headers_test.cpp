/// \file tests/frontend/public_headers_test.cpp
/// What a user's translation unit reaches, and that choices have one table of words.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cctype>
#include <set>

#include "passes/choice.h"
#include "ricci/choices.h"
#include "ricci/compile.h"
#include "tests/frontend/line.h"
#include "tests/frontend/refusal.h"
#include "tests/frontend/source_tree.h"

namespace ricci::test {
namespace {

/// The headers that users get, by the name they are included by.
std::map<std::string, SourceFile> public_headers() {
    const std::string root = "frontend/include/";
    std::map<std::string, SourceFile> headers;
    for (SourceFile& file : source_files({"frontend"})) {
        if (file.path.starts_with(root)) headers.emplace(file.path.substr(root.size()), std::move(file));
    }
    return headers;
}

/// Adds the name and all that its file includes in quotes, and what these include.
void reach(const std::string& name, const std::map<std::string, SourceFile>& headers, std::set<std::string>& reached) {
    if (!reached.insert(name).second || !headers.contains(name)) return;
    for (const std::string& line : headers.at(name).lines) {
        const std::string_view include = directive(line, "include");
        if (include.starts_with('"')) reach(std::string(include.substr(1, include.find('"', 1) - 1)), headers, reached);
    }
}

TEST(PublicHeaders, ReachNothingOfTheCompiler) {
    const std::map<std::string, SourceFile> headers = public_headers();
    std::set<std::string> reached;
    reach("ricci.h", headers, reached);
    EXPECT_TRUE(reached.contains("ricci/compile.h"));
    for (const std::string& name : reached) {
        EXPECT_TRUE(headers.contains(name)) << name << " reaches every user: keep it behind a pointer";
    }
    for (const auto& [name, file] : headers) EXPECT_TRUE(reached.contains(name)) << name << " is not in ricci/ricci.h";
}

TEST(PublicHeaders, NameNoNamespaceOfTheCompiler) {
    for (const auto& [name, file] : public_headers()) {
        for (const std::string& line : file.lines) {
            for (const char* inner : {"ir::", "passes::", "codegen::"}) {
                const std::size_t at = line.find(inner);
                const bool whole = at == 0 || (at != std::string::npos && std::isalnum(line[at - 1]) == 0);
                EXPECT_FALSE(whole) << name << ": " << line;
            }
        }
    }
}

TEST(Choices, HaveAWordForEachEnumerator) {
    EXPECT_EQ(name_of(Convolution::automatic), "auto");
    EXPECT_EQ(name_of(Convolution::naive), "naive");
    EXPECT_EQ(words_of<Convolution>().size(), 7U);
    EXPECT_EQ(name_of(Gemm::loops), "loops");
    EXPECT_EQ(name_of(Layout::nhwc), "nhwc");
    for (std::string_view word : words_of<Convolution>()) {
        EXPECT_EQ(passes::Choice<Convolution>(word).word(), word);
    }
    EXPECT_EQ(refusal([] { passes::Choice<Gemm>("cuda"); }),
              "unknown way to multiply matrices \"cuda\"; there are auto, blas, contraction, loops");
    EXPECT_EQ(refusal([] { passes::Choice<Layout>("hwcn"); }), "unknown layout \"hwcn\"; there are auto, keep, nchw, nhwc");
}

TEST(Choices, OfNoEnumeratorAreRefused) {
    const Line line;
    EXPECT_EQ(refusal([&] { compile(line.y, {.convolution = static_cast<Convolution>(77)}); }),
              "compile: convolution is choice 77; there are 7: auto, im2col, blocks, winograd, winograd2, direct, naive");
    EXPECT_EQ(refusal([&] { compile(line.y, {.precision = static_cast<Precision>(3)}); }),
              "compile: precision is choice 3; there are 3: f32, bf16, bf16-all");
}

}  // namespace
}  // namespace ricci::test
