/// \file tests/frontend/locale_test.cpp
/// Numbers are read and written the same under every locale: a host program may have set one with a decimal comma.
#include <gtest/gtest.h>
#include <unistd.h>

#include <clocale>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <optional>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "tests/frontend/line.h"
#include "tests/frontend/function.h"
#include "tests/frontend/source_tree.h"

namespace ricci::test {
namespace {

/// The C locale of the process, with a decimal comma while it lives. It is made here: few systems have one installed.
class DecimalComma {
  public:
    DecimalComma() {
        const std::string command =
            "localedef -i de_DE -f UTF-8 " + (folder_ / "de_DE.UTF-8").string() + " 2>/dev/null";
        std::filesystem::create_directories(folder_);
        if (const char* path = std::getenv("LOCPATH")) before_ = path;
        if (std::system(command.c_str()) != 0) return;
        ::setenv("LOCPATH", folder_.c_str(), 1);
        set_ = std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr && *std::localeconv()->decimal_point == ',';
    }
    ~DecimalComma() {
        std::setlocale(LC_ALL, "C");
        before_ ? ::setenv("LOCPATH", before_->c_str(), 1) : ::unsetenv("LOCPATH");
        std::filesystem::remove_all(folder_);
    }
    DecimalComma(const DecimalComma&) = delete;
    DecimalComma& operator=(const DecimalComma&) = delete;
    bool set() const { return set_; }

  private:
    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / fmt::format("ricci_decimal_comma_{}", ::getpid());
    std::optional<std::string> before_;
    bool set_ = false;
};

class Locale : public testing::Test {
  protected:
    void SetUp() override {
        if (!comma.set()) GTEST_SKIP() << "localedef cannot make de_DE here";
        ASSERT_EQ(std::strtod("0.5", nullptr), 0);  // so it would go wrong
    }
    DecimalComma comma;
};

TEST_F(Locale, DoesNotChangeALearningRate) {
    EXPECT_EQ(sgd({.learning_rate = 0.05f}).options[0].second, 0.05);
    Line line;
    Function step = compile_forced(training_step(line.loss, sgd({.learning_rate = 0.5f})), {.threads = 1, .cache = false});
    step(rows({0, 1}), list({-1, 2}));
    EXPECT_FLOAT_EQ(number(step.parameters()["w"]), 2 - 0.5F * 0.5F);
}

TEST_F(Locale, DoesNotChangeATextOrMachineCode) {
    const std::string text =
        "ricci 1 model m\n\ninput x: f32[batch ?]\nparameter w: f32[] = uniform(-0.25, 1.5)\n\ny: f32[batch ?]\n"
        "y[b] = 0.125*exp(x[b])*w[] + 2.5\n\noutput y\n";
    const ir::Graph graph = ir::parse(text, "m.ein");
    EXPECT_EQ(ir::print(ir::parse(ir::print(graph), "m.ein")), ir::print(graph));
    EXPECT_NE(ir::print(graph).find("uniform(-0.25, 1.5)"), std::string::npos);
    Function function = compile_forced(detail::program_of(graph), {.threads = 1, .cache = false});
    const float w = number(function.parameters()["w"]);
    EXPECT_FLOAT_EQ(number(function(list({0}))[0]), 0.125F * w + 2.5F);
}

TEST(Decimals, AreWhatAFloatIsWrittenAs) {
    EXPECT_EQ(Decimal(0.05F).value, 0.05);
    EXPECT_EQ(Decimal(-1e-20F).value, -1e-20);
    EXPECT_EQ(Decimal(3.4028235e38F).value, 3.4028235e38);
    EXPECT_TRUE(std::isinf(Decimal(std::numeric_limits<float>::infinity()).value));
    EXPECT_TRUE(std::isnan(Decimal(std::numeric_limits<float>::quiet_NaN()).value));
}

TEST(HouseRules, NoFunctionThatGoesByTheLocale) {
    constexpr std::string_view kNames[] = {
        "strtod",       "strtof",    "strtold",   "stod",       "stof",        "stold",         "atof",
        "sscanf",       "fscanf",    "vsscanf",   "isalpha",    "isalnum",     "isspace",       "isupper",
        "islower",      "ispunct",   "isprint",   "isgraph",    "iscntrl",     "tolower",       "toupper",
        "strcoll",      "strftime",  "setlocale", "strcasecmp", "strncasecmp", "ostringstream", "istringstream",
        "stringstream", "put_money", "get_money"};
    for (const SourceFile& file : source_files({"ir", "passes", "runtime", "codegen", "frontend"})) {
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            const std::string_view line = std::string_view(file.lines[i]).substr(0, file.lines[i].find("//"));
            for (std::string_view name : kNames) {
                EXPECT_FALSE(mentions(line, name, '_')) << file.path << ":" << i + 1 << ": " << name
                                                   << " goes by the host's locale; use std::from_chars, fmt, "
                                                   << "or compare characters";
            }
            EXPECT_EQ(line.find(":L}"), std::string_view::npos)
                << file.path << ":" << i + 1 << ": L goes by the locale";
        }
    }
}

}  // namespace
}  // namespace ricci::test
