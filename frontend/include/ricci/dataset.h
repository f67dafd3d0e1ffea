/// \file ricci/dataset.h
/// Labelled images in memory, as files hold them or your program makes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ricci {

struct Dataset {
    std::string name;  // "MNIST train"
    std::int64_t count = 0;
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::int64_t classes = 0;
    std::vector<std::uint8_t> pixels = {};  // [count, channels, height, width], 0 black to 255 white
    std::vector<std::int32_t> labels = {};  // [count], 0 to classes - 1
    std::int64_t channels = 1;              // 1 grey, 3 red, green, blue
    std::vector<std::string> class_names = {};  // of each class, or none
};

struct TrainTest {
    Dataset train;
    Dataset test;
};

/// How pixels become numbers: (pixel / 255 - mean) / deviation.
struct PixelScale {
    double mean = 0;
    double deviation = 1;
};

}  // namespace ricci
