// Equations in order, so that what is known of the values before is used in those behind.
#include "passes/cleanup/simplify.h"

#include <algorithm>
#include <optional>

#include "ir/analysis/convolution_form.h"
#include "ir/analysis/coverage.h"
#include "ir/analysis/decided.h"
#include "ir/analysis/substitution.h"
#include "ir/core/body_size.h"
#include "ir/core/uses.h"
#include "passes/build.h"
#include "passes/cleanup/fold.h"
#include "passes/cleanup/shift_scatter.h"

namespace ricci::passes {
namespace {

using namespace ir;
using Form = Expr::Form;

class Simplifier {
  public:
    explicit Simplifier(const Graph& graph)
        : result_(graph), uses_(graph) {}

    Graph simplified() {
        for (Equation& equation : result_.equations) {
            const ExprRef body =
                fold(rewrite(equation.body, [&](const ExprRef& node) { return replace(equation, node); }));
            if (fits_in_text(body)) equation.body = body;  // a power as a product may be larger than it was
            if (std::optional<Equation> solved = shifted(equation)) equation = std::move(*solved);
            equation.body = decided(result_, equation, ranges_of(equation));
            merge_copy(equation);
            const bool convolves = slides(equation) && accesses(equation.body).size() > 1;
            if (!convolves) drop_unit_indices(result_, equation);  // those of a window say what it is
            if (equation.clipped && stays_inside(equation, equation.left, equation.result)) equation.clipped = false;
            drop_empty_reduction(equation);
        }
        return std::move(result_);
    }

  private:
    const Equation* producer(ValueId value) const {
        const EquationId place = uses_.writer(value);
        return place < 0 ? nullptr : &result_.equations[place];
    }

    /// The constant that each element of the value is.
    std::optional<Number> constant_value(ValueId value) const {
        const Equation* equation = producer(value);
        if (!equation || equation->body->form != Form::constant || equation->clipped) return std::nullopt;
        bool zeros = equation->reduce == Reduce::sum && is_constant(equation->body, 0);
        return zeros || equation->reduce == Reduce::none ? std::optional(equation->body->number) : std::nullopt;
    }

    /// The value that this one is a copy of, in the same type.
    ValueId original(ValueId value) const {
        const Equation* equation = producer(value);
        if (!equation || !is_pointwise(*equation) || equation->body->form != Form::access) return -1;
        const Access& access = equation->body->access;
        bool identity = !access.pad && access.at == equation->left &&
                        result_.value(access.tensor).type == result_.value(value).type;
        return identity ? access.tensor : -1;
    }

    /// True when no point of the equation leaves the tensor at `at`.
    bool stays_inside(const Equation& equation, const std::vector<Affine>& at, ValueId tensor) const {
        return ir::stays_inside(at, equation.extents(), result_.value(tensor).type);
    }

    ExprRef replace(const Equation& equation, const ExprRef& node) const {
        if (node->form == Form::extent) {
            std::int64_t extent = equation.indices[node->affine.bare()].extent;
            return extent == kOpen ? nullptr : constant(extent, i64);
        }
        if (node->form == Form::call && node->function == Scalar::stop_gradient && result_.stage >= Stage::step) {
            return node->args[0];
        }
        if (node->form != Form::access) return nullptr;
        Access access = node->access;
        if (access.pad && stays_inside(equation, access.at, access.tensor)) access.pad.reset();
        std::optional<Number> number = constant_value(access.tensor);
        if (number && (!access.pad || *access.pad == *number)) return constant(*number, node->dtype);
        if (ValueId value = original(access.tensor); value >= 0) access.tensor = value;
        return access == node->access ? nullptr : element(std::move(access), node->dtype);
    }

    /// Gradients of pieces: elements move by a constant. The model's own scatters stay as they are written.
    std::optional<Equation> shifted(const Equation& equation) const {
        if (result_.stage < Stage::step || equation.reduce != Reduce::sum || equation.schedule.decided()) return std::nullopt;
        return with_shifts_solved(result_, equation);
    }

    /// z[i] = y[f(i)], y[j] = x[g(j)], read by nobody else: z[i] = x[g(f(i))].
    void merge_copy(Equation& equation) const {
        if (equation.schedule.decided() || !is_pointwise(equation) || equation.body->form != Form::access) return;
        const Access& outer = equation.body->access;
        const Equation* inner = producer(outer.tensor);
        if (outer.pad || !inner || inner->schedule.decided() || !is_pointwise(*inner)) return;
        if (inner->body->form != Form::access || uses_.readers(outer.tensor).size() != 1) return;
        if (std::ranges::find(result_.outputs, outer.tensor, &Output::value) != result_.outputs.end()) return;
        if (std::optional<Equation> merged = with_body_of(result_, *inner, equation)) equation = std::move(*merged);
    }

    void drop_empty_reduction(Equation& equation) const {
        if (equation.reduce == Reduce::none || equation.reduce == Reduce::argmax || equation.clipped) return;
        if (equation.reduced().empty() && covers_once(equation, result_.value(equation.result).type))
            equation.reduce = Reduce::none;
    }

    Graph result_;
    Uses uses_;
};

}  // namespace

Graph simplify(const Graph& graph, const Options&, Remarks&) { return Simplifier(graph).simplified(); }

}  // namespace ricci::passes
