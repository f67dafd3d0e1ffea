/// \file ricci/data_files.h
/// Data from files, by what lies there: images, tables, arrays, text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ricci/array_data.h"
#include "ricci/data.h"
#include "ricci/text_data.h"

namespace ricci {

/// CIFAR-10 or CIFAR-100 in its binary form. \throws UserError as open_data().
TrainTest load_cifar(const std::filesystem::path& folder);
/// PNG pictures in a folder for each class; the test is in a folder of its own, or every seventh picture of a class.
TrainTest load_pictures(const std::filesystem::path& folder);
/// MNIST, Fashion-MNIST or one split of EMNIST, by the names of the files.
TrainTest load_idx_folder(const std::filesystem::path& folder);
/// Shapes of any colour on a ground of any other, 3 x 32 x 32, in 10 classes. As draw_digits().
Dataset draw_shapes(std::int64_t count, std::uint64_t seed);
/// Garments of any cloth, 28 x 28, in the 10 classes of Fashion-MNIST. As draw_digits(), and harder: the outlines of tops
/// overlap, so that no model tells all of them.
Dataset draw_garments(std::int64_t count, std::uint64_t seed);
/// The arrays of an .npz file of NumPy, or of all .npy files of a folder, by their names.
std::vector<NamedArray> load_arrays(const std::filesystem::path& path);

/// Extents of images.
struct PictureSize {
    std::int64_t channels = 0;
    std::int64_t height = 0;  // rows
    std::int64_t width = 0;   // columns
};

/// What a training keeps of its data, so that a prediction needs no training set. It is saved with the weights.
struct DataNotes {
    std::vector<PixelScale> scales = {};        // of the pixels, by channel; or of a table, by column
    std::int64_t classes = 0;                   // 0: labels are no classes
    std::vector<std::string> class_names = {};  // of each class, or none; a byte that is no UTF-8 is kept as "\xE9"
    std::string vocabulary = {};                // the characters of a text, in order
    PictureSize picture = {};                   // that the model takes; zeros: no images, or the model's own size

    std::string text() const;
    /// \throws UserError for what text() does not give.
    static DataNotes of(const std::string& text);
};

struct DataSets {
    std::shared_ptr<const DataSource> train;
    std::shared_ptr<const DataSource> test;
    DataNotes notes;
};

struct OpenOptions {
    std::string label = {};  // of a table: the column of the labels, by name or place
};

/// Sets that were found, before a model says the types that it takes.
class FoundData {
  public:
    /// "CIFAR-10".
    const std::string& name() const { return name_; }
    /// "CIFAR-10 from DIR", with what was made of it.
    const std::string& description() const { return description_; }
    /// Of labels that number classes; else 0. Of a text, the characters.
    std::int64_t classes() const { return classes_; }
    bool is_images() const { return form_ == Form::images; }
    bool is_text() const { return form_ == Form::text; }
    /// Of the images; zeros for other data.
    PictureSize picture() const { return {images_.train.channels * (is_images() ? 1 : 0), images_.train.height, images_.train.width}; }
    /// Leaves pixels from 0 to 1, in place of the scale of mean 0 and deviation 1.
    void keep_pixels();

    /// \param inputs  what the training step takes: the type of the images, or of all fields by place.
    /// \param notes   of the training that the weights are from: its scale and classes; nothing: those of this data.
    /// \throws UserError naming both types when they do not fit, or the classes when they are others.
    DataSets sets(const std::vector<Field>& inputs, const Augment& augment = {}, const DataNotes* notes = nullptr) &&;

    /// Images and their test.
    FoundData(std::string name, std::string description, TrainTest images);
    /// Arrays, the labels last. \param is_table  each column of the first is scaled to mean 0 and deviation 1
    FoundData(std::string name, std::string description, std::vector<NamedArray> train, std::vector<NamedArray> test,
              std::vector<std::string> class_names = {}, bool is_table = false);
    /// A text, whose last tenth is the test.
    FoundData(std::string name, std::string description, std::string text);

  private:
    DataSets images(const std::vector<Field>& inputs, const Augment& augment);
    DataSets arrays(const std::vector<Field>& inputs);
    DataSets text(const std::vector<Field>& inputs);

    enum class Form : std::uint8_t { images, arrays, text };
    Form form_;
    std::string name_;
    std::string description_;
    std::int64_t classes_ = 0;
    DataNotes notes_ = {};
    TrainTest images_ = {};
    std::vector<NamedArray> train_ = {};
    std::vector<NamedArray> test_ = {};
    bool is_table_ = false;
    std::string text_ = {};
};

/// Looks what lies at the path. A folder: IDX files, CIFAR's batches, .npy files or sub-folders of PNG pictures. A
/// file: .csv, .npz or .txt. Where there is no test set, every seventh sample is for the test; of a text it is the last
/// tenth. \throws UserError naming what was looked for, when nothing is known; and for files that are damaged.
FoundData open_data(const std::filesystem::path& path, const OpenOptions& options = {});

}  // namespace ricci
