/// \file runtime/data/cifar.h
/// CIFAR-10 and CIFAR-100 from their binary files. Read as hostile files.
/// Source: Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"; the data set's page, "Binary
/// version".
#pragma once

#include <filesystem>

#include "ricci/dataset.h"

namespace ricci::runtime {

using ricci::TrainTest;

/// Whether the folder holds files of one of the two by their names.
bool holds_cifar(const std::filesystem::path& folder);

/// data_batch_1.bin to data_batch_5.bin and test_batch.bin, or train.bin and test.bin, each plain or with ".gz". Of
/// CIFAR-100 the 100 fine classes. Names of classes come from batches.meta.txt or fine_label_names.txt, where these
/// are. \throws UserError naming the file and the values: a file that is missing, holds no whole number of images, or
/// has a
///         label of no class.
TrainTest load_cifar(const std::filesystem::path& folder);

}  // namespace ricci::runtime
