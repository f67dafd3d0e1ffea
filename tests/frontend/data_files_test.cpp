/// \file tests/frontend/data_files_test.cpp
/// Data by what lies at a path, arrays and texts as samples, and the notes that weights keep of them.
#include "ricci/data_files.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "frontend/model/internals.h"
#include "ricci/axes.h"
#include "runtime/file/files.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"
#include "tests/runtime/png_file.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci::test {
namespace {

namespace fs = std::filesystem;
using runtime::get;
using runtime::put;
using runtime::ScratchFolder;

const std::vector<Field> kTable = {{"x", {f32, {batch(), feature(2)}}}, {"labels", {i32, {batch()}}}};

std::vector<double> numbers_of(const DataSource& source, std::size_t field) {
    std::vector<double> numbers;
    for (const Samples& samples : source.samples(3)) {
        for (std::int64_t i = 0; i < samples[field].size(); ++i)
            numbers.push_back(element_of(detail::Internals::buffer(samples[field]), i));
    }
    return numbers;
}

/// The message without the folder.
std::string refused(const ScratchFolder& folder, const std::function<void()>& call) {
    std::string message = refusal(call);
    for (const std::string prefix = folder.path().string() + "/"; message.contains(prefix);)
        message.erase(message.find(prefix), prefix.size());
    return message;
}

TEST(ArrayData, RowsComeInTheOrderOfThePass) {
    const ArrayData data({{"x", Array(std::vector<float>{1, 2, 3, 4, 5, 6}, {batch(3), feature(2)})},
                          {"labels", Array(std::vector<std::int32_t>{0, 1, 2}, {batch(3)})}});
    EXPECT_EQ(data.count(), 3);
    EXPECT_EQ(numbers_of(data, 0), (std::vector<double>{1, 2, 3, 4, 5, 6}));
    for (const Samples& samples : data.samples(3, shuffle(1))) {
        for (std::int64_t i = 0; i < 3; ++i) EXPECT_EQ(samples["x"].at({i, 1}), 2 * samples["labels"].at({i}) + 2);
    }
}

TEST(ArrayData, NumbersAreConvertedToTheTypesOfAModel) {
    const ArrayData data(
        {{"x", Array(std::vector<double>{1, 2, 3, 4}, {2, 2})}, {"y", Array(std::vector<double>{1, 0}, {2})}}, kTable);
    EXPECT_EQ(to_string(data.fields()[0].type), "f32[batch ?, feature 2]");
    EXPECT_EQ(numbers_of(data, 1), (std::vector<double>{1, 0}));
}

TEST(ArrayData, WhatDoesNotFitIsRefused) {
    const Array two(std::vector<float>{1, 2, 3, 4}, {batch(2), feature(2)});
    EXPECT_EQ(refusal([] { ArrayData(std::vector<NamedArray>{}); }),
              "arrays: there is no array; give one for each field");
    EXPECT_EQ(refusal([&] {
                  ArrayData({{"x", two}, {"y", Array(f32, {3})}});
              }),
              "arrays: x: f32[batch 2, feature 2] and y: f32[3] have 2 and 3 samples; they are not of one set");
    EXPECT_EQ(refusal([&] {
                  ArrayData({{"x", Array(f32, {2, 2})}});
              }),
              "arrays: the axes of x: f32[2, 2] have no kinds; with_axes({batch(N), ...}) says them");
    EXPECT_EQ(refusal([&] {
                  ArrayData({{"x", Array(f32, {feature(2)})}});
              }),
              "arrays: the first axis of x: f32[feature 2] is not the batch; with_axes({batch(N), ...}) says so");
    EXPECT_EQ(refusal([&] {
                  ArrayData({{"x", Array(f32, std::vector<Axis>{})}});
              }),
              "arrays: x: f32[] is one number; its first axis is to count the samples");
    EXPECT_EQ(refusal([&] {
                  ArrayData({{"x", Array(f32, {0, 2})}, {"y", Array(i32, {0})}}, kTable);
              }),
              "arrays: x: f32[0, 2] has no samples");
    EXPECT_EQ(refusal([&] {
                  ArrayData({{"x", two}}, kTable);
              }),
              "arrays: 1 arrays are given for 2 fields; give one for each");
    EXPECT_EQ(refusal([&] {
                  ArrayData({{"x", Array(f32, {2, 3})}, {"y", Array(i32, {2})}}, kTable);
              }),
              "arrays: x: f32[2, 3] cannot be field x of type f32[batch ?, feature 2]");
    EXPECT_EQ(refusal([&] {
                  ArrayData({{"x", two}, {"y", Array(std::vector<double>{0, 1.5}, {2})}}, kTable);
              }),
              "arrays: element 1 of y: f64[2] is 1.5, which is no i32");
}

TEST(TextData, WindowsFollowEachOtherWithTheNextCharacterAsLabel) {
    const std::string text = "hello world";
    const Vocabulary vocabulary(text);
    EXPECT_EQ(vocabulary.characters(), " dehlorw");
    const TextData data(text, vocabulary, 3);
    EXPECT_EQ(data.count(), 3);
    std::string tokens, labels;
    for (const Samples& samples : data.samples(2)) {
        const std::vector<std::int32_t> a = samples["tokens"].to_vector<std::int32_t>(),
                                        b = samples["labels"].to_vector<std::int32_t>();
        tokens += vocabulary.text({a.begin(), a.end()});
        labels += vocabulary.text({b.begin(), b.end()});
    }
    EXPECT_EQ(tokens, "hello wor");
    EXPECT_EQ(labels, "ello worl");
}

TEST(TextData, AShuffledPassBeginsItsWindowsAtADrawnPlace) {
    std::string text;
    for (int i = 0; i < 500; ++i) text += static_cast<char>('a' + i % 26);
    const TextData data(text, Vocabulary(text), 10);
    std::set<double> first;
    for (std::int64_t epoch = 0; epoch < 40; ++epoch) {
        for (const Samples& samples : data.samples(1, shuffle(1, epoch))) {
            EXPECT_EQ(static_cast<int>(samples["tokens"].at({0, 0}) + 1) % 26, samples["labels"].at({0, 0}));
            first.insert(samples["tokens"].at({0, 0}));
        }
    }
    EXPECT_GT(first.size(), 10U);
}

TEST(TextData, WhatDoesNotFitIsRefused) {
    const Vocabulary vocabulary("abc");
    EXPECT_EQ(refusal([&] { TextData("abc", vocabulary, 0); }),
              "text: windows of 0 characters are not possible; ask for at least 1");
    EXPECT_EQ(refusal([&] { TextData("abc", vocabulary, 3); }),
              "text: the text has 3 characters; windows of 3 need 4 or more");
    EXPECT_EQ(refusal([&] { TextData("abd", vocabulary, 1); }),
              "character 2 of the text, byte 100, is not among the 3 that the model knows");
    EXPECT_EQ(refusal([&] { vocabulary.text({3}); }), "there is no character 3; they are 0 to 2");
}

TEST(DataNotes, AreReadAsTheyAreWritten) {
    const DataNotes notes{.scales = {{0.1307, 0.3081}, {1.0 / 3, 2}},
                          .classes = 2,
                          .class_names = {"a cat", "dog"},
                          .vocabulary = "\n a\xFF",
                          .picture = {3, 16, 20}};
    const DataNotes read = DataNotes::of(notes.text());
    ASSERT_EQ(read.scales.size(), 2U);
    EXPECT_EQ(read.scales[1].mean, 1.0 / 3);
    EXPECT_EQ(read.classes, 2);
    EXPECT_EQ(read.class_names, notes.class_names);
    EXPECT_EQ(read.vocabulary, notes.vocabulary);
    EXPECT_EQ(read.picture.channels * 10000 + read.picture.height * 100 + read.picture.width, 31620);
    EXPECT_EQ(DataNotes::of("").classes, 0);
    const DataNotes latin{.classes = 2, .class_names = {"caf\xE9", "th\xC3\xA9"}};
    EXPECT_EQ(DataNotes::of(latin.text()).class_names, (std::vector<std::string>{"caf\\xE9", "th\xC3\xA9"}));
    for (const std::string line :
         {"size 3", "scale 1", "scale 1 x", "classes 2x", "vocabulary 0", "vocabulary zz", "classes", "scale nan 1",
          "scale 0 0", "scale 0 inf", "classes -1", "classes 9000000000",
          "picture 1 28", "picture 1 28 0", "picture 1 28 28 "}) {
        EXPECT_EQ(refusal([&] { DataNotes::of(line + "\n"); }),
                  "the notes of the data hold the line \"" + line +
                      "\", which says no scale, number or name of classes, vocabulary, or size of pictures");
    }
}

TEST(OpenData, ATableIsSplitAndScaledByItsTraining) {
    const ScratchFolder folder;
    std::string table = "a,b,kind\n";
    for (int i = 0; i < 21; ++i) table += fmt::format("{},{},{}\n", i, 5, i % 2 == 0 ? "even" : "odd");
    put(folder / "t.csv", table);
    FoundData found = open_data(folder / "t.csv");
    EXPECT_EQ(found.classes(), 2);
    EXPECT_EQ(found.description(),
              fmt::format("table {}: 2 columns, labels from \"kind\", every seventh row for the test",
                          (folder / "t.csv").string()));
    const DataSets sets = std::move(found).sets(kTable);
    EXPECT_EQ(sets.train->count(), 18);
    EXPECT_EQ(sets.test->count(), 3);
    EXPECT_EQ(sets.notes.class_names, (std::vector<std::string>{"even", "odd"}));
    EXPECT_EQ(numbers_of(*sets.test, 1), (std::vector<double>{0, 1, 0}));  // rows 6, 13, 20
    double sum = 0, squares = 0;
    const std::vector<double> x = numbers_of(*sets.train, 0);
    for (std::size_t i = 0; i < x.size(); i += 2) {
        sum += x[i];
        squares += x[i] * x[i];
        EXPECT_EQ(x[i + 1], 0);  // of a column that is the same in all rows
    }
    EXPECT_NEAR(sum, 0, 1e-5);
    EXPECT_NEAR(squares / 18, 1, 1e-5);
    // Weights of another training bring its scale along.
    const DataNotes notes{.scales = {{0, 2}, {5, 1}}, .classes = 2};
    const DataSets again = open_data(folder / "t.csv").sets(kTable, {}, &notes);
    EXPECT_EQ(numbers_of(*again.test, 0), (std::vector<double>{3, 0, 6.5, 0, 10, 0}));
}

void save(const fs::path& path, const Array& array) {
    array.save(path);
}

TEST(OpenData, NpyPairsInAFolder) {
    const ScratchFolder folder;
    save(folder / "x.npy", Array(std::vector<float>(28, 2), {14, 2}));
    save(folder / "y.npy", Array(std::vector<std::int64_t>(14, 1), {14}));
    const DataSets sets = open_data(folder.path()).sets(kTable);
    EXPECT_EQ(sets.train->count(), 12);
    EXPECT_EQ(sets.test->count(), 2);
    fs::rename(folder / "x.npy", folder / "x_train.npy");
    fs::rename(folder / "y.npy", folder / "y_train.npy");
    save(folder / "x_test.npy", Array(std::vector<float>(6, 2), {3, 2}));
    save(folder / "y_test.npy", Array(std::vector<std::int64_t>(3, 0), {3}));
    EXPECT_EQ(open_data(folder.path()).sets(kTable).train->count(), 14);
    EXPECT_EQ(open_data(folder.path()).classes(), 2);
    fs::rename(folder / "y_test.npy", folder / "z_test.npy");
    EXPECT_EQ(refused(folder, [&] { open_data(folder.path()); }),
              folder.path().string() +
                  ": of the arrays x, z one is to be called labels, or y; with train_ or test_ before it, or behind");
    fs::remove(folder / "z_test.npy");
    fs::remove(folder / "x_test.npy");
    fs::remove(folder / "x_train.npy");
    save(folder / "x_train.npy", Array(f32, {13, 2}));
    EXPECT_EQ(refused(folder, [&] { open_data(folder.path()); }),
              folder.path().string() + ": array x has 13 samples but y has 14; they are not of one set");
}

/// An .npy file of bytes.
std::string bytes_npy(const std::string& shape, const std::string& bytes) {
    std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + ", }";
    header.resize(117, ' ');
    header += '\n';
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header + bytes;
}

TEST(OpenData, ArraysOfBytesAreImages) {
    const ScratchFolder folder;
    std::string pixels;
    for (int i = 0; i < 7 * 12; ++i) pixels += static_cast<char>(i);
    put(folder / "images.npy", bytes_npy("(7, 2, 2, 3)", pixels));
    put(folder / "labels.npy", bytes_npy("(7,)", {0, 1, 2, 0, 1, 2, 0}));
    FoundData found = open_data(folder.path());
    EXPECT_EQ(found.classes(), 3);
    const DataNotes plain{.scales = {{0, 1}, {0, 1}, {0, 1}}, .classes = 3};
    const DataSets sets = std::move(found).sets(
        {{"images", {f32, {batch(), channel(3), height(2), width(2)}}}, {"labels", {i32, {batch()}}}}, {}, &plain);
    const std::vector<double> first = numbers_of(*sets.test, 0);
    EXPECT_NEAR(first[1] * 255, 72 + 3, 1e-4);  // the red of the second pixel
    put(folder / "images.npy", bytes_npy("(7, 2, 3, 2)", pixels));
    EXPECT_EQ(refused(folder, [&] { open_data(folder.path()); }),
              folder.path().string() +
                  ": array images has extents 6 x 2 x 3 x 2; images of bytes have 1 or 3 channels, first or last");
}

TEST(OpenData, ATextAndItsVocabulary) {
    const ScratchFolder folder;
    std::string text;
    for (int i = 0; i < 200; ++i) text += "abcd"[i % 4];
    put(folder / "t.txt", text);
    const std::vector<Field> inputs = {{"tokens", {i32, {batch(), axis("time", 8)}}},
                                       {"labels", {i32, {batch(), axis("time", 8)}}}};
    const DataSets sets = open_data(folder / "t.txt").sets(inputs);
    EXPECT_EQ(sets.train->count(), 22);
    EXPECT_EQ(sets.test->count(), 2);
    EXPECT_EQ(sets.notes.vocabulary, "abcd");
    EXPECT_EQ(refused(folder, [&] { open_data(folder / "t.txt").sets(kTable); }),
              "t: a text is for an input i32[batch ?, time T], but the model takes f32[batch ?, feature 2]");
    put(folder / "t.txt", "");
    EXPECT_EQ(refused(folder, [&] { open_data(folder / "t.txt"); }), "t.txt: the text is empty");
}

TEST(OpenData, PicturesOfAFolderAreNormalisedByTheirTraining) {
    const ScratchFolder folder;
    for (const std::string name : {"a", "b"}) {
        fs::create_directories(folder / name);
        for (int i = 0; i < 7; ++i) {
            runtime::Picture picture{.channels = 3, .height = 4, .width = 4};
            for (int at = 0; at < 48; ++at)
                picture.pixels.push_back(static_cast<std::uint8_t>(at * 5 + i * 3 + (name == "a" ? 7 : 0)));
            put(folder / (name + "/" + std::to_string(i) + ".png"), runtime::png_file(picture));
        }
    }
    const DataSets sets =
        open_data(folder.path())
            .sets({{"images", {f64, {batch(), channel(3), height(4), width(4)}}}, {"labels", {i32, {batch()}}}});
    ASSERT_EQ(sets.notes.scales.size(), 3U);
    EXPECT_LT(sets.notes.scales[0].mean, sets.notes.scales[2].mean);
    double sum = 0;
    for (const double number : numbers_of(*sets.train, 0)) sum += number;
    EXPECT_NEAR(sum, 0, 1e-9);
}

TEST(OpenData, WhatIsUnknownIsNamed) {
    const ScratchFolder folder;
    EXPECT_EQ(refused(folder, [&] { open_data(folder / "none"); }),
              "none is not a folder, nor a .csv, .npz or .txt file; name one that holds data");
    EXPECT_EQ(refusal([&] { open_data(folder.path()); }),
              folder.path().string() +
                  " holds no known data: no train-images-idx3-ubyte of MNIST, no data_batch_1.bin or train.bin of CIFAR, "
                  "no .npy file, no PNG pictures; ricci data mnist fetches MNIST");
    EXPECT_EQ(refused(folder, [&] { open_data(folder.path(), {.label = "y"}); }),
              folder.path().string() + " is no .csv file, so it has no column \"y\" of labels");
    put(folder / "a.npz", "no zip");
    EXPECT_EQ(refused(folder, [&] { open_data(folder / "a.npz"); }),
              "a.npz: offset 0: this is not a whole zip file: it has no end record; save or copy it again");
    put(folder / "t.csv", "1,2\n3,4\n");
    EXPECT_EQ(refused(folder, [&] { open_data(folder / "t.csv"); }),
              "t.csv: 2 rows are too few to keep some for a test; it takes 7");
    put(folder / "t.csv", "1,2,0\n1,2,1\n1,2,0\n1,2,1\n1,2,0\n1,2,0\n1,2,0\n");
    EXPECT_EQ(refused(folder, [&] { open_data(folder / "t.csv").sets(kTable, {.shift = 1}); }),
              "t: only images can be shifted and flipped; leave --augment out");
    const DataNotes notes{.scales = {{0, 1}}, .classes = 2};
    EXPECT_EQ(refused(folder, [&] { open_data(folder / "t.csv").sets(kTable, {}, &notes); }),
              "t has 2 columns of numbers but the weights are of a training with 1");
    const DataNotes fewer{.scales = {{0, 1}, {0, 1}}, .classes = 1};
    EXPECT_EQ(refused(folder, [&] { open_data(folder / "t.csv").sets(kTable, {}, &fewer); }),
              "t has 2 classes but the weights are of a training with 1");
    EXPECT_EQ(refused(folder, [&] { open_data(folder / "t.csv").sets({kTable[0]}); }),
              "t has 2 arrays but the model takes 1 inputs; give one for each, the labels last");
    EXPECT_EQ(refused(folder, [&] { open_data(folder / "t.csv").sets({}); }),
              "t: the model takes no input, so there is nothing to give it");
}

}  // namespace
}  // namespace ricci::test
