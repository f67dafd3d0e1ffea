// Prints lines about a training, and writes them as JSON, CSV, SVG and events.
#include "frontend/cli/train/train_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "frontend/cli/json_text.h"
#include "frontend/cli/streams.h"
#include "frontend/cli/train/curves.h"
#include "frontend/cli/train/optimizer_option.h"
#include "runtime/base/cpu.h"
#include "runtime/call/blas.h"
#include "runtime/file/files.h"

namespace ricci::cli {
namespace {

std::string epoch_text(std::int64_t epoch, std::int64_t epochs) {
    return fmt::format("epoch {:>{}}/{}", epoch, fmt::formatted_size("{}", epochs), epochs);
}

/// "45 s", "12:05", "3:07:20".
std::string time_text(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

TrainReport::TrainReport(const TrainOptions& given, DataSummary data, const Optimizer& optimizer,
                         std::int64_t parameters, const Function& step)
    : given_(given), data_(std::move(data)), optimizer_(optimizer), parameters_(parameters), step_(step) {
    if (!given_.tensorboard.empty()) events_.emplace(given_.tensorboard);
}

void TrainReport::print_start() const {
    const std::string validation =
        data_.validation > 0 ? fmt::format(", {} to validate", with_commas(data_.validation)) : "";
    fmt::print("data      {}; {} to train{}, {} to test\n", data_.description, with_commas(data_.train), validation,
               with_commas(data_.test));
    fmt::print("model     {}, {} parameters, {}, batch {}, learning rate {} ({}), {}, seed {}\n", given_.model,
               with_commas(parameters_), given_.dtype, given_.batch, learning_rate_of(optimizer_),
               describe_schedule(optimizer_), describe(optimizer_), given_.seed);
    fmt::print("machine   {}\n", runtime::cpu().describe());
    fmt::print("BLAS      {}\n", describe(runtime::blas()));
    if (!runtime::blas().remark.empty()) fmt::print("          {}\n", runtime::blas().remark);
    fmt::print("compiled  in {:.2f} s{}, runs on {} thread{}\n", step_.compile_seconds(),
               step_.from_cache() ? " from the cache" : "", step_.threads(), step_.threads() == 1 ? "" : "s");
    for (const Remark& remark : step_.remarks()) {
        if (remark.pass == "object-cache" || remark.pass == "tile-search") fmt::print("          {}\n", remark.text);
    }
    flush_output();
}

void TrainReport::show(const Progress& at) {
    const double share = static_cast<double>(at.images) / static_cast<double>(at.total);
    const double epochs = static_cast<double>(at.epoch - 1) + share;
    if (share_at_start_ < 0) {
        share_at_start_ = epochs;
        start_ = std::chrono::steady_clock::now();
    }
    if (!line_.is_due()) return;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const double done = epochs - share_at_start_;
    const std::string left =
        done > 0 ? fmt::format("  {} left", time_text(seconds * (static_cast<double>(at.epochs) - epochs) / done)) : "";
    line_.show(
        fmt::format("{}  loss {}  {:.0f} %{}", epoch_text(at.epoch, at.epochs), loss_text(at.loss), 100.0 * share, left));
}

/// "test accuracy 97.20 %", "validation loss 0.0312".
std::string TrainReport::result_of(const EpochReport& epoch) const {
    if (!std::isnan(epoch.test_accuracy))
        return fmt::format("{} accuracy {:.2f} %", tested(), epoch.test_accuracy * 100);
    return fmt::format("{} loss {}", tested(), loss_text(epoch.test_loss));
}

void TrainReport::add(const EpochReport& epoch) {
    line_.clear();
    epochs_.push_back(epoch);
    fmt::print("{}  loss {}  {}  {:.2f} s  {} {}/s\n", epoch_text(epoch.epoch, given_.epochs), loss_text(epoch.loss),
               result_of(epoch), epoch.seconds, with_commas(static_cast<std::int64_t>(epoch.images_per_second)), data_.unit);
    flush_output();
    if (!events_) return;
    std::vector<std::pair<std::string, float>> numbers = {{"loss/training", static_cast<float>(epoch.loss)}};
    if (!std::isnan(epoch.test_loss)) numbers.emplace_back("loss/" + tested(), static_cast<float>(epoch.test_loss));
    if (!std::isnan(epoch.test_accuracy))
        numbers.emplace_back("accuracy/" + tested(), static_cast<float>(epoch.test_accuracy));
    numbers.emplace_back("images_per_second", static_cast<float>(epoch.images_per_second));
    events_->add(epoch.epoch, numbers);
}

void TrainReport::print_end(std::optional<double> test_accuracy) const {
    double seconds = 0;
    double images = 0;
    for (const EpochReport& epoch : epochs_) {
        seconds += epoch.seconds;
        images += epoch.seconds * epoch.images_per_second;
    }
    if (!epochs_.empty()) {
        const bool by_loss = std::isnan(epochs_.back().test_accuracy);
        const auto value = [&](const EpochReport& epoch) { return by_loss ? -epoch.test_loss : epoch.test_accuracy; };
        const auto best = std::ranges::max_element(epochs_, {}, value);
        const std::string of_best =
            result_of(*best).substr(result_of(*best).find(by_loss ? "loss " : "accuracy ") + (by_loss ? 5 : 9));
        fmt::print("trained   {} epoch{} in {:.1f} s, {} {}/s; {}, best {} after epoch {}\n", epochs_.size(),
                   epochs_.size() == 1 ? "" : "s", seconds, with_commas(static_cast<std::int64_t>(images / seconds)), data_.unit,
                   result_of(epochs_.back()), of_best, best->epoch);
    }
    if (test_accuracy) fmt::print("tested    accuracy {:.2f} % of the test data\n", *test_accuracy * 100);
    fmt::print("memory    arena of {} bytes\n", with_commas(step_.arena_bytes()));
    fmt::print("weights   sha256 {}\n", step_.parameters().sha256());
}

std::string TrainReport::json(std::optional<double> test_accuracy) const {
    nlohmann::ordered_json report = {{"model", given_.model},
                                     {"data", data_.name},
                                     {"parameters", parameters_},
                                     {"threads", step_.threads()},
                                     {"batch", given_.batch},
                                     {"compile_seconds", step_.compile_seconds()},
                                     {"arena_bytes", step_.arena_bytes()},
                                     {"weights_sha256", step_.parameters().sha256()},
                                     {"epochs", nlohmann::ordered_json::array()}};
    if (test_accuracy) report["test_accuracy"] = *test_accuracy;
    for (const EpochReport& epoch : epochs_) {
        nlohmann::ordered_json entry = {{"epoch", epoch.epoch}, {"loss", epoch.loss}};
        if (!std::isnan(epoch.test_accuracy)) entry[tested() + "_accuracy"] = epoch.test_accuracy;
        if (!std::isnan(epoch.test_loss)) entry[tested() + "_loss"] = epoch.test_loss;
        entry["seconds"] = epoch.seconds;
        entry["images_per_second"] = epoch.images_per_second;
        report["epochs"].push_back(entry);
    }
    return json_text(report);
}

void TrainReport::write_files(std::optional<double> test_accuracy) const {
    if (!given_.json.empty()) runtime::write_file(given_.json, json(test_accuracy));
    if (!given_.csv.empty()) runtime::write_file(given_.csv, epochs_csv(tested(), epochs_));
    const std::string title = fmt::format("{} on {}", given_.model, data_.name);
    if (!given_.plot.empty()) runtime::write_file(given_.plot, curves_svg(title, tested(), epochs_));
}

}  // namespace ricci::cli
