// Runs epochs: sets the learning rate, counts the loss, tests.
#include "ricci/trainer.h"

#include <chrono>
#include <cmath>
#include <numbers>

#include "frontend/data/feed.h"
#include "frontend/program/internals.h"
#include "frontend/train/snapshot.h"
#include "ir/base/error.h"

namespace ricci {
namespace {

using Clock = std::chrono::steady_clock;

/// The factor of the learning rate before step `step` of `steps`.
double factor(Schedule schedule, double step, double steps) {
    if (schedule == Schedule::constant) return 1;
    return 0.5 + 0.5 * std::cos(std::numbers::pi * step / steps);
}

constexpr std::int64_t kBetweenSnapshots = 64;  // steps: a copy costs less than a hundredth of a step

}  // namespace

Schedule schedule_named(std::string_view name) {
    if (name == "constant") return Schedule::constant;
    if (name == "cosine") return Schedule::cosine;
    user_error("schedule is \"{}\"; it is constant or cosine", name);
}

Trainer::Trainer(Function step, Function predicted, TrainerOptions options, std::source_location where)
    : step_(std::move(step)), predicted_(std::move(predicted)), options_(std::move(options)) {
    Location location = Location::of(where);
    if (options_.epochs < 1) user_error(location, "trainer: epochs is {}; it is at least 1", options_.epochs);
    if (options_.batch < 1) user_error(location, "trainer: batch is {}; it is at least 1", options_.batch);
    if (options_.patience < 0) user_error(location, "trainer: patience is {}; it is at least 0, which is none", options_.patience);
    if (!options_.learning_rate && !step_.parameters().contains("learning_rate")) {
        user_error(location, "trainer: the step has no learning rate; compile training_step(loss, sgd(...)) for it");
    }
    learning_rate_ = options_.learning_rate ? options_.learning_rate->value : detail::learning_rate_of(step_);
    check_learning_rate(learning_rate_, location);
}

std::vector<EpochReport> Trainer::fit(const DataSource& train, const DataSource& test) {
    std::vector<EpochReport> reports;
    detail::Snapshot good(step_), best(step_);
    double best_accuracy = -1;
    std::int64_t since_best = 0;
    for (std::int64_t number = 1; number <= options_.epochs; ++number) {
        EpochReport report = epoch(train, number, good);
        report.test_accuracy = accuracy(test);
        if (options_.on_epoch) options_.on_epoch(report);
        reports.push_back(report);
        if (report.test_accuracy > best_accuracy) {
            best_accuracy = report.test_accuracy;
            since_best = 0;
            if (options_.keep_best) {
                best.take(number, 0);
                best.confirm();
            }
        } else if (++since_best == options_.patience) {
            break;
        }
    }
    if (options_.keep_best) best.restore();
    return reports;
}

EpochReport Trainer::epoch(const DataSource& train, std::int64_t number, detail::Snapshot& good) {
    const std::int64_t steps = train.count() / options_.batch + (train.count() % options_.batch != 0 ? 1 : 0);
    const auto before = static_cast<double>(number - 1) * static_cast<double>(steps);  // steps of earlier epochs
    const double all = static_cast<double>(steps) * static_cast<double>(options_.epochs);
    Progress progress{.epoch = number, .epochs = options_.epochs, .total = train.count()};
    double sum = 0;
    std::int64_t step = 0;
    const auto stop = [&](const std::string& what) {
        user_error("epoch {}, step {}: {}; a smaller learning rate than {} may help; {}", number, step, what,
                   learning_rate_, good.restore());
    };
    detail::Feed feed(step_, train);
    const auto start = Clock::now();
    for (const Samples& samples : train.samples(options_.batch, shuffle(options_.seed, number), step_.threads())) {
        const double share = factor(options_.schedule, before + static_cast<double>(step), all);
        step_.set(ir::kLearningRate, learning_rate_ * share);
        if (step++ % kBetweenSnapshots == 0) good.take(number, step);
        const double loss = feed(samples).scalar();
        if (!std::isfinite(loss)) stop(fmt::format("the loss is {}", loss));
        good.confirm();
        sum += loss * static_cast<double>(samples.count());
        progress.images += samples.count();
        progress.loss = sum / static_cast<double>(progress.images);
        if (options_.on_step) options_.on_step(progress);
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    // The last step's parameters have given no loss yet.
    if (const std::string name = good.not_finite(); !name.empty()) stop(name + " is no longer finite");
    return {.epoch = number,
            .loss = progress.loss,
            .seconds = seconds,
            .images_per_second = static_cast<double>(train.count()) / seconds};
}

double Trainer::accuracy(const DataSource& data) {
    // Large batches: nothing is learned here, and the result does not depend on the size.
    constexpr std::int64_t kBatch = 256;
    detail::Feed feed(predicted_, data);
    const std::size_t labels = detail::label_field(data);
    std::int64_t right = 0, all = 0;
    for (const Samples& samples : data.samples(kBatch, in_order(), predicted_.threads())) {
        right += detail::count_right(feed(samples)[0], samples[labels]);
        all += samples[labels].size();
    }
    return static_cast<double>(right) / static_cast<double>(all);
}

}  // namespace ricci
