// Runs epochs: sets the learning rate, counts the loss, tests.
#include "ricci/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "frontend/data/feed.h"
#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"
#include "frontend/program/internals.h"
#include "frontend/train/checkpoint.h"
#include "frontend/train/snapshot.h"
#include "ir/base/error.h"
#include "ir/ops/optimizer_table.h"
#include "ir/ops/rate_schedule_table.h"
#include "ir/print/print.h"
#include "runtime/base/sha256.h"
#include "runtime/base/text.h"

namespace ricci {
namespace {

using Clock = std::chrono::steady_clock;

/// Adds the further outputs that are one number, and finds their names the first time.
void add_metrics(const Results& results, double samples, std::vector<double>& sums, std::vector<std::string>& names) {
    const bool is_named = !names.empty();
    std::size_t place = 0;
    for (std::size_t i = 1; i < results.size(); ++i) {
        if (!results[i].extents().empty() || !is_float(results[i].dtype())) continue;
        if (!is_named) names.push_back(results.names()[i]);
        if (place == sums.size()) sums.push_back(0);
        sums[place++] += results[i].scalar() * samples;
    }
}

std::int64_t batches_of(const DataSource& data, std::int64_t size) {
    return data.count() / size + (data.count() % size != 0 ? 1 : 0);
}

/// Calls of the step that make one step of its optimizer.
double calls_of(const Function& step) {
    const ir::Training* training = detail::training_of(step);
    if (training == nullptr) return 1;
    const auto given = std::ranges::find(training->options, "accumulate", &ir::Settings::value_type::first);
    return given == training->options.end() ? 1 : given->second;
}

/// A nan of either sign is "nan".
std::string number_text(double number) { return std::isnan(number) ? "nan" : fmt::format("{}", number); }

/// The first number of a batch that is none, as "field x has nan in sample 3 of the batch"; "" where all are finite.
std::string not_finite(const Samples& samples, const DataSource& data) {
    for (std::size_t field = 0; field < data.fields().size(); ++field) {
        const runtime::Buffer& buffer = detail::Internals::buffer(samples[field]);
        if (!is_float(buffer.spec().dtype)) continue;
        for (std::int64_t i = 0; i < buffer.elements(); ++i) {
            const double number = element_of(buffer, i);
            if (std::isfinite(number)) continue;
            return fmt::format("field {} of {} has {} in sample {} of the batch", data.fields()[field].name, data.name(),
                               number_text(number), i / (buffer.elements() / samples.count()));
        }
    }
    return "";
}

/// A training that predicted with other weights would report a network that never learns.
void check_predicted(const Function& step, const Function& predicted) {
    using detail::Internals;
    for (const ir::Value& value : detail::graph_of(predicted).values) {
        if (value.role != ir::Role::parameter && value.role != ir::Role::state) continue;
        const bool is_there = step.parameters().contains(value.name);
        if (is_there &&
            Internals::shared(step.parameters(), value.name) == Internals::shared(predicted.parameters(), value.name))
            continue;
        user_error(
            "trainer: what predicts reads a {} \"{}\" that is not the one of the step{}; compile both from one model",
            name_of(value.role), value.name, is_there ? ", but another array of that name" : "");
    }
}

/// The bytes of the first batch: what a name does not say, such as other files of that name, or another share of them.
std::string first_batch(const DataSource& data, std::int64_t batch, std::uint64_t seed, int threads) {
    runtime::Sha256 hash;
    for (const Samples& samples :
         data.samples(std::clamp<std::int64_t>(data.count(), 1, batch), shuffle(seed, 1), threads)) {
        for (const Array& array : samples.arrays()) hash.update(detail::Internals::buffer(array).contents());
        break;
    }
    return "sha256 " + hash.hex().substr(0, 16);
}

/// The program as a text; its hash where that is long, as one with a table of numbers is.
std::string program_text(const Function& step) {
    constexpr std::size_t kMost = 1 << 20;  // bytes
    const std::string text = ir::print(detail::asked_graph_of(step));
    return text.size() <= kMost ? text : "sha256 " + runtime::sha256(std::as_bytes(std::span(text)));
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
    if (!options_.learning_rate && !step_.parameters().contains(ir::kLearningRate)) {
        user_error(location, "trainer: the step has no learning rate; compile training_step(loss, sgd(...)) for it");
    }
    learning_rate_ = options_.learning_rate ? options_.learning_rate->value : detail::learning_rate_of(step_);
    check_learning_rate(learning_rate_, location);
    const ir::Training* training = detail::training_of(step_);
    if (training != nullptr && training->schedule && options_.schedule != Schedule::constant) {
        user_error(location, "trainer: the step follows schedule {} of its optimizer; leave that of the trainer out",
                   training->schedule->name);
    }
}

/// A schedule of the program may need the steps of the training.
void Trainer::prepare_schedule(std::int64_t batches) {
    if (!step_.parameters().contains(ir::kScheduleSteps)) return;
    step_.set(ir::kScheduleSteps,
              std::ceil(static_cast<double>(options_.epochs) * static_cast<double>(batches) / calls_of(step_)));
}

/// Only a training with checkpoints has some: they cost a batch.
std::map<std::string, std::string> Trainer::terms(const DataSource& train, const DataSource& test) const {
    if (options_.resume.empty() && options_.checkpoint.folder.empty()) return {};
    const ir::Training* training = detail::training_of(step_);
    const auto text_of = [](const DataSource& data) {
        return runtime::as_utf8(fmt::format("{} samples of {}", data.count(), data.name()));
    };
    return {{"a batch of", fmt::format("{}", options_.batch)},
            {"best weights", options_.keep_best ? "kept" : "not kept"},
            {"test data of the best weights", options_.keep_best ? text_of(test) : "none"},
            {"seed", fmt::format("{}", options_.seed)},
            {"training data", text_of(train)},
            {"training samples", first_batch(train, options_.batch, options_.seed, step_.threads())},
            {"learning rate", fmt::format("{}", learning_rate_)},
            {"schedule", options_.schedule == Schedule::cosine ? "cosine" : "constant"},
            {"optimizer", training != nullptr ? ir::print(*training) : "none"},
            {"precision", std::string(detail::precision_of(step_))},
            {"program", program_text(step_)}};
}

/// Before each step, by the schedule of the trainer. A callback that sets the rate would be overruled in silence.
void Trainer::set_rate(double rate) {
    const Array& now = step_.parameters()[std::string(ir::kLearningRate)];
    if (set_rate_ && now.scalar() != *set_rate_) {
        user_error(
            "the learning rate was set to {}, but schedule cosine of the trainer sets it before each step; leave that "
            "schedule out",
            now.scalar());
    }
    step_.set(ir::kLearningRate, rate);
    set_rate_ = now.scalar();
}

std::vector<EpochReport> Trainer::fit(const DataSource& train, const DataSource& test) {
    check_predicted(step_, predicted_);
    const std::int64_t batches = batches_of(train, options_.batch);
    const detail::TrainingTerms same = terms(train, test);
    set_rate_.reset();
    detail::Snapshot good(step_), best(step_);
    detail::TrainingPosition at;
    std::filesystem::path from;
    if (!options_.resume.empty()) {
        from = newest_checkpoint(options_.resume);
        at = detail::resume(from, step_, options_.keep_best ? &best : nullptr, same);
    } else if (options_.learning_rate) {
        step_.set(ir::kLearningRate, learning_rate_);
    }
    prepare_schedule(batches);  // those of a checkpoint may be of other epochs
    detail::Checkpoints checkpoints(options_.checkpoint, from);
    const auto done = [&] { return (at.epoch - 1) * batches + at.batch; };
    const auto save = [&] { checkpoints.write(done(), step_, options_.keep_best ? &best : nullptr, at, same); };
    stopped_ = false;
    const auto between = [&] {
        stopped_ = options_.stop && options_.stop();
        if (checkpoints.is_due(done(), false) || (stopped_ && checkpoints.is_on())) save();
        return stopped_;
    };
    while (at.epoch <= options_.epochs && (options_.patience == 0 || at.since_best < options_.patience)) {
        EpochReport report = epoch(train, at, good, between);
        if (stopped_) return at.reports;
        step_.parameters().swap_averages();
        const auto [accuracy, loss] = measure(test);
        report.test_accuracy = accuracy;
        report.test_loss = loss;
        const double value = std::isnan(accuracy) ? -loss : accuracy;
        at.since_best = value > at.best ? 0 : at.since_best + 1;
        if (value > at.best) {
            at.best = value;
            if (options_.keep_best) {
                best.take(at.epoch, 0);
                best.confirm();
            }
        }
        step_.parameters().swap_averages();
        at.reports.push_back(report);
        at = {.epoch = at.epoch + 1, .best = at.best, .since_best = at.since_best, .reports = std::move(at.reports)};
        if (options_.on_epoch) options_.on_epoch(report);
        if (checkpoints.is_due(done(), true)) save();
    }
    options_.keep_best ? static_cast<void>(best.restore()) : static_cast<void>(step_.parameters().take_averages());
    return at.reports;
}

EpochReport Trainer::epoch(const DataSource& train, detail::TrainingPosition& at, detail::Snapshot& good,
                           const std::function<bool()>& between) {
    const std::int64_t batches = batches_of(train, options_.batch);
    const double calls = calls_of(step_);
    const auto before = static_cast<double>(at.epoch - 1) * static_cast<double>(batches);
    const double all = static_cast<double>(batches) * static_cast<double>(options_.epochs);
    const ir::RateShare share({"cosine", {}});
    Progress progress{.epoch = at.epoch, .epochs = options_.epochs, .images = at.samples, .total = train.count()};
    const auto stop = [&](const std::string& what, const std::string& of_data = "") {
        const std::string remedy =
            of_data.empty() ? fmt::format("a smaller learning rate than {} may help", learning_rate_)
                            : of_data + "; take such samples out of the data, or repair them";
        user_error("epoch {}, step {}: {}; {}; {}", at.epoch, at.batch, what, remedy, good.restore());
    };
    const double earlier = at.seconds;
    const auto start = Clock::now();
    std::vector<std::string> names;  // of the metrics
    bool first = true;
    Order order = shuffle(options_.seed, at.epoch);
    order.first = at.batch;
    detail::Feed feed(step_, train);
    for (const Samples& samples : train.samples(options_.batch, order, step_.threads())) {
        if (options_.schedule == Schedule::cosine)
            set_rate(learning_rate_ * share(before + static_cast<double>(at.batch) + 1, all));
        // The last batch of the training makes a step of whatever has come together.
        const bool is_last = at.epoch == options_.epochs && at.batch + 1 == batches;
        if (is_last && calls > 1) step_.set(ir::kAccumulatedCalls, calls - 1);
        if (at.batch++ % kBetweenSnapshots == 0 || first) good.take(at.epoch, at.batch);
        first = false;
        const Results results = feed(samples);
        const double loss = results.scalar();
        if (!std::isfinite(loss)) stop("the loss is " + number_text(loss), not_finite(samples, train));
        good.confirm();
        const auto count = static_cast<double>(samples.count());
        at.loss += loss * count;
        add_metrics(results, count, at.metrics, names);
        at.samples += samples.count();
        at.seconds = earlier + std::chrono::duration<double>(Clock::now() - start).count();
        progress.images = at.samples;
        progress.loss = at.loss / static_cast<double>(at.samples);
        progress.batch = (at.epoch - 1) * batches + at.batch;
        if (options_.on_step) options_.on_step(progress);
        if (between()) return {};
    }
    // The last step's parameters have given no loss yet.
    if (const std::string name = good.not_finite(); !name.empty()) stop(name + " is no longer finite");
    EpochReport report{.epoch = at.epoch,
                       .loss = at.loss / static_cast<double>(at.samples),
                       .seconds = at.seconds,
                       .images_per_second = static_cast<double>(train.count()) / at.seconds};
    for (std::size_t i = 0; i < names.size(); ++i) {
        report.metrics.emplace_back(names[i], at.metrics[i] / static_cast<double>(at.samples));
    }
    return report;
}

Trainer::Measured Trainer::measure(const DataSource& data) {
    // Large batches: nothing is learned here, and the result does not depend on the size.
    constexpr std::int64_t kBatch = 256;
    detail::Feed feed(predicted_, data);
    const std::size_t labels = detail::label_field(data);
    std::int64_t right = 0, all = 0;
    double sum = 0;
    bool has_loss = false;
    for (const Samples& samples : data.samples(kBatch, in_order(), predicted_.threads())) {
        const Results results = feed(samples);
        for (std::size_t output = 0; output < results.size(); ++output) {
            const Array& result = results[output];
            if (is_float(result.dtype()) && result.extents().empty()) {
                has_loss = true;
                sum += result.scalar() * static_cast<double>(samples.count());
            } else {
                right += detail::count_right(result, samples[labels]);
                all += samples[labels].size();
            }
        }
    }
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    return {.accuracy = all > 0 ? static_cast<double>(right) / static_cast<double>(all) : kNone,
            .loss = has_loss ? sum / static_cast<double>(data.count()) : kNone};
}

double Trainer::accuracy(const DataSource& data) {
    return measure(data).accuracy;
}

}  // namespace ricci
