// Promises of runtime/data/: files of MNIST, hostile ones among them, drawn digits and batches.
#include "runtime/data/digits.h"
#include "runtime/data/idx.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "runtime/base/sha256.h"
#include "runtime/parallel/threads.h"
#include "tests/runtime/refusal.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci::runtime {
namespace {

std::string big_endian(std::uint32_t value) {
    std::string text(4, '\0');
    for (std::size_t i = 0; i < 4; ++i) text[i] = static_cast<char>(value >> (24 - 8 * i));
    return text;
}

std::string images_file(std::uint32_t count, std::uint32_t height, std::uint32_t width, const std::string& pixels) {
    return big_endian(0x803) + big_endian(count) + big_endian(height) + big_endian(width) + pixels;
}

std::string labels_file(std::uint32_t count, const std::string& labels) {
    return big_endian(0x801) + big_endian(count) + labels;
}

// What is in these three images of 2 x 2 is easy to recognise.
const std::string kPixels = {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, static_cast<char>(255)};
const std::string kLabels = {7, 0, 9};

std::string zipped(const std::string& text) {
    z_stream zlib{};
    deflateInit2(&zlib, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&zlib, text.size()) + 64, '\0');
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    zlib.avail_in = static_cast<uInt>(text.size());
    zlib.next_out = reinterpret_cast<Bytef*>(out.data());
    zlib.avail_out = static_cast<uInt>(out.size());
    deflate(&zlib, Z_FINISH);
    out.resize(zlib.total_out);
    deflateEnd(&zlib);
    return out;
}

// Loads a pair of files with these bytes; the message is without the folder.
std::string message_for(const std::string& images, const std::string& labels) {
    const ScratchFolder folder;
    put(folder / "images", images);
    put(folder / "labels", labels);
    std::string message = refusal([&] { load_idx(folder / "images", folder / "labels", 10, "small"); });
    for (const std::string prefix = folder.path().string() + "/"; message.find(prefix) != std::string::npos;)
        message.erase(message.find(prefix), prefix.size());
    return message;
}

TEST(Idx, PlainAndPackedFilesGiveTheSameSet) {
    const ScratchFolder folder;
    const std::string images = images_file(3, 2, 2, kPixels);
    put(folder / "i", images);
    put(folder / "l", labels_file(3, kLabels));
    put(folder / "i.gz", zipped(images));
    put(folder / "l.gz", zipped(labels_file(3, kLabels)));
    put(folder / "i2.gz", zipped(images.substr(0, 9)) + zipped(images.substr(9)));  // two members
    for (const char* name : {"i", "i.gz", "i2.gz"}) {
        const Dataset data = load_idx(folder / name, folder / (std::string(name) == "i" ? "l" : "l.gz"), 10, "small");
        EXPECT_EQ(data.name, "small");
        EXPECT_EQ(data.count, 3);
        EXPECT_EQ(data.height, 2);
        EXPECT_EQ(data.width, 2);
        EXPECT_EQ(data.classes, 10);
        EXPECT_EQ(data.pixels, std::vector<std::uint8_t>(kPixels.begin(), kPixels.end()));
        EXPECT_EQ(data.labels, (std::vector<std::int32_t>{7, 0, 9}));
    }
}

TEST(IdxRefuses, WrongMagicNumbers) {
    const std::string images = images_file(3, 2, 2, kPixels);
    const std::string labels = labels_file(3, kLabels);
    EXPECT_EQ(
        message_for(labels, images),
        "images: offset 0: the magic number is 0x00000801 but IDX images have 0x00000803; this is a file of labels");
    EXPECT_EQ(
        message_for(images, images),
        "labels: offset 0: the magic number is 0x00000803 but IDX labels have 0x00000801; this is a file of images");
    EXPECT_EQ(message_for("<!DOCTYPE html>", labels),
              "images: offset 0: the magic number is 0x3c21444f but IDX images have 0x00000803");
}

