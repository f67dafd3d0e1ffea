/// \file frontend/cli/train/train_data.h
/// The samples that `ricci train` trains and tests on.
#pragma once

#include <memory>
#include <string>

#include "frontend/cli/train/train_network.h"
#include "frontend/cli/train/train_options.h"
#include "frontend/cli/train/train_report.h"
#include "ricci/data_files.h"

namespace ricci::cli {

struct TrainData {
    std::string name, description;
    std::string unit = "samples";  // what one is: images, or samples of a text or a table
    std::shared_ptr<const DataSource> train{};
    std::shared_ptr<const DataSource> validation{};  // null: none
    std::shared_ptr<const DataSource> test{};
    DataNotes notes{};

    const DataSource& tested() const { return validation ? *validation : *test; }
    DataSummary summary() const;
};

/// What the options name, or what is drawn for such a model.
FoundData find_data(const TrainOptions& given);
/// \throws UserError when the model's inputs are not of such data.
TrainData load(const TrainOptions& given, const TrainNetwork& network, FoundData found);

}  // namespace ricci::cli
