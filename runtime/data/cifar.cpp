// Records of one or two labels and 3 x 32 x 32 pixels.
#include "runtime/data/cifar.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ir/base/error.h"
#include "runtime/data/class_names.h"
#include "runtime/file/byte_source.h"
#include "runtime/file/files.h"

namespace ricci::runtime {
namespace {

constexpr std::int64_t kSide = 32;
constexpr std::int64_t kChannels = 3;
constexpr std::size_t kPixels = kChannels * kSide * kSide;

struct Form {
    const char* name;
    std::vector<std::string> train;
    std::string test;
    std::string names;   // the file with the names of the classes
    std::size_t labels;  // bytes before the pixels; the last one counts
    std::int64_t classes;
};

std::array<Form, 2> forms() {
    return {{{"CIFAR-10",
              {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
              "test_batch.bin",
              "batches.meta.txt",
              1,
              10},
             {"CIFAR-100", {"train.bin"}, "test.bin", "fine_label_names.txt", 2, 100}}};
}

std::optional<std::filesystem::path> find_file(const std::filesystem::path& folder, const std::string& name) {
    for (const char* packed : {"", ".gz"}) {
        if (const std::filesystem::path path = folder / (name + packed); is_there(path)) return path;
    }
    return std::nullopt;
}

void read_records(const std::filesystem::path& path, const Form& form, Dataset& data) {
    ByteSource source(path);
    std::vector<std::byte> record(form.labels + kPixels);
    for (std::int64_t number = 0;; ++number) {
        const std::int64_t offset = source.offset();
        const std::size_t got = source.read(record);
        if (got == 0 && number == 0) user_error("{}: the file holds no images", path.string());
        if (got == 0) return;
        if (got < record.size()) {
            user_error(
                "{}: offset {}: the file ends within image {}: {} of {} bytes; a record is {} of label and {} of "
                "pixels",
                path.string(), offset, number, got, record.size(), form.labels, kPixels);
        }
        const auto label = std::to_integer<std::int32_t>(record[form.labels - 1]);
        if (label >= form.classes) {
            user_error("{}: offset {}: label {} is {} but there are classes 0 to {}", path.string(), offset, number,
                       label, form.classes - 1);
        }
        data.labels.push_back(label);
        for (const std::byte pixel : std::span(record).subspan(form.labels))
            data.pixels.push_back(std::to_integer<std::uint8_t>(pixel));
        ++data.count;
    }
}

Dataset read_set(const std::filesystem::path& folder, const Form& form, const std::vector<std::string>& files,
                 const char* name) {
    Dataset data{.name = fmt::format("{} {}", form.name, name),
                 .height = kSide,
                 .width = kSide,
                 .classes = form.classes,
                 .channels = kChannels};
    for (const std::string& file : files) read_records(*find_file(folder, file), form, data);
    if (is_there(folder / form.names)) data.class_names = read_class_names(folder / form.names, form.classes);
    return data;
}

}  // namespace

bool holds_cifar(const std::filesystem::path& folder) {
    for (const Form& form : forms()) {
        if (find_file(folder, form.train[0])) return true;
    }
    return false;
}

TrainTest load_cifar(const std::filesystem::path& folder) {
    for (const Form& form : forms()) {
        if (!find_file(folder, form.train[0])) continue;
        std::vector<std::string> all = form.train;
        all.push_back(form.test);
        std::string missing;
        for (const std::string& file : all) {
            if (!find_file(folder, file)) missing += (missing.empty() ? "" : ", ") + file;
        }
        if (!missing.empty())
            user_error("{} lacks {} (plain or .gz); unpack the binary version of {} there", folder.string(), missing,
                       form.name);
        return {read_set(folder, form, form.train, "train"), read_set(folder, form, {form.test}, "test")};
    }
    user_error("{} holds neither data_batch_1.bin of CIFAR-10 nor train.bin of CIFAR-100", folder.string());
}

}  // namespace ricci::runtime
