/// \file ricci/trainer.h
/// The loop around a training step: epochs, the learning rate's schedule, test accuracy, progress.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ricci/checkpoint.h"
#include "ricci/compile.h"
#include "ricci/optimizer.h"
#include "ricci/data.h"

namespace ricci {

/// Of a step whose optimizer has no schedule of its own: Optimizer::schedule() has more of them.
enum class Schedule : std::uint8_t {
    constant,
    cosine,  // from the learning rate to 0 along half a cosine, set anew before each step; nobody else may set it
};
/// "constant" or "cosine". \throws UserError naming both for another one.
Schedule schedule_named(std::string_view name);

struct EpochReport {
    std::int64_t epoch = 0;    // from 1
    double loss = 0;           // mean over the samples, each by the parameters of its step
    double test_accuracy = 0;  // from 0 to 1; nan where nothing predicts classes
    double seconds = 0;        // of training, without the test
    double images_per_second = 0;
    double test_loss = std::numeric_limits<double>::quiet_NaN();  // mean over the samples, where the test computes it
    /// The mean over the samples of each further output of the step that is one number.
    std::vector<std::pair<std::string, double>> metrics{};
};

struct Progress {
    std::int64_t epoch = 0;
    std::int64_t epochs = 0;
    std::int64_t images = 0;  // of this epoch, done
    std::int64_t total = 0;   // of this epoch
    double loss = 0;          // mean so far
    std::int64_t batch = 0;   // of the training, from 1
};

struct TrainerOptions {
    std::int64_t epochs = 1;
    std::int64_t batch = 64;
    std::optional<Decimal> learning_rate{};  // at the start; without it that of the step's optimizer
    Schedule schedule = Schedule::constant;
    /// Epochs in a row without a better test that end the training; 0: none do. Better is a larger accuracy. Where the
    /// test gives a loss alone, it is a smaller one.
    std::int64_t patience = 0;
    bool keep_best = false;     // at the end parameters and states are those of the best epoch
    std::uint64_t seed = 0;  // of the order of the samples
    CheckpointOptions checkpoint{};
    /// A checkpoint to go on from, or a folder of them: the newest one counts. The training ends with the bits of one
    /// that was never stopped. Batch, seed, data, program, precision and optimizer are to be the same.
    std::filesystem::path resume{};
    /// May set the learning rate of the next step: a schedule of one's own. See `schedule`.
    std::function<void(const Progress&)> on_step{};
    std::function<void(const EpochReport&)> on_epoch{};
    std::function<bool()> stop{};  // asked after each step; true writes a checkpoint, where there are some, and ends
};

namespace detail {
class Snapshot;
struct TrainingPosition;
}

class Trainer {
  public:
    /// \param step       takes fields of the samples, such as (images, labels); its first output is the loss.
    /// \param predicted  takes fields of them, such as (images), and gives the class of each as i64; it has the
    ///                   parameters of `step`. It may give a loss of the test beside it or instead, one number.
    /// The learning rate that the step has now is the one that the schedule begins with, unless the options give one.
    /// \throws UserError unless epochs and batch are at least 1, and the learning rate is finite and at least 0. Also
    ///         for a step that has none.
    Trainer(Function step, Function predicted, TrainerOptions options,
            std::source_location where = std::source_location::current());

    /// Every sample once an epoch, the last partial batch too. Where several batches make a step, the last batch of all
    /// epochs makes one of what has come together, however few they are. Returns a report an epoch.
    /// \throws UserError when the loss, or a parameter at the end of an epoch, is no longer a number, naming the epoch
    ///         and the step. Parameters and the optimizer's state are then set back to the last copy that gave a finite
    ///         loss. The message says which; a copy is made when an epoch begins and every 64 steps. Whatever else is
    ///         thrown, by on_step or on_epoch too, leaves parameters and state as they are after a whole step. Also
    ///         when `predicted` reads parameters that are not the step's, and when a callback sets a learning rate that
    ///         the schedule cosine sets too. For a checkpoint of another training it names what differs.
    /// Cost: the memory of two copies of parameters and state.
    std::vector<EpochReport> fit(const DataSource& train, const DataSource& test);
    /// Whether the last fit() ended because `stop` said so.
    bool stopped() const { return stopped_; }
    /// The share of the labels that are predicted. These are the field "labels", or the last one.
    double accuracy(const DataSource& data);

  private:
    struct Measured {
        double accuracy, loss;
    };
    EpochReport epoch(const DataSource& train, detail::TrainingPosition& at, detail::Snapshot& good,
                      const std::function<bool()>& between);
    Measured measure(const DataSource& data);
    void prepare_schedule(std::int64_t batches);
    std::map<std::string, std::string> terms(const DataSource& train, const DataSource& test) const;
    void set_rate(double rate);

    Function step_;
    Function predicted_;
    TrainerOptions options_;
    double learning_rate_;  // that the schedule begins with
    std::optional<double> set_rate_{};  // the last one that the schedule set, as the step has it
    bool stopped_ = false;
};

}  // namespace ricci
