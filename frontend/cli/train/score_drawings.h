/// \file frontend/cli/train/score_drawings.h
/// Scores as pictures: the confusion matrix and the samples that a model got most wrong.
#pragma once

#include <functional>
#include <string>

#include "frontend/cli/train/scores.h"
#include "ricci/drawing.h"
#include "runtime/data/png.h"

namespace ricci::cli {

using ClassName = std::function<std::string(std::int64_t)>;

/// Rows are the labels, columns what the model says.
Drawing confusion_drawing(const Scores& scores, const ClassName& class_name);
/// The worst samples of a set of images, each with its label and what the model says.
Drawing worst_drawing(const Scores& scores, const Dataset& images, const ClassName& class_name);

/// Images over what a model made of them, at most eight in a row.
Drawing restored_drawing(const std::vector<runtime::Picture>& originals, const std::vector<runtime::Picture>& restored);

/// One image of a set.
runtime::Picture picture_of(const Dataset& images, std::int64_t number);
/// The first sample of an array whose numbers are from 0 to 1; others are cut off.
runtime::Picture picture_of(const Array& images, const TensorType& type);

}  // namespace ricci::cli
