// `ricci predict`: what a trained model says of single samples.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "frontend/cli/commands.h"
#include "frontend/cli/csv_text.h"
#include "frontend/cli/json_text.h"
#include "frontend/cli/report_file.h"
#include "frontend/cli/samples.h"
#include "frontend/cli/streams.h"
#include "frontend/cli/terminal_picture.h"
#include "frontend/cli/text_network.h"
#include "frontend/cli/train/score_drawings.h"
#include "frontend/cli/train/scores.h"
#include "frontend/cli/train/trained.h"
#include "frontend/data/feed.h"
#include "frontend/model/buffers.h"
#include "frontend/model/internals.h"
#include "ir/base/error.h"
#include "ir/core/kind.h"
#include "runtime/data/image_rows.h"
#include "runtime/file/files.h"
#include "runtime/file/npy.h"

namespace ricci::cli {
namespace {

using detail::Internals;

struct PredictOptions {
    TrainedOption trained;
    DataOption data;
    std::int64_t seed = 1;
    std::int64_t top = 5;
    std::string colour = "auto";
    std::string drawing;
    std::string csv;
    std::string json;
    std::vector<std::string> samples;
};

/// What the model is asked about.
struct Question {
    std::string what;  // "7.png", "sample 12 of MNIST test, labelled 3"
    std::optional<runtime::Picture> picture = {};
    std::vector<Array> inputs = {};  // as the model's
};

std::optional<std::int64_t> index_of(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// The input's type with one sample.
std::vector<Axis> one_sample(const TensorType& type) {
    std::vector<Axis> axes = type.axes;
    axes[0].extent = 1;
    return axes;
}

/// A picture as the model takes it: padded and scaled as the images of its training.
Array input_of(const runtime::Picture& picture, const std::string& name, const TensorType& type,
               const DataNotes& notes) {
    Dataset one{.name = name,
                .count = 1,
                .height = picture.height,
                .width = picture.width,
                .classes = 1,
                .pixels = picture.pixels,
                .labels = {0},
                .channels = picture.channels};
    const auto extent = [&](ir::Kind kind) { return type.axis_of(kind) ? type.axes[*type.axis_of(kind)].extent : 0; };
    const std::int64_t height = extent(ir::kinds::height()), width = extent(ir::kinds::width());
    if (picture.height > height || picture.width > width) {
        user_error("{} has {} x {} pixels, but the model takes at most {} x {}; make it smaller", name, picture.height,
                   picture.width, height, width);
    }
    const ImageData data(std::move(one), type, notes.scales);
    for (const Samples& samples : data.samples(1)) return samples[0];
    return {};
}

/// The same elements, where the model has another name for the axes.
Array with_axes(const Array& array, const TensorType& type) {
    Array result(type.dtype, one_sample(type));
    Internals::buffer(result).copy_contents(Internals::buffer(array));
    return result;
}

/// A trained model and those of its inputs that the answer needs.
struct Asked {
    const Trained& trained;
    std::vector<std::size_t> needed;

    Asked(const Trained& from, const std::vector<Tensor>& outputs) : trained(from) {
        const std::vector<std::string> names = input_names(forward(outputs));
        for (std::size_t i = 0; i < trained.network.inputs.size(); ++i) {
            if (std::ranges::find(names, input(i).name()) != names.end()) needed.push_back(i);
        }
    }
    const Tensor& input(std::size_t i) const { return trained.network.inputs[i]; }
    /// What a file is a sample of. \throws UserError for a model that takes more.
    TensorType only_input(const std::string& file) const {
        if (needed.size() == 1) return input(needed[0]).type();
        user_error("{}: the model takes {} inputs; ask about the number of a sample of --data", file, needed.size());
    }
};

Question of_png(const std::string& file, const Asked& asked) {
    const TensorType taken = asked.only_input(file);
    const TensorType type = as_image(taken);
    const std::optional<std::size_t> axis = type.axis_of(ir::kinds::channel());
    if (!type.axis_of(ir::kinds::height())) user_error("{}: the model takes {}, no images", file, to_string(type));
    const runtime::Picture picture =
        runtime::with_channels(runtime::read_png(file), axis ? type.axes[*axis].extent : 1);
    return {file, picture, {with_axes(input_of(picture, file, type, asked.trained.notes), taken)}};
}

/// What black becomes, by the scale of the channel.
double black(const DataNotes& notes, std::int64_t channel) {
    if (notes.scales.empty()) return 0;
    const PixelScale& scale = notes.scales.begin()[std::min(channel, std::ssize(notes.scales) - 1)];
    return -scale.mean / scale.deviation;
}

/// An image of numbers as the model takes them, in the middle of black; none where it is no smaller image.
std::optional<Array> in_black(const runtime::Buffer& image, const TensorType& type, const DataNotes& notes) {
    const std::optional<std::size_t> of_channel = type.axis_of(ir::kinds::channel());
    if (!type.axis_of(ir::kinds::height()) || !type.axis_of(ir::kinds::width())) return std::nullopt;
    std::vector<std::int64_t> extents = image.spec().extents;
    const std::vector<std::int64_t> room = type.extents(1);
    if (extents.size() + 2 == room.size() && of_channel && room[*of_channel] == 1)
        extents.insert(extents.begin() + static_cast<std::ptrdiff_t>(*of_channel) - 1, 1);
    if (extents.size() + 1 == room.size()) extents.insert(extents.begin(), 1);
    bool fits = extents.size() == room.size();
    for (std::size_t axis = 0; fits && axis < room.size(); ++axis) {
        const bool may_be_smaller =
            type.axes[axis].kind == ir::kinds::height() || type.axes[axis].kind == ir::kinds::width();
        fits = extents[axis] == room[axis] || (may_be_smaller && extents[axis] >= 1 && extents[axis] < room[axis]);
    }
    if (!fits) return std::nullopt;
    Array result(type.dtype, one_sample(type));
    runtime::Buffer& to = Internals::buffer(result);
    for (std::int64_t place = 0; place < to.elements(); ++place) {
        std::int64_t left = place, from = 0, step = 1, channel = 0;
        bool inside = true;
        for (std::size_t axis = room.size(); axis-- > 0;) {
            const std::int64_t at = left % room[axis] - (room[axis] - extents[axis]) / 2;
            left /= room[axis];
            inside = inside && at >= 0 && at < extents[axis];
            from += at * step;
            step *= extents[axis];
            if (of_channel && axis == *of_channel) channel = at;
        }
        set_element(to, place, inside ? element_of(image, from) : black(notes, channel));
    }
    return result;
}

Question of_npy(const std::string& file, const Asked& asked) {
    const TensorType type = asked.only_input(file);
    runtime::NpyArray found = runtime::read_npy_array(file);
    const std::vector<std::int64_t>& extents = found.buffer.spec().extents;
    if (found.of_bytes && (extents.size() == 2 || extents.size() == 3)) {
        // A picture: rows of pixels, or planes of rows.
        runtime::Picture picture{
            .channels = extents.size() == 3 ? extents[0] : 1, .height = extents.end()[-2], .width = extents.end()[-1]};
        for (const std::int32_t pixel : found.buffer.span<std::int32_t>())
            picture.pixels.push_back(static_cast<std::uint8_t>(pixel));
        return {file, picture, {with_axes(input_of(picture, file, as_image(type), asked.trained.notes), type)}};
    }
    if (std::optional<Array> image = in_black(found.buffer, as_image(type), asked.trained.notes))
        return {file, std::nullopt, {with_axes(*image, type)}};
    const std::vector<std::int64_t> wanted = type.extents(1);
    const bool with_batch = std::ranges::equal(extents, wanted);
    const bool without = std::ranges::equal(extents, std::span(wanted).subspan(1));
    if (!with_batch && !without) {
        user_error("{} holds {} but the model takes {}; give one sample of it, or the bytes of a picture", file,
                   found.buffer.spec().describe(), to_string(type));
    }
    Array input(type.dtype, one_sample(type));
    for (std::int64_t i = 0; i < input.size(); ++i)
        set_element(Internals::buffer(input), i, element_of(found.buffer, i));
    return {file, std::nullopt, {std::move(input)}};
}

/// The field of an input's name, or of its place.
const Array& input_called(const Samples& samples, const DataSource& data, const Asked& asked, std::size_t input) {
    const std::string name = asked.input(input).name();
    const bool is_named = std::ranges::find(data.fields(), name, &Field::name) != data.fields().end();
    return is_named ? samples[name] : samples[input];
}

Question of_index(std::int64_t index, const DataSource& data, const Asked& asked) {
    const Trained& trained = asked.trained;
    if (index < 0 || index >= data.count())
        user_error("there is no sample {} of {}; they are 0 to {}", index, data.name(), data.count() - 1);
    Order order = in_order();
    order.first = index;
    for (const Samples& samples : data.samples(1, order)) {
        Question question{fmt::format("{} of {}", index, data.name())};
        for (const std::size_t input : asked.needed) question.inputs.push_back(input_called(samples, data, asked, input));
        if (trained.network.labels) {
            const runtime::Buffer& labels = Internals::buffer(samples[detail::label_field(data)]);
            const auto label = static_cast<std::int64_t>(element_of(labels, 0));
            question.what += fmt::format(", labelled {}", trained.class_name(label));
        }
        if (const ImageData* images = images_of(data))
            question.picture = picture_of(images->dataset(), index);
        return question;
    }
    user_error("{} has no samples", data.name());
}

/// Calls the function with the inputs that it needs.
Results answer_of(const Question& question, Function& function, const Asked& asked) {
    std::vector<std::string> names;
    for (const std::size_t input : asked.needed) names.push_back(asked.input(input).name());
    std::vector<NamedArgument> arguments;
    for (std::size_t i = 0; i < names.size(); ++i) arguments.push_back({names[i], question.inputs[i]});
    return function.run(arguments);
}

struct ClassShare {
    std::string name;
    double probability;
};

/// What the model gives for a sample.
struct Answer {
    std::string sample;
    std::vector<ClassShare> classes = {};  // the likeliest first
    std::vector<std::pair<std::string, std::vector<double>>> outputs = {};  // of a model without classes
};

std::vector<ClassShare> likeliest(const Array& found, const Trained& trained, std::int64_t top) {
    const runtime::Buffer& logits = Internals::buffer(found);
    std::vector<double> shares;
    for (std::int64_t i = 0; i < logits.elements(); ++i) shares.push_back(element_of(logits, i));
    shares = probabilities(std::move(shares));
    std::vector<std::size_t> order(shares.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return shares[i]; });
    order.resize(std::min(order.size(), static_cast<std::size_t>(top)));
    std::vector<ClassShare> classes;
    for (const std::size_t i : order) classes.push_back({trained.class_name(static_cast<std::int64_t>(i)), shares[i]});
    return classes;
}

void print_classes(const std::vector<ClassShare>& classes) {
    constexpr double kBar = 40;  // characters of certainty
    std::size_t width = 1;
    for (const ClassShare& one : classes) width = std::max(width, one.name.size());
    for (const ClassShare& one : classes) {
        fmt::print("  {:<{}}  {:>6.2f} %  {}\n", one.name, width, one.probability * 100,
                   std::string(static_cast<std::size_t>(one.probability * kBar + 0.5), '#'));
    }
}

/// "y  1.25", or the first of many numbers.
void print_numbers(const std::string& name, const std::vector<double>& numbers) {
    constexpr std::size_t kMost = 8;  // numbers a line
    std::string line;
    for (std::size_t i = 0; i < std::min(kMost, numbers.size()); ++i) line += fmt::format("  {:.6g}", numbers[i]);
    fmt::print("  {}{}{}\n", name, line, numbers.size() > kMost ? fmt::format("  ... {} numbers", numbers.size()) : "");
}

std::vector<double> numbers_of(const Array& found) {
    const runtime::Buffer& buffer = Internals::buffer(found);
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < buffer.elements(); ++i) numbers.push_back(element_of(buffer, i));
    return numbers;
}

/// A line for each class, or for each number.
std::string csv_of(const std::vector<Answer>& answers, bool of_classes) {
    std::string text = of_classes ? "sample,class,probability\n" : "sample,output,element,number\n";
    for (const Answer& answer : answers) {
        const std::string sample = csv_field(answer.sample);
        for (const ClassShare& one : answer.classes) text += fmt::format("{},{},{}\n", sample, csv_field(one.name), one.probability);
        for (const auto& [name, numbers] : answer.outputs) {
            for (std::size_t i = 0; i < numbers.size(); ++i) text += fmt::format("{},{},{},{}\n", sample, name, i, numbers[i]);
        }
    }
    return text;
}

std::string json_of(const PredictOptions& given, const std::vector<Answer>& answers) {
    nlohmann::ordered_json report = {{"model", given.trained.model},
                                     {"weights", given.trained.weights},
                                     {"answers", nlohmann::ordered_json::array()}};
    for (const Answer& answer : answers) {
        nlohmann::ordered_json line = {{"sample", answer.sample}};
        for (const ClassShare& one : answer.classes)
            line["classes"].push_back({{"class", one.name}, {"probability", one.probability}});
        for (const auto& [name, numbers] : answer.outputs) line["outputs"][name] = numbers;
        report["answers"].push_back(std::move(line));
    }
    return json_text(report);
}

bool parse(Arguments arguments, PredictOptions& given) {
    Options options(
        "predict",
        "Draws samples and prints the likeliest classes with their probabilities, or the numbers that the model gives. A "
        "sample is a PNG\npicture, an .npy array, or the number of one of the test set of --data.");
    given.trained.declare(options);
    options.words("SAMPLE", given.samples, "FILE.png, FILE.npy or a number");
    given.data.declare(options);
    options.whole("--seed", "N", given.seed, kSeed, "of drawn images, as in the training");
    options.whole("--top", "N", given.top, kBatch, "classes to print");
    options.choice("--colour", {"auto", "always", "never"}, given.colour, "of the picture; auto: on a terminal");
    options.text("--draw", "FILE.svg", given.drawing,
                 "of a model that restores its images: draws the samples there, over what becomes of them");
    options.text("--csv", "FILE", given.csv, "writes a line for each of these classes there, or for each number");
    options.text("--json", "FILE", given.json, "writes a report there");
    if (!options.parse(arguments)) return false;
    given.data.finish(options, samples_of(given.trained.model));
    for (const std::string& file : {given.drawing, given.csv, given.json}) {
        if (!file.empty()) runtime::check_writable(file);
    }
    return true;
}

}  // namespace

