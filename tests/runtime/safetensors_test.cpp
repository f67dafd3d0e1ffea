// Promises of runtime/file/safetensors.h.
#include "runtime/file/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/runtime/refusal.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci::runtime {
namespace {

std::string file_of(const std::string& header, const std::string& data) {
    std::string text(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) text[i] = static_cast<char>(header.size() >> (8 * i));
    return text + header + data;
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
    return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

std::string message_for(const std::string& bytes) {
    const ScratchFolder folder;
    put(folder / "w", bytes);
    std::string message = refusal([&] { read_safetensors(folder / "w"); });
    const std::string prefix = (folder / "w").string() + ": ";
    if (message.starts_with(prefix)) message.erase(0, prefix.size());
    return message;
}

std::string small_file() {
    return file_of("{" + entry("a", "F32", "[2]", "[0,8]") + "," + entry("b", "BOOL", "[3]", "[8,11]") + "}",
                   std::string("12345678\0\1\0", 11));
}

TEST(Safetensors, TensorsOrderAndMetadataComeBack) {
    const ScratchFolder folder;
    Buffer z(BufferSpec{"z.weight", f32, {"channel", "tap_h"}, {2, 3}});
    z.span<float>()[4] = 1.5F;
    Buffer a(BufferSpec{"a\"b", i64, {}, {}});
    a.span<std::int64_t>()[0] = -7;
    const Buffer empty(BufferSpec{"empty", f64, {}, {0, 3}});
    const std::vector<const Buffer*> tensors = {&z, &a, &empty};
    write_safetensors(folder / "w", tensors, {{"model", "lenet5"}});
    const Safetensors in = read_safetensors(folder / "w");
    ASSERT_EQ(in.tensors.size(), 3U);
    EXPECT_EQ(in.tensors[0].spec().name, "z.weight");
    EXPECT_EQ(in.tensors[0].spec().extents, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(in.at("z.weight").span<float>()[4], 1.5F);
    EXPECT_EQ(in.at("a\"b").span<std::int64_t>()[0], -7);
    EXPECT_EQ(in.at("empty").elements(), 0);
    EXPECT_EQ(in.metadata.at("model"), "lenet5");
    EXPECT_EQ(refusal([&] { static_cast<void>(in.at("w")); }),
              "the file has no tensor \"w\"; it has z.weight, a\"b, empty");
}

TEST(Safetensors, TwoTensorsOfOneNameAreNotWritten) {
    const ScratchFolder folder;
    const Buffer a(BufferSpec{"a", f32, {}, {1}});
    const std::vector<const Buffer*> tensors = {&a, &a};
    EXPECT_EQ(refusal([&] { write_safetensors(folder / "w", tensors); }),
              "cannot write " + (folder / "w").string() + ": two tensors would be named \"a\"");
    EXPECT_FALSE(std::filesystem::exists(folder / "w"));
}

TEST(Safetensors, NamesAndNotesThatAreNoUtf8AreNamedAndNotWritten) {
    const ScratchFolder folder;
    const std::string file = "cannot write " + (folder / "w").string() + ": ";
    const Buffer odd(BufferSpec{"caf\xE9", f32, {}, {}}), plain(BufferSpec{"a", f32, {}, {}});
    const std::vector<const Buffer*> named = {&plain, &odd}, sound = {&plain};
    EXPECT_EQ(refusal([&] { write_safetensors(folder / "w", named); }), file + "the tensor's name \"caf\\xE9\" is not valid UTF-8");
    EXPECT_EQ(refusal([&] { write_safetensors(folder / "w", sound, {{"data", "caf\xE9"}}); }), file + "the note \"data\" is not valid UTF-8");
    EXPECT_FALSE(std::filesystem::exists(folder / "w"));
}

TEST(SafetensorsRefuses, HeadersThatLieAboutTheirLength) {
    EXPECT_EQ(message_for("abc"), "offset 0: this is not a safetensors file: it has 3 bytes and no header length");
    EXPECT_EQ(message_for(std::string("\x40\0\0\0\0\0\0\0{}", 10)),
              "offset 0: the header says it has 64 bytes but 2 follow");
    EXPECT_EQ(message_for(std::string(8, '\xFF') + "{}"),
              "offset 0: the header says it has 18446744073709551615 bytes, more than 100000000");
}

TEST(SafetensorsRefuses, HeadersThatAreNoJsonOfTheFormat) {
    EXPECT_EQ(message_for(file_of("[1]", "")), "offset 8: the header does not begin with '{'");
    EXPECT_EQ(message_for(file_of("{\"a\":]", "")), "offset 13: the header is not valid JSON");
    EXPECT_EQ(message_for(file_of("{\"a\":" + std::string(5000, '[') + "}", "")),
              "offset 8: the header is nested deeper than 3 levels");
    EXPECT_EQ(message_for(
                  file_of("{" + entry("a", "F32", "[0]", "[0,0]") + "," + entry("a", "F32", "[0]", "[0,0]") + "}", "")),
              "tensor \"a\": the header names it twice");
    EXPECT_EQ(message_for(file_of("{\"__metadata__\":{\"k\":1}}", "")), "offset 8: __metadata__ \"k\" is not a string");
    EXPECT_EQ(message_for(file_of("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", "")),
              "tensor \"a\": the header gives no data_offsets");
}

TEST(SafetensorsRefuses, TensorsThatDoNotFitTheirBytes) {
    const auto one = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
        return message_for(file_of("{" + entry("a", dtype, shape, offsets) + "}", "12345678"));
    };
    EXPECT_EQ(one("F32", "[2]", "[0,8]"), "(accepted)");
    EXPECT_EQ(one("BF16", "[4]", "[0,8]"), "(accepted)");
    EXPECT_EQ(one("F16", "[4]", "[0,8]"), "tensor \"a\": dtype \"F16\" is not one of F32, F64, I32, I64, BOOL, BF16");
    EXPECT_EQ(one("F32", "[3]", "[0,8]"), "tensor \"a\": its shape needs 12 bytes but data_offsets 0 to 8 hold 8");
    EXPECT_EQ(one("F32", "[3]", "[0,12]"), "tensor \"a\": data_offsets 0 to 12 are not within the 8 bytes of data");
    EXPECT_EQ(one("F32", "[2]", "[8,0]"), "tensor \"a\": data_offsets 8 to 0 are not within the 8 bytes of data");
    EXPECT_EQ(one("F32", "[-2]", "[0,8]"), "tensor \"a\": an extent is not a whole number from 0 to 2^63 - 1");
    EXPECT_EQ(one("F32", "[2.0]", "[0,8]"), "tensor \"a\": an extent is not a whole number from 0 to 2^63 - 1");
    EXPECT_EQ(one("F32", "[4611686018427387904,4]", "[0,8]"), "tensor \"a\": the shape's bytes do not fit in 64 bits");
    EXPECT_TRUE(contains(one("BOOL", "[8]", "[0,8]"), "a BOOL is 49, neither 0 nor 1"));
}

TEST(SafetensorsRefuses, OverlapsHolesAndStrayBytes) {
    const std::string a = entry("a", "F32", "[1]", "[0,4]");
    EXPECT_EQ(message_for(file_of("{" + a + "," + entry("b", "F32", "[1]", "[0,4]") + "}", "1234")),
              "tensor \"b\": its data begin at 0 but the data before end at 4");
    EXPECT_EQ(message_for(file_of("{" + a + "," + entry("b", "F32", "[1]", "[8,12]") + "}", "123456789012")),
              "tensor \"b\": its data begin at 8 but the data before end at 4");
    EXPECT_TRUE(
        contains(message_for(file_of("{" + a + "}", "123456")), "2 bytes after the last tensor belong to none"));
}

TEST(SafetensorsRefuses, EveryTruncation) {
    const std::string whole = small_file();
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_NE(message_for(whole.substr(0, length)), "(accepted)") << length;
    EXPECT_EQ(message_for(whole), "(accepted)");
}

TEST(Safetensors, AnyFlippedBitIsReadOrRefusedAsAUserError) {
    const ScratchFolder folder;
    const std::string whole = small_file();
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = whole;
            changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
            put(folder / "w", changed);
            try {
                std::int64_t bytes = 0;
                for (const Buffer& tensor : read_safetensors(folder / "w").tensors) bytes += tensor.bytes();
                EXPECT_EQ(bytes, 11) << at;
            } catch (const UserError&) {
            }
        }
    }
}

}  // namespace
}  // namespace ricci::runtime
