// Curves of a training as plots beside each other, and its numbers as a table.
#include "frontend/cli/train/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "ricci/plot.h"

namespace ricci::cli {
namespace {

/// A plot over the epochs; lines without a number are left out.
class Panel {
  public:
    Panel(std::string title, const std::vector<EpochReport>& epochs)
        : plot_({.title = std::move(title), .x_label = "epoch"}), epochs_(epochs) {}

    void line(std::string label, const std::function<double(const EpochReport&)>& value) {
        std::vector<double> x, y;
        for (const EpochReport& epoch : epochs_) {
            x.push_back(static_cast<double>(epoch.epoch));
            y.push_back(value(epoch));
        }
        if (std::ranges::none_of(y, [](double number) { return std::isfinite(number); })) return;
        plot_.line(std::move(x), std::move(y), std::move(label));
        is_empty_ = false;
    }
    void add_to(std::vector<Drawing>& drawings) const {
        if (!is_empty_) drawings.push_back(plot_.draw());
    }

  private:
    Plot plot_;
    const std::vector<EpochReport>& epochs_;
    bool is_empty_ = true;
};

}  // namespace

std::string curves_svg(std::string_view title, std::string_view tested, const std::vector<EpochReport>& epochs) {
    Panel loss(fmt::format("{}: loss", title), epochs);
    loss.line("training", [](const EpochReport& epoch) { return epoch.loss; });
    loss.line(std::string(tested), [](const EpochReport& epoch) { return epoch.test_loss; });
    Panel accuracy(fmt::format("{} accuracy in %", tested), epochs);
    accuracy.line({}, [](const EpochReport& epoch) { return 100 * epoch.test_accuracy; });
    std::vector<Drawing> drawings;
    loss.add_to(drawings);
    accuracy.add_to(drawings);
    return beside(drawings).svg();
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
