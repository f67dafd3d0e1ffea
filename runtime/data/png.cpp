// Decodes PNG files with libpng's simplified interface, which returns errors and never jumps.
#include "runtime/data/png.h"

#include <png.h>

#include <algorithm>
#include <exception>
#include <map>
#include <string>
#include <utility>

#include "ir/base/error.h"
#include "runtime/base/text.h"
#include "runtime/file/files.h"
#include "runtime/parallel/threads.h"

namespace ricci::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;  // bytes of a file
constexpr std::int64_t kMostSide = 65535;                   // pixels

/// A decoder that is freed whatever happens.
struct Decoder {
    png_image image{};
    Decoder() { image.version = PNG_IMAGE_VERSION; }
    ~Decoder() { png_image_free(&image); }
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
};

bool is_png(const fs::path& path) {
    return lower(path.extension().string()) == ".png";
}

/// What is in a folder, by name: the order of a folder is not the same everywhere.
std::vector<fs::path> sorted_entries(const fs::path& folder) {
    std::error_code failed;
    std::vector<fs::path> entries;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed))
        entries.push_back(it->path());
    if (failed) user_error("cannot read the folder {}: {}", folder.string(), failed.message());
    std::ranges::sort(entries);
    return entries;
}

bool is_folder(const fs::path& path) {
    std::error_code failed;
    return fs::is_directory(path, failed);
}

/// The PNG files of each sub-folder that has some.
std::map<std::string, std::vector<fs::path>> files_by_class(const fs::path& folder) {
    std::map<std::string, std::vector<fs::path>> classes;
    for (const fs::path& entry : sorted_entries(folder)) {
        if (!is_folder(entry)) continue;
        for (const fs::path& file : sorted_entries(entry)) {
            if (is_png(file)) classes[entry.filename().string()].push_back(file);
        }
    }
    return classes;
}

struct Labelled {
    fs::path file;
    std::int32_t label;
};

/// Reads all files of a set into planes of equal form.
Dataset decode(const std::string& name, const std::vector<Labelled>& files, std::vector<std::string> class_names,
               std::int64_t channels, ThreadTeam* team) {
    if (files.empty()) user_error("{}: there are no pictures; put PNG files into a folder for each class", name);
    const Picture first = read_png(files[0].file);
    Dataset data{.name = name,
                 .count = std::ssize(files),
                 .height = first.height,
                 .width = first.width,
                 .classes = std::ssize(class_names),
                 .channels = channels,
                 .class_names = std::move(class_names)};
    const auto area = static_cast<std::size_t>(channels * first.height * first.width);
    data.pixels.resize(files.size() * area);
    std::vector<std::string> errors(files.size());
    const auto read = [&](std::int64_t index, WorkerId) {
        const auto at = static_cast<std::size_t>(index);
        try {
            const Picture picture = with_channels(read_png(files[at].file), channels);
            if (picture.height != first.height || picture.width != first.width) {
                user_error("{} has {} x {} pixels but {} has {} x {}; give all pictures one size",
                           files[at].file.string(), picture.height, picture.width, files[0].file.string(), first.height,
                           first.width);
            }
            std::ranges::copy(picture.pixels, data.pixels.begin() + index * static_cast<std::int64_t>(area));
        } catch (const std::exception& error) {
            errors[at] = error.what();
        }
    };
    if (team != nullptr) {
        team->run(data.count, read);
    } else {
        for (std::int64_t index = 0; index < data.count; ++index) read(index, 0);
    }
    for (const std::string& error : errors) {
        if (!error.empty()) user_error("{}", error);
    }
    for (const Labelled& file : files) data.labels.push_back(file.label);
    return data;
}

/// The channels that all the files have in common: 1 where all are grey.
std::int64_t channels_of(const std::vector<Labelled>& files) {
    for (const Labelled& file : files) {
        Decoder decoder;
        const std::vector<std::byte> bytes = read_file(file.file, kMostBytes);
        if (png_image_begin_read_from_memory(&decoder.image, bytes.data(), bytes.size()) == 0)
            continue;  // read_png() says why
        if ((decoder.image.format & PNG_FORMAT_FLAG_COLOR) != 0) return 3;
    }
    return 1;
}

}  // namespace

