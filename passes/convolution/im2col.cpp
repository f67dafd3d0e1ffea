// Orders the axes of patches, then writes the copies and the product.
#include "passes/convolution/im2col.h"

#include <algorithm>

#include "ir/analysis/gemm_form.h"
#include "ir/analysis/substitution.h"
#include "passes/build.h"

namespace ricci::passes {
namespace {

using namespace ir;

using Direction = ConvolutionDirection;

/// Writes the equations of one convolution in place of it.
class Lowering {
  public:
    Lowering(Graph& graph, const Equation& equation, const Convolution& convolution)
        : graph_(graph), equation_(equation), c_(convolution) {}

    bool lower();

    std::vector<Equation> equations{};  // in order
    std::string text{};

  private:
    std::vector<IndexId> patch_order() const;
    bool collapses_in(const std::vector<IndexId>& order, const ConvolutionOperand& operand) const;
    TensorType patch_type(const std::vector<IndexId>& order) const;
    Equation over(ValueId result, std::vector<Affine> left, ExprRef body, Reduce reduce, Copy copy) const;
    std::vector<std::size_t> packed_axes() const;
    Equation repack(ValueId from, ValueId to, const std::vector<std::size_t>& axes, bool back) const;
    ExprRef replaced(const ExprRef& body, const ConvolutionOperand& operand, ValueId by, std::vector<Affine> at) const;

    const std::string& name() const { return graph_.value(equation_.result).name; }
    const Index& index(IndexId i) const { return equation_.indices[i]; }

