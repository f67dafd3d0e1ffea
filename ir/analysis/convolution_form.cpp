// Reads the numbers of a convolution off its index expressions.
#include "ir/analysis/convolution_form.h"

#include <algorithm>
#include <array>

namespace ricci::ir {
namespace {

struct Operand {
    ValueId tensor = -1;
    const std::vector<Affine>* at = nullptr;

    bool uses(IndexId index) const {
        return std::ranges::any_of(*at, [&](const Affine& a) { return a.uses(index); });
    }
};

bool has_tap_axes(const TensorType& type) {
    return type.axis_of(kinds::tap_h()) || type.axis_of(kinds::tap_w());
}

/// True when a position moves with a tap, or in steps.
bool is_window(const Equation& equation, const std::vector<Affine>& positions) {
    return std::ranges::any_of(positions, [&](const Affine& at) {
        return std::ranges::any_of(at.terms, [&](const Affine::Term& term) {
            const Index& index = equation.indices[term.index];
            return index.kind.position().has_value() || (index.kind != kinds::channel() && term.coefficient != 1);
        });
    });
}

/// Fills a form from the operands; `why` says what does not fit, "" as long as everything does.
class Reader {
  public:
    Reader(const Graph& graph, const Equation& equation) : graph_(graph), equation_(equation) {}

    std::string_view why = "";
    ConvolutionForm form;

    bool read_operands() {
        std::vector<const Access*> reads = accesses(equation_.body);
        const bool product = equation_.body->form == Expr::Form::call && equation_.body->function == Scalar::mul;
        if (equation_.reduce != Reduce::sum || reads.size() != 2 || !product || !reads_factors()) {
            return refuse("its body is not the product of two tensors");
        }
        const auto is_stored_as_bf16 = [&](const Access* read) { return graph_.value(read->tensor).type.dtype == bf16; };
        if (std::ranges::any_of(reads, is_stored_as_bf16)) return refuse("one of its tensors is stored as bf16");
        if (equation_.body->dtype != f32) return refuse("it is not f32");
        Operand left{equation_.result, &equation_.left};
        Operand a{reads[0]->tensor, &reads[0]->at};
        Operand b{reads[1]->tensor, &reads[1]->at};
        if (reads[1]->pad) std::swap(a, b);
        const Access* other = reads[1]->pad ? reads[0] : reads[1];
        if (other->pad) return refuse("both of its operands are padded");
        form.direction = convolution_direction(graph_, equation_);
        if (form.direction == ConvolutionDirection::kernel_gradient) {
            // The image is the operand that is read through a window: one of its axes holds a tap.
            if (!through_window(a)) std::swap(a, b);
            kernel_ = left, image_ = a, result_ = b;
        } else {
            if (has_taps(a) == has_taps(b)) return refuse("not exactly one operand has axes of kind tap_h or tap_w");
            kernel_ = has_taps(a) ? a : b;
            image_ = has_taps(a) ? b : a, result_ = left;
            if (form.direction == ConvolutionDirection::input_gradient) std::swap(image_, result_);
        }
        form.image = image_.tensor, form.kernel = kernel_.tensor, form.result = result_.tensor;
        return true;
    }

    bool read_indices() {
        for (IndexId i : equation_.indices.ids()) {
            const Index& index = equation_.indices[i];
            if (index.extent == 1) continue;
            const bool x = image_.uses(i), w = kernel_.uses(i), y = result_.uses(i);
            const Kind along = x ? kind_in(image_, i) : kinds::channel();
            IndexId* role = x && w && y && along == kinds::channel()    ? &group_
                            : x && w && !y && along == kinds::channel() ? &in_
                            : x && w && !y && along == kinds::height()  ? &tap_row_
                            : x && w && !y && along == kinds::width()   ? &tap_column_
                            : x && y && !w && along == kinds::batch()   ? &batch_
                            : x && y && !w && along == kinds::height()  ? &row_
                            : x && y && !w && along == kinds::width()   ? &column_
                            : w && y && !x                              ? &out_
                                                                        : nullptr;
            if (role == nullptr || *role >= 0) return refuse("its indices are not those of a plain convolution");
            *role = i;
        }
        form.batch = extent(batch_), form.groups = extent(group_), form.in = extent(in_), form.out = extent(out_);
        form.result_height = extent(row_), form.result_width = extent(column_);
        form.taps_h = extent(tap_row_), form.taps_w = extent(tap_column_);
        return true;
    }

