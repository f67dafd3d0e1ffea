// Ranges, ticks and marks of plots.
#include "ricci/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "frontend/plot/svg.h"
#include "ir/base/error.h"

namespace ricci {

/// One axis: the numbers at its ends, and the pixels that they stand at.
struct Scale {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    double from = 0, to = 0;  // pixels
    bool logarithmic = false;

    void hold(double value) {
        if (!std::isfinite(value)) return;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    double at(double value) const {
        const double share = logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
        return from + share * (to - from);
    }
    /// Widens both ends to whole ticks, and gives the ticks: about six, in steps of 1, 2 or 5 times a power of ten.
    std::vector<double> ticks() {
        std::vector<double> found;
        if (logarithmic) {
            const double first = std::floor(std::log10(low)), last = std::max(std::ceil(std::log10(high)), first + 1);
            const double step = std::max(1.0, std::ceil((last - first) / 8));
            for (double power = first; power < last + step; power += step) found.push_back(std::pow(10, power));
        } else {
            if (low == high) low -= low == 0 ? 1 : std::abs(low) / 2, high += high == 0 ? 1 : std::abs(high) / 2;
            const double rough = high / 5 - low / 5, power = std::pow(10, std::floor(std::log10(rough)));
            const double step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
            const double first = std::floor(low / step), count = std::ceil(high / step) - first;
            for (int i = 0; i <= count; ++i) found.push_back((first + i) * step);
        }
        low = found.front(), high = found.back();
        return found;
    }
};

/// One drawing of a plot.
class Canvas {
  public:
    explicit Canvas(const Plot& plot) : plot_(plot), options_(plot.options_) {}

    Drawing draw() {
        find_ranges();
        axes();
        for (std::size_t i = 0; i < plot_.series_.size(); ++i) marks(plot_.series_[i], kColours[i % kColours.size()]);
        legend();
        return {options_.width, options_.height, std::move(out_)};
    }

  private:
    using Series = Plot::Series;
    static constexpr std::array kColours = {"#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#7f7f7f"};
    static constexpr double kLeft = 64, kTop = 30, kBottom = 46;

    void find_ranges() {
        for (const Series& series : plot_.series_) {
            const bool bars = series.form == Series::Form::bars;
            if (bars) ++bars_;
            if (bars && !options_.log_y) y_.hold(0);
            if (bars) x_.hold(-0.5), x_.hold(static_cast<double>(series.x.size()) - 0.5);
            for (std::size_t i = 0; i < series.x.size(); ++i) {
                if (std::isfinite(series.x[i] + series.y[i])) x_.hold(series.x[i]), y_.hold(series.y[i]);
            }
            const double words = series.label.empty() ? 0 : 36 + 6.5 * static_cast<double>(series.label.size());
            legend_ = std::max(legend_, words);
        }
        if (!(y_.low <= y_.high && x_.low <= x_.high)) user_error("plot \"{}\" has no finite number to draw", options_.title);
        y_.logarithmic = options_.log_y;
        x_.from = kLeft, x_.to = options_.width - 14 - legend_;
        y_.from = options_.height - kBottom, y_.to = kTop;
    }

