// The form of a kernel: its equations over numbered values, and all that emission asks about a value.
#include "codegen/emit/kernel_form.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "ir/core/uses.h"
#include "ir/print/print.h"
#include "ir/print/print_loops.h"

namespace ricci::codegen {
namespace {

/// Prints kernels with v0, v1, ... for the values they use.
class Forms {
  public:
    explicit Forms(const ir::PlannedGraph& planned)
        : graph_(planned.graph), planned_(planned), outputs_(planned.graph.values.size(), false) {
        for (const ir::Output& output : planned.graph.outputs) outputs_[output.value] = true;
    }

    std::string form(const ir::KernelSource& source) {
        const std::vector<ir::ValueId> values = values_of(source);
        std::vector<std::string> names;
        for (std::size_t i = 0; i < values.size(); ++i) {
            names.push_back(std::exchange(graph_.value(values[i]).name, fmt::format("v{}", i)));
        }
        std::string text = fmt::format("{} samples\n", ir::samples_of(graph_, source));
        for (const std::string& loop : source.group->loops) text += loop + "\n";
        text += fmt::format("{} by {}\n", source.group->split, source.group->split_by);
        for (const ir::LoopNest& nest : source.group->nests) text += ir::print(graph_, nest);
        for (const ir::Equation* equation : source.equations) text += ir::print(graph_, *equation) + "\n";
        std::map<ir::ValueId, std::size_t> storages;  // values in one storage may overlap
        for (const ir::ValueId id : values) {
            const std::size_t storage = storages.try_emplace(planned_.storages[id], storages.size()).first->second;
            text += value_form(id) + fmt::format(" in {}\n", storage);
        }
        for (std::size_t i = 0; i < values.size(); ++i) graph_.value(values[i]).name = std::move(names[i]);
        return text;
    }

  private:
    std::string value_form(ir::ValueId id) const {
        const ir::Value& value = graph_.value(id);
        return fmt::format("{} {} {}{} read by {}", ir::to_string(value.type), ir::name_of(value.role),
                           value.placement ? ir::name_of(value.placement->scope) : "unplaced",
                           outputs_[id] ? " output" : "", planned_.uses.readers(id).size());
    }

    ir::Graph graph_;  // a copy, whose values are renamed for a moment
    const ir::PlannedGraph& planned_;
    ir::IdVector<ir::ValueId, bool> outputs_;
};

}  // namespace

std::vector<ir::ValueId> values_of(const ir::KernelSource& source) {
    std::vector<ir::ValueId> values;
    const std::vector<ir::ValueId> held = ir::held_in_registers(source);
    std::unordered_set<ir::ValueId> seen(held.begin(), held.end());
    const auto add = [&](ir::ValueId id) {
        if (seen.insert(id).second) values.push_back(id);
    };
    for (const ir::Equation* equation : source.equations) {
        add(equation->result);
        for (const ir::Access* access : ir::accesses(equation->body)) add(access->tensor);
    }
    return values;
}

std::vector<std::size_t> first_alike(const ir::PlannedGraph& planned, std::span<const ir::KernelSource* const> kernels) {
    Forms forms(planned);
    std::map<std::string, std::size_t> seen;
    std::vector<std::size_t> first;
    for (std::size_t i = 0; i < kernels.size(); ++i)
        first.push_back(seen.try_emplace(forms.form(*kernels[i]), i).first->second);
    return first;
}

}  // namespace ricci::codegen
