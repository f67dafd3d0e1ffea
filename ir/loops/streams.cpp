// Reads, writes and indices of an equation as its loops need them.
#include "ir/loops/streams.h"

#include <algorithm>

#include "ir/analysis/coverage.h"

namespace ricci::ir {

namespace {

/// True when the access may leave that axis of the tensor as it lies in memory.
bool leaves(const Graph& graph, const Equation& equation, const Affine& at, const Axis& axis) {
    const std::int64_t samples = equation.tile < 0 ? 0 : graph.tiles[equation.tile].samples;
    return !stays_inside(at, equation.extents(), axis, samples);
}

}  // namespace

IdVector<IndexId, bool> watched_indices(const Graph& graph, const Equation& equation) {
    IdVector<IndexId, bool> watched(equation.indices.size(), false);
    auto watch = [&](const Affine& at) {
        for (const Affine::Term& term : at.terms) watched[term.index] = true;
    };
    auto watch_axes = [&](const std::vector<Affine>& at, const TensorType& type) {
        for (std::size_t axis = 0; axis < at.size(); ++axis) {
            if (leaves(graph, equation, at[axis], type.axes[axis])) watch(at[axis]);
        }
    };
    if (equation.clipped) watch_axes(equation.left, graph.value(equation.result).type);
    walk(equation.body, [&](const Expr& node) {
        if (node.form == Expr::Form::index) watch(node.affine);
        if (node.form == Expr::Form::access && node.access.pad) {
            watch_axes(node.access.at, graph.value(node.access.tensor).type);
        }
    });
    return watched;
}

std::vector<const Access*> different_reads(const Equation& equation) {
    std::vector<const Access*> reads;
    for (const Access* access : accesses(equation.body)) {
        if (std::ranges::none_of(reads, [&](const Access* other) { return *other == *access; }))
            reads.push_back(access);
    }
    return reads;
}

Stream stream_of(ValueId value, const std::vector<Affine>& at, bool guarded, const Graph& graph,
                 const Equation& equation, const IdVector<LevelId, Level>& levels) {
    const TensorType& type = graph.value(value).type;
    const Address place = address(type, at, equation.indices.size());
    Stream stream{value, place.offset, {}, {}};
    for (const Level& level : levels) {
        const bool stays = level.indices.empty();
        stream.strides.push_back(stays ? Size{} : place.strides[level.indices.back()]);
    }
    if (!guarded) return stream;
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
        if (!leaves(graph, equation, at[axis], type.axes[axis])) continue;
        Guard guard{at[axis].offset, {}, Size::of(type.axes[axis].extent)};
        for (const Level& level : levels) {
            guard.coefficients.push_back(level.indices.empty() ? 0 : at[axis].coefficient(level.indices.back()));
        }
        stream.guards.push_back(std::move(guard));
    }
    return stream;
}

bool is_uniform(const Stream& stream, LevelId level) {
    return stream.strides[level] == Size{0, 0};
}

bool is_contiguous(const Stream& stream, LevelId level) {
    return stream.strides[level] == Size{1, 0};
}

}  // namespace ricci::ir
