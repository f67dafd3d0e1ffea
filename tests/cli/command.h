/// \file tests/cli/command.h
/// Runs the built `ricci` command in a folder of the test's own, as a shell would.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/runtime/scratch_folder.h"

namespace ricci::test {

struct Ended {
    int status = 0;
    std::string out;
    std::string error;
};

/// A scratch folder and the commands that run in it. RICCI_DATA is unset.
class Shell {
  public:
    /// A line of shell in which `ricci` is the built command.
    Ended run(const std::string& line) const {
        const std::string script = "ricci() { '" RICCI_COMMAND "' \"$@\"; }\nunset RICCI_DATA\ncd '" +
                                   folder_.path().string() + "'\n" + line + "\n";
        runtime::put(folder_ / "script", script);
        const std::string at = folder_.path().string();
        const std::string command = "sh '" + at + "/script' >'" + at + "/out' 2>'" + at + "/error' </dev/null";
        const int state = std::system(command.c_str());
        return {WIFEXITED(state) ? WEXITSTATUS(state) : -1, runtime::get(folder_ / "out"),
                runtime::get(folder_ / "error")};
    }
    /// The standard output of a line that must succeed.
    std::string output(const std::string& line) const {
        const Ended ended = run(line);
        EXPECT_EQ(ended.status, 0) << line << "\n" << ended.error;
        return ended.out;
    }
    /// The line must end with status 2, say exactly "ricci: MESSAGE" and print nothing else.
    void expect_refused(const std::string& line, const std::string& message) const {
        const Ended ended = run(line);
        EXPECT_EQ(ended.status, 2) << line;
        EXPECT_EQ(ended.error, "ricci: " + message + "\n") << line;
        EXPECT_EQ(ended.out, "") << line;
    }

    void put(const std::string& name, const std::string& bytes) const { runtime::put(folder_ / name, bytes); }
    std::string get(const std::string& name) const { return runtime::get(folder_ / name); }
    bool has(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
    std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  private:
    runtime::ScratchFolder folder_;
};

/// A file of the sources, by its path in them.
inline std::string text_of_repository(const std::string& path) {
    return runtime::get(std::string(RICCI_SOURCE_DIR) + "/" + path);
}

/// A table of 70 rows with label = 2 a - b + 10.5.
inline std::string line_table() {
    std::string table = "a,b,label\n";
    for (int i = 0; i < 70; ++i) {
        const int a = i % 7, b = i % 5;
        table += std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(10 + 2 * a - b) + ".5\n";
    }
    return table;
}

/// Softmax regression on a batch of 8 features, trained by sgd: a text at stage model.
inline constexpr const char* kClassifier = R"(ricci 1 model classifier

input images: f32[batch ?, feature 8]
input labels: i32[batch ?]
parameter dense.kernel: f32[class 10, feature 8] = uniform(-0.2, 0.2)
logits[b, k] = sum(i: feature 8) dense.kernel[k, i] * images[b, i]
total[b] = sum(k: class 10) exp(logits[b, k])
loss[] = sum(b: batch ?) (log(total[b]) - sum(k: class 10) select(labels[b] == k, logits[b, k], 0)) / f32(extent(b))
output logits
output loss
train loss with sgd(learning_rate = 0.05, momentum = 0.9)
)";

/// Softmax regression on images, half of whose pixels are dropped while it trains.
inline constexpr const char* kNoisy = R"(ricci 1 model noisy
input images: f32[batch ?, height 28, width 28]
input labels: i32[batch ?]
input training: bool[]
state noise.key: i64[] = 0
noise.key.next[] = noise.key[] + 1
parameter w: f32[class 10, height 28, width 28] = uniform(-0.03, 0.03)
dropped[b, h, v] = select(random_bits(noise.key[], (b * 28 + h) * 28 + v, 1) < 2251799813685248, 0, 2 * images[b, h, v])
x[b, h, v] = select(training[], dropped[b, h, v], images[b, h, v])
logits[b, k] = w[k, Y, X] * x[b, Y, X]
total[b] = sum(k: class 10) exp(logits[b, k])
loss[] = sum(b) (log(total[b]) - sum(k) select(labels[b] == k, logits[b, k], 0)) / f32(extent(b))
output logits
update noise.key = noise.key.next
)";

}  // namespace ricci::test
