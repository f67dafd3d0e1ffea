// Looks what kind of data lies at a path, and has it read.
#include "ricci/data_files.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <system_error>

#include "frontend/data/found_data.h"
#include "frontend/model/internals.h"
#include "frontend/program/team.h"
#include "ir/base/error.h"
#include "runtime/base/cpu.h"
#include "runtime/base/text.h"
#include "runtime/data/cifar.h"
#include "runtime/data/csv.h"
#include "runtime/data/garments.h"
#include "runtime/data/idx.h"
#include "runtime/data/png.h"
#include "runtime/data/shapes.h"
#include "runtime/file/files.h"
#include "runtime/file/npy.h"
#include "runtime/file/zip.h"

namespace ricci {

using detail::Internals;
using runtime::lower;

namespace {

namespace fs = std::filesystem;

/// An array of a file, and whether it holds bytes, as pixels do.
struct Found {
    NamedArray named;
    bool of_bytes;
};

bool is_folder(const fs::path& path) {
    std::error_code failed;
    return fs::is_directory(path, failed);
}

std::vector<fs::path> npy_files(const fs::path& folder) {
    std::error_code failed;
    std::vector<fs::path> files;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
        if (lower(it->path().extension().string()) == ".npy") files.push_back(it->path());
    }
    std::ranges::sort(files);
    return files;
}

Found found(std::string name, runtime::NpyArray array) {
    return {{std::move(name), Internals::array(std::move(array.buffer))}, array.of_bytes};
}

std::vector<Found> read_arrays(const fs::path& path) {
    std::vector<Found> arrays;
    if (is_folder(path)) {
        for (const fs::path& file : npy_files(path))
            arrays.push_back(found(file.stem().string(), runtime::read_npy_array(file)));
        if (arrays.empty()) user_error("{} holds no .npy file", path.string());
        return arrays;
    }
    const runtime::ZipFile zip(path);
    for (const runtime::ZipFile::Member& member : zip.members()) {
        fs::path shown = path;
        shown += "/" + member.name;
        if (fs::path(member.name).extension() != ".npy") user_error("{}: this member is no .npy file", shown.string());
        arrays.push_back(found(fs::path(member.name).stem().string(), runtime::parse_npy(zip.read(member), shown)));
    }
    if (arrays.empty()) user_error("{} holds no arrays", path.string());
    return arrays;
}

/// The name without "train" or "test", and which of the two it had.
struct Part {
    std::string name;
    bool train = false;
    bool test = false;
};

Part part_of(const std::string& name) {
    for (const std::string_view word : {"train", "test"}) {
        const std::size_t at = name.find(word);
        if (at == std::string::npos) continue;
        std::string rest = name.substr(0, at) + name.substr(at + word.size());
        std::erase(rest, '_');
        return {rest, word == "train", word == "test"};
    }
    return {name};
}

bool is_label(const std::string& name) {
    static constexpr std::array kNames = {"labels", "label", "y", "targets", "target"};
    return std::ranges::find(kNames, lower(name)) != kNames.end();
}

/// Arrays of one set, in the order of their names, the labels last.
void put_labels_last(const fs::path& path, std::vector<Found>& arrays) {
    std::ranges::sort(arrays, {},
                      [](const Found& each) { return std::pair(is_label(each.named.name), each.named.name); });
    std::vector<std::string> names;
    for (const Found& each : arrays) names.push_back(each.named.name);
    if (std::ranges::count_if(names, is_label) != 1) {
        user_error("{}: of the arrays {} one is to be called labels, or y; with train_ or test_ before it, or behind",
                   path.string(), fmt::join(names, ", "));
    }
    for (const Found& each : arrays) {
        if (each.named.array.rank() == 0)
            user_error("{}: array {} is one number; its first axis is to count the samples", path.string(),
                       each.named.name);
        if (each.named.array.extents()[0] == arrays[0].named.array.extents()[0]) continue;
        user_error("{}: array {} has {} samples but {} has {}; they are not of one set", path.string(),
                   arrays[0].named.name, arrays[0].named.array.extents()[0], each.named.name,
                   each.named.array.extents()[0]);
    }
}

/// Bytes of images and a label for each: what a Dataset holds.
bool are_images(const std::vector<Found>& arrays) {
    return arrays.size() == 2 && arrays[0].of_bytes &&
           (arrays[0].named.array.rank() == 3 || arrays[0].named.array.rank() == 4) &&
           arrays[1].named.array.rank() == 1 && !is_float(arrays[1].named.array.dtype());
}

Dataset images_of(const fs::path& path, const std::string& name, const std::vector<NamedArray>& arrays) {
    const std::span<const std::int64_t> extents = arrays[0].array.extents();
    const auto is_channels = [](std::int64_t extent) { return extent == 1 || extent == 3; };
    const bool last = extents.size() == 4 && is_channels(extents[3]);
    const bool first = extents.size() == 4 && !last && is_channels(extents[1]);
    if (extents.size() == 4 && !first && !last)
        user_error("{}: array {} has extents {}; images of bytes have 1 or 3 channels, first or last", path.string(),
                   arrays[0].name, fmt::join(extents, " x "));
    Dataset data{.name = name,
                 .count = extents[0],
                 .height = extents[first ? 2 : 1],
                 .width = extents[first ? 3 : 2],
                 .channels = last    ? extents[3]
                             : first ? extents[1]
                                     : 1};
    const std::span<const std::int32_t> bytes = arrays[0].array.span<std::int32_t>();
    data.pixels.resize(bytes.size());
    const std::int64_t area = data.height * data.width;
    for (std::int64_t i = 0; i < std::ssize(bytes); ++i) {
        const std::int64_t image = i / (area * data.channels);
        const std::int64_t inside = i % (area * data.channels);
        const std::int64_t to = last ? inside % data.channels * area + inside / data.channels : inside;
        data.pixels.begin()[image * area * data.channels + to] = static_cast<std::uint8_t>(bytes.begin()[i]);
    }
    for (std::int64_t i = 0; i < data.count; ++i) {
        const double label = arrays[1].array.at({i});
        if (label < 0 || label > 1e6)
            user_error("{}: label {} of {} is {}; a class is 0 or more", path.string(), i, arrays[1].name, label);
        data.labels.push_back(static_cast<std::int32_t>(label));
        data.classes = std::max(data.classes, static_cast<std::int64_t>(label) + 1);
    }
    return data;
}

FoundData open_arrays(const fs::path& path, std::string name) {
    std::vector<Found> train, test;
    for (Found& each : read_arrays(path)) {
        Part part = part_of(each.named.name);
        each.named.name = part.name;
        (part.test ? test : train).push_back(std::move(each));
    }
    if (train.empty()) user_error("{} holds arrays of a test, but none to train on", path.string());
    put_labels_last(path, train);
    const bool pictures = are_images(train);
    const auto arrays_of = [](std::vector<Found>& from) {
        std::vector<NamedArray> arrays;
        for (Found& each : from) arrays.push_back(std::move(each.named));
        return arrays;
    };
    if (!test.empty()) {
        put_labels_last(path, test);
        if (test.size() != train.size() || are_images(test) != pictures)
            user_error("{}: {} arrays are for the training but {} for the test; give the same ones for both",
                       path.string(), train.size(), test.size());
    }
    std::vector<NamedArray> training = arrays_of(train);
    const bool split = test.empty();
    std::vector<NamedArray> testing = split ? detail::split_off(training) : arrays_of(test);
    if (testing[0].array.extents()[0] == 0)
        user_error("{}: {} samples are too few to keep some for a test; it takes {}", path.string(),
                   training[0].array.extents()[0], detail::kTestEach);
    std::string description = fmt::format("arrays {} from {}{}", training[0].name, path.string(),
                                          split ? ", every seventh sample for the test" : "");
    if (!pictures) return {std::move(name), std::move(description), std::move(training), std::move(testing)};
    TrainTest sets{images_of(path, name + " train", training), images_of(path, name + " test", testing)};
    sets.train.classes = sets.test.classes = std::max(sets.train.classes, sets.test.classes);
    return {std::move(name), std::move(description), std::move(sets)};
}

FoundData open_table(const fs::path& path, const std::string& label) {
    const runtime::Table table = runtime::read_csv(path, label);
    const std::int64_t columns = std::ssize(table.names) - 1;
    std::vector<NamedArray> train = {{"x", Array(f64, {table.rows, columns})}, {"labels", Array(f64, {table.rows})}};
    const std::span<double> x = train[0].array.span<double>();
    const std::span<double> labels = train[1].array.span<double>();
    std::int64_t to = 0;
    for (std::int64_t i = 0; i < std::ssize(table.numbers); ++i) {
        const bool is_of_label = i % (columns + 1) == table.label;
        (is_of_label ? labels.begin()[i / (columns + 1)] : x.begin()[to++]) = table.numbers.begin()[i];
    }
    std::vector<NamedArray> test = detail::split_off(train);
    if (test[0].array.extents()[0] == 0)
        user_error("{}: {} rows are too few to keep some for a test; it takes {}", path.string(), table.rows,
                   detail::kTestEach);
    return {path.stem().string(),
            fmt::format("table {}: {} columns, labels from \"{}\", every seventh row for the test", path.string(),
                        columns, table.names.begin()[table.label]),
            std::move(train),
            std::move(test),
            table.words,
            true};
}

std::string title_of(const fs::path& folder) {
    return folder.filename().empty() ? folder.parent_path().filename().string() : folder.filename().string();
}

FoundData open_folder(const fs::path& folder) {
    if (runtime::holds_cifar(folder)) {
        TrainTest sets = runtime::load_cifar(folder);
        const std::string name = sets.train.classes == 10 ? "CIFAR-10" : "CIFAR-100";
        return {name, fmt::format("{} from {}", name, folder.string()), std::move(sets)};
    }
    if (runtime::holds_idx(folder)) {
        TrainTest sets = runtime::load_idx_folder(folder);
        std::string name = sets.train.name.substr(0, sets.train.name.rfind(' '));
        // Fashion-MNIST has the file names of MNIST.
        if (name == "MNIST" && lower(title_of(folder)).contains("fashion")) {
            name = "Fashion-MNIST";
            sets.train.class_names = {"T-shirt", "trouser", "pullover", "dress", "coat",
                                      "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"};
        }
        return {name, fmt::format("{} from {}", name, folder.string()), std::move(sets)};
    }
    if (!npy_files(folder).empty()) return open_arrays(folder, title_of(folder));
    if (runtime::holds_pictures(folder)) {
        TrainTest sets = load_pictures(folder);
        return {
            title_of(folder),
            fmt::format("{} pictures of {} x {} in {} classes from {}", sets.train.channels == 1 ? "grey" : "colour",
                        sets.train.height, sets.train.width, sets.train.classes, folder.string()),
            std::move(sets)};
    }
    user_error(
        "{} holds no known data: no train-images-idx3-ubyte of MNIST, no data_batch_1.bin or train.bin of CIFAR, no "
        ".npy file, no PNG pictures; ricci data mnist fetches MNIST",
        folder.string());
}

}  // namespace