TEST(IdxRefuses, FilesThatAreShorterOrLongerThanTheirHeader) {
    const std::string labels = labels_file(3, kLabels);
    EXPECT_EQ(message_for("", labels), "images: offset 0: the file ends within the magic number: 0 of 4 bytes");
    EXPECT_EQ(message_for(images_file(3, 2, 2, "").substr(0, 14), labels),
              "images: offset 12: the file ends within the width: 2 of 4 bytes");
    EXPECT_EQ(message_for(images_file(3, 2, 2, kPixels.substr(1)), labels),
              "images: offset 27: the file ends after 11 bytes of data but 3 images of 2 x 2 need 12");
    EXPECT_EQ(message_for(images_file(3, 2, 2, kPixels + "x"), labels),
              "images: offset 28: the file goes on after the 12 bytes that 3 images of 2 x 2 need");
    EXPECT_EQ(message_for(images_file(3, 2, 2, kPixels), labels_file(4, kLabels)),
              "labels: offset 11: the file ends after 3 bytes of data but 4 labels need 4");
    EXPECT_EQ(message_for(images_file(3, 2, 2, kPixels), labels + "x"),
              "labels: offset 11: the file goes on after the 3 bytes that 3 labels need");
}

TEST(IdxRefuses, HeadersThatClaimMoreThanThereIsWithoutTakingTheMemory) {
    const std::string labels = labels_file(3, kLabels);
    EXPECT_TRUE(contains(message_for(images_file(0xFFFFFFFF, 1000, 1000, "abc"), labels),
                         "offset 19: the file ends after 3 bytes of data but 4294967295 images of 1000 x 1000 need"));
    EXPECT_EQ(message_for(images_file(0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, "abc"), labels),
              "images: offset 4: 4294967295 images of 4294967295 x 4294967295 cannot be");
    EXPECT_EQ(message_for(images_file(0, 28, 28, ""), labels), "images: offset 4: the file holds no images");
    EXPECT_EQ(message_for(images_file(3, 0, 28, ""), labels), "images: offset 8: the images are 0 x 28");
}

TEST(IdxRefuses, LabelsOfNoClassAndCountsThatDiffer) {
    EXPECT_EQ(message_for(images_file(3, 2, 2, kPixels), labels_file(3, std::string({1, 10, 3}))),
              "labels: offset 9: label 1 is 10 but there are classes 0 to 9");
    EXPECT_EQ(message_for(images_file(3, 2, 2, kPixels), labels_file(2, kLabels.substr(1))),
              "images holds 3 images but labels holds 2 labels; they are not of one set");
}

TEST(IdxRefuses, DamagedGzipData) {
    const std::string images = zipped(images_file(3, 2, 2, kPixels));
    const std::string labels = labels_file(3, kLabels);
    EXPECT_TRUE(contains(message_for(images.substr(0, images.size() - 1), labels), "the gzip data are cut short"));
    std::string wrong_sum = images;
    wrong_sum[wrong_sum.size() - 6] = static_cast<char>(wrong_sum[wrong_sum.size() - 6] ^ 1);
    EXPECT_TRUE(contains(message_for(wrong_sum, labels), "the gzip data are damaged (incorrect data check)"));
    EXPECT_TRUE(contains(message_for(images + "tail", labels), "bytes after the gzip data are not gzip data"));
}

TEST(IdxRefuses, EveryTruncationPlainAndPacked) {
    const std::string images = images_file(3, 2, 2, kPixels);
    const std::string labels = labels_file(3, kLabels);
    ASSERT_EQ(message_for(images, labels), "(accepted)");
    for (std::size_t length = 0; length < images.size(); ++length)
        EXPECT_NE(message_for(images.substr(0, length), labels), "(accepted)") << length;
    for (std::size_t length = 0; length < labels.size(); ++length)
        EXPECT_NE(message_for(images, labels.substr(0, length)), "(accepted)") << length;
    const std::string packed = zipped(images);
    ASSERT_EQ(message_for(packed, zipped(labels)), "(accepted)");
    for (std::size_t length = 0; length < packed.size(); ++length)
        EXPECT_NE(message_for(packed.substr(0, length), labels), "(accepted)") << length;
}

TEST(IdxRefuses, EveryFlippedBitOfTheHeader) {
    const std::string images = images_file(3, 2, 2, kPixels);
    const std::string labels = labels_file(3, kLabels);
    for (std::size_t at = 0; at < 16; ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = images;
            changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
            EXPECT_NE(message_for(changed, labels), "(accepted)") << at << ", bit " << bit;
        }
    }
}

