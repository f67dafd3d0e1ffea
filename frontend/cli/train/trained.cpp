// Builds a model for the classes and the images that its weights were trained on.
#include "frontend/cli/train/trained.h"

#include <fmt/format.h>

#include "frontend/cli/source.h"
#include "frontend/cli/streams.h"
#include "frontend/cli/text_network.h"
#include "frontend/data/data_notes.h"
#include "frontend/program/internals.h"
#include "ir/base/error.h"
#include "runtime/base/text.h"
#include "runtime/file/safetensors.h"

namespace ricci::cli {
namespace {

constexpr const char* kModel = "model";  // the note that names it

}  // namespace

void load_weights(Parameters parameters, const std::string& file, const std::string& model) {
    try {
        parameters.load(file);
    } catch (const UserError& error) {
        std::string text = error.what();
        if (text.ends_with(detail::Internals::kNotStrict))
            text.resize(text.size() - detail::Internals::kNotStrict.size());
        const std::map<std::string, std::string> notes = runtime::read_safetensors(file).metadata;
        const auto of = notes.find(kModel);
        if (of == notes.end() || of->second == model)
            user_error("{}; is the file of another model than {}?", text, model);
        user_error("{}; the file has the weights of {}, not of {}", text, of->second, model);
    }
}

void note_model(const Parameters& parameters, const std::string& model) {
    parameters.notes()[kModel] = runtime::as_utf8(model);
}

void TrainedOption::declare(Options& options) {
    options.word("MODEL|FILE.ein", model, "as it was trained: lenet5, or the text", true);
    options.text("--weights", "FILE", weights,
                 "what ricci train --save wrote, or another safetensors file of these tensors");
    options.choice("--dtype", {"f32", "f64"}, dtype, "of the weights");
    options.whole("--threads", "N", threads, kThreads, "0 is one a processor; the results are the same");
    declare_layout(options, passes);
    declare_target(options, target);
    declare_cache(options, cache);
}

Trained Trained::load(const TrainedOption& option) {
    const SampleKind samples = samples_of(option.model);
    if (option.weights.empty())
        user_error("{} needs weights: --weights FILE, as ricci train {} --save FILE writes them", option.model,
                   option.model);
    const runtime::Safetensors file = runtime::read_safetensors(option.weights);
    const auto found = file.metadata.find(detail::kDataNotes);
    const bool has_notes = found != file.metadata.end();
    DataNotes notes;
    try {
        if (has_notes) notes = DataNotes::of(found->second);
    } catch (const UserError& error) {
        user_error("{}: {}", option.weights, error.what());
    }
    Network network = is_text_file(option.model)
                          ? network_of_text(option.model).network
                          : registered_model(option.model)
                                .build({.dtype = *dtype_named(option.dtype), .classes = notes.classes,
                                        .channels = notes.picture.channels, .height = notes.picture.height,
                                        .width = notes.picture.width});
    load_weights(network.model.parameters(), option.weights, option.model);
    return {samples, std::move(network), std::move(notes), has_notes};
}

Function Trained::compile(const TrainedOption& option, const std::vector<Tensor>& outputs) const {
    const CompileOptions compiling{.layout = option.passes.layout,
                                   .target = option.target,
                                   .threads = static_cast<int>(option.threads),
                                   .cache = option.cache};
    Function function = detail::compile_with(detail::passes_of(compiling), forward(outputs), compiling);
    warn_of(function);
    return function;
}

std::string Trained::class_name(std::int64_t number) const {
    if (number < std::ssize(notes.class_names)) return notes.class_names.begin()[number];
    if (number < std::ssize(notes.vocabulary)) return fmt::format("{:?}", notes.vocabulary.begin()[number]);
    return std::to_string(number);
}

}  // namespace ricci::cli
