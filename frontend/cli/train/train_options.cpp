// Declares the options of `ricci train`, and checks them against each other.
#include "frontend/cli/train/train_options.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include "frontend/cli/machine_file.h"
#include "frontend/cli/source.h"
#include "ir/base/error.h"

namespace ricci::cli {
namespace {

constexpr double kLargestMomentum = 0.9999;
constexpr double kLargestDropout = 0.9999;
constexpr double kLargestShare = 0.9;  // share of the training data that can be held out

constexpr Range kAccumulate{1, 16'777'216};
constexpr Range kEvery{0, 1'000'000'000};
constexpr Range kPatience{0, 1'000'000'000};
constexpr Range kSize{0, 65'536};
constexpr Range kKeep{1, 1'000'000};
constexpr RealRange kDecay{0, 1e6};
constexpr RealRange kClip{0, 1e9};

/// "ricci train ..." without --resume.
std::string command_of(Arguments arguments) {
    std::string text = "ricci train";
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--resume") {
            ++i;
        } else if (!arguments[i].starts_with("--resume=")) {
            text += " " + shell_word(arguments[i]);
        }
    }
    return text;
}

void check_together(const TrainOptions& given, const Options& options) {
    const std::array<std::pair<const char*, const std::string*>, 4> files = {
        {{"--save", &given.save}, {"--json", &given.json}, {"--csv", &given.csv}, {"--plot", &given.plot}}};
    for (std::size_t i = 0; i < files.size(); ++i) {
        for (std::size_t k = i + 1; k < files.size(); ++k) {
            if (files[i].second->empty() || *files[i].second != *files[k].second) continue;
            user_error("{} and {} both name {}; one would overwrite the other", files[i].first, files[k].first,
                       *files[i].second);
        }
    }
    if (!given.weights.empty() && !given.resume.empty())
        user_error(
            "--weights {} begins a training and --resume {} goes on with one, with the weights of its checkpoint; give "
            "one of them",
            given.weights, given.resume);
    for (const char* option : {"--every", "--keep"}) {
        if (options.given(option) && given.checkpoint_folder().empty())
            user_error("option {} is for checkpoints, but no --checkpoint DIR says where they go", option);
    }
}

}  // namespace

std::string shell_word(std::string_view word) {
    const std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
    if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos) return std::string(word);
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
    return text + "'";
}

std::string TrainOptions::checkpoint_folder() const {
    if (!checkpoint.empty() || resume.empty()) return checkpoint;
    const std::filesystem::path from(resume);
    return std::filesystem::is_directory(from) ? resume
           : from.parent_path().empty()        ? "."
                                               : from.parent_path().string();
}

bool parse_train(Arguments arguments, TrainOptions& given) {
    Options options("train", "Trains a model and tests it after each epoch.");
    std::string optimizer = "sgd", schedule = "cosine", augment;
    double learning_rate = kUsualRate, momentum = kUsualMomentum, weight_decay = 0, clip = 0, dropout = 0, average = 0;
    std::int64_t accumulate = 1;
    options.word("MODEL|FILE.ein", given.model,
                 "a model by its name, such as lenet5, or a text of stage model with a loss; - for standard input",
                 true);
    given.data.declare(options);
    options.text("--augment", "LIST", augment,
                 "changes training images at random: shift (by up to 2 pixels; shift=N, by up to N), flip (left and "
                 "right)");
    options.whole("--size", "N", given.size, kSize,
                  "sets images in the middle of black, N x N, for a model by its name; 0 leaves them as they are");
    options.whole("--epochs", "N", given.epochs, kEpochs, "passes over the training images");
    options.whole("--batch", "N", given.batch, kBatch, "images a step");
    options.whole("--accumulate", "N", accumulate, kAccumulate,
                  "batches that make one step of the optimizer; the last step of all is made of what is left");
    options.text(
        "--optimizer", "TEXT", optimizer,
        "as programs say it: adamw, or \"adamw(weight_decay = 0.1, clip_norm = 1) except bias(weight_decay = 0)\"; "
        "ricci opt --list-optimizers prints all");
    options.real("--learning-rate", "X", learning_rate, kLearningRate,
                 "at the start; of other optimizers than sgd, as C++ begins, where none is given");
    options.real("--momentum", "X", momentum, {0, kLargestMomentum}, "share of the last step in the next, of sgd");
    options.real("--weight-decay", "X", weight_decay, kDecay, "of the optimizer, in place of its own");
    options.real("--clip", "X", clip, kClip, "the norm of all gradients together is no larger; 0 is no limit");
    options.real("--average", "X", average, {0, kLargestMomentum},
                 "share of a moving mean of the weights that a step keeps, such as 0.999. Tests and the end are by the mean; 0 is none");
    options.text(
        "--schedule", "TEXT", schedule,
        "of the learning rate: constant, cosine, or \"cosine(warm_up = 500)\"; ricci opt --list-schedules prints all");
    options.real("--dropout", "X", dropout, {0, kLargestDropout},
                 "share that each dropout of the model drops, in place of its own");
    options.real(
        "--validation", "X", given.validation, {0, kLargestShare},
        "share of the training data that is held out for the test after each epoch; the test data then count once, "
        "at the end");
    options.whole("--patience", "N", given.patience, kPatience,
                  "ends the training after so many epochs in a row without a better test; 0 is none");
    options.flag("--keep-best", given.keep_best, "ends with the weights of the epoch with the best test");
    options.text("--checkpoint", "DIR", given.checkpoint, "writes there what a training needs to go on");
    options.whole("--every", "N", given.every, kEvery, "batches from one checkpoint to the next; 0 is one an epoch");
    options.whole("--keep", "N", given.keep, kKeep, "checkpoints to keep; older ones are removed");
    options.text(
        "--resume", "DIR", given.resume,
        "goes on from the newest checkpoint there, or from that file; ends with the bits of a training that was "
        "never stopped");
    options.whole("--seed", "N", given.seed, kSeed, "of the first weights, the order of the images and drawn digits");
    options.whole("--threads", "N", given.threads, kThreads, "0 is one a processor; the results are the same");
    declare_layout(options, given.passes);
    options.choice("--precision", given.passes.precision,
                   "what products and convolutions compute with. bf16: factors are rounded to it where that is predicted to "
                   "be faster; sums, weights and all else stay f32. bf16-all: of every one that runs as a call");
    declare_memory(options, given.passes);
    options.choice("--dtype", {"f32", "f64"}, given.dtype, "of weights and images, of a model by its name");
    declare_target(options, given.target);
    declare_cache(options, given.cache);
    declare_search(options, given.search);
    declare_machine(options, given.machine);
    options.text("--weights", "FILE", given.weights,
                 "begins with the weights of this safetensors file, not with drawn ones");
    options.text("--save", "FILE", given.save,
                 "writes the weights there as safetensors, also when a signal, a closed pipe or an error ends training "
                 "early. When the loss is no number, these are the last that gave a finite loss");
    options.text("--json", "FILE", given.json, "writes a report of all epochs there");
    options.text("--csv", "FILE", given.csv, "writes a line an epoch there");
    options.text("--plot", "FILE", given.plot, "draws curves of loss and accuracy there, as SVG");
    options.text("--tensorboard", "DIR", given.tensorboard, "adds curves there as TensorBoard reads them");
    if (!options.parse(arguments)) return false;

    const auto take = [&](const char* option, auto value, auto& into) {
        if (options.given(option)) into = value;
    };
    OptimizerRequest& request = given.optimizer;
    take("--optimizer", optimizer, request.optimizer);
    take("--schedule", schedule, request.schedule);
    take("--learning-rate", learning_rate, request.learning_rate);
    take("--momentum", momentum, request.momentum);
    take("--weight-decay", weight_decay, request.weight_decay);
    take("--clip", clip, request.clip);
    take("--accumulate", accumulate, request.accumulate);
    take("--average", average, request.average);
    take("--dropout", dropout, given.dropout);
    given.augment = augment_of(augment);
    given.data.finish(options, samples_of(given.model));
    given.command = command_of(arguments);
    check_together(given, options);
    return true;
}

}  // namespace ricci::cli
