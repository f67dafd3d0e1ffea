// Convolutions as patches times kernels: finds the roles of operands and indices, then writes the equations.
#include "passes/lower_conv2d.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "ir/convolution_form.h"
#include "ir/gemm_form.h"
#include "passes/build.h"
#include "passes/choose_convolution.h"
#include "passes/tile_plan.h"

namespace ricci::passes {
namespace {

using namespace ir;

using Direction = ConvolutionDirection;

bool uses(const std::vector<Affine>& at, IndexId index) {
    return std::ranges::any_of(at, [&](const Affine& a) { return a.uses(index); });
}

bool has_taps(const TensorType& type) {
    return type.axis_of(kinds::tap_h()).has_value() || type.axis_of(kinds::tap_w()).has_value();
}

std::vector<ExprRef> operands_of(const ExprRef& body) {
    std::vector<ExprRef> found;
    rewrite(body, [&](const ExprRef& node) -> ExprRef {
        if (node->form == Expr::Form::access) found.push_back(node);
        return nullptr;
    });
    return found;
}

bool is_product(const ExprRef& expr) {
    if (expr->form == Expr::Form::access || expr->form == Expr::Form::constant) return true;
    bool multiplies =
        expr->form == Expr::Form::call && (expr->function == Scalar::mul || expr->function == Scalar::neg);
    return multiplies && std::ranges::all_of(expr->args, is_product);
}

/// One of the three tensors of a convolution and where it is read or written.
struct Operand {
    ValueId tensor = -1;
    std::vector<Affine> at;
    ExprRef access;  // the node of the body; null for the result
};

/// A convolution in any direction: which operand is what, and the indices by the operands that hold them.
struct Convolution {
    Direction direction;
    Operand image;                                // x or dx, read or written through the window
    Operand kernel;                               // w or dw
    Operand result;                               // y or dy
    std::vector<IndexId> groups, channels, taps;  // groups: all three; the others: image and kernel
};

/// Why an equation is no convolution that this pass knows, or the convolution.
struct Recognized {
    std::optional<Convolution> convolution;
    std::string_view why_not;
};

Recognized recognize(const Graph& graph, const Equation& equation, Direction direction) {
    std::vector<ExprRef> reads = operands_of(equation.body);
    if (equation.reduce != Reduce::sum || reads.size() != 2 || !is_product(equation.body)) {
        return {{}, "its body is not the product of two tensors"};
    }
    Operand left{equation.result, equation.left, nullptr};
    Operand a{reads[0]->access.tensor, reads[0]->access.at, reads[0]};
    Operand b{reads[1]->access.tensor, reads[1]->access.at, reads[1]};
    auto taps_in = [&](const Operand& operand) { return has_taps(graph.value(operand.tensor).type); };
    Convolution c{direction, {}, {}, {}, {}, {}, {}};
    if (direction == Direction::kernel_gradient) {
        if (!taps_in(left)) return {{}, "its result has no axis of kind tap_h or tap_w"};
        // The image is the operand that is read through a window.
        auto windowed = [&](const Operand& operand) {
            return operand.access->access.pad.has_value() || std::ranges::any_of(operand.at, [&](const Affine& at) {
                       return std::ranges::any_of(at.terms, [&](const Affine::Term& term) {
                           Kind kind = equation.indices[static_cast<std::size_t>(term.index)].kind;
                           return kind.position().has_value() || (kind != kinds::channel() && term.coefficient != 1);
                       });
                   });
        };
        bool a_is_image = windowed(a) || !windowed(b);
        c.kernel = left, c.image = a_is_image ? a : b, c.result = a_is_image ? b : a;
    } else {
        if (taps_in(a) == taps_in(b)) return {{}, "not exactly one operand has axes of kind tap_h or tap_w"};
        c.kernel = taps_in(a) ? a : b;
        c.image = taps_in(a) ? b : a, c.result = left;
        if (direction == Direction::input_gradient) std::swap(c.image, c.result);
    }

    std::optional<int> channel = graph.value(c.image.tensor).type.axis_of(kinds::channel());
    if (!channel) return {{}, "its image has no channel axis"};
    const Affine& channels = c.image.at[static_cast<std::size_t>(*channel)];
    for (const Affine& at : c.image.at) {
        for (const Affine::Term& term : at.terms) {
            if (!uses(c.kernel.at, term.index)) continue;
            bool shared = uses(c.result.at, term.index);
            (shared ? c.groups : channels.uses(term.index) ? c.channels : c.taps).push_back(term.index);
        }
    }
    return {std::move(c), ""};
}

/// True when the window is one element that moves by one: the product needs no patches.
bool is_pointwise_window(const Graph& graph, const Equation& equation, const Convolution& c) {
    if (c.image.access && c.image.access->access.pad) return false;
    const TensorType& type = graph.value(c.image.tensor).type;
    for (std::size_t axis = 0; axis < c.image.at.size(); ++axis) {
        if (type.axes[axis].kind == kinds::channel()) continue;
        Affine at = c.image.at[axis];
        std::erase_if(at.terms, [&](const Affine::Term& term) {
            return equation.indices[static_cast<std::size_t>(term.index)].extent == 1;
        });
        if (!at.is_constant() && at.bare() < 0) return false;
        if (at.is_constant() && at.offset != 0) return false;
    }
    if (c.image.access) return true;
    // A gradient must also reach every element of the image.
    std::vector<Index> written = equation.indices;
    for (IndexId i : equation.reduced()) written[static_cast<std::size_t>(i)].extent = 1;
    return !equation.clipped && is_bijection(equation.left, written, extents_of(type));
}

/// Writes the equations of one convolution in place of it.
class Lowering {
  public:
    Lowering(Graph& graph, const Equation& equation, const Convolution& convolution)
        : graph_(graph), equation_(equation), c_(convolution) {}

