/// \file tests/runtime/png_file.h
/// The bytes of a PNG file with a picture in it.
#pragma once

#include <png.h>

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/data/png.h"

namespace ricci::runtime {

inline std::string png_file(const Picture& picture) {
    const auto channels = static_cast<std::size_t>(picture.channels);
    const auto area = static_cast<std::size_t>(picture.height * picture.width);
    std::vector<std::uint8_t> rows(area * channels);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = picture.pixels[i % channels * area + i / channels];
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(picture.width);
    image.height = static_cast<png_uint_32>(picture.height);
    image.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
    std::string file(bytes, '\0');
    png_image_write_to_memory(&image, file.data(), &bytes, 0, rows.data(), 0, nullptr);
    file.resize(bytes);
    return file;
}

}  // namespace ricci::runtime
