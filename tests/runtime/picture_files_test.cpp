/// \file tests/runtime/picture_files_test.cpp
/// PNG files and folders of them, CIFAR's batches, EMNIST: what is read, and what is refused of damaged and hostile
/// files.
#include "runtime/data/png.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "runtime/data/cifar.h"
#include "runtime/data/idx.h"
#include "tests/runtime/png_file.h"
#include "tests/runtime/refusal.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci::runtime {
namespace {

namespace fs = std::filesystem;

Picture colour(std::int64_t height, std::int64_t width, int first) {
    Picture picture{.channels = 3, .height = height, .width = width};
    for (std::int64_t i = 0; i < 3 * height * width; ++i)
        picture.pixels.push_back(static_cast<std::uint8_t>(first + 7 * i));
    return picture;
}

Picture grey(std::int64_t height, std::int64_t width, int first) {
    Picture picture{.channels = 1, .height = height, .width = width};
    for (std::int64_t i = 0; i < height * width; ++i)
        picture.pixels.push_back(static_cast<std::uint8_t>(first + 11 * i));
    return picture;
}

/// The message of an error, without the folder in it.
template <typename Call>
std::string refused(const ScratchFolder& folder, const Call& call) {
    std::string message = refusal(call);
    for (const std::string prefix = folder.path().string() + "/"; message.contains(prefix);)
        message.erase(message.find(prefix), prefix.size());
    return message;
}

TEST(Png, WhatIsWrittenIsReadInBothForms) {
    const ScratchFolder folder;
    for (const Picture& picture : {colour(3, 5, 1), grey(4, 2, 9)}) {
        put(folder / "a.png", png_file(picture));
        const Picture read = read_png(folder / "a.png");
        EXPECT_EQ(read.channels, picture.channels);
        EXPECT_EQ(read.height, picture.height);
        EXPECT_EQ(read.width, picture.width);
        EXPECT_EQ(read.pixels, picture.pixels);
    }
}

TEST(Png, ChannelsAreTurnedIntoEachOther) {
    const Picture red{.channels = 3, .height = 1, .width = 2, .pixels = {255, 10, 0, 10, 0, 10}};
    EXPECT_EQ(with_channels(red, 1).pixels, (std::vector<std::uint8_t>{76, 10}));
    EXPECT_EQ(with_channels(with_channels(red, 1), 3).pixels, (std::vector<std::uint8_t>{76, 10, 76, 10, 76, 10}));
    EXPECT_EQ(refusal([&] { with_channels(red, 2); }), "a picture has 1 channel or 3, but 2 are asked for");
}

TEST(PngRefuses, WhatIsNoPictureOrCutShort) {
    const ScratchFolder folder;
    put(folder / "a.png", "no picture at all");
    EXPECT_TRUE(refused(folder, [&] { read_png(folder / "a.png"); }).starts_with("a.png: this is no PNG picture ("));
    put(folder / "a.png", "");
    EXPECT_TRUE(refused(folder, [&] { read_png(folder / "a.png"); }).starts_with("a.png: this is no PNG picture ("));
    EXPECT_EQ(refused(folder, [&] { read_png(folder / "none.png"); }),
              "cannot open none.png: No such file or directory");
    const std::string whole = png_file(colour(20, 20, 3));
    for (std::size_t length = 1; length < whole.size(); length += 3) {
        put(folder / "a.png", whole.substr(0, length));
        const std::string message = refused(folder, [&] { read_png(folder / "a.png"); });
        // What is missing behind the last pixel changes no pixel.
        const bool said = message.starts_with("a.png: this is no PNG") ||
                          message.starts_with("a.png: the picture is damaged or cut short (") ||
                          message.starts_with("a.png: a file of ");
        EXPECT_TRUE(said || (message == "(accepted)" && length > whole.size() - 24)) << length << ": " << message;
    }
}

/// The checksum of a chunk of PNG.
std::uint32_t crc_of(const std::string& bytes) {
    std::uint32_t crc = 0xFFFFFFFF;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

std::string big_endian(std::uint32_t value) {
    std::string text(4, '\0');
    for (std::size_t i = 0; i < 4; ++i) text[i] = static_cast<char>(value >> (24 - 8 * i));
    return text;
}

TEST(PngRefuses, SizesThatTheFileCannotHold) {
    const ScratchFolder folder;
    std::string file = png_file(grey(4, 4, 0));
    const auto say = [&](std::uint32_t width, std::uint32_t height) {
        file.replace(16, 8, big_endian(width) + big_endian(height));
        file.replace(29, 4, big_endian(crc_of(file.substr(12, 17))));
        put(folder / "a.png", file);
        return refused(folder, [&] { read_png(folder / "a.png"); });
    };
    EXPECT_EQ(say(60000, 60000),
              fmt::format("a.png: a file of {} bytes cannot hold 60000 x 60000 pixels", file.size()));
    EXPECT_EQ(say(70000, 4), "a.png: a picture of 4 x 70000 pixels is too large; a side has at most 65535");
    EXPECT_TRUE(say(40, 40).starts_with("a.png: the picture is damaged or cut short ("));
}

TEST(PngRefuses, EveryFlippedBitOrReadsSomePicture) {
    const ScratchFolder folder;
    const std::string whole = png_file(colour(6, 6, 3));
    int refused_ones = 0;
    for (std::size_t bit = 0; bit < whole.size() * 8; bit += 5) {
        std::string damaged = whole;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
        put(folder / "a.png", damaged);
        refused_ones += refusal([&] { read_png(folder / "a.png"); }) != "(accepted)" ? 1 : 0;
    }
    EXPECT_GT(refused_ones, static_cast<int>(whole.size() * 8 / 5 / 2));
}

void put_class(const ScratchFolder& folder, const std::string& place, int count, const Picture& picture) {
    fs::create_directories(folder / place);
    for (int i = 0; i < count; ++i) put(folder / (place + "/" + std::to_string(i) + ".png"), png_file(picture));
}

TEST(Pictures, EverySeventhOfAClassIsForTheTest) {
    const ScratchFolder folder;
    put_class(folder, "cats", 8, grey(2, 3, 1));
    put_class(folder, "ants", 7, grey(2, 3, 100));
    ASSERT_TRUE(holds_pictures(folder.path()));
    const TrainTest sets = load_pictures(folder.path());
    EXPECT_EQ(sets.train.count, 13);
    EXPECT_EQ(sets.test.labels, (std::vector<std::int32_t>{0, 1}));
    EXPECT_EQ(sets.train.class_names, (std::vector<std::string>{"ants", "cats"}));
    EXPECT_EQ(sets.train.channels, 1);
    EXPECT_EQ(sets.train.pixels[0], 100);
    EXPECT_EQ(sets.train.height, 2);
    EXPECT_EQ(sets.train.width, 3);
}

TEST(Pictures, FoldersTrainAndTestAreTakenAsTheyAre) {
    const ScratchFolder folder;
    put_class(folder, "train/a", 2, grey(2, 2, 1));
    put_class(folder, "train/b", 1, colour(2, 2, 50));  // one in colour makes all so
    put_class(folder, "test/b", 3, grey(2, 2, 1));
    const TrainTest sets = load_pictures(folder.path());
    EXPECT_EQ(sets.train.labels, (std::vector<std::int32_t>{0, 0, 1}));
    EXPECT_EQ(sets.test.labels, (std::vector<std::int32_t>{1, 1, 1}));
    EXPECT_EQ(sets.train.channels, 3);
    EXPECT_EQ(sets.test.pixels, load_pictures(folder.path()).test.pixels);
    put_class(folder, "test/c", 1, grey(2, 2, 1));
    EXPECT_EQ(refused(folder, [&] { load_pictures(folder.path()); }),
              "test/c is a class of the test, but train has no such folder");
}

TEST(PicturesRefuse, SizesThatDifferTooFewAndNone) {
    const ScratchFolder folder;
    EXPECT_FALSE(holds_pictures(folder.path()));
    put_class(folder, "a", 3, grey(2, 2, 1));
    EXPECT_TRUE(
        refused(folder, [&] {
            load_pictures(folder.path());
        }).ends_with(": no picture is left for the test; a class needs 7 pictures, but the largest has 3; add some, or use the "
                    "folders train and test"));
    put_class(folder, "a", 8, grey(2, 2, 1));
    put(folder / "a/3.png", png_file(grey(2, 5, 1)));
    EXPECT_EQ(refused(folder, [&] { load_pictures(folder.path()); }),
              "a/3.png has 2 x 5 pixels but a/0.png has 2 x 2; give all pictures one size");
    put(folder / "a/3.png", "cut");
    EXPECT_TRUE(
        refused(folder, [&] { load_pictures(folder.path()); }).starts_with("a/3.png: this is no PNG picture ("));
}

std::string record(int labels, int label, int first) {
    std::string text(static_cast<std::size_t>(labels), '\0');
    text.back() = static_cast<char>(label);
    for (int i = 0; i < 3072; ++i) text += static_cast<char>(first + i);
    return text;
}

void put_cifar10(const ScratchFolder& folder) {
    for (int i = 1; i <= 5; ++i)
        put(folder / ("data_batch_" + std::to_string(i) + ".bin"), record(1, i, i) + record(1, 0, 0));
    put(folder / "test_batch.bin", record(1, 9, 4));
}

TEST(Cifar, TenAndAHundredClasses) {
    const ScratchFolder ten, hundred;
    put_cifar10(ten);
    put(ten / "batches.meta.txt", "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n");
    const TrainTest sets = load_cifar(ten.path());
    EXPECT_EQ(sets.train.name, "CIFAR-10 train");
    EXPECT_EQ(sets.train.labels, (std::vector<std::int32_t>{1, 0, 2, 0, 3, 0, 4, 0, 5, 0}));
    EXPECT_EQ(sets.train.pixels[2 * 3072], 2);
    EXPECT_EQ(sets.train.class_names[9], "truck");
    EXPECT_EQ(sets.test.count, 1);
    EXPECT_EQ(sets.test.channels, 3);
    put(hundred / "train.bin", record(2, 99, 1));
    put(hundred / "test.bin", record(2, 3, 1));
    EXPECT_EQ(load_cifar(hundred.path()).train.labels, (std::vector<std::int32_t>{99}));
    EXPECT_EQ(load_cifar(hundred.path()).test.classes, 100);
}

TEST(CifarRefuses, MissingCutEmptyAndWrongOnes) {
    const ScratchFolder folder;
    EXPECT_TRUE(refusal([&] {
                    load_cifar(folder.path());
                }).ends_with(" holds neither data_batch_1.bin of CIFAR-10 nor train.bin of CIFAR-100"));
    put_cifar10(folder);
    fs::remove(folder / "data_batch_3.bin");
    fs::remove(folder / "test_batch.bin");
    EXPECT_TRUE(
        refusal([&] { load_cifar(folder.path()); })
            .ends_with(
                " lacks data_batch_3.bin, test_batch.bin (plain or .gz); unpack the binary version of CIFAR-10 there"));
    put_cifar10(folder);
    for (const std::size_t cut : {1, 2, 3072}) {
        put(folder / "data_batch_2.bin", record(1, 1, 1) + record(1, 1, 1).substr(0, cut));
        EXPECT_EQ(refused(folder, [&] { load_cifar(folder.path()); }),
                  fmt::format("data_batch_2.bin: offset 3073: the file ends within image 1: {} of 3073 bytes; a record "
                              "is 1 of label and "
                              "3072 of pixels",
                              cut));
    }
    put(folder / "data_batch_2.bin", "");
    EXPECT_EQ(refused(folder, [&] { load_cifar(folder.path()); }), "data_batch_2.bin: the file holds no images");
    put(folder / "data_batch_2.bin", record(1, 10, 0));
    EXPECT_EQ(refused(folder, [&] { load_cifar(folder.path()); }),
              "data_batch_2.bin: offset 0: label 0 is 10 but there are classes 0 to 9");
    put_cifar10(folder);
    put(folder / "batches.meta.txt", "airplane\n");
    EXPECT_EQ(refused(folder, [&] { load_cifar(folder.path()); }), "batches.meta.txt names 1 classes but there are 10");
}

void put_emnist(const ScratchFolder& folder, const std::string& split, const std::string& labels) {
    for (const char* part : {"train", "test"}) {
        const std::string stem = "emnist-" + split + "-" + part;
        const auto count = static_cast<std::uint32_t>(labels.size());
        std::string pixels;
        for (std::uint32_t i = 0; i < count * 6; ++i) pixels += static_cast<char>(i);
        put(folder / (stem + "-images-idx3-ubyte"),
            big_endian(0x803) + big_endian(count) + big_endian(2) + big_endian(3) + pixels);
        put(folder / (stem + "-labels-idx1-ubyte"), big_endian(0x801) + big_endian(count) + labels);
    }
}

TEST(Emnist, ImagesArePutUprightAndLettersCountFromNought) {
    const ScratchFolder folder;
    put_emnist(folder, "letters", {2, 1, 3});
    put(folder / "emnist-letters-mapping.txt", "1 65 97\n2 66 98\n3 67 99\n");
    ASSERT_TRUE(holds_idx(folder.path()));
    const TrainTest sets = load_idx_folder(folder.path());
    EXPECT_EQ(sets.train.height, 3);
    EXPECT_EQ(sets.train.width, 2);
    // Rows 0 1 2 and 3 4 5 of the file are columns of the image.
    EXPECT_EQ(std::vector(sets.train.pixels.begin(), sets.train.pixels.begin() + 6),
              (std::vector<std::uint8_t>{0, 3, 1, 4, 2, 5}));
    EXPECT_EQ(sets.train.labels, (std::vector<std::int32_t>{1, 0, 2}));
    EXPECT_EQ(sets.train.classes, 3);
    EXPECT_EQ(sets.test.class_names, (std::vector<std::string>{"A", "B", "C"}));
    put(folder / "emnist-letters-mapping.txt", "1 65 97\n");
    EXPECT_EQ(refused(folder, [&] { load_idx_folder(folder.path()); }),
              "emnist-letters-mapping.txt names 1 classes but there are 3");
    put(folder / "emnist-letters-mapping.txt", "9 65 97\n");
    EXPECT_EQ(refused(folder, [&] { load_idx_folder(folder.path()); }),
              "emnist-letters-mapping.txt: label 9 with character 65 is none of the 3 classes");
}

TEST(Emnist, SeveralSplitsAndMissingFilesAreRefused) {
    const ScratchFolder folder;
    put_emnist(folder, "digits", {0, 1});
    fs::remove(folder / "emnist-digits-test-labels-idx1-ubyte");
    EXPECT_TRUE(refusal([&] {
                    load_idx_folder(folder.path());
                }).ends_with(" lacks emnist-digits-test-labels-idx1-ubyte (plain or .gz)"));
    put_emnist(folder, "letters", {1, 2});
    EXPECT_TRUE(
        refusal([&] {
            load_idx_folder(folder.path());
        }).ends_with(" holds several sets of images: emnist-digits-, emnist-letters-; give each a folder of its own"));
}

}  // namespace
}  // namespace ricci::runtime
