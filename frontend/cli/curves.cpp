// Draws lines through the epochs' numbers, with round numbers at the axes.
#include "frontend/cli/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace ricci::cli {
namespace {

// Pixels of the picture.
constexpr double kPanelWidth = 420;
constexpr double kPanelHeight = 300;
constexpr double kLeft = 62, kRight = 18, kTop = 44, kBottom = 46;  // around the lines
constexpr int kTicks = 5;                                          // of an axis, or fewer

struct Line {
    std::string name;
    std::string_view colour;
    std::vector<double> values;  // one an epoch; nan where there is none
};

bool has_numbers(const Line& line) {
    return std::ranges::any_of(line.values, [](double value) { return std::isfinite(value); });
}

std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : text) safe += c == '<' ? "&lt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
    return safe;
}

/// 1, 2 or 5 times a power of 10, so that a span has a few of them.
double round_step(double span) {
    const double rough = span / kTicks;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (rough <= factor * power) return factor * power;
    }
    return 10 * power;
}

/// Where the numbers of an axis lie.
struct Scale {
    double low, high, step;

    static Scale of(double least, double most) {
        if (!(most > least)) most = least + (least == 0 ? 1 : std::abs(least) * 0.1);
        const double step = round_step(most - least);
        return {std::floor(least / step) * step, std::ceil(most / step) * step, step};
    }
    double share(double value) const { return (value - low) / (high - low); }
};

class Panel {
  public:
    Panel(double left, const std::string& title, std::vector<Line> lines, const std::vector<std::int64_t>& epochs,
          Scale scale)
        : left_(left), lines_(std::move(lines)), epochs_(epochs), scale_(scale) {
        const double bottom = kTop + kPanelHeight - kTop - kBottom;
        text_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-weight=\"bold\">{}</text>\n", left_ + kLeft,
                             kTop - 14, escaped(title));
        for (double tick = scale_.low; tick <= scale_.high + scale_.step / 2; tick += scale_.step) {
            const double y = y_of(tick);
            text_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#ddd\"/>\n",
                                 left_ + kLeft, y, left_ + kPanelWidth - kRight, y);
            text_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.4g}</text>\n",
                                 left_ + kLeft - 6, y + 4, std::abs(tick) < scale_.step / 2 ? 0 : tick);
        }
        const auto step = static_cast<std::size_t>(std::max(1.0, std::ceil(static_cast<double>(epochs_.size()) / 8)));
        for (std::size_t i = 0; i < epochs_.size(); i += step)
            text_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", x_of(i),
                                 bottom + 18, epochs_[i]);
        text_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">epoch</text>\n",
                             left_ + kLeft + (kPanelWidth - kLeft - kRight) / 2, bottom + 36);
        double key = left_ + kPanelWidth - kRight;
        for (std::size_t i = lines_.size(); i-- > 0;) {
            draw(lines_[i]);
            text_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\" fill=\"{}\">{}</text>\n", key,
                                 kTop - 14, lines_[i].colour, escaped(lines_[i].name));
            key -= 8.0 * static_cast<double>(lines_[i].name.size()) + 12;
        }
    }
    const std::string& text() const { return text_; }

  private:
    double x_of(std::size_t place) const {
        const double width = kPanelWidth - kLeft - kRight;
        return left_ + kLeft +
               (epochs_.size() < 2 ? width / 2
                                   : width * static_cast<double>(place) / static_cast<double>(epochs_.size() - 1));
    }
    double y_of(double value) const { return kTop + (kPanelHeight - kTop - kBottom) * (1 - scale_.share(value)); }

    void draw(const Line& line) {
        std::string points;
        for (std::size_t i = 0; i < line.values.size(); ++i) {
            if (!std::isfinite(line.values[i])) continue;
            points += fmt::format("{:.1f},{:.1f} ", x_of(i), y_of(line.values[i]));
            text_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\" fill=\"{}\"/>\n", x_of(i),
                                 y_of(line.values[i]), line.colour);
        }
        text_ += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"/>\n", points,
                             line.colour);
    }

    double left_;
    std::vector<Line> lines_;
    const std::vector<std::int64_t>& epochs_;
    Scale scale_;
    std::string text_;
};

Scale scale_of(const std::vector<Line>& lines) {
    double least = std::numeric_limits<double>::infinity(), most = -least;
    for (const Line& line : lines) {
        for (const double value : line.values) {
            if (!std::isfinite(value)) continue;
            least = std::min(least, value);
            most = std::max(most, value);
        }
    }
    return least <= most ? Scale::of(least, most) : Scale::of(0, 1);
}

Line line_of(std::string name, std::string_view colour, const std::vector<EpochReport>& epochs,
             const std::function<double(const EpochReport&)>& value) {
    Line line{std::move(name), colour, {}};
    for (const EpochReport& epoch : epochs) line.values.push_back(value(epoch));
    return line;
}

}  // namespace

std::string curves_svg(std::string_view title, std::string_view tested, const std::vector<EpochReport>& epochs) {
    constexpr std::string_view kBlue = "#1f5fa8", kRed = "#c0392b";
    std::vector<std::int64_t> numbers;
    for (const EpochReport& epoch : epochs) numbers.push_back(epoch.epoch);
    std::vector<Line> losses = {
        line_of("training", kBlue, epochs, [](const EpochReport& epoch) { return epoch.loss; }),
        line_of(std::string(tested), kRed, epochs, [](const EpochReport& epoch) { return epoch.test_loss; })};
    std::vector<Line> accuracies = {
        line_of(std::string(tested), kRed, epochs, [](const EpochReport& epoch) { return 100 * epoch.test_accuracy; })};
    std::erase_if(losses, [](const Line& line) { return !has_numbers(line); });
    std::erase_if(accuracies, [](const Line& line) { return !has_numbers(line); });
    const double width = kPanelWidth * (accuracies.empty() ? 1 : 2);
    std::string text = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0f}\" height=\"{:.0f}\" font-family=\"sans-serif\" "
        "font-size=\"12\">\n"
        "<title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        width, kPanelHeight, escaped(title));
    text += Panel(0, "loss", losses, numbers, scale_of(losses)).text();
    if (!accuracies.empty())
        text += Panel(kPanelWidth, "accuracy in %", accuracies, numbers, scale_of(accuracies)).text();
    return text + "</svg>\n";
}

std::string epochs_csv(std::string_view tested, const std::vector<EpochReport>& epochs) {
    std::string text = fmt::format("epoch,loss,{0}_loss,{0}_accuracy,seconds,images_per_second", tested);
    if (!epochs.empty()) {
        for (const auto& [name, value] : epochs.front().metrics) text += "," + name;
    }
    text += "\n";
    const auto number = [](double value) { return std::isfinite(value) ? fmt::format("{}", value) : std::string(); };
    for (const EpochReport& epoch : epochs) {
        text += fmt::format("{},{},{},{},{},{}", epoch.epoch, number(epoch.loss), number(epoch.test_loss),
                            number(epoch.test_accuracy), number(epoch.seconds), number(epoch.images_per_second));
        for (const auto& [name, value] : epoch.metrics) text += "," + number(value);
        text += "\n";
    }
    return text;
}

}  // namespace ricci::cli
