/// \file tests/cli/scheduling_test.cpp
/// docs/scheduling.md: each change of loops there gives the values of the interpreter, or is refused as the page says.
#include <gtest/gtest.h>

#include "tests/cli/command.h"

namespace ricci::test {
namespace {

TEST(Scheduling, EachChangeOfThePageIsRightOrRefusedAsItSays) {
    const Shell shell;
    const Ended ended = shell.run("OUT=texts '" RICCI_SOURCE_DIR "/bench/scheduling.sh' '" RICCI_COMMAND "' --check");
    EXPECT_EQ(ended.status, 0) << ended.error;
    EXPECT_EQ(ended.error, "");
    EXPECT_TRUE(shell.has("texts/13.ein"));
    EXPECT_TRUE(shell.has("texts/13.refusal"));
}

TEST(Scheduling, KernelsTakeTurnsWithThoseOfAnotherText) {
    const Shell shell;
    shell.output("ricci opt '" RICCI_SOURCE_DIR "/examples/layer.ein' --conv direct --emit=loops -o planned.ein");
    const std::string text = shell.output("ricci opt planned.ein");
    EXPECT_EQ(text, shell.get("planned.ein"));
    EXPECT_NE(text.find("o by "), std::string::npos) << text;
    shell.output("sed 's/, o by [0-9]*:/, o by 2:/' planned.ein >changed.ein");
    const std::string out =
        shell.output("ricci bench kernel planned.ein changed.ein --rounds 1 --seconds 1 --only sum");
    EXPECT_NE(out.find("other/this"), std::string::npos) << out;
    EXPECT_NE(out.find("sum.to.pool.tile"), std::string::npos) << out;
    EXPECT_EQ(out.find("images.tile"), std::string::npos) << out;
    shell.expect_refused("ricci bench kernel planned.ein --only nothing", "no kernel has \"nothing\" in its name");
}

}  // namespace
}  // namespace ricci::test
