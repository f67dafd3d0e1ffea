// Reads data from where the options say, or draws what a model is trained on where nobody names data.
#include "frontend/cli/data_option.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "ir/base/error.h"
#include "runtime/base/cpu.h"
#include "runtime/data/digits.h"
#include "runtime/data/garments.h"
#include "runtime/data/shapes.h"
#include "runtime/parallel/threads.h"

namespace ricci::cli {
namespace {

constexpr std::int64_t kTrainPerTest = 6;  // as MNIST has it
constexpr std::int64_t kShift = 2;         // pixels, where --augment does not say how many
constexpr std::int64_t kMostShift = 64;    // pixels

/// A generator of images, and what `--data` calls it.
struct Generator {
    std::string_view name;
    Dataset (*draw)(std::int64_t count, std::uint64_t seed, runtime::ThreadTeam* team);
};
constexpr Generator kDigits{"digits", runtime::draw_digits};
constexpr Generator kShapes{"shapes", runtime::draw_shapes};
constexpr std::array kGenerators = {kDigits, kShapes, Generator{"garments", runtime::draw_garments}};

constexpr std::string_view kDrawn = "drawn:";

/// Null where `where` names files. \throws UserError listing the generators for one that there is not.
const Generator* generator_of(const std::string& where) {
    if (!where.starts_with(kDrawn)) return nullptr;
    const std::string_view name = std::string_view(where).substr(kDrawn.size());
    const auto found = std::ranges::find(kGenerators, name, &Generator::name);
    if (found != kGenerators.end()) return found;
    std::vector<std::string> names;
    for (const Generator& each : kGenerators) names.push_back(fmt::format("{}{}", kDrawn, each.name));
    user_error("option --data: nothing draws \"{}\"; there are {}", name, fmt::join(names, ", "));
}

FoundData drawn(const Generator& generator, std::string_view why, std::int64_t images, std::uint64_t seed,
                std::int64_t threads) {
    runtime::ThreadTeam team(static_cast<int>(threads > 0 ? threads : runtime::cpu().threads));
    const std::int64_t tests = std::max<std::int64_t>(1, images / kTrainPerTest);
    return {fmt::format("drawn {}", generator.name),
            fmt::format("{} drawn by a seeded generator{}", generator.name, why),
            TrainTest{generator.draw(images, seed, &team), generator.draw(tests, ~seed, &team)}};
}

}  // namespace

void DataOption::declare(Options& options) {
    options.text(
        "--data", "WHAT", where,
        "a folder with the files of MNIST, EMNIST or CIFAR, .npy files, or PNG pictures in a folder for each class. "
        "Or a .csv, .npz or .txt file; or drawn:digits, drawn:garments or drawn:shapes. Without it RICCI_DATA, and "
        "without that images are drawn");
    options.text("--label", "COLUMN", label,
                 "of a .csv file: the column of the labels, by name or place; else label, or the last");
    options.whole("--images", "N", images, kImages,
                  "how many images to draw to train on; a sixth of them is for the test");
}

void DataOption::finish(const Options& options, SampleKind samples) {
    const char* variable = std::getenv("RICCI_DATA");
    if (where.empty() && variable != nullptr && samples == SampleKind::grey_images) where = variable;
    if (!where.empty() && generator_of(where) == nullptr && options.given("--images")) {
        user_error("option --images is for drawn images, but the data come from {}", where);
    }
    if ((where.empty() || generator_of(where) != nullptr) && !label.empty()) user_error("option --label is for a .csv file; name it with --data");
}

FoundData DataOption::find(SampleKind samples, std::uint64_t seed, std::int64_t threads) const {
    if (const Generator* generator = generator_of(where)) return drawn(*generator, "", images, seed, threads);
    if (!where.empty()) return open_data(where, {.label = label});
    switch (samples) {
        case SampleKind::grey_images:
            return drawn(kDigits, ", as neither --data nor RICCI_DATA names a folder with MNIST", images, seed, threads);
        case SampleKind::colour_images:
            return drawn(kShapes, ", as --data names no images", images, seed, threads);
        case SampleKind::text:
            break;
    }
    user_error("this model reads text; name one with --data FILE.txt");
}

Augment augment_of(const std::string& text) {
    Augment augment;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string part = text.substr(begin, end - begin);
        begin = end + 1;
        if (part == "flip") {
            augment.flip = true;
        } else if (part == "shift") {
            augment.shift = kShift;
        } else {
            std::int64_t pixels = 0;
            const std::string number = part.starts_with("shift=") ? part.substr(6) : "";
            const auto [rest, error] = std::from_chars(number.data(), number.data() + number.size(), pixels);
            if (number.empty() || error != std::errc() || rest != number.data() + number.size() || pixels < 1 ||
                pixels > kMostShift)
                user_error("option --augment: \"{}\" is not shift, shift=1 to shift={} or flip", part, kMostShift);
            augment.shift = pixels;
        }
    }
    return augment;
}

}  // namespace ricci::cli
