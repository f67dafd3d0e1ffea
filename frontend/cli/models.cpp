// `ricci models`: what each named model takes, how many parameters it has, and where it comes from.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "frontend/cli/commands.h"
#include "frontend/models/registry.h"

namespace ricci::cli {

int models(Arguments arguments) {
    Options options("models", "Lists the models that have names, at their published sizes.");
    if (!options.parse(arguments)) return kOk;
    fmt::print("{:<12} {:>11}  {:<44} {}\n", "model", "parameters", "input", "what it is (source)");
    for (const RegisteredModel& model : registered_models()) {
        const Network network = model.build({});
        std::vector<std::string> inputs;
        for (const Tensor& input : network.inputs) inputs.push_back(to_string(input.type()));
        fmt::print("{:<12} {:>11}  {:<44} {} ({})\n", model.name, network.model.parameter_count(),
                   fmt::format("{}", fmt::join(inputs, ", ")), model.summary, model.source);
    }
    return kOk;
}

}  // namespace ricci::cli
