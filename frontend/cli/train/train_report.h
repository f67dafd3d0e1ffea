/// \file frontend/cli/train/train_report.h
/// What `ricci train` says while it trains, and the files that it writes about it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "frontend/cli/terminal.h"
#include "frontend/cli/train/train_options.h"
#include "ricci/compile.h"
#include "ricci/trainer.h"
#include "runtime/file/event_file.h"

namespace ricci::cli {

/// What the report says of the data.
struct DataSummary {
    std::string name;         // "MNIST", for the report
    std::string description;  // and where it is from
    std::string unit;         // images, samples
    std::int64_t train = 0, validation = 0, test = 0;  // samples
};

class TrainReport {
  public:
    TrainReport(const TrainOptions& given, DataSummary data, const Optimizer& optimizer, std::int64_t parameters,
                const Function& step);

    void print_start() const;
    /// On a terminal, a few times a second: the loss so far, the share that is done and the time that is left.
    void show(const Progress& at);
    /// A line, and a step of the TensorBoard curves.
    void add(const EpochReport& epoch);
    /// All epochs, those before a checkpoint too.
    void set_epochs(std::vector<EpochReport> epochs) { epochs_ = std::move(epochs); }
    const std::vector<EpochReport>& epochs() const { return epochs_; }
    /// \param test_accuracy  after the training, where epochs were tested on a validation set.
    void print_end(std::optional<double> test_accuracy) const;
    void write_files(std::optional<double> test_accuracy) const;

  private:
    std::string json(std::optional<double> test_accuracy) const;
    std::string tested() const { return data_.validation > 0 ? "validation" : "test"; }
    std::string result_of(const EpochReport& epoch) const;

    const TrainOptions& given_;
    DataSummary data_;
    Optimizer optimizer_;
    std::int64_t parameters_;
    Function step_;
    LiveLine line_;
    std::vector<EpochReport> epochs_;
    std::optional<runtime::EventFile> events_;
    std::chrono::steady_clock::time_point start_;
    double share_at_start_ = -1;  // of the training that was done before, in epochs; negative before the first step
};

}  // namespace ricci::cli
