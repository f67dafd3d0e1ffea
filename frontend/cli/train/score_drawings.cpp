// Puts scores into the drawings that users have too.
#include "frontend/cli/train/score_drawings.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"
#include "ir/core/kind.h"

namespace ricci::cli {
namespace {

/// As a drawing takes it: the channels of a pixel beside each other, from 0 to 1.
Picture drawn(const runtime::Picture& picture, std::string caption) {
    Picture result{.height = picture.height, .width = picture.width, .channels = picture.channels};
    const std::int64_t area = picture.height * picture.width;
    for (std::int64_t i = 0; i < area * picture.channels; ++i) {
        const std::uint8_t pixel = picture.pixels.begin()[i % picture.channels * area + i / picture.channels];
        result.pixels.push_back(static_cast<float>(pixel) / 255);
    }
    result.caption = std::move(caption);
    return result;
}

}  // namespace

runtime::Picture picture_of(const Dataset& images, std::int64_t number) {
    const std::int64_t size = images.channels * images.height * images.width;
    const auto first = images.pixels.begin() + number * size;
    return {images.channels, images.height, images.width, {first, first + size}};
}

runtime::Picture picture_of(const Array& images, const TensorType& type) {
    const std::optional<std::size_t> channel = type.axis_of(ir::kinds::channel());
    const auto extent = [&](ir::Kind kind) { return type.axis_of(kind) ? type.axes[*type.axis_of(kind)].extent : 1; };
    runtime::Picture picture{.channels = extent(ir::kinds::channel()), .height = extent(ir::kinds::height()),
                             .width = extent(ir::kinds::width())};
    const std::int64_t area = picture.height * picture.width;
    const bool channels_last = channel && *channel + 1 == type.axes.size();
    const runtime::Buffer& buffer = detail::Internals::buffer(images);
    for (std::int64_t i = 0; i < area * picture.channels; ++i) {
        const std::int64_t at = channels_last ? i % area * picture.channels + i / area : i;
        picture.pixels.push_back(static_cast<std::uint8_t>(std::clamp(element_of(buffer, at), 0.0, 1.0) * 255 + 0.5));
    }
    return picture;
}

Drawing restored_drawing(const std::vector<runtime::Picture>& originals, const std::vector<runtime::Picture>& restored) {
    constexpr std::size_t kColumns = 8;
    constexpr double kSide = 84;  // pixels of the drawing
    std::vector<Picture> pictures;
    const std::size_t columns = std::min(kColumns, originals.size());
    for (std::size_t row = 0; row < originals.size(); row += columns) {
        const std::size_t end = std::min(row + columns, originals.size());
        for (const std::vector<runtime::Picture>* from : {&originals, &restored}) {
            for (std::size_t i = row; i < end; ++i) pictures.push_back(drawn((*from)[i], ""));
            for (std::size_t i = end; i < row + columns; ++i) pictures.push_back({.height = 1, .width = 1, .pixels = {1}});
        }
    }
    return image_grid(pictures, {.title = "images, and below each what the model makes of it",
                                 .columns = static_cast<int>(columns),
                                 .scale = kSide / static_cast<double>(originals.at(0).width)});
}

Drawing confusion_drawing(const Scores& scores, const ClassName& class_name) {
    std::vector<std::string> names;
    for (std::int64_t c = 0; c < scores.classes; ++c) names.push_back(class_name(c));
    const std::vector<double> cells(scores.confusion.begin(), scores.confusion.end());
    return heat_map(cells, names, names,
                    {.title = fmt::format("accuracy {:.2f} %", scores.accuracy() * 100),
                     .row_label = "the label",
                     .column_label = "what the model says"});
}

Drawing worst_drawing(const Scores& scores, const Dataset& images, const ClassName& class_name) {
    constexpr double kSide = 112;  // pixels of the drawing
    std::vector<Picture> pictures;
    for (const Unlikely& answer : scores.worst) {
        pictures.push_back(drawn(picture_of(images, answer.sample),
                                 fmt::format("{}: {}, said {} ({:.1f} %)", answer.sample, class_name(answer.label),
                                             class_name(answer.predicted), answer.probability * 100)));
    }
    return image_grid(pictures, {.title = "least likely labels: number, label, what the model says, probability of the label",
                                 .columns = 6,
                                 .scale = kSide / static_cast<double>(images.width)});
}

}  // namespace ricci::cli
