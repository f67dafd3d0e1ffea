// `ricci train`: compiles a training step, runs epochs, reports, and saves what it learned.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "frontend/cli/commands.h"
#include "frontend/cli/data_option.h"
#include "frontend/cli/machine_file.h"
#include "frontend/cli/optimizer_option.h"
#include "frontend/cli/source.h"
#include "frontend/cli/streams.h"
#include "frontend/cli/terminal.h"
#include "frontend/data/data_notes.h"
#include "frontend/models/registry.h"
#include "frontend/program/internals.h"
#include "ricci/trainer.h"
#include "ir/base/error.h"
#include "runtime/base/cpu.h"
#include "runtime/call/blas.h"
#include "runtime/file/files.h"

namespace ricci::cli {
namespace {

struct TrainOptions {
    std::string model;
    DataOption data;
    Augment augment;
    std::int64_t epochs = 12;
    std::int64_t batch = 64;
    std::string optimizer_text = "sgd";
    double learning_rate = 0.05;
    double momentum = 0.9;
    Optimizer optimizer{};  // that these three say
    std::string schedule = "cosine";
    std::int64_t patience = 0;
    bool keep_best = false;
    std::int64_t seed = 1;
    std::int64_t threads = 0;
    std::string dtype = "f32";
    std::string target;
    bool cache = true;
    std::string search;
    std::string machine;
    std::string weights;
    std::string save;
    std::string json;
    passes::Options passes{.layout = "nchw"};
};

struct Data {
    std::string name;         // "MNIST", for the report
    std::string description;  // and where it is from
    DataSets sets;
};

constexpr double kLargestMomentum = 0.9999;

bool parse(Arguments arguments, TrainOptions& given) {
    Options options("train", "Trains a model on images of digits and tests it after each epoch.");
    std::string augment;
    options.word("MODEL", given.model, "lenet5", true);
    given.data.declare(options);
    options.text("--augment", "LIST", augment,
                 "changes training images at random: shift (by up to 2 pixels; shift=N, by up to N), flip (left and "
                 "right)");
    options.whole("--epochs", "N", given.epochs, kEpochs, "passes over the training images");
    options.whole("--batch", "N", given.batch, kBatch, "images a step");
    options.text("--optimizer", "TEXT", given.optimizer_text,
                 "as programs say it: adamw, or \"adamw(weight_decay = 0.1, clip_norm = 1) except bias(weight_decay = 0)\"; "
                 "ricci opt --list-optimizers prints all");
    options.real("--learning-rate", "X", given.learning_rate, kLearningRate,
                 "at the start; of other optimizers than sgd, as C++ begins, where none is given");
    options.real("--momentum", "X", given.momentum, {0, kLargestMomentum}, "share of the last step in the next, of sgd");
    options.choice("--schedule", {"constant", "cosine"}, given.schedule,
                   "of the learning rate: the same throughout, or to 0 along a cosine");
    options.whole("--patience", "N", given.patience, kEpochs,
                  "ends the training after so many epochs in a row without a better test accuracy");
    options.flag("--keep-best", given.keep_best, "ends with the weights of the epoch with the best test accuracy");
    options.whole("--seed", "N", given.seed, kSeed, "of the first weights, the order of the images and drawn digits");
    options.whole("--threads", "N", given.threads, kThreads, "0 is one a processor; the results are the same");
    options.choice("--layout", given.passes.layout, "order of the axes of images between layers", 1);
    options.choice("--dtype", {"f32", "f64"}, given.dtype, "of weights and images");
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
    if (!options.parse(arguments)) return false;

    const bool sgd = given.optimizer_text == "sgd";
    const auto said = [&](const char* option, double value) {
        return sgd || options.given(option) ? std::optional(value) : std::nullopt;
    };
    given.optimizer = optimizer_of(given.optimizer_text, said("--learning-rate", given.learning_rate),
                                   said("--momentum", given.momentum));
    for (const auto& [setting, value] : given.optimizer.options) {
        if (setting == ir::kLearningRate) given.learning_rate = value;
    }

    given.augment = augment_of(augment);
    given.data.finish(options, registered_model(given.model).samples);
    if (!given.save.empty() && given.save == given.json) {
        user_error("--save and --json both name {}; one would overwrite the other", given.save);
    }
    return true;
}

void write_json(const TrainOptions& given, const std::string& data, const Network& network, const Function& step,
                const std::vector<EpochReport>& epochs) {
    nlohmann::ordered_json report = {{"model", given.model},
                                     {"data", data},
                                     {"parameters", network.model.parameter_count()},
                                     {"threads", step.threads()},
                                     {"batch", given.batch},
                                     {"compile_seconds", step.compile_seconds()},
                                     {"arena_bytes", step.arena_bytes()},
                                     {"weights_sha256", step.parameters().sha256()},
                                     {"epochs", nlohmann::ordered_json::array()}};
    for (const EpochReport& epoch : epochs) {
        report["epochs"].push_back({{"epoch", epoch.epoch},
                                    {"loss", epoch.loss},
                                    {"test_accuracy", epoch.test_accuracy},
                                    {"seconds", epoch.seconds},
                                    {"images_per_second", epoch.images_per_second}});
    }
    runtime::write_file(given.json, report.dump(2) + "\n");
}

void print_start(const TrainOptions& given, const Data& data, const Network& network, const Function& step) {
    fmt::print("data      {}; {} to train, {} to test\n", data.description, with_commas(data.sets.train->count()),
               with_commas(data.sets.test->count()));
    fmt::print("model     {}, {} parameters, {}, batch {}, learning rate {} ({}), {}, seed {}\n", given.model,
               with_commas(network.model.parameter_count()), given.dtype, given.batch, given.learning_rate,
               given.schedule, describe(given.optimizer), given.seed);
    fmt::print("machine   {}\n", runtime::cpu().describe());
    fmt::print("BLAS      {}\n", describe(runtime::blas()));
    if (!runtime::blas().remark.empty()) fmt::print("          {}\n", runtime::blas().remark);
    fmt::print("compiled  in {:.2f} s{}, runs on {} thread{}\n", step.compile_seconds(),
               step.from_cache() ? " from the cache" : "", step.threads(), step.threads() == 1 ? "" : "s");
    for (const Remark& remark : step.remarks()) {
        if (remark.pass == "object-cache" || remark.pass == "tile-search") fmt::print("          {}\n", remark.text);
    }
    flush_output();
}

std::string epoch_text(std::int64_t epoch, std::int64_t epochs) {
    return fmt::format("epoch {:>{}}/{}", epoch, fmt::formatted_size("{}", epochs), epochs);
}

void print_epoch(const EpochReport& epoch, std::int64_t epochs) {
    fmt::print("{}  loss {:.4f}  test accuracy {:.2f} %  {:.2f} s  {} images/s\n", epoch_text(epoch.epoch, epochs),
               epoch.loss, epoch.test_accuracy * 100, epoch.seconds,
               with_commas(static_cast<std::int64_t>(epoch.images_per_second)));
    flush_output();
}

void print_summary(const std::vector<EpochReport>& epochs, const Function& step) {
    double seconds = 0;
    double images = 0;
    for (const EpochReport& epoch : epochs) {
        seconds += epoch.seconds;
        images += epoch.seconds * epoch.images_per_second;
    }
    if (!epochs.empty()) {
        const auto best = std::ranges::max_element(epochs, {}, &EpochReport::test_accuracy);
        fmt::print(
            "trained   {} epoch{} in {:.1f} s, {} images/s; test accuracy {:.2f} %, best {:.2f} % after epoch {}\n",
            epochs.size(), epochs.size() == 1 ? "" : "s", seconds,
            with_commas(static_cast<std::int64_t>(images / seconds)), epochs.back().test_accuracy * 100,
            best->test_accuracy * 100, best->epoch);
    }
    fmt::print("memory    arena of {} bytes\n", with_commas(step.arena_bytes()));
    fmt::print("weights   sha256 {}\n", step.parameters().sha256());
}

/// Trains, printing as it goes, and adds a report an epoch. The signal that ended it between two steps, or 0.
int fit(const TrainOptions& given, const Data& data, const Function& step, const Function& predicted,
        const StopOnSignal& stop, std::vector<EpochReport>& epochs) {
    struct Stopped {};
    LiveLine line;
    TrainerOptions training{.epochs = given.epochs,
                            .batch = given.batch,
                            .learning_rate = given.learning_rate,
                            .schedule = schedule_named(given.schedule),
                            .patience = given.patience,
                            .keep_best = given.keep_best,
                            .seed = static_cast<std::uint64_t>(given.seed)};
    training.on_step = [&](const Progress& at) {
        if (stop.asked() != 0) throw Stopped();
        if (!line.is_due()) return;
        line.show(fmt::format("{}  loss {:.4f}  {:.0f} %", epoch_text(at.epoch, at.epochs), at.loss,
                              100.0 * static_cast<double>(at.images) / static_cast<double>(at.total)));
    };
    training.on_epoch = [&](const EpochReport& epoch) {
        line.clear();
        epochs.push_back(epoch);
        print_epoch(epoch, given.epochs);
    };
    try {
        Trainer(step, predicted, training).fit(*data.sets.train, *data.sets.test);
        return 0;
    } catch (const Stopped&) {
        return stop.asked();
    }
}

/// Where weights were saved.
struct Saved {
    std::string file;     // "": nowhere
    std::string problem;  // why not where --save says, or ""

