// The two levels of a copy that a block is turned over along.
#include "ir/loops/transpose.h"

#include <algorithm>

#include "ir/base/error.h"
#include "ir/loops/contraction.h"

namespace ricci::ir {
namespace {

constexpr Size kOne{1, 0};
constexpr Size kNone{0, 0};

}  // namespace

std::string_view why_no_transpose(const Graph& graph, const Nest& nest) {
    const Equation& equation = *nest.equation;
    if (equation.reduce != Reduce::none || nest.accumulates) return "it is a reduction";
    if (equation.body->form != Expr::Form::access || nest.reads.size() != 1) return "it is no copy";
    if (!nest.reads[0].guards.empty() || !nest.left.guards.empty()) return "it is padded or clipped";
    if (size_of(graph.value(nest.reads[0].value).type.dtype) < 4) return "its elements are of less than four bytes";
    return "";
}

bool is_row(const Nest& nest, LevelId level) {
    const Stream& source = nest.reads[0];
    return nest.left.strides[level] == kOne && source.strides[level] != kOne && source.strides[level] != kNone;
}

bool is_column(const Nest& nest, LevelId level) {
    return nest.reads[0].strides[level] == kOne && nest.left.strides[level] != kOne;
}

Transpose transpose_of(const Graph& graph, const Nest& nest, const LoopNest& text) {
    if (const std::string_view why = why_no_transpose(graph, nest); !why.empty())
        user_error("it is not transposed in registers: {}", why);
    if (text.inner.size() != 2) user_error("a transpose is over two loops, rows and columns");
    Transpose plan;
    plan.row = level_of(nest, text.inner[0]);
    plan.column = level_of(nest, text.inner[1]);
    plan.lanes = text.lanes;
    if (!is_row(nest, plan.row)) user_error("the result does not lie along {}", nest.name_of(plan.row));
    if (!is_column(nest, plan.column)) user_error("what is copied does not lie along {}", nest.name_of(plan.column));
    const auto lanes = static_cast<std::int64_t>(text.lanes) *
                       static_cast<std::int64_t>(size_of(graph.value(nest.reads[0].value).type.dtype));
    if (lanes != 32 && lanes != 64)
        user_error("blocks of {} are rows of {} bytes; they are of 32 or of 64", text.lanes, lanes);
    for (const Loop& loop : text.outer) {
        const LevelId level = level_of(nest, loop);
        if (loop.by > 1 || loop.unrolled || loop.vector)
            user_error("loop {} around a transpose goes by 1, is not unrolled and no vector", nest.name_of(level));
        plan.outer.push_back(level);
    }
    for (const Loop& loop : text.inner) {
        if (loop.by > 1 || loop.unrolled || loop.vector)
            user_error("loop {} of a transpose goes by blocks", nest.name_of(level_of(nest, loop)));
    }
    return plan;
}

}  // namespace ricci::ir
