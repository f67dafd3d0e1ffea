/// \file frontend/cli/train/bigrams.h
/// What a text gives away by pairs of characters alone: the measure that a model of text has to beat.
#pragma once

#include <cstdint>

#include "ricci/data_source.h"

namespace ricci::cli {

/// Mean cross-entropy of the next character given the last one, in nats.
struct BigramLoss {
    double trained = 0;  // counts of the training set, smoothed as suits the tested set best
    double least = 0;    // counts of the tested set itself: no bigram model has less
};

/// \param train, tested  sources whose first field holds characters, and whose labels are the next ones
/// \param classes        how many characters there are
BigramLoss bigram_loss(const DataSource& train, const DataSource& tested, std::int64_t classes);

}  // namespace ricci::cli
