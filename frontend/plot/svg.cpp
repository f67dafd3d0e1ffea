// Text of SVG, and PNG files of 8 bits a channel with one unfiltered block.
#include "frontend/plot/svg.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <vector>

#include "runtime/base/text.h"

namespace ricci::svg {
namespace {

using Bytes = std::vector<unsigned char>;

void append(Bytes& to, std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<unsigned char>(number >> shift));
}

void append_chunk(Bytes& to, std::string_view type, const Bytes& data) {
    append(to, static_cast<std::uint32_t>(data.size()));
    const std::size_t begin = to.size();
    to.insert(to.end(), type.begin(), type.end());
    to.insert(to.end(), data.begin(), data.end());
    append(to, static_cast<std::uint32_t>(crc32(0, to.data() + begin, static_cast<uInt>(to.size() - begin))));
}

Bytes png(const Picture& picture) {
    Bytes header;
    append(header, static_cast<std::uint32_t>(picture.width));
    append(header, static_cast<std::uint32_t>(picture.height));
    const unsigned char colour = picture.channels == 3 ? 2 : 0;
    header.insert(header.end(), {8, colour, 0, 0, 0});
    Bytes rows;
    const std::int64_t row = picture.width * picture.channels;
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
        if (static_cast<std::int64_t>(i) % row == 0) rows.push_back(0);  // the row's filter: none
        rows.push_back(static_cast<unsigned char>(std::clamp(picture.pixels[i], 0.0F, 1.0F) * 255 + 0.5F));
    }
    uLongf size = compressBound(rows.size());
    Bytes packed(size);
    compress(packed.data(), &size, rows.data(), rows.size());
    packed.resize(size);
    Bytes file = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    append_chunk(file, "IHDR", header);
    append_chunk(file, "IDAT", packed);
    append_chunk(file, "IEND", {});
    return file;
}

std::string base64(const Bytes& bytes) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t at) { return i + at < bytes.size() ? bytes[i + at] : 0U; };
        const std::uint32_t group = byte(0) << 16U | byte(1) << 8U | byte(2);
        for (std::size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : kDigits[group >> (18 - 6 * k) & 63U];
    }
    return text;
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : runtime::as_utf8(text)) {
        if (c == '&') out += "&amp;";
        else if (c == '<') out += "&lt;";
        else if (c == '>') out += "&gt;";
        else if (c == '"') out += "&quot;";
        else if (static_cast<unsigned char>(c) >= ' ') out += c;  // XML has no other control characters
    }
    return out;
}

std::string text(double x, double y, std::string_view anchor, std::string_view words, std::string_view more) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y, anchor, more,
                       escaped(words));
}

std::string png_address(const Picture& picture) { return "data:image/png;base64," + base64(png(picture)); }

}  // namespace ricci::svg
