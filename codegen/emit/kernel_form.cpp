// The form of a kernel: its equations over numbered values, and all that emission asks about a value.
#include "codegen/emit/kernel_form.h"

#include <algorithm>
#include <map>

#include "ir/print/print.h"
#include "ir/print/print_loops.h"

namespace ricci::codegen {
namespace {

/// Prints kernels with v0, v1, ... for the values they use.
class Forms {
  public:
    explicit Forms(const ir::Graph& graph) : graph_(graph), readers_(graph.readers()) {
        for (const ir::Output& output : graph.outputs) outputs_.push_back(output.value);
    }

    std::string form(const ir::KernelSource& source) {
        const std::vector<ir::ValueId> values = values_of(source);
        std::vector<std::string> names;
        for (std::size_t i = 0; i < values.size(); ++i) {
            names.push_back(std::exchange(graph_.value(values[i]).name, fmt::format("v{}", i)));
        }
        std::string text = fmt::format("{} samples\n", ir::samples_of(graph_, source));
        for (const std::string& loop : source.group->loops) text += loop + "\n";
        text += source.group->split + "\n";
        for (const ir::LoopNest& nest : source.group->nests) text += ir::print(graph_, nest);
        for (const ir::Equation* equation : source.equations) text += ir::print(graph_, *equation) + "\n";
        std::map<ir::ValueId, std::size_t> storages;  // values in one storage may overlap
        for (const ir::ValueId id : values) {
            const std::size_t storage = storages.try_emplace(storage_of(id), storages.size()).first->second;
            text += value_form(id) + fmt::format(" in {}\n", storage);
        }
        for (std::size_t i = 0; i < values.size(); ++i) graph_.value(values[i]).name = std::move(names[i]);
        return text;
    }

  private:
    std::string value_form(ir::ValueId id) const {
        const ir::Value& value = graph_.value(id);
        const bool output = std::ranges::find(outputs_, id) != outputs_.end();
        return fmt::format("{} {} {}{} read by {}", ir::to_string(value.type), ir::name_of(value.role),
                           value.placement ? ir::name_of(value.placement->scope) : "unplaced", output ? " output" : "",
                           readers_[id].size());
    }

    ir::ValueId storage_of(ir::ValueId id) const {
        while (graph_.value(id).placement && graph_.value(id).placement->shares >= 0)
            id = graph_.value(id).placement->shares;
        return id;
    }

    ir::Graph graph_;  // a copy, whose values are renamed for a moment
    ir::IdVector<ir::ValueId, std::vector<ir::EquationId>> readers_;
    std::vector<ir::ValueId> outputs_;
};

}  // namespace

std::vector<ir::ValueId> values_of(const ir::KernelSource& source) {
    std::vector<ir::ValueId> values;
    const auto add = [&](ir::ValueId id) {
        if (std::ranges::find(values, id) == values.end() && !ir::holds_in_registers(source, id)) values.push_back(id);
    };
    for (const ir::Equation* equation : source.equations) {
        add(equation->result);
        for (const ir::Access* access : ir::accesses(equation->body)) add(access->tensor);
    }
    return values;
}

std::vector<std::size_t> first_alike(const ir::Graph& graph, std::span<const ir::KernelSource* const> kernels) {
    Forms forms(graph);
    std::map<std::string, std::size_t> seen;
    std::vector<std::size_t> first;
    for (std::size_t i = 0; i < kernels.size(); ++i)
        first.push_back(seen.try_emplace(forms.form(*kernels[i]), i).first->second);
    return first;
}

}  // namespace ricci::codegen