TEST(Mnist, BothSpellingsAreFoundAndMissingFilesAreNamed) {
    const ScratchFolder folder;
    EXPECT_EQ(refusal([&] { load_mnist(folder / "none"); }),
              (folder / "none").string() + " is not a folder; name the one that holds the MNIST files");
    put(folder / "train-images.idx3-ubyte", images_file(3, 2, 2, kPixels));
    put(folder / "t10k-images-idx3-ubyte.gz", zipped(images_file(3, 2, 2, kPixels)));
    EXPECT_EQ(refusal([&] { load_mnist(folder.path()); }),
              folder.path().string() +
                  " lacks train-labels-idx1-ubyte, t10k-labels-idx1-ubyte (plain or .gz); fetch "
                  "them with: ricci data mnist");
    put(folder / "train-labels-idx1-ubyte", labels_file(3, kLabels));
    put(folder / "t10k-labels.idx1-ubyte.gz", zipped(labels_file(3, kLabels)));
    const TrainTest mnist = load_mnist(folder.path());
    EXPECT_EQ(mnist.train.name, "MNIST train");
    EXPECT_EQ(mnist.test.labels[2], 9);
}

TEST(Mnist, TheRealFilesHoldWhatTheirPageSays) {
    const char* chosen = std::getenv("RICCI_DATA");
    const std::filesystem::path folder =
        chosen ? chosen : std::filesystem::path(RICCI_SOURCE_DIR) / "../shared/data/mnist";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "there is no " << folder.string();
    const TrainTest mnist = load_mnist(folder);
    EXPECT_EQ(mnist.train.count, 60000);
    EXPECT_EQ(mnist.test.count, 10000);
    EXPECT_EQ(mnist.train.height, 28);
    EXPECT_EQ(mnist.train.width, 28);
    EXPECT_EQ(std::vector<std::int32_t>(mnist.train.labels.begin(), mnist.train.labels.begin() + 5),
              (std::vector<std::int32_t>{5, 0, 4, 1, 9}));
    EXPECT_EQ(std::ranges::count(mnist.test.labels, 1), 1135);
}

TEST(Digits, DependOnTheSeedAndTheIndexAlone) {
    const Dataset some = draw_digits(50, 3);
    ThreadTeam team(3);
    const Dataset more = draw_digits(120, 3, &team);
    EXPECT_TRUE(std::equal(some.pixels.begin(), some.pixels.end(), more.pixels.begin()));
    EXPECT_TRUE(std::equal(some.labels.begin(), some.labels.end(), more.labels.begin()));
    EXPECT_NE(draw_digits(50, 4).pixels, some.pixels);
}

TEST(Digits, ThePixelsNeverChange) {
    const Dataset digits = draw_digits(200, 1);
    EXPECT_EQ(sha256(std::as_bytes(std::span(digits.pixels))),
              "1c212d1b59a457d0dee966901d4b0c01e50daba5ec6e1e9121f4d290a0b4a5e9");
}

TEST(Digits, EveryClassIsAboutATenthAndEveryImageHasInkInside) {
    const Dataset digits = draw_digits(2000, 5);
    EXPECT_EQ(digits.height, 28);
    EXPECT_EQ(digits.width, 28);
    EXPECT_EQ(digits.classes, 10);
    for (std::int32_t digit = 0; digit < 10; ++digit) {
        const auto count = std::ranges::count(digits.labels, digit);
        EXPECT_GT(count, 140) << digit;
        EXPECT_LT(count, 260) << digit;
    }
    for (std::size_t image = 0; image < 2000; ++image) {
        const auto pixels = std::span(digits.pixels).subspan(image * 784, 784);
        EXPECT_GT(std::ranges::max(pixels), 150) << image;
        const auto inked = std::ranges::count_if(pixels, [](std::uint8_t pixel) { return pixel > 100; });
        EXPECT_GT(inked, 15) << image;
        EXPECT_LT(inked, 350) << image;
    }
}

TEST(Digits, NoneAreRefused) {
    EXPECT_EQ(refusal([] { draw_digits(0, 1); }), "0 drawn digits are not a data set; ask for at least 1");
}

}  // namespace
}  // namespace ricci::runtime
