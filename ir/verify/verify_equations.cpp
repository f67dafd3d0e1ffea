// Rules about single equations: types, bounds, kinds, and what the left writes.
#include "ir/verify/verify_equations.h"

#include <algorithm>

#include "ir/analysis/convolution_form.h"
#include "ir/analysis/gemm_form.h"
#include "ir/analysis/index_kind.h"
#include "ir/core/body_size.h"
#include "ir/core/stored.h"
#include "ir/print/print.h"

namespace ricci::ir {
namespace {

/// The element type that a node has by its operands, or nothing when they do not fit.
std::optional<DType> type_of(const Graph& graph, const Expr& node) {
    switch (node.form) {
        case Expr::Form::constant:
        case Expr::Form::cast:
            return node.dtype;
        case Expr::Form::access:
            return computed(graph.value(node.access.tensor).type.dtype);
        case Expr::Form::index:
        case Expr::Form::extent:
            return i64;
        case Expr::Form::call:
            try {
                return call(node.function, node.args)->dtype;
            } catch (const InternalError&) {
                return std::nullopt;
            }
    }
    return std::nullopt;
}

void check_types(Report& report, const Equation& equation) {
    const Graph& graph = report.graph();
    walk(equation.body, [&](const Expr& node) {
        if (type_of(graph, node) == node.dtype) return;
        ExprRef copy = std::make_shared<const Expr>(node);
        report.add("V5", equation, "{} does not have the types of its operands", print(graph, equation, copy));
    });
    DType result = graph.value(equation.result).type.dtype;
    bool argmax = equation.reduce == Reduce::argmax;
    DType body = equation.body->dtype;
    if (argmax && result != i64) report.add("V5", equation, "argmax gives i64, but the result is {}", name_of(result));
    if (!argmax && body != computed(result)) {
        report.add("V5", equation, "the body is {}, but the result is {}", name_of(body), name_of(result));
    } else if (result == bf16 && equation.reduce != Reduce::none) {
        report.add("V5", equation, "what is added up is f32, but the result is bf16");
    } else if (!argmax && !fits_stored(graph, equation.body, result)) {
        report.add("V5", equation, "the result is bf16, but its body is not rounded; write round_bf16(...)");
    }
    if (equation.reduce != Reduce::none && body == boolean)
        report.add("V5", equation, "{} of bool", name_of(equation.reduce));
}

void check_index_order(Report& report, const Equation& equation) {
    IndexId expected = 0;
    for (const Affine& at : equation.left) {
        IndexId bare = at.bare();
        if (bare < 0 || bare < expected) continue;  // no bare index, or one that stands on an axis before too
        if (bare != expected) {
            report.add("V6", equation, "index {} has place {}, expected {}",
                       equation.indices[bare].name, bare, expected);
            return;
        }
        ++expected;
    }
}

bool uses_open(const Affine& at, const Equation& equation) {
    return std::ranges::any_of(at.terms, [&](const Affine::Term& term) {
        return equation.indices[term.index].extent == kOpen;
    });
}

/// "" when the expression stays on the axis for every batch, else how far it goes. Padding and clipping are for axes
/// whose extent is known.
std::string leaves(const Affine& at, const Equation& equation, const Axis& axis, bool may_leave) {
    bool open = uses_open(at, equation);
    if (axis.extent == kOpen && open) return at.bare() >= 0 ? "" : "is not a bare index of the open batch";
    if (open) return fmt::format("runs over the open batch, but the axis is {}", to_string(axis));
    if (may_leave && axis.extent != kOpen) return "";
    std::int64_t low = 0;
    std::int64_t high = 0;
    try {
        std::tie(low, high) = range(at, equation.extents());
    } catch (const UserError& error) {
        return error.what();
    }
    // Of an open axis only the first sample is sure to be there.
    std::int64_t extent = axis.extent == kOpen ? 1 : axis.extent;
    if (low >= 0 && high < extent) return "";
    return fmt::format("runs from {} to {}, but the axis is {}", low, high, to_string(axis));
}

void check_bounds(Report& report, const Equation& equation) {
    const Graph& graph = report.graph();
    auto check = [&](std::string_view rule, const std::vector<Affine>& at, const Value& value, bool may_leave) {
        for (std::size_t axis = 0; axis < at.size(); ++axis) {
            std::string how = leaves(at[axis], equation, value.type.axes[axis], may_leave);
            if (how.empty()) continue;
            report.add(rule, equation, "index {} of axis {} of {} {}", print(at[axis], equation.indices), axis,
                       value.name, how);
        }
    };
    for (const Access* access : accesses(equation.body)) {
        check("V7", access->at, graph.value(access->tensor), access->pad.has_value());
    }
    check("V8", equation.left, graph.value(equation.result), equation.clipped);
}

void check_writes(Report& report, const Equation& equation) {
    bool bare = std::ranges::all_of(equation.left, [](const Affine& at) { return at.bare() >= 0; });
    if (equation.reduce == Reduce::argmax && !bare) {
        report.add("V9", equation, "argmax numbers the points of reduced indices; its left has bare indices only");
    }
    if (equation.reduce != Reduce::none) return;
    const std::vector<std::int64_t> extents = report.graph().value(equation.result).type.extents();
    if (equation.clipped || !is_bijection(equation.left, equation.indices, extents)) {
        report.add("V9", equation, "without a reduction each element of {} must be written exactly once",
                   to_string(report.graph().value(equation.result).type));
    } else if (std::vector<IndexId> reduced = equation.reduced(); !reduced.empty()) {
        // Of extent 1, so no element is written twice; but the text would read it as a sum.
        report.add("V9", equation, "without a reduction it has index {}, which is not on its left",
                   equation.indices[reduced[0]].name);
    }
}

void check_kinds(Report& report, const Equation& equation) {
    if (std::optional<Misplaced> found = misplaced(report.graph(), equation))
        report.add("V10", equation, "{}", to_string(report.graph(), equation, *found));
}

void check_size(Report& report, const Equation& equation) {
    if (fits_in_text(equation.body)) return;
    const BodySize size = size_of_body(equation.body);
    report.add("V23", equation,
               "its body is {} operators high and nests {} constructs; at most {} and {} are read back", size.high,
               size.nested, kMostHighInBody, kMostNestedInBody);
}

/// Why the routine for products of bf16 does not compute an equation; "" where it does.
std::string why_no_product(const StoredTypes& types, const Equation& equation) {
    if (equation.tile >= 0) return "one call computes all samples, and it stands in a batch tile";
    if (equation.body->dtype == f32 && gemm_form(types, equation, Factors::bf16)) return "";
    return fmt::format("{} is no product of matrices with factors of bf16",
                       print(types.graph(), equation, equation.body));
}

/// Why the form of an equation does not allow its schedule; "" where it does.
std::string why_not_so(const StoredTypes& types, const Equation& equation) {
    const Graph& graph = types.graph();
    const Schedule& schedule = equation.schedule;
    switch (schedule.how) {
        case How::undecided:
        case How::loops:
            return "";
        case How::register_tile:
            if (equation.reduce == Reduce::sum && is_float(equation.body->dtype)) return "";
            return "it is no sum of floats";
        case How::blas:
            if (gemm_form(types, equation)) return "";
            return fmt::format("{} has no form that BLAS can run", print(graph, equation, equation.body));
        case How::library: {
            if (schedule.routine->form == Routine::Form::product) return why_no_product(types, equation);
            const auto form = convolution_form(graph, equation);
            return std::string(form ? why_not(*schedule.routine, *form) : form.error());
        }
        case How::copy: {
            const bool adds = schedule.copy == Copy::col2im;
            const bool moves = equation.body->form == Expr::Form::access;
            if (moves && (equation.reduce == Reduce::none || (adds && equation.reduce == Reduce::sum))) return "";
            return adds ? "it is no sum of one tensor's elements" : "it is no copy of one tensor's elements";
        }
    }
    return "";
}

}  // namespace

void check_equations(Report& report) {
    const StoredTypes types(report.graph());
    for (const Equation& equation : report.graph().equations) {
        check_types(report, equation);
        check_index_order(report, equation);
        check_bounds(report, equation);
        check_writes(report, equation);
        check_kinds(report, equation);
        check_size(report, equation);
        if (const std::string why = why_not_so(types, equation); !why.empty())
            report.add("V14", equation, "it cannot run by {}, for {}", print(equation.schedule), why);
    }
}

}  // namespace ricci::ir
