// `ricci eval`: what trained weights get right of a test set.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "frontend/cli/commands.h"
#include "frontend/cli/csv_text.h"
#include "frontend/cli/json_text.h"
#include "frontend/cli/report_file.h"
#include "frontend/cli/samples.h"
#include "frontend/cli/terminal.h"
#include "frontend/cli/text_network.h"
#include "frontend/cli/train/bigrams.h"
#include "frontend/cli/train/score_drawings.h"
#include "frontend/cli/train/scores.h"
#include "frontend/cli/train/trained.h"
#include "ir/base/error.h"
#include "runtime/file/files.h"

namespace ricci::cli {
namespace {

struct EvalOptions {
    TrainedOption trained;
    DataOption data;
    std::string part = "test";
    std::int64_t seed = 1;
    std::int64_t batch = 256;
    std::string confusion;
    std::string worst;
    std::string csv;
    std::string json;
};

constexpr std::int64_t kWorst = 24;  // samples that --worst draws

double share(std::int64_t part, std::int64_t all) {
    return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

/// The class that a label is most often taken for by mistake, or -1.
std::int64_t most_confused(const Scores& scores, std::int64_t label) {
    std::int64_t most = -1;
    for (std::int64_t c = 0; c < scores.classes; ++c) {
        if (c == label || scores.confused(label, c) == 0) continue;
        if (most < 0 || scores.confused(label, c) > scores.confused(label, most)) most = c;
    }
    return most;
}

void print_classes(const Scores& scores, const Trained& trained) {
    std::size_t width = 5;
    for (std::int64_t c = 0; c < scores.classes; ++c) width = std::max(width, trained.class_name(c).size());
    fmt::print("{:<{}}  {:>8}  {:>8}  {:>8}  {:>9}  taken for\n", "class", width, "samples", "right", "recall",
               "precision");
    for (std::int64_t c = 0; c < scores.classes; ++c) {
        const std::int64_t right = scores.confused(c, c);
        const std::int64_t mistaken = most_confused(scores, c);
        fmt::print(
            "{:<{}}  {:>8}  {:>8}  {:>6.2f} %  {:>7.2f} %  {}\n", trained.class_name(c), width,
            with_commas(scores.labelled(c)), with_commas(right), 100 * share(right, scores.labelled(c)),
            100 * share(right, scores.taken_for(c)),
            mistaken < 0 ? "" : fmt::format("{} ({})", trained.class_name(mistaken), scores.confused(c, mistaken)));
    }
}

void print_confusion(const Scores& scores) {
    constexpr std::int64_t kMostColumns = 16;  // classes: more do not fit a line
    if (scores.classes > kMostColumns) {
        fmt::print("confusion a matrix of {0} x {0} is too wide for a terminal; --confusion FILE.svg draws it\n",
                   scores.classes);
        return;
    }
    fmt::print("confusion rows: the label; columns: what the model says\n");
    const int width = static_cast<int>(std::to_string(scores.answers).size()) + 1;
    for (std::int64_t row = 0; row < scores.classes; ++row) {
        for (std::int64_t column = 0; column < scores.classes; ++column)
            fmt::print("{:>{}}", scores.confused(row, column), width);
        fmt::print("\n");
    }
}

std::string csv_of(const Scores& scores, const Trained& trained) {
    std::string text = "class,samples,right,recall,precision";
    for (std::int64_t c = 0; c < scores.classes; ++c) text += "," + csv_field("said " + trained.class_name(c));
    text += "\n";
    for (std::int64_t c = 0; c < scores.classes; ++c) {
        const std::int64_t right = scores.confused(c, c);
        text += fmt::format("{},{},{},{},{}", csv_field(trained.class_name(c)), scores.labelled(c), right,
                            share(right, scores.labelled(c)), share(right, scores.taken_for(c)));
        for (std::int64_t said = 0; said < scores.classes; ++said) text += fmt::format(",{}", scores.confused(c, said));
        text += "\n";
    }
    return text;
}

std::string json_of(const EvalOptions& given, const std::string& data, const Scores& scores, const Trained& trained) {
    nlohmann::ordered_json report = {{"model", given.trained.model},
                                     {"weights", given.trained.weights},
                                     {"data", data},
                                     {"set", given.part},
                                     {"samples", scores.samples},
                                     {"loss", scores.loss}};
    if (scores.classes > 0) {
        report["accuracy"] = scores.accuracy();
        report["classes"] = nlohmann::ordered_json::array();
        for (std::int64_t c = 0; c < scores.classes; ++c) {
            const std::int64_t right = scores.confused(c, c);
            report["classes"].push_back({{"class", trained.class_name(c)},
                                         {"samples", scores.labelled(c)},
                                         {"right", right},
                                         {"recall", share(right, scores.labelled(c))},
                                         {"precision", share(right, scores.taken_for(c))}});
        }
        report["confusion"] = nlohmann::ordered_json::array();
        for (std::int64_t c = 0; c < scores.classes; ++c) {
            const auto row = scores.confusion.begin() + c * scores.classes;
            report["confusion"].push_back(std::vector<std::int64_t>(row, row + scores.classes));
        }
        report["worst"] = nlohmann::ordered_json::array();
        for (const Unlikely& answer : scores.worst) {
            report["worst"].push_back({{"sample", answer.sample},
                                       {"label", answer.label},
                                       {"predicted", answer.predicted},
                                       {"probability", answer.probability}});
        }
    }
    return json_text(report);
}

bool parse(Arguments arguments, EvalOptions& given) {
    Options options("eval", "Tests a model with weights of a training: loss, accuracy, what each class is taken for.");
    given.trained.declare(options);
    given.data.declare(options);
    options.choice("--set", {"test", "train"}, given.part, "which of the two sets");
    options.whole("--seed", "N", given.seed, kSeed, "of drawn images, as in the training");
    options.whole("--batch", "N", given.batch, kBatch, "samples a call; the results are the same");
    options.text("--confusion", "FILE.svg", given.confusion, "draws the confusion matrix there");
    options.text("--worst", "FILE.svg", given.worst, "draws the images there whose class the model found least likely");
    options.text("--csv", "FILE", given.csv, "writes a line for each class there");
    options.text("--json", "FILE", given.json, "writes a report there");
    if (!options.parse(arguments)) return false;
    given.data.finish(options, samples_of(given.trained.model));
    for (const std::string& file : {given.confusion, given.worst, given.csv, given.json}) {
        if (!file.empty()) runtime::check_writable(file);
    }
    return true;
}

}  // namespace

int eval(Arguments arguments) {
    EvalOptions given;
    if (!parse(arguments, given)) return kOk;
    const Trained trained = Trained::load(given.trained);
    FoundData found =
        given.data.find(trained.samples, static_cast<std::uint64_t>(given.seed), given.trained.threads);
    const std::string name = found.name();
    const std::string description = found.description();
    const bool is_text = found.is_text();
    const DataSets sets = sets_for(trained.network, std::move(found), {}, trained.has_notes ? &trained.notes : nullptr);
    const DataSource& data = given.part == "test" ? *sets.test : *sets.train;
    const ImageData* images = images_of(data);
    if (!given.worst.empty() && images == nullptr) user_error("--worst {}: {} is no set of images", given.worst, name);
    const bool has_classes = trained.network.predicted.has_value();
    if (!has_classes && !(given.confusion + given.worst + given.csv).empty())
        user_error("--confusion, --worst and --csv are about classes, but {} has none", given.trained.model);
    if (!given.worst.empty() && !trained.network.logits)
        user_error("--worst {}: {} puts out no logits, so no class has a probability", given.worst, given.trained.model);
    std::vector<Tensor> outputs = {trained.network.loss};
    if (has_classes) outputs.push_back(*trained.network.predicted);
    if (has_classes && trained.network.logits) outputs.push_back(*trained.network.logits);
    const Function function = trained.compile(given.trained, outputs);

    fmt::print("data      {}; {} of the {} set\n", description, with_commas(data.count()), given.part);
    fmt::print("weights   {}, {} parameters, sha256 {}\n", given.trained.weights,
               with_commas(trained.network.model.parameter_count()), function.parameters().sha256());
    if (!trained.has_notes)
        fmt::print("          without notes of their data; pixels are scaled as this training set asks for\n");
    const Scores scores = score(function, trained.network, data, given.batch, kWorst, sets.notes.classes);
    fmt::print("result    loss {}", loss_text(scores.loss));
    if (has_classes)
        fmt::print(", accuracy {:.2f} % ({} of {})", 100 * scores.accuracy(), with_commas(scores.right),
                   with_commas(scores.answers));
    fmt::print("\n");
    if (is_text) {
        const BigramLoss bigrams = bigram_loss(*sets.train, data, sets.notes.classes);
        fmt::print("bigrams   loss {:.4f} with counts of the training set, {:.4f} with those of this set itself\n",
                   bigrams.trained, bigrams.least);
    }
    if (has_classes) {
        print_classes(scores, trained);
        print_confusion(scores);
    }
    const auto class_name = [&](std::int64_t number) { return trained.class_name(number); };
    if (!given.confusion.empty()) save_report(given.confusion, confusion_drawing(scores, class_name).svg());
    if (!given.worst.empty()) save_report(given.worst, worst_drawing(scores, images->dataset(), class_name).svg());
    if (!given.csv.empty()) save_report(given.csv, csv_of(scores, trained));
    if (!given.json.empty()) save_report(given.json, json_of(given, name, scores, trained));
    return kOk;
}

}  // namespace ricci::cli