FoundData open_data(const fs::path& path, const OpenOptions& options) {
    const std::string ending = lower(path.extension().string());
    const bool is_file = runtime::is_there(path) && !is_folder(path);
    if (!options.label.empty() && (!is_file || ending != ".csv"))
        user_error("{} is no .csv file, so it has no column \"{}\" of labels", path.string(), options.label);
    if (is_folder(path)) return open_folder(path);
    if (is_file && ending == ".csv") return open_table(path, options.label);
    if (is_file && ending == ".npz") return open_arrays(path, path.stem().string());
    if (is_file && ending == ".txt") {
        constexpr std::int64_t kMostBytes = std::int64_t{1} << 31;
        const std::vector<std::byte> bytes = runtime::read_file(path, kMostBytes);
        if (bytes.empty()) user_error("{}: the text is empty", path.string());
        std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return {path.stem().string(),
                fmt::format("text {} of {} characters, its last tenth for the test", path.string(), text.size()),
                std::move(text)};
    }
    user_error("{} is not a folder, nor a .csv, .npz or .txt file; name one that holds data", path.string());
}

TrainTest load_cifar(const fs::path& folder) {
    return runtime::load_cifar(folder);
}
TrainTest load_pictures(const fs::path& folder) {
    return runtime::load_pictures(folder, shared_team(runtime::cpu().threads).get());
}
TrainTest load_idx_folder(const fs::path& folder) {
    return runtime::load_idx_folder(folder);
}
Dataset draw_shapes(std::int64_t count, std::uint64_t seed) {
    return runtime::draw_shapes(count, seed);
}
Dataset draw_garments(std::int64_t count, std::uint64_t seed) {
    return runtime::draw_garments(count, seed);
}

std::vector<NamedArray> load_arrays(const fs::path& path) {
    std::vector<NamedArray> arrays;
    for (Found& each : read_arrays(path)) arrays.push_back(std::move(each.named));
    return arrays;
}

}  // namespace ricci
