/// \file tests/runtime/event_file_test.cpp
/// Files of events as TensorBoard reads them: checksums and frames by known bytes, and fields read back.
#include "runtime/file/event_file.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "tests/runtime/refusal.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci::runtime {
namespace {

std::uint64_t number_at(const std::string& bytes, std::size_t place, int size) {
    std::uint64_t value = 0;
    for (int i = 0; i < size; ++i) value |= std::uint64_t{static_cast<unsigned char>(bytes[place + static_cast<std::size_t>(i)])} << (8 * i);
    return value;
}

TEST(EventFile, ChecksumsAreThoseOfTheStandard) {
    // RFC 3720, appendix B.4.
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
    EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
}

TEST(EventFile, ARecordIsItsLengthItsDataAndTheirMaskedChecksums) {
    const std::string record = framed_record("123456789");
    ASSERT_EQ(record.size(), 8U + 4 + 9 + 4);
    EXPECT_EQ(number_at(record, 0, 8), 9U);
    EXPECT_EQ(record.substr(12, 9), "123456789");
    EXPECT_EQ(number_at(record, 21, 4), std::uint32_t(std::rotr(0xe3069283U, 15) + 0xa282ead8U));
}

TEST(EventFile, AnEventHasTimeStepAndNumbers) {
    const std::vector<std::pair<std::string, float>> numbers = {{"loss", 0.5F}};
    const std::string event = scalar_event(2, 300, numbers);
    const std::string wanted("\x09\0\0\0\0\0\0\0\x40"      // wall_time = 2
                             "\x10\xac\x02"                // step = 300
                             "\x2a\x0d\x0a\x0b\x0a\x04loss\x15\0\0\0\x3f", 27);  // summary { value { tag, simple_value } }
    EXPECT_EQ(event, wanted);
}

TEST(EventFile, AFileIsRecordsInARow) {
    const ScratchFolder folder;
    EventFile file(folder / "run");
    file.add(1, {{"loss", 2.5F}, {"accuracy", 0.25F}});
    const std::string bytes = get(file.path());
    std::vector<std::string> records;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t size = number_at(bytes, at, 8);
        records.push_back(bytes.substr(at + 12, size));
        EXPECT_EQ(bytes.substr(at, size + 16), framed_record(records.back()));
        at += size + 16;
    }
    ASSERT_EQ(records.size(), 2U);
    EXPECT_NE(records[0].find("brain.Event:2"), std::string::npos);
    EXPECT_NE(records[1].find("accuracy"), std::string::npos);
    EXPECT_TRUE(file.path().filename().string().starts_with("events.out.tfevents."));
}

TEST(EventFile, AFolderThatCannotBeIsRefused) {
    const ScratchFolder folder;
    put(folder / "file", "");
    EXPECT_EQ(refusal([&] { EventFile(folder / "file" / "run"); }),
              "cannot make the folder " + (folder / "file").string() + "/run: Not a directory");
}

}  // namespace
}  // namespace ricci::runtime
