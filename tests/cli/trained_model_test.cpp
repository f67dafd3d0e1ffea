/// \file tests/cli/trained_model_test.cpp
/// `ricci eval`, `predict` and `summary`, and `--data` of every form, as a user types them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/cli/command.h"
#include "tests/runtime/png_file.h"

namespace ricci::test {
namespace {

using runtime::png_file;

/// A shell with weights of lenet5 on 600 drawn digits.
class TrainedModel : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        shell_ = new Shell;
        shell_->output("ricci train lenet5 --images 600 --epochs 3 --batch 16 --threads 1 --save w.safetensors");
    }
    static void TearDownTestSuite() {
        delete shell_;
        shell_ = nullptr;
    }
    static const Shell& shell() { return *shell_; }

  private:
    static Shell* shell_;
};
Shell* TrainedModel::shell_ = nullptr;

TEST_F(TrainedModel, EvalCountsEveryClassAndTheTableAddsUp) {
    const std::string out = shell().output(
        "ricci eval lenet5 --weights w.safetensors --images 600 --json r.json --csv r.csv --confusion c.svg --worst "
        "w.svg");
    EXPECT_TRUE(out.contains("; 100 of the test set\n")) << out;
    EXPECT_TRUE(out.contains("confusion rows: the label; columns: what the model says\n")) << out;
    const auto report = nlohmann::json::parse(shell().get("r.json"));
    EXPECT_EQ(report["samples"], 100);
    std::int64_t all = 0, right = 0;
    for (std::size_t row = 0; row < 10; ++row) {
        for (std::size_t column = 0; column < 10; ++column) {
            all += report["confusion"][row][column].get<std::int64_t>();
            if (row == column) right += report["confusion"][row][column].get<std::int64_t>();
        }
        EXPECT_EQ(report["classes"][row]["right"], report["confusion"][row][row]);
    }
    EXPECT_EQ(all, 100);
    EXPECT_NEAR(report["accuracy"].get<double>(), static_cast<double>(right) / 100, 1e-12);
    EXPECT_TRUE(out.contains(fmt::format("accuracy {:.2f} % ({} of 100)", static_cast<double>(right), right))) << out;
    double before = 0;
    for (const auto& worst : report["worst"]) {
        EXPECT_GE(worst["probability"].get<double>(), before);
        before = worst["probability"].get<double>();
    }
    EXPECT_EQ(std::ranges::count(shell().get("r.csv"), '\n'), 11);
    const std::string matrix = shell().get("c.svg"), worst = shell().get("w.svg");
    EXPECT_TRUE(matrix.starts_with("<svg ") && matrix.ends_with("</svg>\n"));
    std::size_t pictures = 0;
    for (std::size_t at = 0; (at = worst.find("<image ", at)) != std::string::npos; ++at) ++pictures;
    EXPECT_EQ(pictures, 24U);
}

TEST_F(TrainedModel, EvalSaysWhatTrainSaid) {
    const std::string trained =
        shell().output("ricci train lenet5 --images 300 --epochs 1 --threads 1 --save v.safetensors");
    std::smatch accuracy;
    ASSERT_TRUE(std::regex_search(trained, accuracy, std::regex("test accuracy ([0-9.]+ %)")));
    for (const std::string more : {"", " --threads 2", " --batch 7", " --layout nhwc"}) {
        const std::string out = shell().output("ricci eval lenet5 --weights v.safetensors --images 300" + more);
        EXPECT_TRUE(out.contains("accuracy " + accuracy[1].str())) << out;
    }
}

TEST_F(TrainedModel, WeightsBringTheirScaleAlong) {
    // Other drawn digits have another scale, which the weights do not ask for.
    const std::string out =
        shell().output("ricci predict lenet5 --weights w.safetensors --images 12 --seed 9 0 --top 1");
    const std::string with_more =
        shell().output("ricci predict lenet5 --weights w.safetensors --images 18 --seed 9 0 --top 1");
    EXPECT_EQ(out, with_more);
}

