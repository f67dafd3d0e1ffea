// Gives found sets the types that a model takes.
#include "frontend/data/found_data.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"
#include "ir/base/error.h"
#include "runtime/data/image_rows.h"

namespace ricci {

using detail::Internals;

namespace detail {

std::vector<NamedArray> split_off(std::vector<NamedArray>& arrays) {
    std::vector<NamedArray> test;
    for (NamedArray& each : arrays) {
        const std::int64_t count = each.array.extents()[0];
        std::vector<std::int64_t> extents(each.array.extents().begin(), each.array.extents().end());
        extents[0] = count / kTestEach;
        Array part(each.array.dtype(), extents);
        extents[0] = count - count / kTestEach;
        Array rest(each.array.dtype(), extents);
        const auto from = Internals::buffer(each.array).contents();
        const std::size_t row = count > 0 ? from.size() / static_cast<std::size_t>(count) : 0;
        std::byte* to_part = Internals::buffer(part).contents().data();
        std::byte* to_rest = Internals::buffer(rest).contents().data();
        for (std::int64_t i = 0; i < count; ++i) {
            std::byte*& to = i % kTestEach == kTestEach - 1 ? to_part : to_rest;
            std::memcpy(to, from.data() + static_cast<std::size_t>(i) * row, row);
            to += row;
        }
        test.push_back({each.name, std::move(part)});
        each.array = std::move(rest);
    }
    return test;
}

std::vector<PixelScale> column_scales(const Array& table) {
    const std::int64_t rows = table.extents()[0];
    const std::int64_t columns = table.extents()[1];
    const std::span<const double> numbers = table.span<double>();
    std::vector<PixelScale> scales;
    for (std::int64_t c = 0; c < columns; ++c) {
        double mean = 0, squares = 0;
        for (std::int64_t r = 0; r < rows; ++r) mean += numbers.begin()[r * columns + c];
        mean /= static_cast<double>(rows);
        for (std::int64_t r = 0; r < rows; ++r) {
            const double off = numbers.begin()[r * columns + c] - mean;
            squares += off * off / static_cast<double>(rows);
        }
        const double deviation = std::sqrt(squares);
        scales.push_back({mean, deviation > 1e-12 * std::max(1.0, std::abs(mean)) ? deviation : 1});
    }
    return scales;
}

void scale_columns(Array& table, const std::vector<PixelScale>& scales) {
    const std::int64_t columns = table.extents()[1];
    const std::span<double> numbers = table.span<double>();
    for (std::int64_t i = 0; i < std::ssize(numbers); ++i) {
        const PixelScale& scale = scales.begin()[i % columns];
        numbers.begin()[i] = (numbers.begin()[i] - scale.mean) / scale.deviation;
    }
}

}  // namespace detail

namespace {

/// Labels that number classes: whole numbers from 0 on. 0 where they do not.
std::int64_t classes_of(const Array& labels) {
    constexpr double kMostClasses = 1'000'000;
    double most = -1;
    for (std::int64_t i = 0; i < labels.size(); ++i) {
        const double label = element_of(Internals::buffer(labels), i);
        if (label < 0 || label > kMostClasses || label != std::floor(label)) return 0;
        most = std::max(most, label);
    }
    return static_cast<std::int64_t>(most) + 1;
}

/// The array with the extents of a field, where it has as many elements a sample.
Array shaped_as(const Array& array, const Field& field) {
    std::vector<std::int64_t> extents = field.type.extents(array.extents()[0]);
    extents[0] = array.extents()[0];
    std::int64_t elements = 1;
    for (const std::int64_t extent : extents) elements *= extent;
    if (elements != array.size()) return array;
    Array result(array.dtype(), extents);
    Internals::buffer(result).copy_contents(Internals::buffer(array));
    return result;
}

const TensorType& type_of(const std::vector<Field>& inputs, const std::string& name, std::size_t place) {
    const auto found = std::ranges::find(inputs, name, &Field::name);
    return found != inputs.end() ? found->type : inputs.at(place).type;
}

}  // namespace

FoundData::FoundData(std::string name, std::string description, TrainTest images)
    : form_(Form::images),
      name_(std::move(name)),
      description_(std::move(description)),
      classes_(images.train.classes),
      images_(std::move(images)) {
    notes_.class_names = images_.train.class_names;
}

FoundData::FoundData(std::string name, std::string description, std::vector<NamedArray> train,
                     std::vector<NamedArray> test, std::vector<std::string> class_names, bool is_table)
    : form_(Form::arrays),
      name_(std::move(name)),
      description_(std::move(description)),
      train_(std::move(train)),
      test_(std::move(test)),
      is_table_(is_table) {
    if (train_.size() > 1) classes_ = classes_of(train_.back().array);
    notes_.class_names = std::move(class_names);
}

FoundData::FoundData(std::string name, std::string description, std::string text)
    : form_(Form::text),
      name_(std::move(name)),
      description_(std::move(description)),
      classes_(Vocabulary(text).size()),
      text_(std::move(text)) {}

void FoundData::keep_pixels() {
    if (is_images()) notes_.scales.assign(static_cast<std::size_t>(images_.train.channels), PixelScale{});
}

DataSets FoundData::sets(const std::vector<Field>& inputs, const Augment& augment, const DataNotes* notes) && {
    if (inputs.empty()) user_error("{}: the model takes no input, so there is nothing to give it", name_);
    notes_.classes = classes_;
    if (notes != nullptr) {
        if (notes->classes != 0 && classes_ != 0 && form_ != Form::text && notes->classes < classes_)
            user_error("{} has {} classes but the weights are of a training with {}", name_, classes_, notes->classes);
        notes_ = *notes;
    }
    if (form_ != Form::images && (augment.shift != 0 || augment.flip))
        user_error("{}: only images can be shifted and flipped; leave --augment out", name_);
    if (form_ == Form::images) return images(inputs, augment);
    return form_ == Form::text ? text(inputs) : arrays(inputs);
}

DataSets FoundData::images(const std::vector<Field>& inputs, const Augment& augment) {
    if (notes_.scales.empty()) notes_.scales = channel_scales(images_.train);
    const TensorType& type = type_of(inputs, "images", 0);
    return {std::make_shared<ImageData>(std::move(images_.train), type, notes_.scales, augment),
            std::make_shared<ImageData>(std::move(images_.test), type, notes_.scales), notes_};
}

DataSets FoundData::arrays(const std::vector<Field>& inputs) {
    if (train_.size() != inputs.size()) {
        user_error("{} has {} arrays but the model takes {} inputs; give one for each, the labels last", name_,
                   train_.size(), inputs.size());
    }
    if (is_table_) {
        const std::int64_t columns = train_[0].array.extents()[1];
        if (inputs[0].type.count(1) != columns) {
            user_error(
                "{} is a table with {} numbers a row, but the model takes {}, which are {}; write a model for such rows: "
                "ricci train FILE.ein",
                name_, columns, to_string(inputs[0].type), inputs[0].type.count(1));
        }
        if (notes_.scales.empty()) notes_.scales = detail::column_scales(train_[0].array);
        if (std::ssize(notes_.scales) != train_[0].array.extents()[1]) {
            user_error("{} has {} columns of numbers but the weights are of a training with {}", name_,
                       train_[0].array.extents()[1], notes_.scales.size());
        }
        for (std::vector<NamedArray>* part : {&train_, &test_})
            detail::scale_columns(part->front().array, notes_.scales);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        for (std::vector<NamedArray>* part : {&train_, &test_})
            (*part)[i].array = shaped_as((*part)[i].array, inputs[i]);
    }
    return {std::make_shared<ArrayData>(std::move(train_), inputs, name_ + " train"),
            std::make_shared<ArrayData>(std::move(test_), inputs, name_ + " test"), notes_};
}

DataSets FoundData::text(const std::vector<Field>& inputs) {
    const TensorType& type = type_of(inputs, "tokens", 0);
    if (type.dtype != i32 || type.rank() != 2)
        user_error("{}: a text is for an input i32[batch ?, time T], but the model takes {}", name_, to_string(type));
    const Vocabulary vocabulary(notes_.vocabulary.empty() ? text_ : notes_.vocabulary);
    notes_.vocabulary = vocabulary.characters();
    notes_.classes = vocabulary.size();
    constexpr std::size_t kTestPart = 10;
    const std::size_t first = text_.size() - text_.size() / kTestPart;  // character of the test
    const std::string_view all = text_;
    const std::int64_t time = type.axes[1].extent;
    return {std::make_shared<TextData>(all.substr(0, first), vocabulary, time, name_ + " train"),
            std::make_shared<TextData>(all.substr(first), vocabulary, time, name_ + " test"), notes_};
}

}  // namespace ricci
