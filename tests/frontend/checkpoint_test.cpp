/// \file tests/frontend/checkpoint_test.cpp
/// A training that is stopped and resumed ends with the bits of one that was never stopped.
#include "ricci/checkpoint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ricci.h"
#include "runtime/file/safetensors.h"
#include "tests/frontend/refusal.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci {
namespace {

/// A network with noise, running statistics and an optimizer of many states, on drawn digits.
struct Training {
    Model m{"training"};
    Tensor images = m.input("images", f32, {batch(), channel(1), height(28), width(28)});
    Tensor labels = m.input("labels", i32, {batch()});
    Tensor logits;
    Tensor loss;
    Function step;
    ImageData train{draw_digits(200, 1), images.type()};
    ImageData test{draw_digits(60, 2), images.type()};

    explicit Training(int hidden = 16, const Optimizer& optimizer = adamw({.learning_rate = 0.01}).schedule("cosine").accumulate(2))
        : logits(linear(dropout(batch_norm(relu(linear(flatten(images), hidden, {.name = "body"})), {.running = 0.1}), {.rate = 0.3}),
                        classes(10), {.name = "head"})),
          loss(mean(softmax_cross_entropy(logits, labels))),
          step(compile(training_step(loss, optimizer), {.threads = 1})) {
        m.parameters().draw(7);
    }
    std::vector<EpochReport> fit(TrainerOptions options) {
        options.epochs = 3;
        options.batch = 16;  // 13 a pass, the last one of 8
        options.seed = 5;
        return Trainer(step, compile(argmax(logits, classes), {.threads = 1}), options).fit(train, test);
    }
    /// The bytes of parameters and states.
    std::string bits(const std::filesystem::path& file) {
        step.parameters().save(file, true);
        std::string all;
        for (const runtime::Buffer& tensor : runtime::read_safetensors(file).tensors) {
            all += tensor.spec().name;
            all.append(reinterpret_cast<const char*>(tensor.data()), static_cast<std::size_t>(tensor.bytes()));
        }
        return all;
    }
};

std::function<bool()> after(int steps) {
    return [steps]() mutable { return --steps == 0; };
}

class Checkpoint : public ::testing::Test {
  protected:
    std::vector<std::string> files(const std::string& name) {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(folder / name)) found.push_back(entry.path().filename());
        std::ranges::sort(found);
        return found;
    }
    runtime::ScratchFolder folder;
};

TEST_F(Checkpoint, AResumedTrainingHasTheBitsOfOneThatWasNeverStopped) {
    Training whole;
    const std::vector<EpochReport> wanted = whole.fit({.keep_best = true});
    const std::string bits = whole.bits(folder / "whole");
    // In the middle of the first epoch and of a pair of batches, at the end of an epoch, in the last epoch.
    for (const int stop : {5, 13, 30}) {
        SCOPED_TRACE(stop);
        const std::filesystem::path kept = folder / fmt::format("run{}", stop);
        {
            Training first;
            const auto reports = first.fit({.keep_best = true, .checkpoint = {.folder = kept}, .stop = after(stop)});
            EXPECT_LT(reports.size(), 3U);
        }
        Training second;
        second.m.parameters().draw(99);  // all of it comes from the file
        const auto reports = second.fit({.keep_best = true, .checkpoint = {.folder = kept}, .resume = kept});
        EXPECT_TRUE(second.bits(folder / "second") == bits);
        ASSERT_EQ(reports.size(), wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            EXPECT_EQ(reports[i].loss, wanted[i].loss) << "the report is of the whole epoch";
            EXPECT_EQ(reports[i].test_accuracy, wanted[i].test_accuracy);
        }
    }
}

TEST_F(Checkpoint, TheNewestAreKept) {
    Training().fit({.checkpoint = {.folder = folder / "run", .every = 5, .keep = 2}});
    EXPECT_EQ(files("run"), (std::vector<std::string>{"step-000000030.safetensors", "step-000000035.safetensors"}));
    EXPECT_EQ(newest_checkpoint(folder / "run"), folder / "run" / "step-000000035.safetensors");
    Training().fit({.checkpoint = {.folder = folder / "epochs"}});
    EXPECT_EQ(files("epochs"), (std::vector<std::string>{"step-000000013.safetensors", "step-000000026.safetensors",
                                                         "step-000000039.safetensors"}));
    Training done;
    EXPECT_EQ(done.fit({.resume = folder / "epochs"}).size(), 3U) << "there is nothing left to do";
}

TEST_F(Checkpoint, AModelThatDoesNotTrainLoadsIt) {
    Training trained, used;
    trained.fit({.keep_best = true, .checkpoint = {.folder = folder / "run", .every = 39}});
    Model alone("alone");
    Tensor images = alone.input("images", f32, {batch(), channel(1), height(28), width(28)});
    batch_norm(relu(linear(flatten(images), 16, {.name = "body"})), {.running = 0.1});
    EXPECT_EQ(alone.parameters().load(newest_checkpoint(folder / "run"), {.strict = false}).missing, std::vector<std::string>{});
}

