// `ricci train`: compiles a training step, runs epochs, reports, and saves what it learned.
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <system_error>

#include "frontend/cli/commands.h"
#include "frontend/cli/machine_file.h"
#include "frontend/cli/signals.h"
#include "frontend/cli/streams.h"
#include "frontend/cli/terminal.h"
#include "frontend/cli/train/train_data.h"
#include "frontend/cli/train/train_network.h"
#include "frontend/cli/train/train_options.h"
#include "frontend/cli/train/train_report.h"
#include "frontend/cli/train/trained.h"
#include "frontend/data/data_notes.h"
#include "frontend/program/internals.h"
#include "ir/base/error.h"
#include "ricci/trainer.h"
#include "runtime/file/files.h"

namespace ricci::cli {
namespace {

/// The two programs of a training.
struct Programs {
    Function step;
    Function tested;
};

Programs compile_both(const TrainOptions& given, const Network& network, const Optimizer& optimizer) {
    const CompileOptions compiling{.layout = given.passes.layout,
                                   .precision = given.passes.precision,
                                   .target = given.target,
                                   .threads = static_cast<int>(given.threads),
                                   .cache = given.cache,
                                   .search = given.search};
    passes::Options passes = detail::passes_of(compiling);
    passes.measured = machine_of_file(given.machine);
    passes::Options bounded = passes;
    bounded.memory = given.passes.memory;
    bounded.memory_samples = given.batch;
    std::vector<Tensor> tested;
    if (network.predicted) tested.push_back(*network.predicted);
    // The loss of the test takes time; curves show it.
    const bool draws = !given.csv.empty() || !given.plot.empty() || !given.tensorboard.empty();
    if (!network.predicted || draws) tested.push_back(network.loss);
    Function step = detail::compile_with(bounded, training_step(network.loss, optimizer), compiling);
    return {std::move(step), detail::compile_with(passes, forward(tested), compiling)};
}

TrainerOptions trainer_options(const TrainOptions& given, const StopOnSignal& stop, TrainReport& report) {
    return {.epochs = given.epochs,
            .batch = given.batch,
            .patience = given.patience,
            .keep_best = given.keep_best,
            .seed = static_cast<std::uint64_t>(given.seed),
            .checkpoint = {.folder = given.checkpoint_folder(), .every = given.every, .keep = given.keep},
            .resume = given.resume,
            .on_step = [&](const Progress& at) { report.show(at); },
            .on_epoch = [&](const EpochReport& epoch) { report.add(epoch); },
            .stop = [&] { return stop.asked() != 0; }};
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
    if (!parse_train(arguments, given)) return kOk;
    for (const std::string& file : {given.save, given.json, given.csv, given.plot}) {
        if (!file.empty()) runtime::check_writable(file);
    }
    FoundData found = find_data(given);
    const TrainNetwork made = network_of(given, found);
    const Network& network = made.network;
    const Optimizer optimizer = optimizer_of(given.optimizer, made.optimizer);
    given.dtype = name_of(network.loss.dtype());  // a text says its own
    const TrainData data = load(given, made, std::move(found));
    Programs programs = compile_both(given, network, optimizer);
    Model model = network.model;
    model.parameters().draw(static_cast<std::uint64_t>(given.seed));
    if (!given.weights.empty()) load_weights(model.parameters(), given.weights, given.model);
    note_model(model.parameters(), given.model);
    model.parameters().notes()[detail::kDataNotes] = data.notes.text();
    TrainReport report(given, data.summary(), optimizer, model.parameter_count(), programs.step);
    report.print_start();

    const StopOnSignal stop;
    Trainer trainer(programs.step, programs.tested, trainer_options(given, stop, report));
    int signal = 0;
    std::optional<double> test_accuracy;
    std::exception_ptr failed;
    try {
        report.set_epochs(trainer.fit(*data.train, data.tested()));
        signal = trainer.stopped() ? stop.asked() : 0;
        if (data.validation && signal == 0 && network.predicted) test_accuracy = trainer.accuracy(*data.test);
    } catch (...) {
        failed = std::current_exception();
    }
    // Before anything else is said: who should read it may have gone.
    const Saved saved = save(programs.step.parameters(), given.save);
    try {
        if (failed) std::rethrow_exception(failed);
        if (signal != 0) {
            fmt::print("stopped   by {} in epoch {} of {}\n", StopOnSignal::name_of(signal), report.epochs().size() + 1,
                       given.epochs);
        }
        report.print_end(test_accuracy);
        if (!saved.file.empty()) fmt::print("saved     {}\n", saved.file);
        if (signal != 0 && !given.checkpoint_folder().empty())
            fmt::print("resume    {} --resume {}\n", given.command, shell_word(given.checkpoint_folder()));
        if (signal != 0 && given.checkpoint_folder().empty() && given.save.empty())
            fmt::print(
                "saved     nothing; --checkpoint DIR keeps what a training needs to go on, --save FILE the weights\n");
        flush_output();
        report.write_files(test_accuracy);
    } catch (...) {
        failed = std::current_exception();
    }
    const auto tell = [&] {
        if (failed) end_badly(failed, saved);
        if (!saved.problem.empty()) user_error("{}", saved.words());
    };
    if (signal == 0) {
        tell();
        return kOk;
    }
    // The status is that of the signal, whatever else went wrong; a terminal that has gone can be told nothing.
    try {
        tell();
    } catch (const UserError& error) {
        complain(fmt::format("ricci: {}", error.what()));
    } catch (const std::system_error&) {
    }
    return kSignalled + signal;
}

}  // namespace ricci::cli
