// Writes a training's tensors and its position into one file, and reads them back.
#include "frontend/train/checkpoint.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <system_error>

#include "frontend/program/internals.h"
#include "ir/base/error.h"
#include "runtime/base/text.h"
#include "runtime/file/files.h"
#include "runtime/file/safetensors.h"

namespace ricci {
namespace {

using detail::Internals;
using detail::TrainingPosition;
using detail::TrainingTerms;
using nlohmann::json;
namespace fs = std::filesystem;

// Entries of the metadata.
constexpr const char* kPosition = "training_position";
constexpr const char* kTerms = "training_terms";

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kEnding = ".safetensors";

/// "step-000001234.safetensors": the order of the names is that of the numbers.
std::string name_of(std::int64_t batches) {
    return fmt::format("{}{:09}{}", kPrefix, batches, kEnding);
}

bool is_checkpoint(const std::string& name) {
    if (!name.starts_with(kPrefix) || !name.ends_with(kEnding) || name.size() <= kPrefix.size() + kEnding.size()) return false;
    const std::string digits = name.substr(kPrefix.size(), name.size() - kPrefix.size() - kEnding.size());
    return digits.find_first_not_of("0123456789") == std::string::npos;
}

/// Those of the folder, the oldest first. Longer numbers are larger ones.
std::vector<fs::path> checkpoints_in(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code failed;
    fs::directory_iterator entries(folder, failed);
    if (failed) user_error("cannot read {}: {}", folder.string(), failed.message());
    for (const fs::directory_entry& entry : entries) {
        if (is_checkpoint(entry.path().filename().string())) found.push_back(entry.path());
    }
    std::ranges::sort(found, {}, [](const fs::path& path) {
        const std::string name = path.filename().string();
        return std::pair(name.size(), name);
    });
    return found;
}

/// A number that may be nan or infinite, which JSON has not.
json number(double value) {
    return std::isfinite(value) ? json(value) : json(fmt::format("{}", value));
}
double number_of(const json& value) {
    if (value.is_number()) return value.get<double>();
    const std::string text = value.get<std::string>();
    if (text == "inf" || text == "-inf") return (text == "inf" ? 1 : -1) * std::numeric_limits<double>::infinity();
    return std::numeric_limits<double>::quiet_NaN();
}

json text_of(const EpochReport& report) {
    json metrics = json::array();
    for (const auto& [name, value] : report.metrics) metrics.push_back({name, number(value)});
    return {{"epoch", report.epoch},          {"loss", number(report.loss)},
            {"seconds", report.seconds},      {"test_accuracy", number(report.test_accuracy)},
            {"test_loss", number(report.test_loss)}, {"images_per_second", report.images_per_second},
            {"metrics", metrics}};
}

EpochReport report_of(const json& text) {
    EpochReport report{.epoch = text.at("epoch").get<std::int64_t>(),
                       .loss = number_of(text.at("loss")),
                       .test_accuracy = number_of(text.at("test_accuracy")),
                       .seconds = number_of(text.at("seconds")),
                       .images_per_second = number_of(text.at("images_per_second")),
                       .test_loss = number_of(text.at("test_loss"))};
    for (const json& metric : text.at("metrics")) report.metrics.emplace_back(metric.at(0).get<std::string>(), number_of(metric.at(1)));
    return report;
}

std::string text_of(const TrainingPosition& position) {
    json metrics = json::array(), reports = json::array();
    for (const double sum : position.metrics) metrics.push_back(number(sum));
    for (const EpochReport& report : position.reports) reports.push_back(text_of(report));
    return json{{"epoch", position.epoch},
                {"batch", position.batch},
                {"samples", position.samples},
                {"loss", number(position.loss)},
                {"metrics", metrics},
                {"seconds", position.seconds},
                {"best", number(position.best)},
                {"since_best", position.since_best},
                {"reports", reports}}
        .dump(-1, ' ', false, json::error_handler_t::replace);  // a metric may have any name
}

TrainingPosition position_of(const json& text) {
    TrainingPosition position{.epoch = text.at("epoch").get<std::int64_t>(),
                              .batch = text.at("batch").get<std::int64_t>(),
                              .samples = text.at("samples").get<std::int64_t>(),
                              .loss = number_of(text.at("loss")),
                              .seconds = number_of(text.at("seconds")),
                              .best = number_of(text.at("best")),
                              .since_best = text.at("since_best").get<std::int64_t>()};
    for (const json& sum : text.at("metrics")) position.metrics.push_back(number_of(sum));
    for (const json& report : text.at("reports")) position.reports.push_back(report_of(report));
    if (position.epoch < 1 || position.batch < 0 || position.samples < 0) throw std::out_of_range("position");
    return position;
}

/// What stands in that entry of the metadata.
template <typename Read>
auto read_entry(const fs::path& file, const runtime::Safetensors& from, const char* entry, const Read& read) {
    const auto found = from.metadata.find(entry);
    if (found == from.metadata.end()) {
        user_error(
            "{} is no checkpoint: it has weights, but no {}; --weights begins a training with "
            "these, in C++ Parameters::load()",
            file.string(), entry);
    }
    try {
        return read(json::parse(found->second));
    } catch (const std::exception&) {
        user_error("{}: {} of the header is damaged", file.string(), entry);
    }
}

/// Texts of several lines are told apart by the first line that is another one.
void check_terms(const fs::path& file, const TrainingTerms& found, const TrainingTerms& wanted) {
    for (const auto& [name, value] : wanted) {
        const auto of_file = found.find(name);
        const std::string before = of_file == found.end() ? "none" : of_file->second;
        if (before == value) continue;
        const std::vector<std::string> old_lines = runtime::lines_of(before), new_lines = runtime::lines_of(value);
        if (old_lines.size() <= 1 || new_lines.size() <= 1)
            user_error("{} was made with {} {}, but now it is {}", file.string(), name, before, value);
        const auto [old_line, new_line] = std::ranges::mismatch(old_lines, new_lines);
        user_error("{} was made with another {}: it had \"{}\", but now it is \"{}\"", file.string(), name,
                   old_line == old_lines.end() ? "" : *old_line, new_line == new_lines.end() ? "" : *new_line);
    }
}

/// "f32[feature 2]", without the name.
std::string type_of(const runtime::BufferSpec& spec) { return spec.describe().substr(spec.name.size() + 2); }

using Pairs = std::vector<std::pair<const runtime::Buffer*, runtime::Buffer*>>;

/// The buffers of the model, or those of its optimizer, and the file's tensors for them.
/// \throws UserError naming the first tensor that differs.
Pairs pairs_of(const fs::path& file, const runtime::Safetensors& from, const Function& step, bool of_optimizer) {
    Pairs pairs;
    for (const auto& own : Internals::tensors(step.parameters())) {
        if (own.of_optimizer != of_optimizer) continue;
        const runtime::BufferSpec& wanted = own.buffer->spec();
        const auto found = std::ranges::find(from.tensors, own.name, [](const auto& tensor) { return tensor.spec().name; });
        if (found == from.tensors.end()) {
            user_error("{} is of another model: it has no tensor \"{}\", which this one has as {}", file.string(), own.name,
                       type_of(wanted));
        }
        if (found->spec().dtype != wanted.dtype || found->spec().extents != wanted.extents) {
            user_error("{} is of another model: tensor \"{}\" is {} there, but this one has {}", file.string(), own.name,
                       type_of(found->spec()), type_of(wanted));
        }
        pairs.emplace_back(&*found, Internals::shared(step.parameters(), own.name).get());
    }
    return pairs;
}

void check_nothing_is_left(const fs::path& file, const runtime::Safetensors& from, const Function& step) {
    for (const runtime::Buffer& tensor : from.tensors) {
        if (step.parameters().contains(tensor.spec().name) || tensor.spec().name.starts_with(detail::kBest)) continue;
        user_error("{} is of another model: it has a tensor {}, which this one has not", file.string(), tensor.spec().describe());
    }
}

}  // namespace

fs::path newest_checkpoint(const fs::path& folder) {
    std::error_code failed;
    if (!fs::is_directory(folder, failed)) {
        if (fs::exists(folder, failed)) return folder;
        user_error("there is no folder or file {} to resume a training from", folder.string());
    }
    const std::vector<fs::path> found = checkpoints_in(folder);
    if (found.empty()) user_error("folder {} has no checkpoint, such as {}", folder.string(), name_of(1000));
    return found.back();
}

namespace detail {

Checkpoints::Checkpoints(CheckpointOptions options, const fs::path& resumed) : options_(std::move(options)) {
    if (!is_on()) return;
    if (options_.every < 0) user_error("checkpoints: every is {}; it is at least 0, which is each epoch", options_.every);
    if (options_.keep < 1) user_error("checkpoints: keep is {}; it is at least 1", options_.keep);
    std::error_code failed;
    fs::create_directories(options_.folder, failed);
    if (failed) user_error("cannot make the folder {}: {}", options_.folder.string(), failed.message());
    const std::vector<fs::path> found = checkpoints_in(options_.folder);
    const bool same = !resumed.empty() && fs::equivalent(resumed.parent_path().empty() ? "." : resumed.parent_path(),
                                                         options_.folder, failed);
    if (!found.empty() && !same) {
        user_error("folder {} has {} of another training; resume that one, or name a new folder", options_.folder.string(),
                   found.back().filename().string());
    }
    runtime::check_writable(options_.folder / name_of(0));
}

bool Checkpoints::is_due(std::int64_t batches, bool ends_epoch) const {
    if (!is_on()) return false;
    return options_.every == 0 ? ends_epoch : !ends_epoch && batches % options_.every == 0;
}

void Checkpoints::write(std::int64_t batches, const Function& step, const Snapshot* best, const TrainingPosition& position,
                        const TrainingTerms& terms) {
    std::vector<Internals::NamedBuffer> tensors = Internals::tensors(step.parameters());
    const std::vector<runtime::Buffer> of_best = best != nullptr ? best->good() : std::vector<runtime::Buffer>();
    for (const runtime::Buffer& buffer : of_best) {
        tensors.push_back({std::string(kBest) + buffer.spec().name, &buffer, true});
    }
    std::map<std::string, std::string> metadata = step.parameters().notes();
    metadata[kPosition] = text_of(position);
    metadata[kTerms] = json(terms).dump();
    Internals::save(options_.folder / name_of(batches), tensors, metadata);
    std::vector<fs::path> found = checkpoints_in(options_.folder);
    for (std::size_t i = 0; i + static_cast<std::size_t>(options_.keep) < found.size(); ++i) {
        std::error_code ignored;  // one that stays does no harm
        fs::remove(found[i], ignored);
    }
}

TrainingPosition resume(const fs::path& file, const Function& step, Snapshot* best, const TrainingTerms& terms) {
    const runtime::Safetensors from = runtime::read_safetensors(file);
    TrainingPosition position = read_entry(file, from, kPosition, position_of);
    const auto found = read_entry(file, from, kTerms, [](const json& text) { return text.get<TrainingTerms>(); });
    Pairs pairs = pairs_of(file, from, step, false);
    check_terms(file, found, terms);
    const Pairs states = pairs_of(file, from, step, true);
    pairs.insert(pairs.end(), states.begin(), states.end());
    check_nothing_is_left(file, from, step);
    if (best != nullptr) best->put(from.tensors, kBest);
    for (const auto& [source, target] : pairs) target->copy_contents(*source);
    return position;
}

}  // namespace detail
}  // namespace ricci