TEST_F(TrainedModel, PredictDrawsPicturesAndPrintsProbabilities) {
    const std::string out = shell().output("ricci predict lenet5 --weights w.safetensors 3 5 --images 600 --top 10");
    EXPECT_TRUE(out.starts_with("sample    3 of drawn digits, labelled ")) << out;
    std::size_t samples = 0;
    double sum = 0;
    const std::regex line("  [0-9]  +([0-9.]+) %  #*");
    std::istringstream lines(out);
    for (std::string each; std::getline(lines, each);) {
        samples += each.starts_with("sample ") ? 1U : 0U;
        std::smatch found;
        if (std::regex_match(each, found, line)) sum += std::stod(found[1]);
    }
    EXPECT_EQ(samples, 2U);
    EXPECT_NEAR(sum, 200, 0.2);
    EXPECT_TRUE(out.contains('@')) << out;  // ink
    EXPECT_TRUE(shell()
                    .output("ricci predict lenet5 --weights w.safetensors 3 --images 600 --colour always")
                    .contains("\x1b[38;2;"));
}

TEST_F(TrainedModel, PredictWritesItsAnswersAsTables) {
    const std::string out =
        shell().output("ricci predict lenet5 --weights w.safetensors 3 5 --images 600 --top 4 --csv p.csv --json p.json");
    EXPECT_TRUE(out.ends_with("saved     p.csv\nsaved     p.json\n")) << out;
    const auto report = nlohmann::json::parse(shell().get("p.json"));
    EXPECT_EQ(report["model"], "lenet5");
    std::string table = "sample,class,probability\n";
    for (const auto& answer : report["answers"]) {
        double before = 1;
        for (const auto& one : answer["classes"]) {
            const double probability = one["probability"].get<double>();
            EXPECT_LE(probability, before);
            before = probability;
            table += fmt::format("{},{},{}\n", answer["sample"].get<std::string>(), one["class"].get<std::string>(), probability);
            EXPECT_TRUE(out.contains(fmt::format("{:.2f} %", 100 * probability))) << out;
        }
    }
    EXPECT_EQ(std::ranges::count(table, '\n'), 1 + 2 * 4);
    EXPECT_EQ(shell().get("p.csv"), table);
    shell().expect_refused("ricci predict lenet5 --weights w.safetensors 3 --json no/p.json",
                           "cannot write no/p.json: No such file or directory");
}

TEST_F(TrainedModel, PredictSaysTheSameOfAPictureInBothFiles) {
    runtime::Picture picture{.channels = 1, .height = 28, .width = 28};
    for (int i = 0; i < 28 * 28; ++i) picture.pixels.push_back(i % 28 > 10 && i % 28 < 17 ? 255 : 0);
    shell().put("bar.png", png_file(picture));
    std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (28, 28), }";
    header.resize(117, ' ');
    header += '\n';
    shell().put("bar.npy", std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
                               std::string(picture.pixels.begin(), picture.pixels.end()));
    const std::string png = shell().output("ricci predict lenet5 --weights w.safetensors bar.png");
    const std::string npy = shell().output("ricci predict lenet5 --weights w.safetensors bar.npy");
    EXPECT_EQ(png.substr(png.find('\n')), npy.substr(npy.find('\n')));
}

/// An .npy file of numbers as NumPy writes it.
std::string npy(const std::string& shape, const std::vector<float>& numbers) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
    header.resize(117, ' ');
    header += '\n';
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
           std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float));
}

