// Two calls in the same memory, and an exact comparison.
#include "tests/frontend/poisoned.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <stdexcept>

#include "codegen/compile.h"
#include "tests/frontend/compiled.h"

namespace ricci::testing {
namespace {

constexpr int kGarbage = 0x5a;

void poison(runtime::Buffer& buffer) {
    if (buffer.spec().dtype == f32) {
        std::ranges::fill(buffer.span<float>(), std::numeric_limits<float>::quiet_NaN());
    } else if (buffer.spec().dtype == f64) {
        std::ranges::fill(buffer.span<double>(), std::numeric_limits<double>::quiet_NaN());
    } else {
        std::memset(buffer.data(), buffer.spec().dtype == boolean ? 1 : kGarbage,
                    static_cast<std::size_t>(buffer.bytes()));
    }
}

/// The bytes between the end of a small buffer and the end of its last line, which are the buffer's own.
std::span<std::byte> slack(const runtime::Buffer& buffer) {
    auto* end = static_cast<std::byte*>(const_cast<void*>(buffer.data())) + buffer.bytes();
    const std::int64_t bytes = buffer.bytes() > 0 ? (64 - buffer.bytes() % 64) % 64 : 0;
    return {end, static_cast<std::size_t>(bytes)};
}

std::string array_difference(const std::string& name, const ir::Array& expected, const ir::Array& got) {
    if (expected.extents != got.extents) return fmt::format("{} has other extents", name);
    for (std::size_t i = 0; i < expected.elements.size(); ++i) {
        const double a = expected.elements[i];
        const double b = got.elements[i];
        if (a == b || (std::isnan(a) && std::isnan(b))) continue;
        return fmt::format("{}: element {} of {} is {}, expected {}", name, i, expected.elements.size(), b, a);
    }
    return "";
}

}  // namespace

CallResults run_poisoned(const ir::Graph& planned, const ir::Arrays& given, int threads,
                         const codegen::Target& target) {
    runtime::Executable program = codegen::compile(planned, {.target = target, .threads = 1});
    runtime::ThreadTeam team(threads);
    CallResults results;
    for (const bool garbage : {true, false}) {
        std::vector<runtime::Buffer> inputs;
        for (const ir::Value& value : planned.values) {
            if (value.role == ir::Role::temporary) continue;
            runtime::Buffer buffer = to_buffer(value.name, value.type, given.at(value.name));
            if (garbage) poison(buffer);
            if (value.role == ir::Role::input) {
                inputs.push_back(std::move(buffer));
            } else {
                program.attach(value.name, std::make_shared<runtime::Buffer>(std::move(buffer)));
            }
        }
        std::vector<runtime::Binding> bindings;
        for (const runtime::Buffer& input : inputs) bindings.push_back(runtime::Binding::of(input.spec().name, input));
        const auto outputs = program.run(bindings, team);
        for (const runtime::Buffer* output : outputs) {
            if (garbage) {
                poison(const_cast<runtime::Buffer&>(*output));
                std::ranges::fill(slack(*output), std::byte{kGarbage});
            } else {
                const bool kept =
                    std::ranges::all_of(slack(*output), [](std::byte b) { return b == std::byte{kGarbage}; });
                if (!kept) throw std::runtime_error("written behind the end of " + output->spec().describe());
                results.outputs.emplace_back(output->spec().name, to_array(*output));
            }
        }
    }
    for (const ir::Update& update : planned.updates) {
        const std::string& name = planned.value(update.target).name;
        results.updated[name] = to_array(*program.attached(name));
    }
    return results;
}

CallResults run_interpreter(const ir::Graph& graph, const ir::Arrays& given) {
    ir::Graph renamed = graph;
    for (std::size_t i = 0; i < renamed.outputs.size(); ++i) renamed.outputs[i].name = fmt::format("output {}", i);
    const ir::Arrays all = ir::interpret(renamed, given);
    CallResults results;
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
        results.outputs.emplace_back(graph.outputs[i].name, all.at(renamed.outputs[i].name));
    }
    for (const ir::Update& update : graph.updates) {
        const std::string& name = graph.value(update.target).name;
        results.updated[name] = all.at(name);
    }
    return results;
}

std::string first_difference(const CallResults& expected, const CallResults& got) {
    if (expected.outputs.size() != got.outputs.size()) {
        return fmt::format("{} outputs, expected {}", got.outputs.size(), expected.outputs.size());
    }
    for (std::size_t i = 0; i < expected.outputs.size(); ++i) {
        const auto& [name, array] = expected.outputs[i];
        if (got.outputs[i].first != name) {
            return fmt::format("output {} is {}, expected {}", i, got.outputs[i].first, name);
        }
        std::string apart = array_difference("output " + name, array, got.outputs[i].second);
        if (!apart.empty()) return apart;
    }
    for (const auto& [name, array] : expected.updated) {
        const auto found = got.updated.find(name);
        if (found == got.updated.end()) return name + " is not updated";
        std::string apart = array_difference("updated " + name, array, found->second);
        if (!apart.empty()) return apart;
    }
    return "";
}

}  // namespace ricci::testing
