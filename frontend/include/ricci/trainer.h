/// \file ricci/trainer.h
/// The loop around a training step: epochs, the learning rate's schedule, test accuracy, progress.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <source_location>
#include <string_view>
#include <vector>

#include "ricci/compile.h"
#include "ricci/optimizer.h"
#include "ricci/data.h"

namespace ricci {

enum class Schedule : std::uint8_t {
    constant,
    cosine,  // from the learning rate to 0 along half a cosine, set anew before each step
};
/// "constant" or "cosine". \throws UserError naming both for another one.
Schedule schedule_named(std::string_view name);

struct EpochReport {
    std::int64_t epoch = 0;    // from 1
    double loss = 0;           // mean over the samples, each by the parameters of its step
    double test_accuracy = 0;  // from 0 to 1
    double seconds = 0;        // of training, without the test
    double images_per_second = 0;
};

struct Progress {
    std::int64_t epoch = 0;
    std::int64_t epochs = 0;
    std::int64_t images = 0;  // of this epoch, done
    std::int64_t total = 0;   // of this epoch
    double loss = 0;          // mean so far
};

struct TrainerOptions {
    std::int64_t epochs = 1;
    std::int64_t batch = 64;
    std::optional<Decimal> learning_rate{};  // at the start; without it that of the step's optimizer
    Schedule schedule = Schedule::constant;
    std::int64_t patience = 0;  // epochs in a row without a better test accuracy that end the training; 0: none do
    bool keep_best = false;     // at the end parameters and states are those of the best epoch
    std::uint64_t seed = 0;  // of the order of the samples
    std::function<void(const Progress&)> on_step{};
    std::function<void(const EpochReport&)> on_epoch{};
};

namespace detail {
class Snapshot;
}

class Trainer {
  public:
    /// \param step       takes fields of the samples, such as (images, labels); its first output is the loss.
    /// \param predicted  takes fields of them, such as (images), and gives the class of each as i64; it has the
    ///                   parameters of `step`.
    /// The learning rate that the step has now is the one that the schedule begins with, unless the options give one.
    /// \throws UserError unless epochs and batch are at least 1 and the learning rate is finite and at least 0, and for
    ///         a step that has none.
    Trainer(Function step, Function predicted, TrainerOptions options,
            std::source_location where = std::source_location::current());

    /// Every sample once an epoch, the last partial batch too. Returns a report an epoch.
    /// \throws UserError when the loss, or a parameter at the end of an epoch, is no longer a number, naming the epoch
    ///         and the step. Parameters and the optimizer's state are then set back to the last copy that gave a finite
    ///         loss, and the message says which; a copy is made when an epoch begins and every 64 steps. Whatever else
    ///         is thrown, by on_step or on_epoch too, leaves parameters and state as they are after a whole step.
    /// Cost: the memory of two copies of parameters and state.
    std::vector<EpochReport> fit(const DataSource& train, const DataSource& test);
    /// The share of the labels that are predicted. These are the field "labels", or the last one.
    double accuracy(const DataSource& data);

  private:
    EpochReport epoch(const DataSource& train, std::int64_t number, detail::Snapshot& good);

    Function step_;
    Function predicted_;
    TrainerOptions options_;
    double learning_rate_;  // that the schedule begins with
};

}  // namespace ricci