Picture read_png(const fs::path& path) {
    const std::vector<std::byte> bytes = read_file(path, kMostBytes);
    Decoder decoder;
    png_image& image = decoder.image;
    if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0)
        user_error("{}: this is no PNG picture ({})", path.string(), image.message);
    if (image.width > kMostSide || image.height > kMostSide)
        user_error("{}: a picture of {} x {} pixels is too large; a side has at most {}", path.string(), image.height,
                   image.width, kMostSide);
    Picture picture{
        .channels = (image.format & PNG_FORMAT_FLAG_COLOR) != 0 ? 3 : 1, .height = image.height, .width = image.width};
    // What a small file claims is not believed: deflate packs at most 1,032 bytes into one.
    constexpr std::int64_t kMostPacked = 1100;
    if (picture.height * picture.width / 8 > kMostPacked * std::ssize(bytes)) {
        user_error("{}: a file of {} bytes cannot hold {} x {} pixels", path.string(), bytes.size(), picture.height,
                   picture.width);
    }
    image.format = picture.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    const auto area = static_cast<std::size_t>(picture.height * picture.width);
    std::vector<std::uint8_t> rows(area * static_cast<std::size_t>(picture.channels));
    const png_color black{0, 0, 0};
    if (png_image_finish_read(&image, &black, rows.data(), 0, nullptr) == 0)
        user_error("{}: the picture is damaged or cut short ({})", path.string(), image.message);
    picture.pixels.resize(rows.size());
    const auto channels = static_cast<std::size_t>(picture.channels);
    for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t at = 0; at < area; ++at) picture.pixels[c * area + at] = rows[at * channels + c];
    }
    return picture;
}

Picture with_channels(const Picture& picture, std::int64_t channels) {
    if (picture.channels == channels) return picture;
    if (channels != 1 && channels != 3) user_error("a picture has 1 channel or 3, but {} are asked for", channels);
    Picture result{.channels = channels, .height = picture.height, .width = picture.width};
    const auto area = static_cast<std::size_t>(picture.height * picture.width);
    if (channels == 3) {
        for (int c = 0; c < 3; ++c)
            result.pixels.insert(result.pixels.end(), picture.pixels.begin(), picture.pixels.end());
        return result;
    }
    for (std::size_t at = 0; at < area; ++at) {
        // Source: ITU-R BT.601, in 1/1000.
        const int brightness =
            299 * picture.pixels[at] + 587 * picture.pixels[area + at] + 114 * picture.pixels[2 * area + at];
        result.pixels.push_back(static_cast<std::uint8_t>((brightness + 500) / 1000));
    }
    return result;
}

bool holds_pictures(const fs::path& folder) {
    if (!is_folder(folder)) return false;
    for (const fs::path& place : {folder, folder / "train"}) {
        if (is_folder(place) && !files_by_class(place).empty()) return true;
    }
    return false;
}

TrainTest load_pictures(const fs::path& folder, ThreadTeam* team) {
    constexpr std::size_t kEach = 7;  // pictures of a class, of which one is for the test
    const bool divided = is_folder(folder / "train") && !files_by_class(folder / "train").empty();
    const auto training = files_by_class(divided ? folder / "train" : folder);
    std::vector<std::string> names;
    for (const auto& [name, files] : training) names.push_back(name);
    std::vector<Labelled> train, test;
    for (const auto& [name, files] : training) {
        const auto label = static_cast<std::int32_t>(std::ranges::find(names, name) - names.begin());
        for (std::size_t i = 0; i < files.size(); ++i) {
            (!divided && i % kEach == kEach - 1 ? test : train).push_back({files[i], label});
        }
    }
    if (divided) {
        if (!is_folder(folder / "test")) user_error("{} has a folder train but no folder test", folder.string());
        for (const auto& [name, files] : files_by_class(folder / "test")) {
            const auto found = std::ranges::find(names, name);
            if (found == names.end())
                user_error("{} is a class of the test, but {} has no such folder", (folder / "test" / name).string(),
                           (folder / "train").string());
            for (const fs::path& file : files) test.push_back({file, static_cast<std::int32_t>(found - names.begin())});
        }
    }
    if (test.empty()) {
        if (divided) user_error("{}: there are no pictures; put PNG files into a folder for each class", (folder / "test").string());
        std::size_t most = 0;
        for (const auto& [name, files] : training) most = std::max(most, files.size());
        user_error(
            "{}: no picture is left for the test; a class needs {} pictures, but the largest has {}; add some, or use the "
            "folders train and test",
            folder.string(), kEach, most);
    }
    std::vector<Labelled> all = train;
    all.insert(all.end(), test.begin(), test.end());
    const std::int64_t channels = channels_of(all);
    const std::string title =
        folder.filename().empty() ? folder.parent_path().filename().string() : folder.filename().string();
    TrainTest sets{decode(title + " train", train, names, channels, team),
                   decode(title + " test", test, names, channels, team)};
    if (sets.train.height != sets.test.height || sets.train.width != sets.test.width) {
        user_error("{} has {} x {} pixels but {} has {} x {}; give all pictures one size", test[0].file.string(),
                   sets.test.height, sets.test.width, train[0].file.string(), sets.train.height, sets.train.width);
    }
    return sets;
}

}  // namespace ricci::runtime
