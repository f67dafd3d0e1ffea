/// \file frontend/cli/train/train_options.h
/// What the command line of `ricci train` says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "frontend/cli/data_option.h"
#include "frontend/cli/options.h"
#include "frontend/cli/text_network.h"
#include "frontend/cli/train/optimizer_option.h"
#include "passes/pass.h"

namespace ricci::cli {

struct TrainOptions {
    std::string model;  // a name, a file or "-"
    DataOption data{};
    Augment augment{};
    std::int64_t size = 0;  // rows and columns of the images that the model takes; 0: those of the data
    std::string weights;    // to begin with
    std::int64_t epochs = 12;
    std::int64_t batch = 64;
    OptimizerRequest optimizer{};
    std::optional<double> dropout{};
    double validation = 0;  // share of the training data
    std::int64_t patience = 0;
    bool keep_best = false;
    std::int64_t seed = 1;
    std::int64_t threads = 0;
    std::string dtype = "f32";
    std::string target;
    bool cache = true;
    std::string search;
    std::string machine;
    std::string save;
    std::string json, csv, plot, tensorboard;
    std::string checkpoint, resume;
    std::int64_t every = 0;
    std::int64_t keep = 3;
    passes::Options passes{};
    std::string command;  // all of it, but --resume, as a shell reads it

    bool is_file() const { return is_text_file(model); }
    /// The folder that checkpoints go to: that of --checkpoint, else that of --resume.
    std::string checkpoint_folder() const;
};

/// The word as a shell reads it back.
std::string shell_word(std::string_view word);

/// False when help was asked for, and printed. \throws UserError for options that are wrong or contradict each other.
bool parse_train(Arguments arguments, TrainOptions& given);

}  // namespace ricci::cli
