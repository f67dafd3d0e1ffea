// Promises of runtime/file/npy.h.
#include "runtime/file/npy.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include "tests/runtime/refusal.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci::runtime {
namespace {

// A version 1 file with this header text and data.
std::string npy(const std::string& header, const std::string& data, char version = 1) {
    std::string file = std::string("\x93NUMPY") + version + '\0';
    file += static_cast<char>(header.size() & 0xFF);
    file += static_cast<char>(header.size() >> 8);
    if (version != 1) file += std::string(2, '\0');
    return file + header + data;
}

std::string header_of(const std::string& descr, const std::string& shape, const std::string& order = "False") {
    return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

std::string message_for(const std::string& bytes) {
    const ScratchFolder folder;
    put(folder / "x.npy", bytes);
    std::string message = refusal([&] { read_npy(folder / "x.npy"); });
    const std::string prefix = (folder / "x.npy").string() + ": ";
    if (message.starts_with(prefix)) message.erase(0, prefix.size());
    return message;
}

TEST(Npy, EveryDtypeAndRankComesBack) {
    const ScratchFolder folder;
    for (const DType dtype : {f32, f64, i32, i64, boolean}) {
        for (const std::vector<std::int64_t>& extents :
             std::vector<std::vector<std::int64_t>>{{}, {5}, {2, 3}, {1, 2, 3, 4}, {3, 0, 2}}) {
            Buffer out(BufferSpec{"x", dtype, {}, extents});
            auto* bytes = static_cast<unsigned char*>(out.data());
            for (std::int64_t i = 0; i < out.bytes(); ++i) bytes[i] = static_cast<unsigned char>(i % 2);
            write_npy(folder / "x.npy", out);
            const Buffer in = read_npy(folder / "x.npy");
            EXPECT_EQ(in.spec().name, "x");
            EXPECT_EQ(in.spec().dtype, dtype);
            EXPECT_EQ(in.spec().extents, extents);
            ASSERT_EQ(in.bytes(), out.bytes());
            EXPECT_EQ(std::memcmp(in.data(), out.data(), static_cast<std::size_t>(in.bytes())), 0);
        }
    }
}

TEST(Npy, Bf16IsWrittenAsFloats) {
    const ScratchFolder folder;
    Buffer out(BufferSpec{"x", bf16, {}, {2}});
    out.span<Bf16>()[0] = Bf16(1.5F);
    out.span<Bf16>()[1] = Bf16(-0x1p-130F);
    write_npy(folder / "x.npy", out);
    const Buffer in = read_npy(folder / "x.npy");
    ASSERT_EQ(in.spec().dtype, f32);
    EXPECT_EQ(in.span<float>()[0], 1.5F);
    EXPECT_EQ(in.span<float>()[1], -0x1p-130F);
}

TEST(Npy, TheFileIsWhatNumpyWrites) {
    const ScratchFolder folder;
    Buffer out(BufferSpec{"x", f32, {}, {2, 3}});
    write_npy(folder / "x.npy", out);
    const std::string text = get(folder / "x.npy");
    EXPECT_EQ(text.size(), 128U + 24);
    EXPECT_EQ(text.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
    EXPECT_TRUE(text.substr(10).starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   "));
    EXPECT_EQ(text[127], '\n');
}

TEST(Npy, VersionTwoAndBytesAreRead) {
    const ScratchFolder folder;
    put(folder / "v2.npy", npy(header_of("|u1", "(3,)"), "\x01\x02\xFF", 2));
    const Buffer in = read_npy(folder / "v2.npy");
    EXPECT_EQ(in.spec().dtype, i32);
    EXPECT_EQ(in.span<std::int32_t>()[2], 255);
}

TEST(Npy, FortranOrderIsReadIntoCOrder) {
    const ScratchFolder folder;
    put(folder / "x.npy",
        npy(header_of("|u1", "(2, 3, 2)", "True"), "\x0a\x1a\x0b\x1b\x0c\x1c\x2a\x3a\x2b\x3b\x2c\x3c"));
    const Buffer in = read_npy(folder / "x.npy");
    const auto values = in.span<std::int32_t>();
    EXPECT_EQ(in.spec().extents, (std::vector<std::int64_t>{2, 3, 2}));
    EXPECT_EQ(std::vector<std::int32_t>(values.begin(), values.end()),
              (std::vector<std::int32_t>{0x0a, 0x2a, 0x0b, 0x2b, 0x0c, 0x2c, 0x1a, 0x3a, 0x1b, 0x3b, 0x1c, 0x3c}));
    put(folder / "y.npy", npy(header_of("|b1", "(2,)", "True"), std::string("\0\1", 2)));
    EXPECT_TRUE(read_npy(folder / "y.npy").span<bool>()[1]);
}

TEST(NpyRefuses, FilesOfAnotherKind) {
    EXPECT_EQ(message_for("PK\x03\x04 this is a zip file"),
              "offset 0: this is not an .npy file: it does not begin with \\x93NUMPY");
    EXPECT_EQ(message_for(npy("", "", 3)), "offset 6: .npy version 3 is not read; save it as version 1 or 2");
}

TEST(NpyRefuses, ForeignElementsAndByteOrders) {
    EXPECT_EQ(message_for(npy(header_of(">f4", "(1,)"), "1234")),
              "offset 25: dtype '>f4' is big-endian; save it in little-endian order");
    EXPECT_EQ(message_for(npy(header_of("<c8", "(1,)"), "12345678")),
              "offset 25: dtype '<c8' is not one of <f4, <f8, <i4, <i8, |b1, |u1");
}

TEST(NpyRefuses, DataThatDoNotFitTheShape) {
    EXPECT_EQ(message_for(npy(header_of("<f4", "(2, 3)"), "12345678")),
              "offset 70: the shape says 24 bytes of data but 8 follow");
    EXPECT_EQ(message_for(npy(header_of("<f4", "(1,)"), "12345")),
              "offset 68: the shape says 4 bytes of data but 5 follow");
    EXPECT_TRUE(contains(message_for(npy(header_of("<f8", "(4294967296, 4294967296)"), "")),
                         "the shape's bytes do not fit in 64 bits (2 axes)"));
    EXPECT_TRUE(contains(message_for(npy(header_of("<f4", "(99999999999,)"), "1234")),
                         "the shape says 399999999996 bytes of data but 4 follow"));
    EXPECT_TRUE(contains(message_for(npy(header_of("|b1", "(2,)"), "\x01\x07")), "a bool is 7, neither 0 nor 1"));
}

TEST(NpyRefuses, CrookedHeaders) {
    EXPECT_TRUE(contains(message_for(npy("{'descr': '<f4', }", "")), "lacks one of descr, fortran_order and shape"));
    EXPECT_TRUE(contains(message_for(npy(header_of("<f4", "(-1,)"), "")), "no extent from 0 to 2^63 - 1"));
    EXPECT_TRUE(contains(message_for(npy(header_of("<f4", "(99999999999999999999,)"), "")), "no extent from 0"));
    EXPECT_TRUE(contains(message_for(npy(header_of("<f4", "(1 2)"), "")), "the header has no ')' here"));
    EXPECT_TRUE(contains(message_for(npy("{'descr': '<f4", "")), "a quote in the header is never closed"));
    EXPECT_TRUE(contains(message_for(npy("{'descr': '<f4', 'descr': '<f4'}", "")), "unknown or there twice"));
    EXPECT_TRUE(contains(message_for(npy(header_of("<f4", "()") + "x", "1234")), "goes on after its closing brace"));
    EXPECT_TRUE(contains(message_for(std::string("\x93NUMPY\x01\x00\xFF\xFF{", 11)),
                         "the header says it has 65535 bytes but 1 are left"));
}

TEST(NpyRefuses, EveryTruncation) {
    const std::string whole = npy(header_of("<f4", "(2, 3)"), std::string(24, 'x'));
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_NE(message_for(whole.substr(0, length)), "(accepted)") << length;
    EXPECT_EQ(message_for(whole), "(accepted)");
}

TEST(Npy, AnyFlippedHeaderByteIsReadOrRefusedButNeverMore) {
    const ScratchFolder folder;
    const std::string whole = npy(header_of("<f4", "(2, 3)"), std::string(24, 'x'));
    for (std::size_t at = 0; at < whole.size() - 24; ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = whole;
            changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
            put(folder / "x.npy", changed);
            try {
                EXPECT_EQ(read_npy(folder / "x.npy").bytes(), 24) << at;
            } catch (const UserError&) {
            }
        }
    }
}

TEST(Npy, TheGoldenArraysAreRead) {
    const char* chosen = std::getenv("RICCI_GOLDEN");
    const std::filesystem::path folder = chosen ? chosen : RICCI_SOURCE_DIR "/../shared/golden";
    const std::filesystem::path golden = folder / "lenet5";
    if (!std::filesystem::exists(golden)) GTEST_SKIP() << "there is no " << golden.string();
    EXPECT_EQ(read_npy(golden / "final.conv1.weight.npy").spec().extents.size(), 4U);
    for (const auto& entry : std::filesystem::directory_iterator(golden)) {
        if (entry.path().extension() != ".npy") continue;
        EXPECT_EQ(refusal([&] { read_npy(entry.path()); }), "(accepted)");
    }
}

TEST(NpyRefuses, FilesThatNeverEndBeforeTheyFillMemory) {
    EXPECT_EQ(refusal([] { read_npy("/dev/zero"); }),
              "/dev/zero: offset 0: this is not an .npy file: it does not begin with \\x93NUMPY");
    const ScratchFolder folder;
    // The header asks for 2 TB, and the file has room for more without taking any.
    put(folder / "x.npy", npy(header_of("<f8", "(274877906944,)"), ""));
    std::filesystem::resize_file(folder / "x.npy", std::uintmax_t{3} << 40);
    EXPECT_TRUE(contains(refusal([&] { read_npy(folder / "x.npy"); }),
                         "the shape says 2199023255552 bytes of data but 3298534883"));
    // What follows the data of a pipe tells that there is more; how much more is not asked.
    ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
    std::jthread writer([&] {
        std::ofstream(folder / "fifo", std::ios::binary) << npy(header_of("<f4", "(1,)"), std::string(4000, 'x'));
    });
    EXPECT_TRUE(contains(refusal([&] { read_npy(folder / "fifo"); }), "the shape says 4 bytes of data but 5 follow"));
}

}  // namespace
}  // namespace ricci::runtime
