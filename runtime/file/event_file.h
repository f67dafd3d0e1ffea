/// \file runtime/file/event_file.h
/// Curves of a training for TensorBoard: a file of events, each a framed record of a protocol buffer.
/// Source: TensorFlow, core/lib/io/record_writer.h (framing), core/util/event.proto and core/framework/summary.proto.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ricci::runtime {

/// CRC-32C, the checksum of records. Source: RFC 3720, appendix B.4.
std::uint32_t crc32c(std::string_view bytes);

/// One record: 8 bytes of length, their checksum, the data, their checksum; checksums are masked.
std::string framed_record(std::string_view data);

/// The event that says numbers at a step. \param seconds  since 1970.
std::string scalar_event(double seconds, std::int64_t step, std::span<const std::pair<std::string, float>> numbers);

class EventFile {
  public:
    /// A new file in the folder, which is made where it is not there. Its name tells it apart from those of other runs.
    /// \throws UserError naming the path and the system's reason.
    explicit EventFile(const std::filesystem::path& folder);
    /// Written at once. \throws UserError when the disk is full.
    void add(std::int64_t step, const std::vector<std::pair<std::string, float>>& numbers);
    const std::filesystem::path& path() const { return path_; }

  private:
    void write(const std::string& event);
    std::filesystem::path path_;
    std::ofstream file_;
};

}  // namespace ricci::runtime