    /// For the end of a line about what went wrong; "" where nothing was to be saved.
    std::string words() const {
        if (file.empty()) return problem.empty() ? "" : fmt::format("the weights are lost: {}", problem);
        return problem.empty() ? fmt::format("the weights are saved in {}", file)
                               : fmt::format("{}; the weights are saved in {} instead", problem, file);
    }
};

/// Writes the weights where --save says; where that fails beside it, and else into a new folder for temporary files.
Saved save(const Parameters& parameters, const std::string& asked) {
    Saved saved;
    const auto try_at = [&](const std::string& file) {
        try {
            parameters.save(file);
            saved.file = file;
        } catch (const UserError& error) {
            if (saved.problem.empty()) saved.problem = error.what();
        }
        return !saved.file.empty();
    };
    if (asked.empty() || try_at(asked) || try_at(asked + ".partial")) return saved;
    std::error_code failed;
    std::string folder = (std::filesystem::temp_directory_path(failed) / "ricci-weights-XXXXXX").string();
    if (failed || ::mkdtemp(folder.data()) == nullptr) return saved;
    if (!try_at(folder + "/weights.safetensors")) std::filesystem::remove(folder, failed);
    return saved;
}

/// Passes an error on, and says with it where the weights are.
[[noreturn]] void end_badly(const std::exception_ptr& failed, const Saved& saved) {
    try {
        std::rethrow_exception(failed);
    } catch (const UserError& error) {
        if (saved.words().empty()) throw;
        user_error("{}; {}", error.what(), saved.words());
    } catch (...) {
        if (!saved.words().empty()) complain("ricci: " + saved.words());
        throw;
    }
}

}  // namespace

int train(Arguments arguments) {
    TrainOptions given;
    if (!parse(arguments, given)) return kOk;
    const RegisteredModel& named = registered_model(given.model);
    for (const std::string& file : {given.save, given.json}) {
        if (!file.empty()) runtime::check_writable(file);
    }
    FoundData found = given.data.find(named.samples, static_cast<std::uint64_t>(given.seed), given.threads);
    Network network = named.build({.dtype = *dtype_named(given.dtype), .classes = found.classes()});
    const Data data{found.name(), found.description(), std::move(found).sets(fields_of(network), given.augment)};
    const CompileOptions compiling{.layout = given.passes.layout,
                                   .target = given.target,
                                   .threads = static_cast<int>(given.threads),
                                   .cache = given.cache,
                                   .search = given.search};
    passes::Options passes = detail::passes_of(compiling);
    passes.measured = machine_of_file(given.machine);
    Function step = detail::compile_with(
        passes,
        training_step(network.loss, given.optimizer),
        compiling);
    Function predicted = detail::compile_with(passes, forward({*network.predicted}), compiling);
    network.model.parameters().draw(static_cast<std::uint64_t>(given.seed));
    if (!given.weights.empty()) network.model.parameters().load(given.weights);
    network.model.parameters().notes()[detail::kDataNotes] = data.sets.notes.text();
    print_start(given, data, network, step);

    const StopOnSignal stop;
    std::vector<EpochReport> epochs;
    int signal = 0;
    std::exception_ptr failed;
    try {
        signal = fit(given, data, step, predicted, stop, epochs);
    } catch (...) {
        failed = std::current_exception();
    }
    // Before anything else is said: who should read it may have gone.
    const Saved saved = save(step.parameters(), given.save);
    try {
        if (failed) std::rethrow_exception(failed);
        if (signal != 0) {
            fmt::print("stopped   by {} in epoch {} of {}\n", StopOnSignal::name_of(signal), epochs.size() + 1,
                       given.epochs);
        }
        print_summary(epochs, step);
        if (!saved.file.empty()) fmt::print("saved     {}\n", saved.file);
        flush_output();
        if (!given.json.empty()) write_json(given, data.name, network, step, epochs);
    } catch (...) {
        failed = std::current_exception();
    }
    const auto report = [&] {
        if (failed) end_badly(failed, saved);
        if (!saved.problem.empty()) user_error("{}", saved.words());
    };
    if (signal == 0) {
        report();
        return kOk;
    }
    // The status is that of the signal, whatever else went wrong; a terminal that has gone can be told nothing.
    try {
        report();
    } catch (const UserError& error) {
        complain(fmt::format("ricci: {}", error.what()));
    } catch (const std::system_error&) {
    }
    return kSignalled + signal;
}

}  // namespace ricci::cli