    std::string number(double value, const Scale& scale) const {
        if (std::abs(value) < 1e-9 * (scale.high - scale.low) && !scale.logarithmic) value = 0;
        return fmt::format("{:.6g}", value);
    }
    void stroke(double x1, double y1, double x2, double y2, std::string_view colour) {
        out_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1, y1, x2, y2,
                            colour);
    }
    void axes() {
        const bool named = !options_.x_names.empty();
        if (named) x_.hold(-0.5), x_.hold(static_cast<double>(options_.x_names.size()) - 0.5);
        for (const double tick : named ? std::vector<double>{} : x_.ticks()) {
            stroke(x_.at(tick), y_.from, x_.at(tick), y_.from + 4, "black");
            out_ += svg::text(x_.at(tick), y_.from + 17, "middle", number(tick, x_));
        }
        for (std::size_t i = 0; i < options_.x_names.size(); ++i)
            out_ += svg::text(x_.at(static_cast<double>(i)), y_.from + 17, "middle", options_.x_names[i]);
        for (const double tick : y_.ticks()) {
            stroke(x_.from, y_.at(tick), x_.to, y_.at(tick), "#dddddd");
            out_ += svg::text(x_.from - 6, y_.at(tick) + 4, "end", number(tick, y_));
        }
        stroke(x_.from, y_.from, x_.to, y_.from, "black");
        stroke(x_.from, y_.from, x_.from, y_.to, "black");
        const double middle = (x_.from + x_.to) / 2, side = (y_.from + y_.to) / 2;
        out_ += svg::text(middle, 18, "middle", options_.title, " font-size=\"14\"");
        out_ += svg::text(middle, options_.height - 8, "middle", options_.x_label);
        out_ += svg::text(14, side, "middle", options_.y_label, fmt::format(" transform=\"rotate(-90 14 {:.1f})\"", side));
    }

    void marks(const Series& series, std::string_view colour) {
        std::string path;
        bool drawn = false;
        const double slot = 0.8 / std::max(bars_, 1);
        for (std::size_t i = 0; i < series.x.size(); ++i) {
            if (!std::isfinite(series.x[i] + series.y[i])) {
                drawn = false;
                continue;
            }
            const double x = x_.at(series.x[i]), y = y_.at(series.y[i]);
            if (series.form == Series::Form::line) {
                path += fmt::format("{}{:.2f} {:.2f}", drawn ? " L" : "M", x, y);
            } else if (series.form == Series::Form::points) {
                out_ += fmt::format("<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"2.5\" fill=\"{}\"/>\n", x, y, colour);
            } else {
                const double begin = x_.at(series.x[i] - 0.4 + slot * bar_), end = x_.at(series.x[i] - 0.4 + slot * (bar_ + 1));
                const double base = options_.log_y ? y_.from : y_.at(0);
                out_ += fmt::format("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"{}\"/>\n", begin,
                                    std::min(y, base), end - begin, std::abs(base - y), colour);
            }
            drawn = true;
        }
        if (series.form == Series::Form::bars) ++bar_;
        if (!path.empty())
            out_ += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/>\n", path, colour);
    }

    void legend() {
        double y = kTop + 8;
        for (std::size_t i = 0; i < plot_.series_.size(); ++i) {
            if (plot_.series_[i].label.empty()) continue;
            out_ += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"10\" height=\"10\" fill=\"{}\"/>\n", x_.to + 12, y - 9,
                                kColours[i % kColours.size()]);
            out_ += svg::text(x_.to + 27, y, "start", plot_.series_[i].label);
            y += 17;
        }
    }

    const Plot& plot_;
    const PlotOptions& options_;
    Scale x_{}, y_{};
    double legend_ = 0;       // pixels
    int bars_ = 0, bar_ = 0;  // series of bars: all, and drawn so far
    std::string out_{};
};

Plot& Plot::add(Series series) {
    if (series.x.size() != series.y.size())
        user_error("\"{}\" of plot \"{}\" has {} x and {} y; give as many", series.label, options_.title, series.x.size(),
                   series.y.size());
    for (const double y : series.y) {
        if (options_.log_y && y <= 0)
            user_error("\"{}\" of plot \"{}\" has y = {}, which a logarithmic axis has no place for", series.label,
                       options_.title, y);
    }
    series_.push_back(std::move(series));
    return *this;
}

Plot& Plot::line(std::vector<double> x, std::vector<double> y, std::string label) {
    return add({Series::Form::line, std::move(x), std::move(y), std::move(label)});
}
Plot& Plot::points(std::vector<double> x, std::vector<double> y, std::string label) {
    return add({Series::Form::points, std::move(x), std::move(y), std::move(label)});
}
Plot& Plot::bars(std::vector<double> heights, std::string label) {
    std::vector<double> x(heights.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
    return add({Series::Form::bars, std::move(x), std::move(heights), std::move(label)});
}

Drawing Plot::draw() const { return Canvas(*this).draw(); }

}  // namespace ricci
