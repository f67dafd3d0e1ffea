/// \file tests/cli/picture_size_test.cpp
/// Named models take images of the size of the data, and say where they cannot.
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "tests/cli/command.h"
#include "tests/runtime/png_file.h"

namespace ricci::test {
namespace {

/// Fourteen pictures in each of two classes.
void put_pictures(const Shell& shell, std::int64_t channels, std::int64_t height, std::int64_t width) {
    for (const std::string name : {"dark", "light"}) {
        std::filesystem::create_directories(shell / ("pictures/" + name));
        for (std::int64_t i = 0; i < 14; ++i) {
            runtime::Picture picture{.channels = channels, .height = height, .width = width};
            for (std::int64_t at = 0; at < channels * height * width; ++at)
                picture.pixels.push_back(static_cast<std::uint8_t>((name == "dark" ? 10 : 200) + at % 16 + i));
            shell.put("pictures/" + name + "/" + std::to_string(i) + ".png", runtime::png_file(picture));
        }
    }
}

TEST(PictureSize, IsThatOfTheDataFromTrainToPredict) {
    const Shell shell;
    put_pictures(shell, 3, 12, 20);
    const std::string out = shell.output("ricci train convnet --data pictures --epochs 8 --batch 8 --dropout 0 --save w");
    // Five convolutions, their norms, and 2 classes of 64 channels of 3 x 5 points.
    EXPECT_TRUE(out.contains("model     convnet, 71,890 parameters, ")) << out;
    EXPECT_TRUE(shell.output("ricci eval convnet --weights w --data pictures").contains("accuracy 100.00 % (4 of 4)"));
    EXPECT_TRUE(shell.output("ricci predict convnet --weights w pictures/light/3.png --top 1").contains("\n  light  "));
}

TEST(PictureSize, WhatAModelCannotTakeIsNamedWithItsRemedy) {
    const Shell shell;
    put_pictures(shell, 3, 16, 20);
    shell.expect_refused("ricci train alexnet --data pictures",
                         "alexnet: images are 16 x 20, but its layers need 63 x 63 or more; --size N sets the images in the middle "
                         "of black, N x N");
    shell.expect_refused("ricci train alexnet --data pictures --size 40",
                         "alexnet: images are 40 x 40, but its layers need 63 x 63 or more");
    shell.expect_refused("ricci train lenet5 --images 60 --size 40", "option --size is 40, but lenet5 takes images of 32 x 32 alone");
    shell.put("a.txt", std::string(600, 'a') + std::string(600, 'b'));
    shell.expect_refused("ricci train transformer --data a.txt --size 40", "option --size is 40, but transformer takes no images");
    shell.put("c.ein", kClassifier);
    shell.expect_refused("ricci train c.ein --size 40",
                         "option --size is for a model by its name; c.ein says the size of its images");
}

TEST(PictureSize, ResidualNetworksBeginWithSmallKernelsForSmallImages) {
    const Shell shell;
    put_pictures(shell, 3, 8, 8);
    // As published but for 2 classes: 11,177,538. The first kernels are 3 x 3 in place of 7 x 7: 3 * 64 * 40 fewer.
    const std::string train = "ricci train resnet18 --data pictures --epochs 1 --batch 8 ";
    EXPECT_TRUE(shell.output(train).contains(" 11,169,858 parameters"));
    EXPECT_TRUE(shell.output(train + "--size 33").contains(" 11,177,538 parameters"));
}

TEST(PictureSize, SmallImagesGetABorderWhereItIsAskedFor) {
    const Shell shell;
    put_pictures(shell, 1, 8, 8);
    shell.output("ricci train mlp --data pictures --size 20 --epochs 4 --batch 8 --save w");
    EXPECT_TRUE(shell.output("ricci eval mlp --weights w --data pictures").contains("accuracy 100.00 % (4 of 4)"));
    EXPECT_TRUE(shell.output("ricci train mlp --data pictures --epochs 1 --batch 8").contains("296,962 parameters"));
}

TEST(Restored, AnAutoencoderIsTrainedOnPixelsFromZeroToOneAndDrawsWhatItRestores) {
    const Shell shell;
    const std::string out = shell.output(
        "ricci train autoencoder --images 300 --epochs 2 --batch 20 --optimizer adam --learning-rate 0.005 --threads 1 --save w");
    std::smatch loss;
    ASSERT_TRUE(std::regex_search(out, loss, std::regex("epoch 2/2  loss ([-0-9.]+)"))) << out;
    // A point of the cross-entropy is at least 0, and log 2 before the first step.
    EXPECT_GT(std::stod(loss[1]), 0);
    EXPECT_LT(std::stod(loss[1]), 0.5);
    const std::string said = shell.output("ricci predict autoencoder --weights w --images 300 0 1 2 --draw r.svg");
    EXPECT_TRUE(said.contains("\nrestored\n")) << said;
    const std::string drawing = shell.get("r.svg");
    std::size_t pictures = 0;
    for (std::size_t at = 0; (at = drawing.find("<image ", at)) != std::string::npos; ++at) ++pictures;
    EXPECT_EQ(pictures, 6U);
    EXPECT_TRUE(shell.output("ricci eval autoencoder --weights w --images 300").contains("result    loss 0."));
}

TEST(Bigrams, StandBesideTheLossOfATransformer) {
    const Shell shell;
    std::string text;
    for (int i = 0; i < 400; ++i) text += "abac";
    shell.put("a.txt", text);
    const std::string trained = shell.output(
        "ricci train transformer --data a.txt --epochs 5 --batch 8 --optimizer adam --learning-rate 0.003 --save w");
    const std::string out = shell.output("ricci eval transformer --weights w --data a.txt");
    std::smatch found;
    ASSERT_TRUE(std::regex_search(
        out, found,
        std::regex("loss ([0-9.]+), accuracy[^\n]*\nbigrams   loss ([0-9.]+) with counts of the training set, ([0-9.]+) with those of "
                   "this set itself\n")))
        << out;
    // After a comes b or c, each half of the time: log(2) for every second character.
    EXPECT_NEAR(std::stod(found[3]), 0.3466, 0.003);
    EXPECT_NEAR(std::stod(found[2]), 0.3466, 0.004);
    EXPECT_GE(std::stod(found[2]), std::stod(found[3]));
    EXPECT_LT(std::stod(found[1]), 1.2);  // three characters: log(3) for who knows no more
    EXPECT_TRUE(trained.contains(" samples/s")) << trained;
}

}  // namespace
}  // namespace ricci::test
