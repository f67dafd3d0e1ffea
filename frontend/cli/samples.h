/// \file frontend/cli/samples.h
/// The fields that a network takes, and found data in that form.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "frontend/models/registry.h"
#include "ricci/data_files.h"

namespace ricci::cli {

/// The inputs and the labels of a model, as fields of its samples.
std::vector<Field> fields_of(const Network& network);

/// Refuses a --size that the model was built for and does not take; 0 is none.
void check_size(std::int64_t size, std::string_view model, const Network& network);

/// Features in a row that are as many as the pixels of a square are read as one: batch, height, width.
TensorType as_image(const TensorType& type);

/// The sets with the names and axes of the network's inputs.
/// \param notes  of the training that the weights are from; null: those of this data.
/// \throws UserError when the network's inputs are not of such data.
DataSets sets_for(const Network& network, FoundData found, const Augment& augment = {}, const DataNotes* notes = nullptr);

/// The images that a set holds, or null.
const ImageData* images_of(const DataSource& data);

}  // namespace ricci::cli