// The weights' notes say what black is, so numbers are what a picture of bytes becomes.
TEST_F(TrainedModel, ASmallerImageOfNumbersGetsABlackBorder) {
    const std::string notes = shell().get("w.safetensors");
    std::smatch scale;
    ASSERT_TRUE(std::regex_search(notes, scale, std::regex(R"(scale ([0-9.e-]+) ([0-9.e-]+)\\n)")));
    const double mean = std::stod(scale[1]), deviation = std::stod(scale[2]);
    runtime::Picture picture{.channels = 1, .height = 28, .width = 28};
    std::vector<float> numbers;
    for (int i = 0; i < 28 * 28; ++i) {
        picture.pixels.push_back(static_cast<std::uint8_t>(i % 28 > 8 && i % 28 < 15 ? 250 - i / 28 : i % 7));
        numbers.push_back(static_cast<float>((picture.pixels.back() / 255.0 - mean) / deviation));
    }
    shell().put("bar.png", png_file(picture));
    shell().put("bar.npy", npy("(28, 28)", numbers));
    shell().put("one.npy", npy("(1, 1, 28, 28)", numbers));
    const std::string command = "ricci predict lenet5 --weights w.safetensors --top 10 ";
    const auto classes_of = [](const std::string& out) { return out.substr(out.find("\n  ")); };
    const std::string png = shell().output(command + "bar.png");
    EXPECT_TRUE(png.ends_with(classes_of(shell().output(command + "bar.npy")))) << png;
    EXPECT_TRUE(png.ends_with(classes_of(shell().output(command + "one.npy"))));
    shell().put("large.npy", npy("(33, 28)", std::vector<float>(33 * 28)));
    shell().expect_refused(
        command + "large.npy",
        "large.npy holds large: f32[33, 28] but the model takes f32[batch ?, channel 1, height 32, width 32]; give "
        "one sample of it, or the bytes of a picture");
}

TEST_F(TrainedModel, WeightsOfAnotherModelAreNamed) {
    shell().expect_refused("ricci eval convnet --weights w.safetensors",
                           "w.safetensors: tensor \"conv1.kernel\" is f32[6, 1, 5, 5] but this model has f32[channel "
                           "16, channel 1, tap_h 3, "
                           "tap_w 3]; the file has the weights of lenet5, not of convnet");
    const Ended train = shell().run("ricci train mlp --images 64 --epochs 1 --weights w.safetensors");
    EXPECT_EQ(train.status, 2);
    EXPECT_TRUE(train.error.ends_with("; the file has the weights of lenet5, not of mlp\n")) << train.error;
}

TEST_F(TrainedModel, DataThatAModelDoesNotTakeSayWhichModelsDo) {
    shell().put("table.csv", line_table());
    shell().expect_refused("ricci train mlp --data table.csv",
                           "table is a table with 2 numbers a row, but the model takes f32[batch ?, channel 1, height "
                           "28, width 28], which "
                           "are 784; write a model for such rows: ricci train FILE.ein");
    shell().expect_refused("ricci train lenet5 --data drawn:shapes --images 20",
                           "drawn shapes has images of 3 channels, but the model takes f32[batch ?, channel 1, height "
                           "32, width 32], which "
                           "have 1; ricci models says which take others");
    shell().expect_refused("ricci train transformer --data drawn:shapes --images 20",
                           "drawn shapes has images, but the model takes i32[batch ?, time 32], which are no images; give it "
                           "the file of a text");
    shell().put("text.txt", text_of_repository("README.md"));
    shell().output("ricci train transformer --data text.txt --epochs 1 --save t");
    shell().expect_refused(
        "ricci predict transformer --weights t --data text.txt 0",
        "model transformer gives no answer for each sample; it predicts every character of a text; ricci eval "
        "transformer --weights t --data FILE.txt says how well");
}

