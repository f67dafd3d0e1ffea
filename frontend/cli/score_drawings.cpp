// Puts scores into the drawings that users have too.
#include "frontend/cli/score_drawings.h"

#include <fmt/format.h>

#include <vector>

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
