/// \file runtime/data/idx.h
/// MNIST from its files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "ricci/dataset.h"

namespace ricci::runtime {

using ricci::Dataset;
using ricci::TrainTest;

/// One set from a file of images and a file of labels in the IDX format of MNIST, plain or gzipped.
/// Source: LeCun, Cortes, Burges, "The MNIST database", "File formats for the MNIST database".
/// \throws UserError naming the file, the offset and the values: no such file, a wrong magic number, damaged gzip data,
///         no images. Also for a file that is cut short or longer than its header says, and for a label of `classes` or
///         more. So are different numbers of images and labels. Memory grows with the data found, not with a header's claim.
Dataset load_idx(const std::filesystem::path& images, const std::filesystem::path& labels, std::int64_t classes,
                 std::string name);

/// The four files of MNIST in a folder, each as "train-images-idx3-ubyte" or "train-images.idx3-ubyte", or these with
/// ".gz". \throws UserError as load_idx(), or naming every file that is missing.
TrainTest load_mnist(const std::filesystem::path& folder);

/// Whether a file of the folder is called as those of MNIST or EMNIST are.
bool holds_idx(const std::filesystem::path& folder);

/// MNIST or Fashion-MNIST as load_mnist() reads it, or one split of EMNIST: emnist-SPLIT-train-images-idx3-ubyte and so
/// on. Images of EMNIST lie on their side in its files and are put upright. Labels that begin with 1 are counted
/// from 0.
/// emnist-SPLIT-mapping.txt names the classes, where it is there.
/// \throws UserError as load_mnist(); for several splits, naming them.
TrainTest load_idx_folder(const std::filesystem::path& folder);

}  // namespace ricci::runtime
