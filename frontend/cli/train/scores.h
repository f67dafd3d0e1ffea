/// \file frontend/cli/train/scores.h
/// What a model gets right and wrong of a set, by class and by sample.
#pragma once

#include <cstdint>
#include <vector>

#include "frontend/models/registry.h"
#include "ricci/compile.h"
#include "ricci/data_source.h"

namespace ricci::cli {

/// An answer that a model found unlikely.
struct Unlikely {
    std::int64_t sample = 0;  // its number in the set
    std::int64_t label = 0;
    std::int64_t predicted = 0;
    double probability = 0;  // that the model gives the label
};

struct Scores {
    std::int64_t samples = 0;
    std::int64_t answers = 0;  // labels: one a sample, or one a place of a text
    std::int64_t classes = 0;  // 0: the model has no classes, and what is below is empty
    double loss = 0;           // mean over the samples
    std::int64_t right = 0;
    std::vector<std::int64_t> confusion = {};  // [class of the label, class predicted]: answers
    std::vector<Unlikely> worst = {};          // least probability first

    std::int64_t confused(std::int64_t label, std::int64_t predicted) const {
        return confusion.begin()[label * classes + predicted];
    }
    std::int64_t labelled(std::int64_t label) const;
    std::int64_t taken_for(std::int64_t predicted) const;
    double accuracy() const { return static_cast<double>(right) / static_cast<double>(answers); }
};

/// \param function  gives the loss and, of a model with classes, the predicted ones, then logits where it has them.
/// \param worst     how many answers are kept, of a model with logits
/// \param classes   of the data; logits say their own number
Scores score(const Function& function, const Network& network, const DataSource& data, std::int64_t batch,
             std::int64_t worst, std::int64_t classes);

/// softmax of a row of logits, safe at any size.
std::vector<double> probabilities(std::vector<double> logits);

}  // namespace ricci::cli