    /// False when no matrix multiplication computes the product; nothing was changed then that compact() does not undo.
    bool run();

    std::vector<Equation> equations{};  // in order
    std::string remark{};

  private:
    std::vector<IndexId> patch_order() const;
    bool collapses_in(const std::vector<IndexId>& order, const Operand& operand) const;
    TensorType patch_type(const std::vector<IndexId>& order) const;
    Equation over(ValueId result, std::vector<Affine> left, ExprRef body, Reduce reduce, std::string op) const;
    std::vector<std::size_t> packed_axes() const;
    Equation repack(ValueId from, ValueId to, const std::vector<std::size_t>& axes, bool back) const;
    ExprRef replaced(const ExprRef& body, const Operand& operand, ValueId by, std::vector<Affine> at) const;

    const std::string& name() const { return graph_.value(equation_.result).name; }
    const Index& index(IndexId i) const { return equation_.indices[static_cast<std::size_t>(i)]; }

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
bool Lowering::collapses_in(const std::vector<IndexId>& order, const Operand& operand) const {
    Address flat = address(graph_.value(operand.tensor).type, operand.at, equation_.indices.size());
    std::optional<Size> row;  // what the next index outwards must step by
    for (std::size_t i = order.size(); i-- > 0;) {
        bool contracted = std::ranges::find(c_.channels, order[i]) != c_.channels.end() ||
                          std::ranges::find(c_.taps, order[i]) != c_.taps.end();
        if (!contracted || index(order[i]).extent == 1) continue;
        Size step = flat.strides[static_cast<std::size_t>(order[i])];
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
Equation Lowering::over(ValueId result, std::vector<Affine> left, ExprRef body, Reduce reduce, std::string op) const {
    std::vector<bool> used(equation_.indices.size(), false);
    auto mark = [&](const std::vector<Affine>& at) {
        for (const Affine& a : at) {
            for (const Affine::Term& term : a.terms) used[static_cast<std::size_t>(term.index)] = true;
        }
    };
    mark(left);
    for (const Access* access : accesses(body)) mark(access->at);
    Equation made{.result = result,
                  .indices = {},
                  .left = std::move(left),
                  .clipped = false,
                  .reduce = reduce,
                  .body = std::move(body),
                  .op = std::move(op),
                  .location = equation_.location};
    std::vector<Affine> with(used.size());
    for (std::size_t i = 0; i < used.size(); ++i) {
        if (!used[i]) continue;
        with[i] = Affine::of(static_cast<IndexId>(made.indices.size()));
        made.indices.push_back(equation_.indices[i]);
    }
    for (Affine& at : made.left) at = substitute(at, with);
    made.body = substitute(made.body, with);
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
    copy.op = "repack";
    copy.location = equation_.location;
    return copy;
}

ExprRef Lowering::replaced(const ExprRef& body, const Operand& operand, ValueId by, std::vector<Affine> at) const {
    return rewrite(
        body, [&](const ExprRef& node) -> ExprRef { return node == operand.access ? read(graph_, by, at) : nullptr; });
}

bool Lowering::run() {
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
        equations.push_back(over(patches, patch_at, c_.image.access, Reduce::none, "im2col"));
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
            equations.push_back(over(equation_.result, equation_.left, body, Reduce::sum, ""));
            break;
        case Direction::kernel_gradient:
            equations.push_back(
                over(pack ? packed : equation_.result, pack ? packed_at : equation_.left, body, Reduce::sum, ""));
            break;
        case Direction::input_gradient:
            equations.push_back(over(patches, patch_at, body, Reduce::sum, ""));
            break;
    }
    std::optional<GemmForm> form = gemm_form(graph_, equations.back());
    if (!form && multiplies_matrices(equations.back())) return false;
    if (c_.direction == Direction::kernel_gradient && pack) {
        equations.push_back(repack(packed, equation_.result, axes, true));
    }
    if (c_.direction == Direction::input_gradient) {
        equations.push_back(
            over(equation_.result, equation_.left, read(graph_, patches, patch_at), Reduce::sum, "col2im"));
        equations.back().clipped = equation_.clipped;
    }
    remark = fmt::format("{}: im2col, patches of {} bytes{}, {}{}", name(), bytes, open ? " per sample" : "",
                         form ? size_text(*form) : "no matrices", pack ? ", kernel repacked" : "");
    return true;
}

constexpr std::array<std::string_view, 7> kAlgorithms = {"auto",      "im2col", "blocks", "winograd",
                                                         "winograd2", "direct", "naive"};

/// `tiled`: it will run for a few samples at a time (passes/tile_plan.h).
ConvolutionChoice choose(const Graph& graph, const Equation& equation, const Options& options, bool tiled) {
    const bool calls = options.conv == "blocks" || options.conv.starts_with("winograd");
    if (options.conv != "auto" && !calls) return {options.conv, "as asked for"};
    if (tiled) return {"direct", "for the samples of its tile fill the vectors"};
    const auto form = convolution_form(graph, equation);
    if (!form) return {"im2col", fmt::format("for {}", form.error())};
    if (!calls) return choose_convolution(*form, options.winograd);
    if (options.conv == "blocks") return {"blocks", "as asked for"};
    std::string method = winograd_for(*form, options.conv == "winograd2");
    if (method.empty()) return {"blocks", "for Winograd's filtering is for small square taps that move by one"};
    return {std::move(method), "as asked for"};
}

/// Which equations will run in batch tiles, by place; none but with "auto". A convolution that will be one call takes
/// its neighbours' tile apart, so what is left is planned again.
std::vector<bool> tiled_convolutions(const Graph& graph, const Options& options) {
    std::vector<bool> tiled(graph.equations.size(), false);
    if (options.conv != "auto" || options.tile == "off") return tiled;
    Graph with_calls = graph;
    for (bool again = true; again;) {
        again = false;
        const TilePlan plan = plan_tiles(with_calls, options);
        for (int place = 0; place < static_cast<int>(tiled.size()); ++place) {
            tiled[static_cast<std::size_t>(place)] = plan.is_tiled(place);
            Equation& equation = with_calls.equations[static_cast<std::size_t>(place)];
            if (plan.is_tiled(place) || !convolution_direction(equation.op)) continue;
            if (!convolution_method(equation.op).empty()) continue;
            const std::string method =
                choose(graph, graph.equations[static_cast<std::size_t>(place)], options, false).method;
            if (method != "blocks" && !method.starts_with("winograd")) continue;
            equation.op += "." + method;
            again = true;
        }
    }
    return tiled;
}

}  // namespace

Graph lower_conv2d(const Graph& graph, const Options& options, Remarks& remarks) {
    if (std::ranges::find(kAlgorithms, options.conv) == kAlgorithms.end()) {
        user_error("unknown convolution \"{}\"; there are {}", options.conv, fmt::join(kAlgorithms, ", "));
    }
    const std::vector<bool> tiled = tiled_convolutions(graph, options);
    Graph result = graph;
    result.equations.clear();
    auto say = [&](std::string text) { remarks.push_back({"lower-conv2d", std::move(text)}); };
    for (int place = 0; place < static_cast<int>(graph.equations.size()); ++place) {
        const Equation& equation = graph.equations[static_cast<std::size_t>(place)];
        std::optional<Direction> direction = convolution_direction(equation.op);
        if (!convolution_method(equation.op).empty()) direction.reset();
        const std::string& name = graph.value(equation.result).name;
        Equation same = equation;
        const ConvolutionChoice choice =
            direction ? choose(graph, equation, options, tiled[static_cast<std::size_t>(place)]) : ConvolutionChoice{};
        if (direction && choice.method == "naive") {
            same.op += ".naive";
            say(fmt::format("{}: naive loops, {}", name, choice.reason));
        } else if (direction && equation.reduce == Reduce::none) {
            same.op.clear();
            drop_unit_indices(same);
            say(fmt::format("{}: nothing adds up, no patches", name));
        } else if (direction && (choice.method == "blocks" || choice.method.starts_with("winograd"))) {
            same.op += fmt::format(".{}", choice.method);
            say(fmt::format("{}: {}, {}", name, choice.method, choice.reason));
        } else if (direction) {
            Recognized found = recognize(graph, equation, *direction);
            if (!found.convolution) {
                say(fmt::format("{}: left as it is, for {}", name, found.why_not));
            } else if (is_pointwise_window(graph, equation, *found.convolution)) {
                same.op.clear();
                drop_unit_indices(same);
                say(fmt::format("{}: a window of one element, no patches", name));
            } else if (choice.method == "direct") {
                same.op += ".direct";
                say(fmt::format("{}: direct, {}", name, choice.reason));
            } else {
                Lowering lowering(result, equation, *found.convolution);
                if (lowering.run()) {
                    say(fmt::format("{}; {}", lowering.remark, choice.reason));
                    for (Equation& made : lowering.equations) result.equations.push_back(std::move(made));
                    continue;
                }
                say(fmt::format("{}: left as it is, for its axes give no matrix with contiguous rows", name));
            }
        }
        result.equations.push_back(std::move(same));
    }
    result.compact();
    return result;
}

}  // namespace ricci::passes