TEST_F(Checkpoint, OneOfAnotherTrainingIsRefusedNamingWhatDiffers) {
    Training().fit({.checkpoint = {.folder = folder / "run"}, .stop = after(1)});
    const std::string file = (folder / "run" / "step-000000001.safetensors").string();
    const auto refused = [&](Training& training, TrainerOptions options) {
        options.resume = folder / "run";
        return test::refusal([&] { training.fit(options); });
    };
    Training larger(20);
    const std::string before = larger.bits(folder / "larger");
    EXPECT_EQ(refused(larger, {}), file + " is of another model: tensor \"body.weight\" is f32[16, 784] there, but "
                                          "this one has f32[feature 20, feature 784]");
    EXPECT_TRUE(larger.bits(folder / "larger") == before) << "nothing changes";
    Training other(16, adamw({.learning_rate = 0.02}).schedule("cosine").accumulate(2));
    EXPECT_EQ(refused(other, {}), file + " was made with learning rate 0.01, but now it is 0.02");
    Training plain(16, sgd({.learning_rate = 0.01}));
    EXPECT_EQ(refused(plain, {}), file + " was made with optimizer adamw(learning_rate = 0.01, accumulate = 2) schedule cosine(), "
                                         "but now it is sgd(learning_rate = 0.01)");
    Training same;
    EXPECT_EQ(test::refusal([&] {
                  Trainer(same.step, compile(argmax(same.logits, classes)), {.batch = 8, .resume = folder / "run"}).fit(same.train, same.test);
              }),
              file + " was made with a batch of 16, but now it is 8");
}

/// Softmax regression with a dropout, on these images.
std::string resumed(const std::filesystem::path& folder, double drop, Precision precision, const DataSource& train,
                    TrainerOptions options) {
    Model m("small");
    const Tensor images = m.input("images", f32, {batch(), channel(1), height(28), width(28)});
    const Tensor labels = m.input("labels", i32, {batch()});
    const Tensor logits = linear(dropout(flatten(images), {.rate = drop}), classes(10));
    const Function step =
        compile(training_step(mean(softmax_cross_entropy(logits, labels)), sgd({.learning_rate = 0.1})),
                {.precision = precision, .threads = 1});
    const ImageData test(draw_digits(20, 2), images.type());
    (std::filesystem::exists(folder) ? options.resume : options.checkpoint.folder) = folder;
    options.batch = 16;
    return test::refusal([&] { Trainer(step, compile(argmax(logits, classes)), options).fit(train, test); });
}

// Each of these changes the bits, and no tensor of the file tells of it.
TEST_F(Checkpoint, WhatLeavesNoTraceInTheTensorsIsATermToo) {
    const std::filesystem::path run = folder / "run";
    const std::string before = (run / "step-000000003.safetensors").string() + " was made with ";
    const TensorType type{f32, {batch(), channel(1), height(28), width(28)}};
    const ImageData data(draw_digits(48, 1), type);
    constexpr Precision full = Precision::full;
    EXPECT_EQ(resumed(run, 0.25, full, data, {}), "(accepted)");
    EXPECT_EQ(resumed(run, 0.25, full, data, {}), "(accepted)") << "it is the same";
    const std::string other = resumed(run, 0.5, full, data, {});
    EXPECT_TRUE(other.starts_with(before + "another program: it had \"")) << other;
    EXPECT_TRUE(other.contains("\", but now it is \"")) << other;
    EXPECT_EQ(resumed(run, 0.25, Precision::all_mixed, data, {}), before + "precision f32, but now it is bf16-all");
    EXPECT_EQ(
        resumed(run, 0.25, full, ImageData(draw_digits(48, 1), type, {PixelScale{}}, {.shift = 2, .flip = true}), {}),
        before +
            "training data 48 samples of drawn digits, but now it is 48 samples of drawn digits, shifted by up to 2, "
            "flipped");
    const std::string samples = resumed(run, 0.25, full, ImageData(draw_digits(48, 5), type), {});
    EXPECT_TRUE(samples.starts_with(before + "training samples sha256 ")) << samples << ": other images of that name";
    EXPECT_EQ(resumed(run, 0.25, full, data, {.keep_best = true}),
              before + "best weights not kept, but now it is kept");
}

TEST_F(Checkpoint, FoldersAndFilesThatAreNoneAreRefused) {
    Training training;
    training.m.parameters().save(folder / "weights");
    const std::string weights = (folder / "weights").string(), empty = (folder / "empty").string();
    std::filesystem::create_directory(empty);
    EXPECT_EQ(test::refusal([&] { training.fit({.resume = weights}); }),
              weights +
                  " is no checkpoint: it has weights, but no training_position; --weights begins a training with "
                  "these, in C++ Parameters::load()");
    EXPECT_EQ(test::refusal([&] { training.fit({.resume = empty}); }),
              "folder " + empty + " has no checkpoint, such as step-000001000.safetensors");
    EXPECT_EQ(test::refusal([&] { training.fit({.resume = empty + "/none"}); }),
              "there is no folder or file " + empty + "/none to resume a training from");
    training.fit({.checkpoint = {.folder = folder / "run"}, .stop = after(1)});
    EXPECT_EQ(test::refusal([&] { training.fit({.checkpoint = {.folder = folder / "run"}}); }),
              "folder " + (folder / "run").string() +
                  " has step-000000001.safetensors of another training; resume that one, or name a new folder");
    EXPECT_EQ(test::refusal([&] { training.fit({.checkpoint = {.folder = folder / "new", .keep = 0}}); }),
              "checkpoints: keep is 0; it is at least 1");
    EXPECT_EQ(test::refusal([&] { training.fit({.checkpoint = {.folder = folder / "new", .every = -1}}); }),
              "checkpoints: every is -1; it is at least 0, which is each epoch");
}

TEST_F(Checkpoint, ADamagedHeaderIsRefused) {
    Training training;
    training.fit({.checkpoint = {.folder = folder / "run"}, .stop = after(1)});
    const std::filesystem::path file = newest_checkpoint(folder / "run");
    std::string bytes = runtime::get(file);
    const std::size_t at = bytes.find("\\\"epoch\\\":1");
    ASSERT_NE(at, std::string::npos);
    bytes.replace(at, 11, "\\\"epoch\\\":0");
    runtime::put(file, bytes);
    EXPECT_EQ(test::refusal([&] { training.fit({.resume = file}); }), file.string() + ": training_position of the header is damaged");
}

}  // namespace
}  // namespace ricci
