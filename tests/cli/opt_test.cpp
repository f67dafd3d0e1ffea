/// \file tests/cli/opt_test.cpp
/// `ricci opt` shows every stage, goes on from any, and never back.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cli/command.h"

namespace ricci::test {
namespace {

const std::vector<std::string> kStages = {"model", "step", "lowered", "kernels", "planned"};

TEST(Opt, ATextAtAStageIsPrintedAgainAtThatStage) {
    const Shell shell;
    for (const std::string& stage : kStages) {
        shell.put("at.ein", shell.output("ricci opt model:lenet5 --emit=" + stage));
        EXPECT_TRUE(shell.get("at.ein").starts_with("ricci 1 " + stage + " lenet5\n"));
        EXPECT_EQ(shell.output("ricci opt at.ein --emit=" + stage), shell.get("at.ein")) << stage;
        EXPECT_EQ(shell.output("ricci opt at.ein"), shell.get("at.ein")) << stage;
    }
}

TEST(Opt, EveryStageGoesOnToTheSamePlan) {
    const Shell shell;
    shell.put("model.ein", kClassifier);
    const std::string plan = shell.output("ricci opt model.ein --emit=planned");
    for (const std::string& stage : kStages) {
        shell.put("at.ein", shell.output("ricci opt model.ein --emit=" + stage));
        EXPECT_EQ(shell.output("ricci opt at.ein --emit=planned"), plan) << stage;
    }
}

TEST(Opt, NoPassGoesBack) {
    const Shell shell;
    shell.put("model.ein", kClassifier);
    shell.put("at.ein", shell.output("ricci opt model.ein --emit=lowered"));
    shell.expect_refused("ricci opt at.ein --emit=step",
                         "at.ein is at stage lowered, and no pass goes back; --emit takes lowered or a later stage");
}

TEST(Opt, TheLastStagesAreLlvmIrAndAssemblyForTheTargetAskedFor) {
    const Shell shell;
    shell.put("model.ein", kClassifier);
    EXPECT_NE(shell.output("ricci opt model.ein --emit=llvm").find("define "), std::string::npos);
    const std::string assembly = shell.output("ricci opt model.ein --emit=asm --target=avx2");
    EXPECT_NE(assembly.find("%ymm"), std::string::npos);
    EXPECT_EQ(assembly.find("%zmm"), std::string::npos);
}

TEST(Opt, ReadsStandardInput) {
    const Shell shell;
    shell.put("model.ein", kClassifier);
    EXPECT_EQ(shell.output("ricci opt - <model.ein"), shell.output("ricci opt model.ein"));
}

TEST(Opt, RunsJustThePassesAskedFor) {
    const Shell shell;
    shell.put("model.ein", kClassifier);
    const std::string text = shell.output("ricci opt model.ein --passes=differentiate,simplify");
    EXPECT_NE(text.find("\nd.dense.kernel["), std::string::npos) << text;
    EXPECT_EQ(text.find("velocity"), std::string::npos) << text;
    shell.expect_refused("ricci opt model.ein --passes=simplif", "unknown pass \"simplif\"; did you mean simplify?");
}

TEST(Opt, DumpsTheProgramAfterEachPass) {
    const Shell shell;
    shell.put("model.ein", kClassifier);
    shell.output("ricci opt model.ein --emit=step --dump-dir dumps/all -o step.ein");
    EXPECT_TRUE(shell.has("dumps/all/01-differentiate.ein"));
    EXPECT_TRUE(shell.has("dumps/all/02-apply-optimizer.ein"));
    EXPECT_EQ(shell.output("ricci opt dumps/all/01-differentiate.ein"), shell.get("dumps/all/01-differentiate.ein"));
    EXPECT_EQ(shell.get("step.ein"), shell.output("ricci opt model.ein --emit=step"));
}

TEST(Opt, RemarksGoToStandardError) {
    const Shell shell;
    shell.put("model.ein", kClassifier);
    const Ended ended = shell.run("ricci opt model.ein --emit=planned --remarks --verify=values");
    EXPECT_EQ(ended.status, 0);
    EXPECT_EQ(ended.out, shell.output("ricci opt model.ein --emit=planned"));
    EXPECT_NE(ended.error.find("plan-memory: arena of "), std::string::npos) << ended.error;
}

TEST(Opt, ListsPassesWithReasonsAndOpsWithEquations) {
    const Shell shell;
    EXPECT_NE(shell.output("ricci opt --list-passes").find("\ndifferentiate "), std::string::npos);
    EXPECT_NE(shell.output("ricci opt --list-ops").find("\nconv2d("), std::string::npos);
}

TEST(Opt, WhatCannotBeReadOrWrittenIsNamed) {
    const Shell shell;
    shell.put("model.ein", kClassifier);
    shell.expect_refused("ricci opt absent.ein", "cannot open absent.ein: No such file or directory");
    shell.expect_refused("ricci opt .", "cannot read .: Is a directory");
    shell.expect_refused("ricci opt model.ein -o absent/x", "cannot write absent/x: No such file or directory");
    shell.expect_refused("ricci opt model.ein --dump-dir model.ein/x --emit=step",
                         "cannot create the folder model.ein/x: Not a directory");
    shell.expect_refused(
        "ricci opt model.ein --emit=asm --target=avx3",
        "unknown target \"avx3\"; did you mean avx2, avx512 or skx? (host, avx2, avx512, or an LLVM CPU "
        "name)");
    shell.put("empty.ein", "");
    shell.expect_refused("ricci opt empty.ein",
                         "empty.ein:1: found the end of the text, expected the first line of a graph, as in: ricci 1 "
                         "model lenet5");
}

TEST(Opt, ATextThatBreaksARuleIsTheUsersMistake) {
    const Shell shell;
    shell.put("broken.ein",
              "ricci 1 model broken\ninput x: f32[height 4]\ny[i] = x[i + 1] where i: height 4\noutput y\n");
    const Ended ended = shell.run("ricci opt broken.ein --emit=planned");
    EXPECT_EQ(ended.status, 2);
    EXPECT_TRUE(ended.error.starts_with("ricci: broken.ein:3: ")) << ended.error;
}

}  // namespace
}  // namespace ricci::test
