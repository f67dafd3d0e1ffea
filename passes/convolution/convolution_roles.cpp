// Reads the roles off the axes' kinds and the index expressions.
#include "passes/convolution/convolution_roles.h"

#include <algorithm>

#include "ir/analysis/coverage.h"
#include "passes/build.h"

namespace ricci::passes {

using namespace ir;

using Direction = ConvolutionDirection;

namespace {

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

}  // namespace

bool uses(const std::vector<Affine>& at, IndexId index) {
    return std::ranges::any_of(at, [&](const Affine& a) { return a.uses(index); });
}

RecognizedConvolution recognize_convolution(const Graph& graph, const Equation& equation) {
    const Direction direction = convolution_direction(graph, equation);
    std::vector<ExprRef> reads = operands_of(equation.body);
    if (equation.reduce != Reduce::sum || reads.size() != 2 || !is_product(equation.body)) {
        return {{}, "its body is not the product of two tensors"};
    }
    if (equation.clipped && direction != Direction::input_gradient) {
        return {{}, "it drops points of its result"};
    }
    ConvolutionOperand left{equation.result, equation.left, nullptr};
    ConvolutionOperand a{reads[0]->access.tensor, reads[0]->access.at, reads[0]};
    ConvolutionOperand b{reads[1]->access.tensor, reads[1]->access.at, reads[1]};
    auto taps_in = [&](const ConvolutionOperand& operand) { return has_taps(graph.value(operand.tensor).type); };
    Convolution c{direction, {}, {}, {}, {}, {}, {}};
    if (direction == Direction::kernel_gradient) {
        if (!taps_in(left)) return {{}, "its result has no axis of kind tap_h or tap_w"};
        // The image is the operand that is read through a window.
        auto windowed = [&](const ConvolutionOperand& operand) {
            return operand.access->access.pad.has_value() || std::ranges::any_of(operand.at, [&](const Affine& at) {
                       return std::ranges::any_of(at.terms, [&](const Affine::Term& term) {
                           Kind kind = equation.indices[term.index].kind;
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

    std::optional<std::size_t> channel = graph.value(c.image.tensor).type.axis_of(kinds::channel());
    if (!channel) return {{}, "its image has no channel axis"};
    const Affine& channels = c.image.at[*channel];
    for (const Affine& at : c.image.at) {
        for (const Affine::Term& term : at.terms) {
            if (!uses(c.kernel.at, term.index)) continue;
            bool shared = uses(c.result.at, term.index);
            (shared ? c.groups : channels.uses(term.index) ? c.channels : c.taps).push_back(term.index);
        }
    }
    return {std::move(c), ""};
}

bool is_pointwise_window(const Graph& graph, const Equation& equation, const Convolution& c) {
    if (c.image.access && c.image.access->access.pad) return false;
    const TensorType& type = graph.value(c.image.tensor).type;
    for (std::size_t axis = 0; axis < c.image.at.size(); ++axis) {
        if (type.axes[axis].kind == kinds::channel()) continue;
        Affine at = c.image.at[axis];
        std::erase_if(at.terms, [&](const Affine::Term& term) {
            return equation.indices[term.index].extent == 1;
        });
        if (!at.is_constant() && at.bare() < 0) return false;
        if (at.is_constant() && at.offset != 0) return false;
    }
    if (c.image.access) return true;
    // A gradient must also reach every element of the image.
    return covers_once(equation, type);
}

std::optional<Convolution> open_convolution(const Graph& graph, const Equation& equation) {
    if (equation.schedule.decided() || equation.reduce != Reduce::sum) return std::nullopt;
    return recognize_convolution(graph, equation).convolution;
}

}  // namespace ricci::passes
