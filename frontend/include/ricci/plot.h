/// \file ricci/plot.h
/// Lines, points and bars over two axes with ticks, drawn as SVG.
///
///   Plot({.title = "loss", .x_label = "step", .log_y = true}).line(steps, losses, "training").save("loss.svg");
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ricci/drawing.h"

namespace ricci {

struct PlotOptions {
    std::string title{};
    std::string x_label{};
    std::string y_label{};
    std::vector<std::string> x_names{};  // instead of numbers: what stands at 0, 1, 2, ...
    bool log_y = false;
    double width = 480;   // pixels
    double height = 320;  // pixels
};

/// What is drawn over one pair of axes. Ranges follow from the data. What has a label is named beside the plot, in the order
/// in which it was added. A line is broken where a number is not finite, and a point is left out.
class Plot {
  public:
    explicit Plot(PlotOptions options = {}) : options_(std::move(options)) {}

    /// \throws UserError unless x and y have as many numbers, and for y of 0 or less on a logarithmic axis.
    Plot& line(std::vector<double> x, std::vector<double> y, std::string label = {});
    Plot& points(std::vector<double> x, std::vector<double> y, std::string label = {});
    /// Bars at 0, 1, 2, ...; those of several calls stand beside each other. One that is not finite is left out.
    Plot& bars(std::vector<double> heights, std::string label = {});

    /// \throws UserError when there is no finite number to draw.
    Drawing draw() const;
    /// \throws UserError as draw() and Drawing::save() do.
    void save(const std::filesystem::path& path) const { draw().save(path); }

  private:
    struct Series {
        enum class Form { line, points, bars } form;
        std::vector<double> x, y;
        std::string label;
    };
    friend class Canvas;
    Plot& add(Series series);

    PlotOptions options_;
    std::vector<Series> series_{};
};

}  // namespace ricci
