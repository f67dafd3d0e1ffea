// Finds an index among the loops, the rows and the columns of a product.
#include "ir/loops/call_split.h"

#include <span>
#include <vector>

namespace ricci::ir {
namespace {

/// Points of all indices of a dimension but its outermost one.
std::optional<Size> inner_points(const Equation& equation, const std::vector<IndexId>& dimension) {
    std::optional<Size> points = Size{1, 0};
    for (const IndexId index : std::span(dimension).subspan(1)) {
        points = product(*points, Size::of(equation.indices[index].extent));
        if (!points) return std::nullopt;
    }
    return points;
}

}  // namespace

std::optional<CallSplit> call_split(const GemmForm& form, const Equation& equation, IndexId index) {
    if (index < 0) return std::nullopt;
    const std::int64_t extent = equation.indices[index].extent;
    if (!form.parallel.empty() && form.parallel[0].index == index)
        return CallSplit{.of = CallSplit::Of::loop, .extent = extent};
    const bool row = !form.m.empty() && form.m[0] == index;
    if (!row && (form.n.empty() || form.n[0] != index)) return std::nullopt;
    const std::optional<Size> inner = inner_points(equation, row ? form.m : form.n);
    if (!inner) return std::nullopt;
    return CallSplit{.of = row ? CallSplit::Of::rows : CallSplit::Of::columns, .extent = extent, .inner = *inner};
}

}  // namespace ricci::ir
