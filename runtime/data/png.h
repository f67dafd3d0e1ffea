/// \file runtime/data/png.h
/// Pictures from PNG files, and folders of them by class.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "ricci/dataset.h"

namespace ricci::runtime {

class ThreadTeam;

using ricci::Dataset;
using ricci::TrainTest;

struct Picture {
    std::int64_t channels = 0;  // 1 grey, 3 red, green, blue
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::vector<std::uint8_t> pixels = {};  // [channels, height, width]
};

/// Any PNG as 8 bits a channel; what is transparent lies on black. A palette of greys alone counts as colour.
/// \throws UserError naming the file and the reason: no such file, no PNG, cut short, damaged, a side above 65,535.
Picture read_png(const std::filesystem::path& path);

/// The same picture with so many channels: colours become their brightness, grey three equal channels.
Picture with_channels(const Picture& picture, std::int64_t channels);

/// Whether the folder has sub-folders that hold PNG files, or train and test folders with such ones.
bool holds_pictures(const std::filesystem::path& folder);

/// FOLDER/train/CLASS/*.png and FOLDER/test/CLASS/*.png, or FOLDER/CLASS/*.png, of which every seventh picture of a
/// class is for the test. Classes are numbered in the order of their names. Pictures are grey where all are. \throws
/// UserError naming the file and both values: pictures of several sizes, a class of the test that the training
///         has not, a file that read_png() refuses.
TrainTest load_pictures(const std::filesystem::path& folder, ThreadTeam* team = nullptr);

}  // namespace ricci::runtime
