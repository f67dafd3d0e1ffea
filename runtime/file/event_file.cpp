// Writes the few fields of the protocol buffers by hand.
#include "runtime/file/event_file.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "ir/base/error.h"

namespace ricci::runtime {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // the polynomial of CRC-32C, its bits reversed
constexpr std::uint32_t kMask = 0xa282ead8;        // added to checksums, so that those of data with checksums differ

std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t rest = byte;
        for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? kPolynomial : 0);
        table[byte] = rest;
    }
    return table;
}

/// The lowest byte first.
std::string fixed(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
}

std::string varint(std::uint64_t value) {
    std::string text;
    for (; value >= 0x80; value >>= 7) text += static_cast<char>(0x80 | (value & 0x7f));
    return text + static_cast<char>(value);
}

// Fields of protocol buffers, by their number.
std::string double_field(unsigned number, double value) {
    return varint(number << 3 | 1) + fixed(std::bit_cast<std::uint64_t>(value), 8);
}
std::string float_field(unsigned number, float value) {
    return varint(number << 3 | 5) + fixed(std::bit_cast<std::uint32_t>(value), 4);
}
std::string whole_field(unsigned number, std::int64_t value) {
    return varint(number << 3) + varint(static_cast<std::uint64_t>(value));
}
std::string bytes_field(unsigned number, std::string_view bytes) {
    return varint(number << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}

double now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::uint32_t masked(std::uint32_t checksum) {
    return std::rotr(checksum, 15) + kMask;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
    static const std::array<std::uint32_t, 256> table = make_table();
    std::uint32_t rest = ~std::uint32_t{0};
    for (const char byte : bytes) rest = table[(rest ^ static_cast<unsigned char>(byte)) & 0xff] ^ (rest >> 8);
    return ~rest;
}

std::string framed_record(std::string_view data) {
    const std::string length = fixed(data.size(), 8);
    return length + fixed(masked(crc32c(length)), 4) + std::string(data) + fixed(masked(crc32c(data)), 4);
}

std::string scalar_event(double seconds, std::int64_t step, std::span<const std::pair<std::string, float>> numbers) {
    std::string values;
    for (const auto& [tag, number] : numbers) values += bytes_field(1, bytes_field(1, tag) + float_field(2, number));
    return double_field(1, seconds) + whole_field(2, step) + bytes_field(5, values);
}

EventFile::EventFile(const std::filesystem::path& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) user_error("cannot make the folder {}: {}", folder.string(), failed.message());
    const double seconds = now();
    path_ = folder / fmt::format("events.out.tfevents.{:.6f}.{}.ricci", seconds, ::getpid());
    file_.open(path_, std::ios::binary);
    if (!file_) user_error("cannot write {}: {}", path_.string(), std::generic_category().message(errno));
    write(double_field(1, seconds) + bytes_field(3, "brain.Event:2"));
}

void EventFile::add(std::int64_t step, const std::vector<std::pair<std::string, float>>& numbers) {
    write(scalar_event(now(), step, numbers));
}

void EventFile::write(const std::string& event) {
    file_ << framed_record(event) << std::flush;
    if (!file_) user_error("cannot write {}: {}", path_.string(), std::generic_category().message(errno));
}

}  // namespace ricci::runtime
