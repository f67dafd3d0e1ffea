/// \file tests/cli/run_test.cpp
/// `ricci run`: arrays in and out, drawn inputs, machine code against the interpreter.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/file/npy.h"
#include "tests/cli/command.h"

namespace ricci::test {
namespace {

using runtime::Buffer;

constexpr const char* kScale = R"(ricci 1 model scale
input x: f32[batch ?, feature 3]
parameter w: f32[feature 3] = 2
y[b, i] = w[i] * x[b, i]
output y
)";

Buffer array(DType dtype, std::vector<std::int64_t> extents) {
    return Buffer({"x", dtype, {}, std::move(extents)});
}

TEST(Run, MachineCodeAndInterpreterAgreeOnTheTrainingStepOfLeNet5) {
    const Shell shell;
    for (const std::string options : {"", "--dtype f64", "--layout nhwc", "--target avx2", "--conv naive",
                                      "--precision bf16-all --conv blocks --gemm blas --tile off"}) {
        const std::string out = shell.output("ricci run model:lenet5 --check --batch 3 " + options);
        EXPECT_NE(out.find("machine code and interpreter agree: 21 values"), std::string::npos) << options << out;
    }
}

TEST(Run, TilesThatWereMeasuredAreUsedAgainAndGiveTheSameValues) {
    const Shell shell;
    const std::string line = "ricci run model:lenet5 --check --batch 3 --search tiles";
    EXPECT_NE(shell.output(line).find("machine code and interpreter agree: 21 values"), std::string::npos);
    const std::string tiles = shell.get("tiles");
    EXPECT_NE(tiles.find("\"nanoseconds\""), std::string::npos);
    shell.output(line);
    EXPECT_EQ(shell.get("tiles"), tiles);
}

TEST(Run, WholeNumbersArePrintedInFull) {
    const Shell shell;
    shell.put("whole.ein",
              "ricci 1 model whole\ny: i64[time 2]\ny[t] = index(t) + 9223372036854775806\noutput y\n");
    EXPECT_NE(shell.output("ricci run whole.ein --check").find("= 9223372036854775806, 9223372036854775807"),
              std::string::npos);
}

TEST(Run, TruthValuesAreWordsAndWhatIsNoNumberHasNoSign) {
    const Shell shell;
    shell.put("odd.ein",
              "ricci 1 model odd\nt[i] = index(i) > 1 where i: time 3\nmany[i] = index(i) > 14 where i: time 20\n"
              "n[i] = sqrt(f32(0 - index(i)) - 1) where i: time 2\noutput t\noutput many\noutput n\n");
    const std::string out = shell.output("ricci run odd.ein --check");
    EXPECT_NE(out.find("t: bool[time 3] = false, false, true\n"), std::string::npos) << out;
    EXPECT_NE(out.find("many: bool[time 20] 5 true of 20\n"), std::string::npos) << out;
    EXPECT_NE(out.find("n: f32[time 2] = nan, nan\n"), std::string::npos) << out;
}

TEST(Run, AFileThatHoldsNoTilesIsRefused) {
    const Shell shell;
    shell.put("scale.ein", kScale);
    shell.expect_refused("ricci run scale.ein --search scale.ein",
                         "scale.ein is no file of register tiles, since it does not begin with {; name another file");
}

TEST(Run, ArraysGoInAndOut) {
    const Shell shell;
    shell.put("scale.ein", kScale);
    Buffer x = array(f32, {2, 3});
    for (std::size_t i = 0; i < 6; ++i) x.span<float>()[i] = static_cast<float>(i);
    runtime::write_npy(shell / "x.npy", x);
    for (const std::string engine : {"jit", "interpreter"}) {
        EXPECT_EQ(shell.output("ricci run scale.ein --in x=x.npy --out y=y.npy --engine=" + engine),
                  "y: f32[batch 2, feature 3] = 0, 2, 4, 6, 8, 10\n");
        const Buffer y = runtime::read_npy(shell / "y.npy");
        EXPECT_EQ(y.spec().extents, (std::vector<std::int64_t>{2, 3}));
        EXPECT_EQ(y.span<float>()[5], 10.0F);
    }
}

TEST(Run, ParametersComeFromFilesToo) {
    const Shell shell;
    shell.put("scale.ein", kScale);
    Buffer x = array(f32, {1, 3});
    Buffer w = array(f32, {3});
    for (std::size_t i = 0; i < 3; ++i) x.span<float>()[i] = w.span<float>()[i] = static_cast<float>(i + 1);
    runtime::write_npy(shell / "x.npy", x);
    runtime::write_npy(shell / "w.npy", w);
    EXPECT_EQ(shell.output("ricci run scale.ein --in x=x.npy --in w=w.npy"), "y: f32[batch 1, feature 3] = 1, 4, 9\n");
}

TEST(Run, AnUpdatedParameterIsWrittenOut) {
    const Shell shell;
    shell.put("model.ein", kClassifier);
    shell.output("ricci run model.ein --out dense.kernel=kernel.npy --out dense.kernel.velocity=velocity.npy");
    EXPECT_EQ(runtime::read_npy(shell / "kernel.npy").spec().extents, (std::vector<std::int64_t>{10, 8}));
    EXPECT_EQ(runtime::read_npy(shell / "velocity.npy").spec().extents, (std::vector<std::int64_t>{10, 8}));
}

TEST(Run, OutputsComeInTheOrderOfTheText) {
    const Shell shell;
    shell.put("order.ein",
              "ricci 1 model order\ninput x: f32[]\na[] = 0 * x[]\nb[] = a[] + 1\nc[] = b[] + 1\n"
              "output c\noutput a\noutput again = a\noutput b\n");
    const std::string lines = "c: f32[] = 2\na: f32[] = 0\nagain: f32[] = 0\nb: f32[] = 1\n";
    EXPECT_EQ(shell.output("ricci run order.ein"), lines);
    EXPECT_EQ(shell.output("ricci run order.ein --engine=interpreter"), lines);
    EXPECT_EQ(shell.output("ricci run order.ein --check").find(lines), 0U);
}

TEST(Run, AnOutputOfAnUpdatedParameterIsItsValueFromBefore) {
    const Shell shell;
    const std::string text = "ricci 1 model before\nparameter w: f32[] = 2\nw.next[] = w[] * 3\nupdate w = w.next\n";
    shell.put("before.ein", text + "output w\noutput same = w\n");
    for (const std::string engine : {"jit", "interpreter"}) {
        EXPECT_EQ(shell.output("ricci run before.ein --engine=" + engine + " --out same=same.npy"),
                  "w: f32[] = 2\nsame: f32[] = 2\nupdated 1 parameter\n");
        EXPECT_EQ(runtime::read_npy(shell / "same.npy").span<float>()[0], 2.0F);
    }
    EXPECT_NE(shell.output("ricci run before.ein --check").find("agree: 3 values"), std::string::npos);
    shell.expect_refused(
        "ricci run before.ein --out w=w.npy",
        "--out w=w.npy: w is an output and an updated parameter; give the output a name of its own, as "
        "in: output w.before = w");
}

TEST(Run, TwoResultsNeedTwoFiles) {
    const Shell shell;
    shell.put("scale.ein", std::string(kScale) + "output again = y\n");
    shell.expect_refused("ricci run scale.ein --out y=a.npy --out again=./a.npy",
                         "--out y=a.npy: again is written to that file; name another");
}

TEST(Run, AProgramWithoutOutputSaysSo) {
    const Shell shell;
    shell.put("silent.ein", "ricci 1 model silent\ninput x: f32[batch ?]\ny[b] = 2 x[b]\n");
    EXPECT_EQ(shell.output("ricci run silent.ein"), "this program has no output; say what it gives, as in: output y\n");
}

TEST(Run, ACheckThatComparesNothingIsNoAgreement) {
    const Shell shell;
    shell.put("nothing.ein", "ricci 1 model nothing\ninput x: f32[]\ny[] = x[] + 1\n");
    const Ended ended = shell.run("ricci run nothing.ein --check");
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(ended.out, "check: nothing was compared, for the program has no output and no update\n");
}

TEST(Run, ACheckWithZeroParametersSaysSo) {
    const Shell shell;
    const std::string text = "ricci 1 model zeros\ninput x: f32[feature 3]\nparameter w: f32[feature 3]";
    const std::string rest = "\ny[] = x[i] * w[i]\noutput y\n";
    const std::string warning =
        "check: warning: all parameters were 0, so what depends on them was hardly tried; draw "
        "them (= uniform(-1, 1)), or give them with --in\n";
    shell.put("zeros.ein", text + rest);
    shell.put("drawn.ein", text + " = uniform(-1, 1)" + rest);
    EXPECT_NE(shell.output("ricci run zeros.ein --check").find(warning), std::string::npos);
    EXPECT_EQ(shell.output("ricci run drawn.ein --check").find(warning), std::string::npos);
}

TEST(Run, WhatIsDrawnDependsOnTheSeedAlone) {
    const Shell shell;
    shell.put("model.ein", kClassifier);
    const std::string first = shell.output("ricci run model.ein --seed 3");
    EXPECT_EQ(shell.output("ricci run model.ein --seed 3 --threads 2"), first);
    EXPECT_NE(shell.output("ricci run model.ein --seed 4"), first);
}

TEST(Run, ATextRunsFromAnyStage) {
    const Shell shell;
    shell.put("model.ein", kClassifier);
    const std::string out = shell.output("ricci run model.ein");
    for (const std::string stage : {"step", "lowered", "kernels", "planned"}) {
        shell.put("at.ein", shell.output("ricci opt model.ein --emit=" + stage));
        EXPECT_EQ(shell.output("ricci run at.ein"), out) << stage;
    }
}

TEST(Run, FilesThatDoNotFitAreRefused) {
    const Shell shell;
    shell.put("scale.ein", kScale);
    runtime::write_npy(shell / "double.npy", array(f64, {2, 3}));
    runtime::write_npy(shell / "wide.npy", array(f32, {2, 4}));
    runtime::write_npy(shell / "flat.npy", array(f32, {6}));
    shell.put("text.npy", "not an array");
    const std::string takes = " but the program takes x: f32[batch ?, feature 3]";
    shell.expect_refused("ricci run scale.ein --in x=double.npy", "double.npy holds f64[2, 3]" + takes +
                         "; NumPy converts it: np.save(\"double.npy\", a.astype(\"float32\"))");
    shell.expect_refused("ricci run scale.ein --in x=wide.npy", "wide.npy holds f32[2, 4]" + takes);
    shell.expect_refused("ricci run scale.ein --in x=flat.npy", "flat.npy holds f32[6]" + takes);
    shell.expect_refused("ricci run scale.ein --in w=wide.npy",
                         "wide.npy holds f32[2, 4] but the program takes w: f32[feature 3]");
    shell.expect_refused("ricci run scale.ein --in x=absent.npy", "cannot open absent.npy: No such file or directory");
    EXPECT_EQ(shell.run("ricci run scale.ein --in x=text.npy").status, 2);
}

TEST(Run, NamesAndFilesOfTheOptionsAreChecked) {
    const Shell shell;
    shell.put("scale.ein", kScale);
    shell.expect_refused("ricci run scale.ein --in z=x.npy",
                         "--in z=x.npy: the program has no such input, parameter or state; it has x, w");
    shell.expect_refused("ricci run scale.ein --out x=x.npy",
                         "--out x=x.npy: the program has no such output or update; it has y");
    shell.expect_refused("ricci run scale.ein --in x", "option --in is \"x\"; it is NAME=FILE.npy");
    shell.expect_refused("ricci run scale.ein --in x=a --in x=b", "--in x is given twice");
    shell.expect_refused("ricci run scale.ein --out y=absent/y.npy",
                         "cannot write absent/y.npy: No such file or directory");
}

}  // namespace
}  // namespace ricci::test
