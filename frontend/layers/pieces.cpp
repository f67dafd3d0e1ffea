// Pieces as calls of ops of the table; reshape as two equations over one axis of features.
#include "ricci/pieces.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "frontend/layers/layer_parts.h"
#include "frontend/model/attempt.h"
#include "frontend/model/internals.h"
#include "frontend/model/model_state.h"
#include "ir/elaborate/elaborate.h"
#include "ir/ops/call/instantiate.h"
#include "ricci/arithmetic.h"

namespace ricci {
namespace {

using ir::surface::IndexExpr;

Tensor along_axis(const char* op, const TensorAt& x, Kind along, std::map<std::string, double> attributes) {
    return apply(op, {x.tensor}, {.attributes = std::move(attributes), .over = along}, x.where);
}

std::map<std::string, double> sides(const Ends& added) {
    return {{"before", static_cast<double>(added.before)}, {"after", static_cast<double>(added.after)}};
}

std::string text_of(const std::vector<Axis>& axes) {
    std::vector<std::string> texts;
    for (const Axis& axis : axes) texts.push_back(to_string(axis));
    return fmt::format("[{}]", fmt::join(texts, ", "));
}

/// Elements of a sample, without the open batch.
std::int64_t count_of(const std::vector<Axis>& axes) {
    std::int64_t count = 1;
    for (const Axis& axis : axes) count *= axis.extent == kOpen ? 1 : axis.extent;
    return count;
}

bool begins_open(const std::vector<Axis>& axes) {
    return !axes.empty() && axes[0].extent == kOpen;
}

/// Indices of the axes behind the batch, as one.
IndexExpr together(const std::vector<IndexExpr>& names, std::size_t first) {
    if (names.size() == first) return {.number = 0};
    return {.form = IndexExpr::Form::tuple, .args = {names.begin() + static_cast<std::ptrdiff_t>(first), names.end()}};
}

std::vector<ir::surface::IndexDecl> declared(const std::vector<IndexExpr>& names, const std::vector<Axis>& axes) {
    std::vector<ir::surface::IndexDecl> decls;
    for (std::size_t i = 0; i < axes.size(); ++i)
        decls.push_back({.name = names[i].name, .kind = axes[i].kind, .extent = IndexExpr{.number = axes[i].extent}});
    return decls;
}

/// The op of all parts. Where it takes no such number, the joined results of pieces of them.
Tensor joined(const char* op, const std::vector<Tensor>& parts, Kind along, std::source_location where) {
    if (parts.size() <= ir::kMostOperands) return apply(op, parts, {.over = along}, where);
    const auto model = detail::common_model(op, parts, Location::of(where));
    detail::Attempt attempt(model);
    std::vector<Tensor> pieces;
    for (std::size_t begin = 0; begin < parts.size(); begin += ir::kMostOperands) {
        const std::size_t count = std::min(ir::kMostOperands, parts.size() - begin);
        const auto first = parts.begin() + static_cast<std::ptrdiff_t>(begin);
        pieces.push_back(apply(op, {first, first + static_cast<std::ptrdiff_t>(count)}, {.over = along}, where));
    }
    return attempt.keep(concat(pieces, along, where));
}

}  // namespace

Tensor concat(const std::vector<Tensor>& parts, Kind along, std::source_location where) {
    return joined("concat", parts, along, where);
}

Tensor stack(const std::vector<Tensor>& parts, Kind along, std::source_location where) {
    return joined("stack", parts, along, where);
}

std::vector<Tensor> split(TensorAt x, Kind along, const std::vector<std::int64_t>& extents) {
    const Location where = Location::of(x.where);
    const auto model = detail::common_model("split", {x.tensor}, where);
    detail::Attempt attempt(model);
    const std::int64_t extent = detail::axis_of("split", x.tensor, {along.name()}, "", where).extent;
    const std::int64_t total = std::accumulate(extents.begin(), extents.end(), std::int64_t{0});
    if (extents.empty() || total != extent) {
        user_error(where, "split: {} has {} {}, but the parts {} have {}", x.tensor.name(), along.name(), extent,
                   fmt::join(extents, " + "), total);
    }
    std::vector<Tensor> parts;
    std::int64_t start = 0;
    for (std::int64_t part : extents) {
        detail::check_at_least("split", "a part", part, 1, where);
        parts.push_back(slice(x, along, {.start = start, .stop = start + part}));
        start += part;
    }
    attempt.keep(parts[0]);
    return parts;
}

Tensor slice(TensorAt x, Kind along, const SliceOptions& options) {
    std::map<std::string, double> attributes = {{"start", static_cast<double>(options.start)},
                                                {"step", static_cast<double>(options.step)}};
    if (options.stop) attributes["stop"] = static_cast<double>(*options.stop);
    return along_axis("slice", x, along, std::move(attributes));
}

Tensor reshape(TensorAt x, const std::vector<Axis>& axes) {
    const Location where = Location::of(x.where);
    const auto model = detail::common_model("reshape", {x.tensor}, where);
    detail::Attempt attempt(model);
    const ir::TensorType type = x.tensor.type();
    detail::check_axes("reshape", axes, where);
    const bool open = begins_open(type.axes);
    const auto opens = [](const std::vector<Axis>& of) { return std::ranges::count(of, kOpen, &Axis::extent); };
    if (open != begins_open(axes) || opens(type.axes) > 1 || opens(axes) > 1 || opens(type.axes) != opens(axes)) {
        user_error(where, "reshape: {} is {} and the result would be {}; an open batch is the first axis of both",
                   x.tensor.name(), to_string(type), text_of(axes));
    }
    if (count_of(type.axes) != count_of(axes)) {
        user_error(where, "reshape: {} is {} with {} elements{}, but {} has {}", x.tensor.name(), to_string(type),
                   count_of(type.axes), open ? " a sample" : "", text_of(axes), count_of(axes));
    }
    const std::size_t first = open ? 1 : 0;
    const std::vector<IndexExpr> from = detail::index_names(type.axes);
    const std::vector<IndexExpr> to = detail::index_names(axes);
    // All elements of a sample on one axis, then on those that are asked for.
    std::vector<Axis> flat_axes = {{feature, count_of(axes)}};
    if (open) flat_axes.insert(flat_axes.begin(), axes[0]);
    const auto around = [&](const std::vector<IndexExpr>& names) {
        std::vector<IndexExpr> at = {together(names, first)};
        if (open) at.insert(at.begin(), names[0]);
        return at;
    };
    ir::surface::Equation flat{.result = model->number("flat"), .type = ir::TensorType{type.dtype, flat_axes},
                               .left = around(from), .location = where};
    flat.body = {.form = ir::surface::Expr::Form::access, .name = x.tensor.name(), .at = from};
    flat.where = declared(from, type.axes);
    ir::surface::Equation made{.result = model->number("reshape"), .type = ir::TensorType{type.dtype, axes}, .left = to,
                               .location = where};
    made.body = {.form = ir::surface::Expr::Form::access, .name = flat.result, .at = around(to)};
    made.where = declared(to, axes);
    ir::elaborate(model->graph, flat);
    return attempt.keep(detail::tensor_of(model, ir::elaborate(model->graph, made)));
}

Tensor tile(TensorAt x, Kind along, std::int64_t times) {
    return along_axis("tile", x, along, {{"times", static_cast<double>(times)}});
}
Tensor repeat(TensorAt x, Kind along, std::int64_t times) {
    return along_axis("repeat", x, along, {{"times", static_cast<double>(times)}});
}
Tensor flip(TensorAt x, Kind along) {
    return along_axis("flip", x, along, {});
}
Tensor roll(TensorAt x, Kind along, std::int64_t shift) {
    return along_axis("roll", x, along, {{"shift", static_cast<double>(shift)}});
}

Tensor pad_constant(TensorAt x, Kind along, const Ends& added, double value) {
    std::map<std::string, double> attributes = sides(added);
    attributes["value"] = value;
    return along_axis("pad_constant", x, along, std::move(attributes));
}
Tensor pad_edge(TensorAt x, Kind along, const Ends& added) {
    return along_axis("pad_edge", x, along, sides(added));
}
Tensor pad_reflect(TensorAt x, Kind along, const Ends& added) {
    return along_axis("pad_reflect", x, along, sides(added));
}

Tensor cumsum(TensorAt x, Kind along) {
    return along_axis("cumsum", x, along, {});
}

}  // namespace ricci