int predict(Arguments arguments) {
    PredictOptions given;
    if (!parse(arguments, given)) return kOk;
    const Trained trained = Trained::load(given.trained);
    const Network& network = trained.network;
    const bool has_classes = network.logits && network.logits->type().rank() == 2;
    std::vector<Tensor> outputs = network.outputs;
    if (has_classes) outputs = {*network.logits};
    if (network.restored) outputs = {*network.restored};
    const bool of_classes = has_classes && !network.restored;
    if (network.logits && !has_classes) outputs.clear();  // of a text: a class for each of its characters
    if (outputs.empty()) {
        user_error(
            "model {} gives no answer for each sample; {}", given.trained.model,
            is_text_file(given.trained.model)
                ? "an output that needs no labels would be one"
                : fmt::format(
                      "it predicts every character of a text; ricci eval {} --weights {} --data FILE.txt says how well",
                      given.trained.model, given.trained.weights));
    }
    if (!given.drawing.empty() && !network.restored)
        user_error("--draw {}: model {} restores no images", given.drawing, given.trained.model);
    const bool needs_data =
        std::ranges::any_of(given.samples, [](const std::string& sample) { return index_of(sample).has_value(); });
    std::optional<DataSets> sets;
    if (needs_data) {
        FoundData found = given.data.find(trained.samples, static_cast<std::uint64_t>(given.seed), given.trained.threads);
        sets = sets_for(network, std::move(found), {}, trained.has_notes ? &trained.notes : nullptr);
    }
    Function function = trained.compile(given.trained, outputs);
    const bool in_colour = given.colour == "always" || (given.colour == "auto" && ::isatty(STDOUT_FILENO) != 0);
    const Asked asked(trained, outputs);
    std::vector<runtime::Picture> originals, restored;
    std::vector<Answer> answers;
    for (const std::string& sample : given.samples) {
        const std::optional<std::int64_t> index = index_of(sample);
        const Question question = index                      ? of_index(*index, *sets->test, asked)
                                  : sample.ends_with(".npy") ? of_npy(sample, asked)
                                                             : of_png(sample, asked);
        fmt::print("sample    {}\n", question.what);
        if (question.picture) fmt::print("{}", draw(*question.picture, in_colour));
        const Results results = answer_of(question, function, asked);
        Answer answer{.sample = sample};
        if (network.restored) {
            restored.push_back(picture_of(results[0], network.restored->type()));
            originals.push_back(question.picture ? *question.picture : picture_of(question.inputs[0], network.inputs[0].type()));
            fmt::print("restored\n{}", draw(restored.back(), in_colour));
        }
        if (of_classes) {
            answer.classes = likeliest(results[0], trained, given.top);
            print_classes(answer.classes);
        } else {
            for (std::size_t i = 0; i < outputs.size(); ++i) {
                answer.outputs.emplace_back(outputs[i].name(), numbers_of(results[i]));
                if (!network.restored) print_numbers(outputs[i].name(), answer.outputs.back().second);
            }
        }
        answers.push_back(std::move(answer));
        flush_output();
    }
    if (!given.drawing.empty()) {
        restored_drawing(originals, restored).save(given.drawing);
        fmt::print("saved     {}\n", given.drawing);
    }
    if (!given.csv.empty()) save_report(given.csv, csv_of(answers, of_classes));
    if (!given.json.empty()) save_report(given.json, json_of(given, answers));
    return kOk;
}

}  // namespace ricci::cli
