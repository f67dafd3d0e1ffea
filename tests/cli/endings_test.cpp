/// \file tests/cli/endings_test.cpp
/// Trainings that end badly keep their weights; streams that are closed or full give a status and no abort.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "runtime/file/safetensors.h"
#include "tests/cli/command.h"

namespace ricci::test {
namespace {

namespace fs = std::filesystem;

const std::string kCommand = "'" RICCI_COMMAND "'";
/// It would never end; signals are as at a terminal, whatever the tests themselves ignore.
const std::string kEndless = "env --default-signal=INT,HUP,TERM,PIPE " + kCommand +
                             " train lenet5 --images 64 --epochs 1000000 --threads 1 --save w";
const std::string kWait = "\nwhile ! grep -qs '^epoch' log; do sleep 0.02; done\n";

/// LeNet-5's weights, each a finite number.
void expect_good_weights(const Shell& shell, const std::string& file) {
    ASSERT_TRUE(shell.has(file)) << file;
    const runtime::Safetensors saved = runtime::read_safetensors(shell / file);
    EXPECT_EQ(saved.tensors.size(), 10U);
    for (const runtime::Buffer& tensor : saved.tensors) {
        for (const float element : tensor.span<float>()) ASSERT_TRUE(std::isfinite(element)) << tensor.spec().name;
    }
}

/// Nothing of a save that was not finished; the names are those beside the shell's own.
void expect_files(const Shell& shell, const std::vector<std::string>& names) {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(shell / ".")) {
        const std::string name = entry.path().filename();
        if (name != "script" && name != "out" && name != "error" && name != "log") found.push_back(name);
    }
    std::ranges::sort(found);
    EXPECT_EQ(found, names);
}

TEST(TrainEnds, ByASignalWithItsWeights) {
    struct Case {
        std::string signal, name;
        int status;
    };
    for (const auto& [signal, name, status] :
         {Case{"INT", "Ctrl-C", 130}, Case{"TERM", "SIGTERM", 143}, Case{"HUP", "SIGHUP", 129}}) {
        SCOPED_TRACE(signal);
        const Shell shell;
        const Ended ended = shell.run(kEndless + " >log &" + kWait + "kill -" + signal + " $!\nwait $!");
        EXPECT_EQ(ended.status, status) << ended.error;
        EXPECT_EQ(ended.error, "");
        const std::string log = shell.get("log");
        EXPECT_NE(log.find("\nstopped   by " + name + " in epoch "), std::string::npos) << log;
        EXPECT_NE(log.find("\nsaved     w\n"), std::string::npos) << log;
        expect_good_weights(shell, "w");
        expect_files(shell, {"w"});
    }
}

TEST(TrainEnds, AfterManySignalsAtOnceWithItsWeights) {
    const Shell shell;
    const Ended ended =
        shell.run(kEndless + " >log &" + kWait + "for i in 1 2 3 4 5; do kill -HUP $!; kill -TERM $!; done\nwait $!");
    EXPECT_TRUE(ended.status == 129 || ended.status == 143) << ended.status;
    expect_good_weights(shell, "w");
    expect_files(shell, {"w"});
}

TEST(TrainEnds, QuietlyWhenNobodyReadsItsOutputAndSaysWhereTheWeightsAre) {
    const Shell shell;
    const Ended ended = shell.run("{ " + kEndless + "; echo $? >log; } | head -n 1");
    EXPECT_EQ(shell.get("log"), "141\n");
    EXPECT_EQ(ended.error, "ricci: the weights are saved in w\n");
    expect_good_weights(shell, "w");
    expect_files(shell, {"w"});
}

TEST(TrainEnds, WithAReasonWhereAClosedPipeIsNoSignal) {
    const Shell shell;
    const Ended ended = shell.run("trap '' PIPE\n{ " + kCommand +
                                  " train lenet5 --images 64 --epochs 1000000 --threads 1 --save w; echo $? >log; } | "
                                  "head -n 1");
    EXPECT_EQ(shell.get("log"), "2\n");
    EXPECT_EQ(ended.error, "ricci: the weights are saved in w\nricci: cannot write to standard output: Broken pipe\n");
    expect_good_weights(shell, "w");
}

TEST(TrainEnds, WhenBothItsStreamsAreGoneWithItsWeights) {
    const Shell shell;
    shell.run("{ " + kEndless + " 2>&1; echo $? >log; } | head -n 1");
    EXPECT_EQ(shell.get("log"), "141\n");
    expect_good_weights(shell, "w");
}

TEST(TrainEnds, WhenItsOutputIsFull) {
    const Shell shell;
    // The file that it writes to takes the lines before the training.
    const Ended ended = shell.run("ulimit -f 1\nricci train lenet5 --images 64 --epochs 1000000 --threads 1 >log");
    EXPECT_EQ(ended.status, 2);
    EXPECT_EQ(ended.error, "ricci: cannot write to standard output: File too large\n");
}

TEST(TrainEnds, ByALossThatIsNoNumberWithTheLastGoodWeights) {
    for (const std::string rate : {"1e38", "1e37 --dtype f32", "1e38 --momentum 0"}) {
        SCOPED_TRACE(rate);
        const Shell shell;
        const Ended ended = shell.run(
            "ricci train lenet5 --images 6400 --epochs 50 --schedule constant --save w --learning-rate " + rate);
        EXPECT_EQ(ended.status, 2);
        EXPECT_NE(ended.error.find("; a smaller learning rate than "), std::string::npos) << ended.error;
        EXPECT_NE(ended.error.find("; the parameters are again those before step "), std::string::npos) << ended.error;
        EXPECT_TRUE(ended.error.ends_with("; the weights are saved in w\n")) << ended.error;
        EXPECT_EQ(std::ranges::count(ended.error, '\n'), 1);
        expect_good_weights(shell, "w");
        expect_files(shell, {"w"});
    }
}

TEST(TrainEnds, BesideTheFileWhereItCannotBeReplaced) {
    const Shell shell;
    // The place becomes a folder while the training runs.
    const Ended ended = shell.run(kEndless + " >log &" + kWait + "mkdir w; kill -TERM $!\nwait $!");
    EXPECT_EQ(ended.status, 143);
    EXPECT_EQ(ended.error, "ricci: cannot write w: Is a directory; the weights are saved in w.partial instead\n");
    expect_good_weights(shell, "w.partial");
    expect_files(shell, {"w", "w.partial"});
}

TEST(TrainEnds, InTheTemporaryFolderWhereTheFolderHasGone) {
    const Shell shell;
    fs::create_directory(shell / "folder");
    fs::create_directory(shell / "tmp");
    const Ended ended =
        shell.run("TMPDIR=$PWD/tmp " + kCommand + " train lenet5 --images 64 --epochs 3000 --save folder/w >log &" +
                  kWait + "rmdir folder\nkill -TERM $!\nwait $!");
    EXPECT_EQ(ended.status, 143);
    const std::string begin = "ricci: cannot write folder/w: No such file or directory; the weights are saved in ";
    ASSERT_TRUE(ended.error.starts_with(begin)) << ended.error;
    const std::string file = ended.error.substr(begin.size(), ended.error.find(" instead\n") - begin.size());
    EXPECT_NE(file.find("/tmp/ricci-weights-"), std::string::npos) << file;
    EXPECT_EQ(runtime::read_safetensors(file).tensors.size(), 10U);
}

TEST(TrainEnds, AtALimitOfFileSizesWithALineAndNothingHalfWritten) {
    const Shell shell;
    shell.put("w", "old");
    fs::create_directory(shell / "tmp");
    // 100 blocks of 512 bytes; the weights are 247 KB.
    const Ended ended = shell.run(
        "ulimit -f 100\nexport TMPDIR=$PWD/tmp RICCI_CACHE=off\n"
        "ricci train lenet5 --images 64 --epochs 1 --save w");
    EXPECT_EQ(ended.status, 2);
    EXPECT_EQ(ended.error, "ricci: the weights are lost: cannot write w: File too large\n");
    EXPECT_EQ(shell.get("w"), "old");
    EXPECT_TRUE(fs::is_empty(shell / "tmp"));
    expect_files(shell, {"tmp", "w"});
}

TEST(TrainEnds, OnAFullDiskWithItsWeightsElsewhere) {
    const Shell shell;
    fs::create_directory(shell / "disk");
    if (shell.run("mount -t tmpfs -o size=128k tmpfs disk").status != 0) GTEST_SKIP() << "no file system can be made";
    fs::create_directory(shell / "tmp");
    const Ended ended = shell.run("export TMPDIR=$PWD/tmp\nricci train lenet5 --images 64 --epochs 1 --save disk/w");
    const bool left = !fs::is_empty(shell / "disk");
    shell.run("umount disk");
    EXPECT_EQ(ended.status, 2);
    EXPECT_TRUE(
        ended.error.starts_with("ricci: cannot write disk/w: No space left on device; the weights are saved in "))
        << ended.error;
    EXPECT_FALSE(left);
}

TEST(TrainEnds, NotByASignalThatItsParentIgnores) {
    for (const std::string signal : {"INT", "TERM", "HUP"}) {
        const Shell shell;
        const Ended ended = shell.run("trap '' " + signal + "\n" + kCommand +
                                      " train lenet5 --images 640 --epochs 4 --threads 1 >log &" + kWait + "kill -" +
                                      signal + " $!\nwait $!");
        EXPECT_EQ(ended.status, 0) << signal << ended.error;
        EXPECT_EQ(shell.get("log").find("stopped"), std::string::npos);
    }
}

TEST(Streams, AClosedOrFullErrorStreamIsNoAbort) {
    for (const std::string to : {"2>&-", "2>/dev/full"}) {
        for (const auto& [line, status] : std::vector<std::pair<std::string, int>>{
                 {"ricci nonsense", 2},
                 {"ricci run absent.ein", 2},
                 {"ricci train lenet5 --epochs 0", 2},
                 {"ricci opt model:lenet5 --emit kernels --remarks >log", 0},
                 {"ricci --version >log", 0},
                 {"ricci bench step --images 64 --repeats 1 --threads 1 --profile >log", 0}}) {
            EXPECT_EQ(Shell().run(line + " " + to).status, status) << line << " " << to;
        }
    }
}

TEST(Streams, OutputThatCannotBeWrittenIsAnError) {
    for (const std::string command :
         {"--help", "--version", "opt --help", "opt --list-ops", "opt model:lenet5 --emit asm", "run model:lenet5"}) {
        for (const auto& [to, reason] : std::vector<std::pair<std::string, std::string>>{
                 {">&-", "Bad file descriptor"}, {">/dev/full", "No space left on device"}}) {
            const Ended ended = Shell().run("ricci " + command + " " + to);
            EXPECT_EQ(ended.status, 2) << command << to;
            EXPECT_EQ(ended.error, "ricci: cannot write to standard output: " + reason + "\n") << command;
        }
    }
}

TEST(Streams, AReaderThatHasEnoughIsNoError) {
    const Shell shell;
    const Ended ended = shell.run("{ env --default-signal=PIPE " + kCommand +
                                  " opt model:lenet5 --emit asm; echo $? >log; } | head -n 1 >/dev/null");
    EXPECT_EQ(ended.error, "");
    EXPECT_EQ(shell.get("log"), "141\n");
}

TEST(Streams, AClosedInputIsAnError) {
    Shell().expect_refused("ricci opt - <&-", "cannot read standard input: Bad file descriptor");
}

TEST(Streams, NoFileComesToLieWhereAStreamWasClosed) {
    // Whatever is closed, messages and output land in no file.
    for (const std::string closed : {"<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"}) {
        const Shell shell;
        const std::string text = "ricci 1 model m\ninput x: f32[batch ?]\ny[b] = 2 * x[b]\noutput y\n";
        shell.put("x.ein", text);
        shell.run("ricci run x.ein --batch 2 --out y=y.npy " + closed);
        shell.run("ricci opt x.ein -o copy.ein --remarks " + closed);
        shell.run("ricci run absent.ein " + closed);
        EXPECT_EQ(shell.get("x.ein"), text) << closed;
        EXPECT_EQ(shell.get("copy.ein").find("ricci: "), std::string::npos) << closed;
        if (shell.has("y.npy")) { EXPECT_EQ(shell.get("y.npy").size(), 128U + 8U) << closed; }
    }
}

TEST(Streams, ALimitOfFileSizesOnOutputIsAnError) {
    const Ended ended = Shell().run("ulimit -f 8\nricci opt model:lenet5 --emit asm >log");
    EXPECT_EQ(ended.status, 2);
    EXPECT_EQ(ended.error, "ricci: cannot write to standard output: File too large\n");
}

}  // namespace
}  // namespace ricci::test
