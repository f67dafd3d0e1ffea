// Half blocks in 24-bit colour, or letters from light to dark.
#include "frontend/cli/terminal_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ricci::cli {
namespace {

constexpr std::int64_t kMostColumns = 72;

/// Every so-manyth pixel is shown.
std::array<int, 3> colour_at(const runtime::Picture& picture, std::int64_t y, std::int64_t x) {
    std::array<int, 3> colour{};
    for (std::int64_t c = 0; c < 3; ++c) {
        const std::int64_t channel = std::min(c, picture.channels - 1);
        colour.begin()[c] = picture.pixels.begin()[(channel * picture.height + y) * picture.width + x];
    }
    return colour;
}

}  // namespace

std::string draw(const runtime::Picture& picture, bool in_colour) {
    constexpr std::string_view kLetters = " .:-=+*#%@";
    const std::int64_t step = (picture.width + kMostColumns - 1) / kMostColumns;
    const std::int64_t each = in_colour ? step : 2 * step;  // rows of pixels a line: a letter is twice as high as wide
    std::string text;
    for (std::int64_t y = 0; y < picture.height; y += in_colour ? 2 * each : each) {
        text += "  ";
        std::string line;
        for (std::int64_t x = 0; x < picture.width; x += step) {
            const auto above = colour_at(picture, y, x);
            const auto below = colour_at(picture, std::min(y + step, picture.height - 1), x);
            if (in_colour) {
                line += fmt::format("\x1b[38;2;{};{};{}m\x1b[48;2;{};{};{}m\xE2\x96\x80", above[0], above[1], above[2],
                                    below[0], below[1], below[2]);
                continue;
            }
            const int sum = above[0] + above[1] + above[2] + below[0] + below[1] + below[2];
            line += kLetters.begin()[sum * 9 / (6 * 255)];
        }
        if (in_colour) line += "\x1b[0m";
        if (!in_colour) line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

}  // namespace ricci::cli