TEST_F(TrainedModel, WhatCannotBeAnsweredIsRefused) {
    shell().expect_refused("ricci eval lenet5",
                           "lenet5 needs weights: --weights FILE, as ricci train lenet5 --save FILE writes them");
    shell().expect_refused("ricci eval lenet6 --weights w.safetensors", "no model \"lenet6\"; did you mean lenet5?");
    shell().expect_refused("ricci eval lenet5 --weights none", "cannot open none: No such file or directory");
    shell().expect_refused("ricci predict lenet5 --weights w.safetensors",
                           "predict needs SAMPLE; see ricci predict --help");
    shell().expect_refused("ricci predict lenet5 --weights w.safetensors 100 --images 600",
                           "there is no sample 100 of drawn digits; they are 0 to 99");
    shell().put("large.png",
                png_file({.channels = 1, .height = 33, .width = 20, .pixels = std::vector<std::uint8_t>(660)}));
    shell().expect_refused("ricci predict lenet5 --weights w.safetensors large.png",
                           "large.png has 33 x 20 pixels, but the model takes at most 32 x 32; make it smaller");
    shell().put("none.png", "no picture");
    EXPECT_TRUE(shell()
                    .run("ricci predict lenet5 --weights w.safetensors none.png")
                    .error.starts_with("ricci: none.png: this is no PNG picture ("));
    shell().expect_refused("ricci eval lenet5 --weights w.safetensors --label x",
                           "option --label is for a .csv file; name it with --data");
    shell().expect_refused("ricci train lenet5 --augment turn",
                           "option --augment: \"turn\" is not shift, shift=1 to shift=64 or flip");
    shell().expect_refused("ricci train lenet5 --augment shift=0",
                           "option --augment: \"shift=0\" is not shift, shift=1 to shift=64 or flip");
}

TEST_F(TrainedModel, WeightsGoIntoTrainAndRun) {
    const std::string eval = shell().output("ricci eval lenet5 --weights w.safetensors --images 600");
    const std::string hash = eval.substr(eval.find("sha256 "), 71);
    // No step of training: a learning rate of 0.
    const std::string kept =
        shell().output("ricci train lenet5 --images 60 --epochs 1 --learning-rate 0 --weights w.safetensors");
    EXPECT_TRUE(kept.contains(hash)) << kept;
    EXPECT_FALSE(shell().output("ricci train lenet5 --images 60 --epochs 1 --learning-rate 0").contains(hash));
    const std::string drawn = shell().output("ricci run model:lenet5 --forward --batch 2 --check");
    const std::string loaded =
        shell().output("ricci run model:lenet5 --forward --batch 2 --check --weights w.safetensors");
    EXPECT_NE(drawn, loaded);
    EXPECT_TRUE(loaded.contains("check: machine code and interpreter agree")) << loaded;
    shell().expect_refused("ricci run model:lenet5 --weights none", "cannot open none: No such file or directory");
}

TEST_F(TrainedModel, AFolderOfPicturesTrainsAndIsPredicted) {
    for (const std::string name : {"dark", "light"}) {
        std::filesystem::create_directories(shell() / ("pictures/" + name));
        for (int i = 0; i < 14; ++i) {
            runtime::Picture picture{.channels = 1, .height = 16, .width = 16};
            for (int at = 0; at < 256; ++at)
                picture.pixels.push_back(static_cast<std::uint8_t>((name == "dark" ? 10 : 200) + at % 16 + i));
            shell().put("pictures/" + name + "/" + std::to_string(i) + ".png", png_file(picture));
        }
    }
    const std::string out = shell().output(
        "ricci train lenet5 --data pictures --epochs 20 --batch 8 --augment shift,flip --save p.safetensors");
    EXPECT_TRUE(
        out.starts_with("data      grey pictures of 16 x 16 in 2 classes from pictures; 24 to train, 4 to test\n"))
        << out;
    EXPECT_TRUE(out.contains("test accuracy 100.00 %")) << out;
    const std::string light =
        shell().output("ricci predict lenet5 --weights p.safetensors pictures/light/3.png --top 1");
    EXPECT_TRUE(light.contains("\n  light  ")) << light;
    EXPECT_TRUE(shell()
                    .output("ricci eval lenet5 --weights p.safetensors --data pictures")
                    .contains("accuracy 100.00 % (4 of 4)"));
}

