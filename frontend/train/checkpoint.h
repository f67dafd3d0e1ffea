/// \file frontend/train/checkpoint.h
/// What a checkpoint holds beside weights and states, and how it is written and read. Internal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "frontend/train/snapshot.h"
#include "ricci/checkpoint.h"
#include "ricci/trainer.h"

namespace ricci::detail {

/// How far a training has come. What an epoch has summed up belongs to it, so that its report is that of an epoch that
/// was never left.
struct TrainingPosition {
    std::int64_t epoch = 1;
    std::int64_t batch = 0;  // batches of the epoch that are done
    std::int64_t samples = 0;
    double loss = 0;                // sum over the samples of the epoch
    std::vector<double> metrics{};  // likewise, of the further outputs of the step
    double seconds = 0;
    double best = -std::numeric_limits<double>::infinity();  // what keep_best compares, of the best epoch
    std::int64_t since_best = 0;                             // epochs
    std::vector<EpochReport> reports{};                      // of the epochs before
};

/// What must be as it was for a training to go on with the same bits: its name and its value, both for people.
using TrainingTerms = std::map<std::string, std::string>;

/// The checkpoints of one training.
class Checkpoints {
  public:
    /// \param resumed  the training went on from a file, which may lie in this folder.
    /// \throws UserError when the folder cannot be made or written to, or has checkpoints of another training.
    Checkpoints(CheckpointOptions options, const std::filesystem::path& resumed);

    bool is_on() const { return !options_.folder.empty(); }
    /// Whether one is due after so many batches since the training began. \param ends_epoch  after the test of an epoch.
    bool is_due(std::int64_t batches, bool ends_epoch) const;
    /// Writes one, and removes the oldest beyond those to keep. \throws UserError as writing a file does.
    void write(std::int64_t batches, const Function& step, const Snapshot* best, const TrainingPosition& position,
               const TrainingTerms& terms);

  private:
    CheckpointOptions options_;
};

/// Takes parameters, states and the best weights from a file. Nothing changes when an error is thrown.
/// \throws UserError naming the file, if it is no checkpoint. Also naming the first tensor that the step has in another
///         form, or that one of both lacks. For terms that differ it gives both values.
TrainingPosition resume(const std::filesystem::path& file, const Function& step, Snapshot* best, const TrainingTerms& terms);

}  // namespace ricci::detail