    bool read_steps() {
        return steps_of(image_, form.image_steps, in_) && steps_of(result_, form.result_steps, out_) &&
               read_window(kinds::height(), row_, tap_row_, form.height, form.image_steps.row, form.stride_h,
                           form.dilation_h, form.top) &&
               read_window(kinds::width(), column_, tap_column_, form.width, form.image_steps.column, form.stride_w,
                           form.dilation_w, form.left) &&
               read_kernel() && covers(image_, form.groups * form.in) && covers(result_, form.groups * form.out);
    }

  private:
    /// Both factors are elements as they are, or both are rounded to bf16.
    bool reads_factors() {
        std::size_t plain = 0, rounded = 0;
        for (const ExprRef& factor : equation_.body->args) {
            const bool rounds = factor->form == Expr::Form::call && factor->function == Scalar::round_bf16;
            plain += factor->form == Expr::Form::access ? 1 : 0;
            rounded += rounds && factor->args[0]->form == Expr::Form::access ? 1 : 0;
        }
        form.bf16 = rounded == 2;
        return plain == 2 || rounded == 2;
    }
    bool refuse(std::string_view reason) {
        why = reason;
        return false;
    }
    const TensorType& type(const Operand& operand) const { return graph_.value(operand.tensor).type; }
    bool has_taps(const Operand& operand) const { return has_tap_axes(type(operand)); }
    bool through_window(const Operand& operand) const { return is_window(equation_, *operand.at); }
    std::int64_t extent(IndexId i) const { return i < 0 ? 1 : equation_.indices[i].extent; }
    /// The kind of the axis that an index moves along.
    Kind kind_in(const Operand& operand, IndexId index) const {
        for (std::size_t axis = 0; axis < operand.at->size(); ++axis) {
            if ((*operand.at)[axis].uses(index)) return type(operand).axes[axis].kind;
        }
        return kinds::feature();
    }
    /// What one unit of an index moves in memory; nothing for one that is not there.
    std::int64_t step(const Address& flat, IndexId i) {
        if (i < 0) return 0;
        const Size size = flat.strides[i];
        if (!size.is_fixed()) refuse("the batch is not its outermost axis");
        return size.fixed;
    }

    bool steps_of(const Operand& operand, ConvolutionForm::Steps& steps, IndexId channel) {
        const Address flat = address(type(operand), *operand.at, equation_.indices.size());
        steps = {step(flat, batch_), step(flat, group_), step(flat, channel), step(flat, row_), step(flat, column_)};
        const bool is_image = operand.at == image_.at;
        for (std::size_t axis = 0; axis < operand.at->size(); ++axis) {
            const Affine& at = (*operand.at)[axis];
            const Kind kind = type(operand).axes[axis].kind;
            const bool moves = is_image && (kind == kinds::height() || kind == kinds::width());
            if (!moves && at.offset != 0) return refuse("an operand does not begin at its first element");
            const std::size_t most = kind == kinds::channel() ? 2 : 1;
            if (!moves && at.terms.size() > most) return refuse("its indices are not those of a plain convolution");
        }
        return why.empty();
    }

    /// stride * position + dilation * tap - padding, on the axis of that kind of the image.
    bool read_window(Kind kind, IndexId position, IndexId tap, std::int64_t& size, std::int64_t& row_step,
                     std::int64_t& stride, std::int64_t& dilation, std::int64_t& padding) {
        const std::optional<std::size_t> axis = type(image_).axis_of(kind);
        if (!axis) return refuse("its image has no height or width");
        const std::size_t place = *axis;
        const Affine& at = (*image_.at)[place];
        std::vector<Affine> along(type(image_).axes.size());
        along[place] = Affine::of(0);
        const Size one = address(type(image_), along, 1).strides[0];
        if (!one.is_fixed()) return refuse("the batch is not its outermost axis");
        size = type(image_).axes[place].extent;
        row_step = one.fixed;
        stride = position >= 0 ? at.coefficient(position) : 1;
        dilation = tap >= 0 ? at.coefficient(tap) : 1;
        padding = -at.offset;
        return stride >= 1 && dilation >= 1 ? true : refuse("it runs through its image backwards");
    }

