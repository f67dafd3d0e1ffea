/// \file tests/runtime/table_files_test.cpp
/// Tables as text, zip files and the arrays in them, drawn shapes and garments: what is read, and what is refused.
#include "runtime/data/csv.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>

#include "runtime/base/text.h"
#include "runtime/data/garments.h"
#include "runtime/data/shapes.h"
#include "runtime/file/npy.h"
#include "runtime/file/zip.h"
#include "runtime/parallel/threads.h"
#include "tests/runtime/refusal.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci::runtime {
namespace {

Table table_of(const std::string& text, const std::string& label = "") {
    const ScratchFolder folder;
    put(folder / "t.csv", text);
    return read_csv(folder / "t.csv", label);
}

/// The message without the folder.
std::string refused(const std::string& text, const std::string& label = "") {
    const ScratchFolder folder;
    put(folder / "t.csv", text);
    const std::string message = refusal([&] { read_csv(folder / "t.csv", label); });
    return message.starts_with(folder.path().string()) ? message.substr(folder.path().string().size() + 1) : message;
}

TEST(Csv, ATableWithAndWithoutAHeader) {
    const Table plain = table_of("1,2,0\n3.5,-4e2,1\n");
    EXPECT_EQ(plain.rows, 2);
    EXPECT_EQ(plain.names, (std::vector<std::string>{"0", "1", "2"}));
    EXPECT_EQ(plain.label, 2);
    EXPECT_EQ(plain.numbers, (std::vector<double>{1, 2, 0, 3.5, -400, 1}));
    const Table headed = table_of("a,label,b\r\n1,0,2\r\n\r\n+3,1,4");
    EXPECT_EQ(headed.names, (std::vector<std::string>{"a", "label", "b"}));
    EXPECT_EQ(headed.label, 1);
    EXPECT_EQ(headed.numbers, (std::vector<double>{1, 0, 2, 3, 1, 4}));
}

TEST(Csv, SeparatorsQuotesAndTheByteOrderMark) {
    EXPECT_EQ(table_of("1;2\n3;4\n").numbers, (std::vector<double>{1, 2, 3, 4}));
    EXPECT_EQ(table_of("1\t2\n").numbers, (std::vector<double>{1, 2}));
    const Table quoted = table_of("\xEF\xBB\xBF\"a, b\",\"say \"\"x\"\"\"\n 1 , 2 \n");
    EXPECT_EQ(quoted.names, (std::vector<std::string>{"a, b", "say \"x\""}));
    EXPECT_EQ(quoted.numbers, (std::vector<double>{1, 2}));
}

TEST(Csv, LabelsMayBeWordsAndStandAnywhere) {
    const Table words = table_of("length,width,kind\n1,2,setosa\n3,4,iris\n5,6,setosa\n");
    EXPECT_EQ(words.words, (std::vector<std::string>{"iris", "setosa"}));
    EXPECT_EQ(words.numbers, (std::vector<double>{1, 2, 1, 3, 4, 0, 5, 6, 1}));
    EXPECT_EQ(table_of("kind,x,y\na,1,2\n", "kind").label, 0);
    EXPECT_EQ(table_of("kind,x,y\na,1,2\n", "0").label, 0);
    EXPECT_EQ(table_of("a,1\nb,2\n", "0").words, (std::vector<std::string>{"a", "b"}));
}

TEST(CsvRefuses, WhatIsNoTable) {
    EXPECT_EQ(refused(""), "t.csv: the file has no rows");
    EXPECT_EQ(refused("a,b\n"), "t.csv: the table has a header but no rows");
    EXPECT_EQ(refused("1\n2\n"),
              "t.csv:1: a row has 1 column; it needs a label and at least one number, with commas between them");
    EXPECT_EQ(refused("1,2\n3\n"), "t.csv:2: the row has 1 columns but the first line has 2");
    EXPECT_EQ(refused("a,b,label\n1,,0\n"), "t.csv:2: column \"b\" holds \"\", which is no finite number");
    EXPECT_EQ(refused("a,b,label\n1,nan,0\n"), "t.csv:2: column \"b\" holds \"nan\", which is no finite number");
    EXPECT_EQ(refused("a,b,label\n1,1e999,0\n"), "t.csv:2: column \"b\" holds \"1e999\", which is no finite number");
    EXPECT_EQ(refused("a,\"b\n1,2\n"), "t.csv:1: a quote is never closed on its line");
    EXPECT_EQ(refused("a,b,c\n1,2,3\n", "d"), "t.csv:1: there is no column \"d\"; there are a, b, c");
    EXPECT_EQ(refused("1,2,3\n", "3"), "t.csv:1: there is no column 3; the table has no header, so it is 0 to 2");
    EXPECT_EQ(refused(std::string(1100000, '1')),
              "t.csv:1: the line has more than 1048576 bytes; this is no table of numbers");
}

TEST(Text, LinesNumbersAndSmallLetters) {
    EXPECT_EQ(lines_of("a\r\nb\n\nc"), (std::vector<std::string>{"a", "b", "", "c"}));
    EXPECT_EQ(lines_of("a\n"), (std::vector<std::string>{"a"}));
    EXPECT_TRUE(lines_of("").empty());
    EXPECT_EQ(whole_numbers(" 1\t-20  3 "), (std::vector<std::int64_t>{1, -20, 3}));
    EXPECT_TRUE(whole_numbers("1 2x").empty());
    EXPECT_TRUE(whole_numbers("99999999999999999999").empty());
    EXPECT_EQ(lower("Fashion-MNIST \xC4"), "fashion-mnist \xC4");
}

/// Parts of a zip file as bytes, least significant first.
std::string little(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
}

std::string deflated(const std::string& text) {
    z_stream zlib{};
    deflateInit2(&zlib, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
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

struct Member {
    std::string name, bytes;
    int method = 0;
    int flags = 0;
    std::uint64_t claimed = 0;  // bytes unpacked; 0: as many as there are
};

std::string zip_of(const std::vector<Member>& members) {
    std::string file, directory;
    for (const Member& member : members) {
        const std::string packed = member.method == 8 ? deflated(member.bytes) : member.bytes;
        const auto crc =
            crc32(0, reinterpret_cast<const Bytef*>(member.bytes.data()), static_cast<uInt>(member.bytes.size()));
        const std::uint64_t bytes = member.claimed != 0 ? member.claimed : member.bytes.size();
        const std::string common =
            little(static_cast<std::uint64_t>(member.flags), 2) + little(static_cast<std::uint64_t>(member.method), 2) +
            little(0, 4) + little(crc, 4) + little(packed.size(), 4) + little(bytes, 4) + little(member.name.size(), 2);
        directory += little(0x02014b50, 4) + little(20, 2) + little(20, 2) + common + little(0, 2) + little(0, 2) +
                     little(0, 2) + little(0, 2) + little(0, 4) + little(file.size(), 4) + member.name;
        // As NumPy writes it, with a field behind the name that the directory has not.
        file += little(0x04034b50, 4) + little(20, 2) + common + little(4, 2) + member.name + "abcd" + packed;
    }
    return file + directory + little(0x06054b50, 4) + little(0, 4) + little(members.size(), 2) +
           little(members.size(), 2) + little(directory.size(), 4) + little(file.size(), 4) + little(0, 2);
}

/// Every member read; the message is without the folder.
std::string read_all(const std::string& file) {
    const ScratchFolder folder;
    put(folder / "z", file);
    std::string text;
    const std::string message = refusal([&] {
        const ZipFile zip(folder / "z");
        for (const ZipFile::Member& member : zip.members()) {
            const std::vector<std::byte> bytes = zip.read(member);
            text += member.name + "=" + std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) + ";";
        }
    });
    if (message == "(accepted)") return text;
    return message.starts_with(folder.path().string()) ? message.substr(folder.path().string().size() + 1) : message;
}

TEST(Zip, StoredAndDeflatedMembersAreRead) {
    const std::string large(100000, 'x');
    EXPECT_EQ(read_all(zip_of({{"a", "hello"}, {"b/c", large, 8}, {"empty", ""}, {"none", "", 8}})),
              "a=hello;b/c=" + large + ";empty=;none=;");
    EXPECT_EQ(read_all(zip_of({})), "");
}

TEST(ZipRefuses, OtherFormsThanTheTwo) {
    EXPECT_EQ(read_all(""), "z: offset 0: this is not a whole zip file: it has no end record; save or copy it again");
    EXPECT_EQ(read_all(std::string(1000, 'x')),
              "z: offset 0: this is not a whole zip file: it has no end record; save or copy it again");
    EXPECT_TRUE(contains(read_all(zip_of({{"a", "hello", 0, 1}})), "member a is encrypted"));
    EXPECT_TRUE(contains(read_all(zip_of({{"a", "hello", 12}})),
                         "member a is packed by method 12; 0 (stored) and 8 (deflated) are read"));
    EXPECT_TRUE(
        contains(read_all(zip_of({{"a", "hello", 0, 0, 0xFFFFFFFF}})), "member a is a zip64 one; keep it below 4 GiB"));
    EXPECT_TRUE(
        contains(read_all(zip_of({{"a", "hello", 0, 0, 4}})), "member a holds 5 bytes, but the directory says 4"));
    EXPECT_TRUE(contains(read_all(zip_of({{"a", "hello", 8, 0, 1u << 30}})),
                         "member a holds 5 bytes, but the directory says 1073741824"));
    EXPECT_TRUE(contains(read_all(zip_of({{"a", std::string(1 << 20, 'x'), 8, 0, 10}})),
                         "member a holds 11 bytes, but the directory says 10"));
}

TEST(ZipRefuses, EveryTruncationAndFlippedBit) {
    const std::string whole = zip_of({{"a", "hello hello hello hello", 8}, {"b", "stored"}});
    const std::string read = read_all(whole);
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_TRUE(read_all(whole.substr(0, length)).starts_with("z: offset ")) << length;
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        std::string damaged = whole;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
        const std::string message = read_all(damaged);
        // Names, times, versions and what numpy leaves alone may change unseen; contents may not.
        const bool same_contents =
            contains(message, "=hello hello hello hello;") || contains(message, "=stored;") || message.empty();
        EXPECT_TRUE(message.starts_with("z: offset ") || same_contents) << bit << message;
    }
}

TEST(Npz, ArraysOfMembersAreReadAsFiles) {
    const ScratchFolder folder;
    Buffer numbers({"x", f32, {}, {2, 2}});
    std::ranges::copy(std::vector<float>{1, 2, 3, 4}, numbers.span<float>().begin());
    write_npy(folder / "x.npy", numbers);
    const std::string file = get(folder / "x.npy");
    const NpyArray read = parse_npy(std::as_bytes(std::span(file)), "a.npz/x.npy");
    EXPECT_EQ(read.buffer.spec().describe(), "x: f32[2, 2]");
    EXPECT_EQ(read.buffer.span<float>()[3], 4);
    EXPECT_FALSE(read.of_bytes);
    for (std::size_t length = 0; length < file.size(); ++length) {
        const std::string cut = file.substr(0, length);
        EXPECT_TRUE(refusal([&] {
                        parse_npy(std::as_bytes(std::span(cut)), "a.npz/x.npy");
                    }).starts_with("a.npz/x.npy: offset "))
            << length;
    }
}

TEST(Shapes, DependOnTheSeedAndTheIndexAlone) {
    const Dataset few = draw_shapes(20, 5);
    ThreadTeam team(3);
    const Dataset many = draw_shapes(40, 5, &team);
    EXPECT_TRUE(std::equal(few.pixels.begin(), few.pixels.end(), many.pixels.begin()));
    EXPECT_TRUE(std::equal(few.labels.begin(), few.labels.end(), many.labels.begin()));
    EXPECT_NE(draw_shapes(20, 6).pixels, few.pixels);
    EXPECT_EQ(few.channels, 3);
    EXPECT_EQ(few.class_names.size(), 10U);
    EXPECT_EQ(refusal([] { draw_shapes(0, 1); }), "0 drawn shapes are not a data set; ask for at least 1");
}

TEST(Shapes, EveryClassIsAboutATenthAndNoImageIsOfOneColour) {
    const Dataset data = draw_shapes(1000, 1);
    for (std::int32_t c = 0; c < 10; ++c) {
        const auto count = std::ranges::count(data.labels, c);
        EXPECT_GT(count, 60) << c;
        EXPECT_LT(count, 140) << c;
    }
    for (std::size_t image = 0; image < 1000; ++image) {
        const auto first = data.pixels.begin() + static_cast<std::ptrdiff_t>(image * 3072);
        int most = 0;
        for (int c = 0; c < 3; ++c) {
            const auto [low, high] = std::minmax_element(first + c * 1024, first + (c + 1) * 1024);
            most = std::max(most, *high - *low);
        }
        EXPECT_GT(most, 40) << image;
    }
}

TEST(Garments, DependOnTheSeedAndTheIndexAlone) {
    const Dataset few = draw_garments(20, 5);
    ThreadTeam team(3);
    const Dataset many = draw_garments(40, 5, &team);
    EXPECT_TRUE(std::equal(few.pixels.begin(), few.pixels.end(), many.pixels.begin()));
    EXPECT_TRUE(std::equal(few.labels.begin(), few.labels.end(), many.labels.begin()));
    EXPECT_NE(draw_garments(20, 6).pixels, few.pixels);
    EXPECT_EQ(few.channels, 1);
    EXPECT_EQ(few.class_names.size(), 10U);
    EXPECT_EQ(few.class_names[9], "ankle boot");
    EXPECT_EQ(refusal([] { draw_garments(0, 1); }), "0 drawn garments are not a data set; ask for at least 1");
}

/// Shoes lie in the lower half, trousers are narrower than coats; every garment is seen, and none fills the image.
TEST(Garments, HaveTheOutlinesOfTheirClasses) {
    const Dataset data = draw_garments(2000, 1);
    std::array<double, 10> upper{}, inked{}, widest{};
    std::array<int, 10> count{};
    for (std::size_t image = 0; image < 2000; ++image) {
        const auto number = static_cast<std::size_t>(data.labels[image]);
        const auto seen = [&](std::size_t y, std::size_t x) { return data.pixels[image * 784 + y * 28 + x] > 40; };
        double points = 0;
        double above = 0;
        double width = 0;
        for (std::size_t y = 0; y < 28; ++y) {
            double row = 0;
            for (std::size_t x = 0; x < 28; ++x) row += seen(y, x);
            points += row;
            above += y < 13 ? row : 0;
            width = std::max(width, row);
        }
        EXPECT_GT(points, 12) << image;
        EXPECT_LT(points, 620) << image;
        ++count.at(number);
        inked.at(number) += points;
        upper.at(number) += above;
        widest.at(number) += width;
    }
    for (std::size_t number = 0; number < 10; ++number) {
        EXPECT_GT(count.at(number), 130) << number;
        EXPECT_LT(count.at(number), 270) << number;
        const bool shoe = number == 5 || number == 7;  // sandal, sneaker
        if (shoe) {
            EXPECT_LT(upper.at(number), 0.35 * inked.at(number)) << number;
        }
        if (!shoe && number != 8 && number != 9) {
            EXPECT_GT(upper.at(number), 0.35 * inked.at(number)) << number;
        }
    }
    EXPECT_LT(1.2 * widest[1] / count[1], widest[4] / count[4]);
}

}  // namespace
}  // namespace ricci::runtime