TEST_F(TrainedModel, AugmentedTrainingHasTheSameBitsForAnyThreads) {
    std::set<std::string> hashes;
    for (const std::string threads : {"1", "2", "3"}) {
        const std::string out =
            shell().output("ricci train lenet5 --images 200 --epochs 2 --augment shift=3,flip --threads " + threads);
        hashes.insert(out.substr(out.find("sha256 ")));
    }
    EXPECT_EQ(hashes.size(), 1U);
}

TEST(Summary, ParametersAddUpAndNumbersFollowTheFormulas) {
    const Shell shell;
    const std::string out = shell.output("ricci summary lenet5 --batch 32 --json s.json");
    const auto report = nlohmann::json::parse(shell.get("s.json"));
    std::int64_t parameters = 0;
    double flop = 0, training = 0;
    for (const auto& layer : report["layers"]) {
        if (layer["layer"] == "total") continue;
        parameters += layer["parameters"].get<std::int64_t>();
        flop += layer["flop"]["number"].get<double>();
        training += layer["training_flop"]["number"].get<double>();
    }
    const auto& total = report["layers"].back();
    EXPECT_EQ(total["layer"], "total");
    EXPECT_EQ(parameters, 61706);
    EXPECT_EQ(total["parameters"], 61706);
    EXPECT_NEAR(total["flop"]["number"].get<double>(), flop, 1);
    EXPECT_NEAR(total["training_flop"]["number"].get<double>(), training, 1);
    // 2 * N * 6 * 28 * 28 * 25 for the products of the first layer.
    EXPECT_GE(report["layers"][0]["flop"]["number"].get<double>(), 2.0 * 32 * 6 * 28 * 28 * 25);
    EXPECT_LT(report["layers"][0]["flop"]["number"].get<double>(), 2.2 * 32 * 6 * 28 * 28 * 25);
    EXPECT_GT(training, 2.5 * flop);
    // Gradients by input and kernel are of the layer that reads both.
    for (const auto& layer : report["layers"]) {
        if (layer["layer"] != "conv2") continue;
        EXPECT_GE(layer["training_flop"]["number"].get<double>(), 2.9 * layer["flop"]["number"].get<double>());
    }
    EXPECT_TRUE(out.contains("conv1")) << out;
    EXPECT_TRUE(out.contains("61,706")) << out;
    EXPECT_TRUE(out.contains("for a batch of 32\n")) << out;
}

TEST(Summary, IsWrittenAsATable) {
    const Shell shell;
    shell.output("ricci summary transformer --csv s.csv --json s.json");
    const auto report = nlohmann::json::parse(shell.get("s.json"));
    std::istringstream lines(shell.get("s.csv"));
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "layer,op,output,parameters,flop,bytes,training_flop,training_bytes");
    for (const auto& layer : report["layers"]) {
        std::getline(lines, line);
        const auto number = [&](const char* what) { return std::llround(layer[what]["number"].get<double>()); };
        const std::string output = layer["output"];
        EXPECT_EQ(line, fmt::format("{},{},{},{},{},{},{},{}", layer["layer"].get<std::string>(), layer["op"].get<std::string>(),
                                    output.contains(',') ? '"' + output + '"' : output, layer["parameters"].get<int>(),
                                    number("flop"), number("bytes"), number("training_flop"), number("training_bytes")));
    }
    EXPECT_FALSE(std::getline(lines, line)) << line;
}

TEST(Summary, CountsALookUpAsACopyAndGivesAGroupNoOp) {
    const Shell shell;
    const std::string out = shell.output("ricci summary transformer --json s.json");
    const auto report = nlohmann::json::parse(shell.get("s.json"));
    // Rows of the characters and of their places, added: one addition for each of 32 x 64 elements.
    EXPECT_EQ(report["layers"][0]["layer"], "embedded");
    EXPECT_EQ(report["layers"][0]["flop"]["formula"], "2,048 N") << out;
    EXPECT_EQ(report["layers"][1]["layer"], "block1");
    EXPECT_EQ(report["layers"][1]["op"], "") << out;
    EXPECT_EQ(report["layers"][2]["op"], "add") << out;
}

