// Every number of a machine is there, by its name, and nothing else is: a file that was mistyped is refused.
#include "frontend/cli/machine_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "ir/base/error.h"
#include "runtime/file/files.h"

namespace ricci::cli {
namespace {

constexpr std::string_view kFormat = "ricci machine 1";
constexpr std::int64_t kMostBytes = std::int64_t{1} << 20;
constexpr double kLargest = 1e18;  // largest number of a file: whole ones fit in 64 bits

using nlohmann::ordered_json;

void check_names(const std::string& file, const ordered_json& numbers) {
    std::vector<std::string_view> known;
    for (const passes::MachineField& field : passes::machine_fields()) known.push_back(field.name);
    for (const auto& [name, number] : numbers.items()) {
        if (std::ranges::find(known, name) != known.end()) continue;
        const std::string_view near = nearest(name, known);
        user_error("{}: unknown number \"{}\"{}", file, name,
                   near.empty() ? "; ricci bench machine --save writes all that there are"
                                : fmt::format("; did you mean {}?", near));
    }
}

double number_of(const std::string& file, const ordered_json& numbers, const passes::MachineField& field) {
    const auto found = numbers.find(field.name);
    if (found == numbers.end()) {
        user_error("{}: {} is missing; ricci bench machine --save writes all numbers", file, field.name);
    }
    const double value = found->is_number() ? found->get<double>() : 0;
    const bool whole = !field.is_whole() || value == std::floor(value);
    if (!(value > 0) || value > kLargest || !whole) {
        user_error("{}: {} is {}; it is a {} above 0 and at most {:g}", file, field.name, found->dump(),
                   field.is_whole() ? "whole number" : "number", kLargest);
    }
    return value;
}

}  // namespace

void declare_machine(Options& options, std::string& file) {
    options.text("--machine", "FILE", file,
                 "what the cost models count with, as ricci bench machine --save wrote it; without it, a table by CPU");
}

std::optional<passes::Machine> machine_of_file(const std::string& file) {
    if (file.empty()) return std::nullopt;
    const std::vector<std::byte> bytes = runtime::read_file(file, kMostBytes);
    const auto* text = reinterpret_cast<const char*>(bytes.data());
    const ordered_json json = ordered_json::parse(text, text + bytes.size(), nullptr, /*allow_exceptions=*/false);
    const bool is_machine = json.is_object() && json.contains("format") && json["format"] == kFormat &&
                            json.contains("name") && json["name"].is_string() && json.contains("machine") &&
                            json["machine"].is_object();
    if (!is_machine) {
        user_error("{}: it is no machine in JSON of the format \"{}\"; ricci bench machine --save writes one", file,
                   kFormat);
    }
    check_names(file, json["machine"]);
    passes::Machine machine;
    machine.name = json["name"].get<std::string>();
    for (const passes::MachineField& field : passes::machine_fields())
        field.set(machine, number_of(file, json["machine"], field));
    return machine;
}

ordered_json json_of(const passes::Machine& machine, ordered_json measured) {
    ordered_json numbers = ordered_json::object();
    for (const passes::MachineField& field : passes::machine_fields()) {
        const double value = field.get(machine);
        if (field.is_whole()) {
            numbers[std::string(field.name)] = static_cast<std::int64_t>(value);
        } else {
            numbers[std::string(field.name)] = value;
        }
    }
    return {{"format", kFormat}, {"name", machine.name}, {"machine", numbers}, {"measured", std::move(measured)}};
}

}  // namespace ricci::cli
