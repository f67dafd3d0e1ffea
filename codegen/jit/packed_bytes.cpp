// Lengths are checked against what is left, so damaged bytes cost no memory.
#include "codegen/jit/packed_bytes.h"

#include <array>
#include <cstring>

namespace ricci::codegen {

void PackedWriter::number(std::uint64_t value) {
    std::array<char, sizeof value> bytes{};
    std::memcpy(bytes.data(), &value, sizeof value);
    out_.append(bytes.data(), bytes.size());
}

void PackedWriter::text(std::string_view value) {
    number(value.size());
    out_ += value;
}

std::size_t PackedReader::number() {
    std::size_t value = 0;
    const std::string_view bytes = take(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
    return value;
}

std::size_t PackedReader::count() {
    const std::size_t value = number();
    if (value > rest_.size() / sizeof value) ok_ = false;
    return ok_ ? value : 0;
}

std::string_view PackedReader::take(std::size_t bytes) {
    if (bytes > rest_.size()) ok_ = false;
    if (!ok_) return {};
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(taken.size());
    return taken;
}

}  // namespace ricci::codegen