TEST(Summary, OfEveryModelHasTheParametersThatModelsListed) {
    const Shell shell;
    const std::string models = shell.output("ricci models");
    std::istringstream lines(models);
    int summarised = 0;
    for (std::string line; std::getline(lines, line);) {
        std::smatch found;
        if (!std::regex_search(line, found, std::regex("^([a-z][a-z0-9-]*) +([0-9]+) "))) continue;
        const std::string name = found[1];
        shell.output("ricci summary " + name + " --json s.json");
        const auto report = nlohmann::json::parse(shell.get("s.json"));
        EXPECT_EQ(report["layers"].back()["parameters"], std::stoll(found[2])) << name;
        EXPECT_GT(report["layers"].size(), 5U) << name;
        ++summarised;
    }
    EXPECT_EQ(summarised, 15) << models;
}

TEST(Summary, OfATextAtStageModel) {
    const Shell shell;
    shell.put("c.ein", kClassifier);
    const std::string out = shell.output("ricci summary c.ein");
    EXPECT_TRUE(out.starts_with("model     classifier: c.ein\n")) << out;
    EXPECT_TRUE(std::regex_search(out, std::regex("logits .* 80 .*160 N"))) << out;
    shell.output("ricci opt c.ein --emit=step -o step.ein");
    shell.expect_refused("ricci summary step.ein",
                         "step.ein is at stage step; a summary is of a text at stage model, before its gradients");
    shell.expect_refused("ricci summary absent", "no model \"absent\"; ricci models lists them");
    shell.expect_refused("ricci summary", "summary needs MODEL|FILE.ein; see ricci summary --help");
}

/// Gradients are called d.NAME, and a model may have values and parameters of such names.
TEST(Summary, OfAModelGoesByNoNameOfAGradient) {
    const auto text = [](const std::string& layer, const std::string& weights) {
        return fmt::format(R"(ricci 1 model named
input x: f32[batch ?, feature 8]
input labels: i32[batch ?]
parameter {1}: f32[feature 6, feature 8] = uniform(-1, 1)
parameter out.w: f32[class 10, feature 6] = uniform(-1, 1)
{0}[b, o] = sum(i: feature 8) x[b, i] * {1}[o, i]
h[b, o] = tanh({0}[b, o])
out[b, k] = sum(i: feature 6) h[b, i] * out.w[k, i]
xent = softmax_cross_entropy(out, labels)
loss[] = sum(b: batch ?) xent[b]
output loss
train loss with sgd(learning_rate = 0.1, momentum = 0.9)
)",
                           layer, weights);
    };
    const Shell shell;
    const auto layers = [&](const std::string& layer, const std::string& weights) {
        shell.put("m.ein", text(layer, weights));
        shell.output("ricci summary m.ein --json s.json");
        nlohmann::json rows = nlohmann::json::parse(shell.get("s.json"))["layers"];
        rows[0]["layer"] = "first";
        return rows;
    };
    const nlohmann::json plain = layers("fc1", "fc1.w");
    // 2 * 8 * 6 each for forward and the gradient by the weights; the optimizer's step is no part of N.
    EXPECT_EQ(plain[0]["training_flop"]["formula"], "192 N + 192");
    EXPECT_EQ(plain[2]["training_flop"]["formula"], "360 N + 240");
    EXPECT_EQ(layers("d.fc1", "d.w"), plain);
    EXPECT_EQ(layers("d.out", "d.out.w"), plain);
    EXPECT_EQ(layers("fc1", "d.loss"), plain);
}

}  // namespace
}  // namespace ricci::test
