// Files, rows of drawings, heat maps and grids of images.
#include "ricci/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "frontend/plot/svg.h"
#include "ir/base/error.h"
#include "runtime/file/files.h"

namespace ricci {

using svg::text;

constexpr double kTextHeight = 16;  // pixels of a line of text
constexpr double kLetter = 7;       // pixels of a letter's width, at the most

std::string Drawing::svg() const {
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{2}</svg>\n",
        std::ceil(width), std::ceil(height), body);
}

void Drawing::save(const std::filesystem::path& path) const { runtime::write_file(path, std::string_view(svg())); }

Drawing beside(const std::vector<Drawing>& parts, int columns) {
    if (columns < 1) user_error("drawings stand in {} columns; give 1 or more", columns);
    Drawing all;
    double x = 0, row = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0 && i % static_cast<std::size_t>(columns) == 0) {
            all.height += row;
            x = row = 0;
        }
        all.body += fmt::format("<g transform=\"translate({:.1f} {:.1f})\">\n{}</g>\n", x, all.height, parts[i].body);
        x += parts[i].width;
        row = std::max(row, parts[i].height);
        all.width = std::max(all.width, x);
    }
    all.height += row;
    return all;
}

Drawing heat_map(const std::vector<double>& cells, const std::vector<std::string>& rows,
                 const std::vector<std::string>& columns, const HeatMapOptions& options) {
    if (cells.size() != rows.size() * columns.size()) {
        user_error("a heat map of {} rows and {} columns has {} cells, but {} are given", rows.size(), columns.size(),
                   rows.size() * columns.size(), cells.size());
    }
    const auto longest = [](const std::vector<std::string>& names) {
        std::size_t most = 0;
        for (const std::string& name : names) most = std::max(most, name.size());
        return kLetter * static_cast<double>(most);
    };
    double largest = 0;
    for (const double cell : cells) largest = std::isfinite(cell) ? std::max(largest, cell) : largest;
    const double size = std::max(36.0, longest(columns) + 8);
    const double left = longest(rows) + 16, top = 3 * kTextHeight;
    Drawing map;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const double y = top + 28 * static_cast<double>(r);
        map.body += text(left - 6, y + 18, "end", rows[r]);
        for (std::size_t c = 0; c < columns.size(); ++c) {
            const double x = left + size * static_cast<double>(c), cell = cells[r * columns.size() + c];
            const double share = largest > 0 && cell > 0 ? cell / largest : 0;
            map.body += fmt::format(
                "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"28\" fill=\"rgb({:.0f},{:.0f},{:.0f})\"/>\n", x, y,
                size, 255 - 224 * share, 255 - 136 * share, 255 - 75 * share);
            map.body += text(x + size / 2, y + 18, "middle", fmt::format("{:.4g}", cell),
                             share > 0.5 ? " fill=\"white\"" : "");
        }
    }
    for (std::size_t c = 0; c < columns.size(); ++c)
        map.body += text(left + size * (static_cast<double>(c) + 0.5), top - 4, "middle", columns[c]);
    const std::string sides = options.row_label.empty() ? "" : fmt::format("rows: {}", options.row_label);
    const std::string across = options.column_label.empty() ? "" : fmt::format("columns: {}", options.column_label);
    const std::string below = fmt::format("{}{}{}", sides, sides.empty() || across.empty() ? "" : ", ", across);
    map.width = left + size * static_cast<double>(columns.size()) + 16;
    map.width = std::max(map.width, 16 + kLetter * static_cast<double>(std::max(options.title.size(), below.size())));
    map.height = top + 28 * static_cast<double>(rows.size()) + 1.5 * kTextHeight;
    map.body += text(8, kTextHeight, "start", options.title, " font-size=\"14\"");
    map.body += text(8, map.height - 6, "start", below);
    return map;
}

Drawing image_grid(const std::vector<Picture>& pictures, const ImageGridOptions& options) {
    if (options.columns < 1) user_error("pictures stand in {} columns; give 1 or more", options.columns);
    std::vector<Drawing> parts;
    for (const Picture& picture : pictures) {
        const std::int64_t pixels = picture.height * picture.width * picture.channels;
        if ((picture.channels != 1 && picture.channels != 3) || std::ssize(picture.pixels) != pixels || pixels == 0) {
            user_error("picture \"{}\" is {} x {} with {} channels and {} numbers; give 1 or 3 channels and {} numbers",
                       picture.caption, picture.height, picture.width, picture.channels, picture.pixels.size(), pixels);
        }
        const double width = options.scale * static_cast<double>(picture.width);
        const double height = options.scale * static_cast<double>(picture.height);
        Drawing part{.width = std::max(width, kLetter * static_cast<double>(picture.caption.size())) + 8,
                     .height = height + (picture.caption.empty() ? 8 : kTextHeight + 8)};
        part.body = fmt::format("<image x=\"4\" y=\"4\" width=\"{:.1f}\" height=\"{:.1f}\" image-rendering=\"pixelated\" "
                                "preserveAspectRatio=\"none\" href=\"{}\"/>\n", width, height, svg::png_address(picture));
        if (!picture.caption.empty()) part.body += text(4, height + kTextHeight, "start", picture.caption);
        parts.push_back(std::move(part));
    }
    Drawing grid = beside(parts, options.columns);
    if (options.title.empty()) return grid;
    const Drawing title{.width = 16 + 8 * static_cast<double>(options.title.size()),
                        .height = 1.5 * kTextHeight,
                        .body = text(4, kTextHeight, "start", options.title, " font-size=\"14\"")};
    return beside({title, grid}, 1);
}

}  // namespace ricci
