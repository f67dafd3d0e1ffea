// Puts a parsed graph behind a Model.
#include "ricci/model_text.h"

#include <algorithm>

#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ir/base/error.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"
#include "runtime/file/files.h"

namespace ricci {
namespace {

constexpr std::int64_t kMostBytes = std::int64_t{1} << 28;  // bytes of a text; LeNet-5's has some ten thousand

Optimizer optimizer_of(const ir::Training& training) {
    Optimizer made;
    made.name = training.optimizer;
    made.options = training.options;
    for (const ir::ParameterGroup& group : training.groups) made.groups.push_back({group.part, group.settings});
    if (training.rule) {
        made.settings = training.rule->settings;
        for (const ir::RuleLine& line : training.rule->lines) made.lines.push_back({line.text, line.location});
    }
    if (training.schedule) {
        made.rate_schedule = training.schedule->name;
        made.schedule_settings = training.schedule->settings;
    }
    return made;
}

/// The output called "loss", else the value of that name, else -1.
ir::ValueId loss_of(const ir::Graph& graph) {
    const auto output = std::ranges::find(graph.outputs, "loss", &ir::Output::name);
    return output != graph.outputs.end() ? output->value : graph.find("loss");
}

}  // namespace

ModelText parse_model(std::string_view text, std::string_view file) {
    ir::Graph graph = ir::parse(text, file);
    if (const std::vector<ir::Violation> broken = ir::violations(graph); !broken.empty()) {
        const std::string prefix = broken[0].location.prefix();
        user_error("{}{}", prefix.empty() ? fmt::format("{}: ", file) : prefix, broken[0].text);
    }
    if (graph.stage != ir::Stage::model) {
        user_error("{}: this text is at stage {}, but a model is one of stage model; later stages run with `ricci run`", file,
                   name_of(graph.stage));
    }
    const std::optional<ir::Training> training = graph.training;
    const ir::ValueId loss = training ? training->loss : loss_of(graph);
    graph.training.reset();
    graph.gradients.clear();
    const std::string name(graph.name.empty() ? "model" : graph.name);
    ModelText read{.model = Model(name)};
    const std::shared_ptr<detail::ModelState>& state = detail::Internals::state(read.model);
    state->graph = std::move(graph);
    state->graph.name = name;
    if (loss >= 0) read.loss = detail::tensor_of(state, loss);
    if (training) read.optimizer = optimizer_of(*training);
    return read;
}

ModelText read_model(const std::filesystem::path& file) {
    const std::vector<std::byte> bytes = runtime::read_file(file, kMostBytes);
    return parse_model({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file.string());
}

}  // namespace ricci