    Graph& graph_;
    const Equation& equation_;
    const Convolution& c_;
};

/// The axes of the image, the channel axis replaced by groups, channels and taps; channels stay last where they are.
std::vector<IndexId> Lowering::patch_order() const {
    const TensorType& type = graph_.value(c_.image.tensor).type;
    std::vector<IndexId> order;
    for (std::size_t axis = 0; axis < c_.image.at.size(); ++axis) {
        if (type.axes[axis].kind == kinds::channel()) {
            bool last = axis + 1 == c_.image.at.size();
            for (const auto* part : {&c_.groups, last ? &c_.taps : &c_.channels, last ? &c_.channels : &c_.taps}) {
                order.insert(order.end(), part->begin(), part->end());
            }
            continue;
        }
        for (const Affine::Term& term : c_.image.at[axis].terms) {
            if (!uses(c_.kernel.at, term.index)) order.push_back(term.index);
        }
    }
    return order;
}

/// True when the contracted indices, in the order of the patches, are one dimension of the kernel.
bool Lowering::collapses_in(const std::vector<IndexId>& order, const ConvolutionOperand& operand) const {
    Address flat = address(graph_.value(operand.tensor).type, operand.at, equation_.indices.size());
    std::optional<Size> row;  // what the next index outwards must step by
    for (std::size_t i = order.size(); i-- > 0;) {
        bool contracted = std::ranges::find(c_.channels, order[i]) != c_.channels.end() ||
                          std::ranges::find(c_.taps, order[i]) != c_.taps.end();
        if (!contracted || index(order[i]).extent == 1) continue;
        Size step = flat.strides[order[i]];
        if (row && step != *row) return false;
        row = product(step, Size::of(index(order[i]).extent));
    }
    return true;
}

TensorType Lowering::patch_type(const std::vector<IndexId>& order) const {
    TensorType type{graph_.value(c_.image.tensor).type.dtype, {}};
    for (IndexId i : order) type.axes.push_back({index(i).kind, index(i).extent});
    return type;
}

/// An equation over those indices of the convolution that `left` and `body` use.
Equation Lowering::over(ValueId result, std::vector<Affine> left, ExprRef body, Reduce reduce, Copy copy) const {
    IdVector<IndexId, bool> used(equation_.indices.size(), false);
    auto mark = [&](const std::vector<Affine>& at) {
        for (const Affine& a : at) {
            for (const Affine::Term& term : a.terms) used[term.index] = true;
        }
    };
    mark(left);
    for (const Access* access : accesses(body)) mark(access->at);
    Equation made{.result = result,
                  .indices = equation_.indices,
                  .left = std::move(left),
                  .clipped = false,
                  .reduce = reduce,
                  .body = std::move(body),
                  .schedule = copy == Copy::none ? Schedule{} : Schedule::of(copy),
                  .location = equation_.location};
    std::vector<IndexId> order;
    for (std::size_t i = 0; i < used.size(); ++i) {
        if (used[i]) order.push_back(static_cast<IndexId>(i));
    }
    select_indices(made, order);
    order_indices(made);
    return made;
}

/// The axes of the kernel with the contracted ones last, in the order of the patches.
std::vector<std::size_t> Lowering::packed_axes() const {
    std::vector<std::size_t> axes;
    std::vector<std::size_t> contracted;
    for (std::size_t axis = 0; axis < c_.kernel.at.size(); ++axis) {
        bool kept = std::ranges::all_of(c_.kernel.at[axis].terms,
                                        [&](const Affine::Term& term) { return uses(c_.result.at, term.index); });
        if (kept) axes.push_back(axis);
    }
    for (IndexId i : patch_order()) {
        for (std::size_t axis = 0; axis < c_.kernel.at.size(); ++axis) {
            if (c_.kernel.at[axis].uses(i) && std::ranges::find(axes, axis) == axes.end()) axes.push_back(axis);
        }
    }
    return axes;
}

/// A copy between the kernel's own order and the packed one, packed axis n being the kernel's axis axes[n].
Equation Lowering::repack(ValueId from, ValueId to, const std::vector<std::size_t>& axes, bool back) const {
    Equation copy = pointwise(graph_, to);
    std::vector<Affine> at(axes.size());
    for (std::size_t n = 0; n < axes.size(); ++n) {
        IndexId own = static_cast<IndexId>(back ? axes[n] : n);
        at[back ? n : axes[n]] = Affine::of(own);
    }
    copy.body = read(graph_, from, std::move(at));
    copy.schedule = Schedule::of(Copy::repack);
    copy.location = equation_.location;
    return copy;
}

ExprRef Lowering::replaced(const ExprRef& body, const ConvolutionOperand& operand, ValueId by,
                           std::vector<Affine> at) const {
    return rewrite(
        body, [&](const ExprRef& node) -> ExprRef { return node == operand.access ? read(graph_, by, at) : nullptr; });
}

bool Lowering::lower() {
    const std::vector<IndexId> order = patch_order();
    std::vector<Affine> patch_at;
    for (IndexId i : order) patch_at.push_back(Affine::of(i));
    TensorType type = patch_type(order);
    const std::int64_t bytes = type.count() * static_cast<std::int64_t>(size_of(type.dtype));
    const bool open = type.is_open();
    ValueId patches =
        graph_.add({.name = name() + ".patches", .type = std::move(type), .location = equation_.location});

    ExprRef body = equation_.body;
    if (c_.direction != Direction::input_gradient) {
        equations.push_back(over(patches, patch_at, c_.image.access, Reduce::none, Copy::im2col));
        body = replaced(body, c_.image, patches, patch_at);
    }

    std::vector<std::size_t> axes = packed_axes();
    const bool pack = !collapses_in(order, c_.kernel);
    ValueId packed = -1;
    std::vector<Affine> packed_at;
    if (pack) {
        const Value& kernel = graph_.value(c_.kernel.tensor);
        TensorType packed_type{kernel.type.dtype, {}};
        for (std::size_t axis : axes) {
            packed_type.axes.push_back(kernel.type.axes[axis]);
            packed_at.push_back(c_.kernel.at[axis]);
        }
        std::string packed_name = kernel.name + ".packed";
        packed = graph_.add({.name = packed_name, .type = packed_type, .location = equation_.location});
        if (c_.kernel.access) {
            equations.push_back(repack(c_.kernel.tensor, packed, axes, false));
            body = replaced(body, c_.kernel, packed, packed_at);
        }
    }

    switch (c_.direction) {
        case Direction::forward:
            equations.push_back(over(equation_.result, equation_.left, body, Reduce::sum, Copy::none));
            break;
        case Direction::kernel_gradient:
            equations.push_back(
                over(pack ? packed : equation_.result, pack ? packed_at : equation_.left, body, Reduce::sum, Copy::none));
            break;
        case Direction::input_gradient:
            equations.push_back(over(patches, patch_at, body, Reduce::sum, Copy::none));
            break;
    }
    std::optional<GemmForm> form = gemm_form(graph_, equations.back());
    if (!form && multiplies_matrices(equations.back())) return false;
    if (c_.direction == Direction::kernel_gradient && pack) {
        equations.push_back(repack(packed, equation_.result, axes, true));
    }
    if (c_.direction == Direction::input_gradient) {
        equations.push_back(
            over(equation_.result, equation_.left, read(graph_, patches, patch_at), Reduce::sum, Copy::col2im));
        equations.back().clipped = equation_.clipped;
    }
    text = fmt::format("im2col, patches of {} bytes{}, {}{}", bytes, open ? " per sample" : "",
                       form ? size_text(*form) : "no matrices", pack ? ", kernel repacked" : "");
    return true;
}

}  // namespace

std::optional<Im2col> im2col(Graph& graph, const Equation& equation, const Convolution& convolution) {
    Lowering lowering(graph, equation, convolution);
    if (!lowering.lower()) return std::nullopt;
    return Im2col{std::move(lowering.equations), std::move(lowering.text)};
}

}  // namespace ricci::passes
