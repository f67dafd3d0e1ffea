// Runs the tests of one folder, with what RICCI_TEST_OPTIONS says, such as "--conv=im2col --tile=5", in place of the
// standard choices. `./ricci test --conv=im2col` sets it. Memory that a program has not written holds nan, in the commands
// that tests start too (runtime/base/fill.h); RICCI_FILL set to nothing leaves it as it comes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include "passes/pass.h"

namespace {

/// "" when the option was understood, else what is wrong with it. Values are for the passes to judge.
std::string set_default(const std::string& option) {
    ricci::passes::Defaults& defaults = ricci::passes::defaults();
    const std::size_t equals = option.find('=');
    const std::string name = option.substr(0, equals);
    std::string* into = name == "--conv"   ? &defaults.conv
                        : name == "--gemm" ? &defaults.gemm
                        : name == "--tile" ? &defaults.tile
                                           : nullptr;
    if (into == nullptr || equals == std::string::npos) {
        return "RICCI_TEST_OPTIONS: \"" + option + "\" is none of --conv=METHOD, --gemm=METHOD and --tile=SAMPLES";
    }
    *into = option.substr(equals + 1);
    return "";
}

}  // namespace

int main(int argc, char** argv) {
    const char* given = std::getenv("RICCI_TEST_OPTIONS");
    std::istringstream options(given == nullptr ? "" : given);
    for (std::string option; options >> option;) {
        if (const std::string error = set_default(option); !error.empty()) {
            std::cerr << error << '\n';
            return 2;
        }
    }
    setenv("RICCI_FILL", "nan", 0);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
