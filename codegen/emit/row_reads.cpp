// Reads rows off index expressions: kernels are split along the outermost axis of what they write, or not at all.
#include "codegen/emit/row_reads.h"

#include <algorithm>
#include <unordered_set>

#include "codegen/emit/kernel_form.h"

namespace ricci::codegen {
namespace {

using ir::Affine;

/// True when the index numbers the outermost axis and no other one.
bool numbers_rows(const std::vector<Affine>& at, ir::IndexId index) {
    return !at.empty() && at[0].bare() == index &&
           std::none_of(at.begin() + 1, at.end(), [&](const Affine& axis) { return axis.uses(index); });
}

bool reads_same_row(const ir::Graph& graph, const ir::Equation& equation, const ir::Access& access, std::int64_t rows) {
    if (rows == 1) return true;
    const ir::TensorType& type = graph.value(access.tensor).type;
    if (equation.left.empty() || type.axes.empty() || type.axes[0].extent != rows) return false;
    const ir::IndexId row = equation.left[0].bare();
    return row >= 0 && numbers_rows(equation.left, row) && numbers_rows(access.at, row);
}

}  // namespace

std::vector<ir::ValueId> written_by(const ir::KernelSource& source) {
    std::vector<ir::ValueId> written;
    const std::vector<ir::ValueId> registers = ir::held_in_registers(source);
    const std::unordered_set<ir::ValueId> held(registers.begin(), registers.end());
    for (const ir::Equation* equation : source.equations) {
        if (!held.contains(equation->result)) written.push_back(equation->result);
    }
    return written;
}

std::vector<ir::ValueId> read_by_rows(const ir::Graph& graph, const ir::KernelSource& source, std::int64_t rows) {
    std::vector<ir::ValueId> values = values_of(source);
    const std::vector<ir::ValueId> written = written_by(source);
    std::unordered_set<ir::ValueId> others(written.begin(), written.end());
    for (const ir::Equation* equation : source.equations) {
        for (const ir::Access* access : ir::accesses(equation->body)) {
            if (!reads_same_row(graph, *equation, *access, rows)) others.insert(access->tensor);
        }
    }
    std::erase_if(values, [&](ir::ValueId value) { return others.contains(value); });
    return values;
}

}  // namespace ricci::codegen
