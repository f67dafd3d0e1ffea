/// \file ricci/drawing.h
/// Pictures as SVG, for reports and documents: what plots, heat maps and grids of images are drawn into.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ricci {

/// Elements of SVG inside a rectangle whose left upper corner is (0, 0).
struct Drawing {
    double width = 0;   // pixels
    double height = 0;  // pixels
    std::string body{};

    /// The text of a whole file.
    std::string svg() const;
    /// \throws UserError naming the file when it cannot be written.
    void save(const std::filesystem::path& path) const;
};

/// Drawings beside each other, `columns` in a row.
Drawing beside(const std::vector<Drawing>& parts, int columns = 2);

struct HeatMapOptions {
    std::string title{};
    std::string row_label{};     // what the rows are: true class
    std::string column_label{};  // predicted class
};
/// A table of numbers, each in a cell that is darker the larger the number is: a confusion matrix.
/// \param cells  row by row.
/// \throws UserError unless there is one for each pair of a row and a column.
Drawing heat_map(const std::vector<double>& cells, const std::vector<std::string>& rows,
                 const std::vector<std::string>& columns, const HeatMapOptions& options = {});

/// An image with a line of text below.
struct Picture {
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::int64_t channels = 1;    // 1: grey; 3: red, green, blue
    std::vector<float> pixels{};  // [height, width, channels], row-major, from 0 to 1; others are cut off
    std::string caption{};
};

struct ImageGridOptions {
    std::string title{};
    int columns = 8;
    double scale = 3;  // pixels of the drawing a pixel of a picture
};
/// \throws UserError for a picture of other than 1 or 3 channels, or with another number of pixels than its extents say.
Drawing image_grid(const std::vector<Picture>& pictures, const ImageGridOptions& options = {});

}  // namespace ricci