    bool read_kernel() {
        const Address flat = address(type(kernel_), *kernel_.at, equation_.indices.size());
        form.kernel_group = step(flat, group_), form.kernel_out = step(flat, out_), form.kernel_in = step(flat, in_);
        form.kernel_row = step(flat, tap_row_), form.kernel_column = step(flat, tap_column_);
        const std::int64_t points = form.groups * form.out * form.in * form.taps_h * form.taps_w;
        if (flat.offset != Size{} || type(kernel_).count() != points) return refuse("it uses a part of its kernel");
        return why.empty();
    }

    /// True when the channels and samples are all of the tensor's.
    bool covers(const Operand& operand, std::int64_t channels) {
        for (const Axis& axis : type(operand).axes) {
            const std::int64_t used = axis.kind == kinds::channel()  ? channels
                                      : axis.kind == kinds::batch()  ? form.batch
                                      : operand.at == image_.at      ? axis.extent
                                      : axis.kind == kinds::height() ? form.result_height
                                                                     : form.result_width;
            if (axis.extent != used) return refuse("it uses a part of its image or its result");
        }
        // Lanes of one vector lie within 16 samples; their distances are 32-bit numbers.
        constexpr std::int64_t kMostStep = std::int64_t{1} << 26;
        const ConvolutionForm::Steps& steps = operand.at == image_.at ? form.image_steps : form.result_steps;
        return std::max(steps.batch, steps.channel) < kMostStep ? true : refuse("a sample of it is too large");
    }

    const Graph& graph_;
    const Equation& equation_;
    Operand image_, kernel_, result_;
    IndexId batch_ = -1, group_ = -1, in_ = -1, out_ = -1, row_ = -1, column_ = -1, tap_row_ = -1, tap_column_ = -1;
};

}  // namespace

double ConvolutionForm::flop() const {
    double product = 2;
    for (std::int64_t extent : {groups, in, out, result_height, result_width, taps_h, taps_w}) {
        product *= static_cast<double>(extent);
    }
    return product;
}

ConvolutionDirection convolution_direction(const Graph& graph, const Equation& equation) {
    if (has_tap_axes(graph.value(equation.result).type)) return ConvolutionDirection::kernel_gradient;
    return is_window(equation, equation.left) ? ConvolutionDirection::input_gradient : ConvolutionDirection::forward;
}

std::string_view why_not(const Routine& routine, const ConvolutionForm& form) {
    if (routine.form != Routine::Form::convolution) return "it is for products of matrices";
    if (routine.bf16 != form.bf16) return form.bf16 ? "its factors are rounded to bf16" : "its factors are not rounded to bf16";
    if (!routine.filters()) return "";
    const bool square = form.taps_h == form.taps_w;
    if (!square || std::ranges::find(routine.sides, form.taps_h) == routine.sides.end())
        return "its kernel is of another size than the routine takes";
    const bool by_one = form.stride_h == 1 && form.stride_w == 1 && form.dilation_h == 1 && form.dilation_w == 1;
    return by_one ? "" : "its stride or its dilation is not 1";
}

namespace {

/// True when some index expression joins a tap with another index, each of `points` points at the least.
bool joins_tap(const Equation& equation, std::int64_t points) {
    const auto counts = [&](const Affine::Term& term) {
        const std::int64_t extent = equation.indices[term.index].extent;
        return extent == kOpen || extent >= points;
    };
    const auto is_tap = [&](const Affine::Term& term) {
        return counts(term) && equation.indices[term.index].kind.position().has_value();
    };
    const auto joins = [&](const std::vector<Affine>& at) {
        return std::ranges::any_of(at, [&](const Affine& position) {
            return std::ranges::count_if(position.terms, counts) > 1 && std::ranges::any_of(position.terms, is_tap);
        });
    };
    return joins(equation.left) ||
           std::ranges::any_of(accesses(equation.body), [&](const Access* access) { return joins(access->at); });
}

}  // namespace

bool slides(const Equation& equation) {
    return joins_tap(equation, 1);
}

bool reads_again(const Equation& equation) {
    return joins_tap(equation, 2);
}

OrReason<ConvolutionForm> convolution_form(const Graph& graph, const Equation& equation) {
    Reader reader(graph, equation);
    if (reader.read_operands() && reader.read_indices() && reader.read_steps()) return reader.form;
    return NoValue{reader.why};
}

}  // namespace ricci::ir
