// Splits products into what the reduced indices change and what they do not; then bodies by the indices that they read.
#include "passes/cleanup/hoist.h"

#include <algorithm>

#include "ir/analysis/coverage.h"
#include "ir/analysis/substitution.h"
#include "ir/core/affine.h"
#include "passes/build.h"
#include "passes/cleanup/deviations.h"

namespace ricci::passes {
namespace {

using namespace ir;

// Limits of the policy.
constexpr double kLeastRepeats = 64;    // points of the equation, for one of what is hoisted: it is stored and loaded
constexpr double kLeastOperations = 6;  // vector instructions of a part, such as a quotient or a root

/// The indices that an expression mentions.
IdVector<IndexId, bool> indices_of(const Equation& equation, const ExprRef& expr) {
    IdVector<IndexId, bool> used(equation.indices.size(), false);
    const auto add = [&](const Affine& affine) {
        for (const Affine::Term& term : affine.terms) used[term.index] = true;
    };
    walk(expr, [&](const Expr& node) {
        if (node.form == Expr::Form::index || node.form == Expr::Form::extent) add(node.affine);
        if (node.form == Expr::Form::access) std::ranges::for_each(node.access.at, add);
    });
    return used;
}

/// True for what an open extent makes: one number for the whole run, which is computed outside of the loops.
bool is_of_the_run(const ExprRef& expr) {
    bool extents = false, others = false;
    walk(expr, [&](const Expr& node) {
        extents |= node.form == Expr::Form::extent;
        others |= node.form == Expr::Form::access || node.form == Expr::Form::index;
    });
    return extents && !others;
}

class Hoisting {
  public:
    Hoisting(Graph& graph, Equation equation) : graph_(graph), equation_(std::move(equation)) {}

    /// The equations that take the place of this one, in order.
    std::vector<Equation> hoisted() {
        const bool sums = is_float(equation_.body->dtype) && equation_.reduce == Reduce::sum && writes_whole_axes();
        if (sums) factors();
        if (const ExprRef mean = sums ? mean_of_deviations(graph_, equation_) : nullptr) {
            equation_.body = constant(0, mean->dtype) * mean;  // nan where an element is nan or infinite
            equation_.reduce = Reduce::none;
            drop_reduced();
        }
        equation_.body = without_parts(equation_.body);
        made_.push_back(std::move(equation_));
        if (behind_) made_.push_back(std::move(*behind_));
        return std::move(made_);
    }

  private:
    /// True when the left is the first indices in order, and meets each element. Only then an equation over these indices
    /// may write the result without a sum: `d[f + 0]` may leave elements out.
    bool writes_whole_axes() const {
        IndexId next = 0;
        for (const Affine& at : equation_.left) {
            if (at.bare() != next++) return false;
        }
        return covers_once(equation_, graph_.value(equation_.result).type);
    }

    /// Leaves the indices of the left alone, which stand first.
    void drop_reduced() {
        Equation without;
        for (const Affine& at : equation_.left) {
            const Index& index = equation_.indices[at.bare()];
            add_index(without, index.name, index.kind, index.extent);
        }
        equation_.indices = std::move(without.indices);
    }

    struct Split {
        ExprRef inside, outside;  // null: 1
        bool negative = false;
    };

    static ExprRef times(const ExprRef& a, const ExprRef& b) { return !a ? b : !b ? a : a * b; }

    double points(const IdVector<IndexId, bool>& used) const {
        double count = 1;
        for (const IndexId i : equation_.indices.ids()) {
            const std::int64_t extent = equation_.indices[i].extent;
            if (used[i]) count *= static_cast<double>(extent == kOpen ? graph_.typical_samples() : extent);
        }
        return count;
    }
    double all_points() const { return points(IdVector<IndexId, bool>(equation_.indices.size(), true)); }

    bool is_fixed(const ExprRef& expr) const {
        const IdVector<IndexId, bool> used = indices_of(equation_, expr);
        return std::ranges::none_of(equation_.reduced(), [&](IndexId i) { return used[i]; });
    }

    /// expr = inside * outside, or the negative of it, where no reduced index changes what is outside.
    Split split(const ExprRef& expr) const {
        if (is_fixed(expr)) return {nullptr, expr};
        if (expr->form != Expr::Form::call) return {expr, nullptr};
        const std::vector<ExprRef>& args = expr->args;
        switch (expr->function) {
            case Scalar::neg: {
                Split own = split(args[0]);
                own.negative = !own.negative;
                return own;
            }
            case Scalar::mul: {
                const Split a = split(args[0]), b = split(args[1]);
                return {times(a.inside, b.inside), times(a.outside, b.outside), a.negative != b.negative};
            }
            case Scalar::div: {
                const ExprRef one = constant(1, expr->dtype);
                const Split a = split(args[0]);
                if (is_fixed(args[1])) return {a.inside, (a.outside ? a.outside : one) / args[1], a.negative};
                return {(a.inside ? a.inside : one) / args[1], a.outside, a.negative};
            }
            case Scalar::add:
            case Scalar::sub: {
                const Split a = split(args[0]), b = split(args[1]);
                if (!a.inside || !b.inside || !a.outside || !b.outside || !same(a.outside, b.outside)) break;
                const bool takes = (expr->function == Scalar::sub) != (a.negative != b.negative);
                return {takes ? a.inside - b.inside : a.inside + b.inside, a.outside, a.negative};
            }
            default: break;
        }
        return {expr, nullptr};
    }

    /// Puts the factors of a sum behind it.
    void factors() {
        double repeats = 1;
        for (const IndexId i : equation_.reduced()) {
            const std::int64_t extent = equation_.indices[i].extent;
            repeats *= static_cast<double>(extent == kOpen ? graph_.typical_samples() : extent);
        }
        if (repeats < kLeastRepeats) return;
        const Split body = split(equation_.body);
        if (!body.inside || !body.outside || accesses(body.outside).empty()) return;

        const Value& result = graph_.value(equation_.result);
        const ValueId sum =
            graph_.add({.name = result.name + ".sum", .type = result.type, .location = result.location});
        Equation behind;
        behind.result = equation_.result;
        behind.left = equation_.left;
        for (const Affine& at : equation_.left) {
            const Index& index = equation_.indices[at.bare()];
            add_index(behind, index.name, index.kind, index.extent);
        }
        behind.body = read(graph_, sum, equation_.left) * (body.negative ? -body.outside : body.outside);
        behind.location = equation_.location;
        equation_.result = sum;
        equation_.body = body.inside;
        equation_.op.clear();
        behind_ = std::move(behind);
    }

    /// Whether a point of the expression stands for many of the equation's. What an extent makes stays where its index is.
    bool repeats(const ExprRef& expr) const {
        bool extents = false;
        walk(expr, [&](const Expr& node) { extents |= node.form == Expr::Form::extent; });
        return !extents && is_float(expr->dtype) && !accesses(expr).empty() &&
               all_points() >= kLeastRepeats * points(indices_of(equation_, expr));
    }
    static double operations(const ExprRef& expr) {
        double total = 0;
        walk(expr, [&](const Expr& node) {
            if (node.form == Expr::Form::call) total += info(node.function).operations;
        });
        return total;
    }

    /// Reads of a new value that holds the expression.
    ExprRef stored(const ExprRef& expr) {
        const IdVector<IndexId, bool> used = indices_of(equation_, expr);
        Equation part;
        std::vector<IndexId> to;
        std::vector<Affine> at;
        TensorType type{expr->dtype, {}};
        for (const IndexId i : equation_.indices.ids()) {
            to.emplace_back();
            if (!used[i]) continue;
            const Index& index = equation_.indices[i];
            to.back() = add_index(part, index.name, index.kind, index.extent);
            part.left.push_back(Affine::of(to.back()));
            at.push_back(Affine::of(i));
            type.axes.push_back({index.kind, index.extent});
        }
        part.location = equation_.location;
        part.result = graph_.add(
            {.name = graph_.value(equation_.result).name + ".part", .type = std::move(type), .location = part.location});
        part.body = renamed(expr, to);
        const ValueId value = part.result;
        made_.push_back(std::move(part));
        return read(graph_, value, std::move(at));
    }

    ExprRef without_parts(const ExprRef& expr) {
        if (expr->form != Expr::Form::call && expr->form != Expr::Form::cast) return expr;
        if (repeats(expr) && operations(expr) >= kLeastOperations) return stored(expr);
        if (expr->form == Expr::Form::call && expr->function == Scalar::div && repeats(expr->args[1]))
            return without_parts(expr->args[0]) * stored(constant(1, expr->dtype) / expr->args[1]);
        if (expr->form == Expr::Form::call && expr->function == Scalar::div && is_of_the_run(expr->args[1]) &&
            all_points() >= kLeastRepeats && !is_of_the_run(expr->args[0]))
            return without_parts(expr->args[0]) * (constant(1, expr->dtype) / expr->args[1]);
        std::vector<ExprRef> args;
        bool changed = false;
        for (const ExprRef& argument : expr->args) {
            args.push_back(without_parts(argument));
            changed = changed || args.back() != argument;
        }
        if (!changed) return expr;
        return expr->form == Expr::Form::cast ? cast(args[0], expr->dtype) : call(expr->function, std::move(args));
    }

    Graph& graph_;
    Equation equation_;
    std::optional<Equation> behind_;
    std::vector<Equation> made_;
};

}  // namespace

Graph hoist(const Graph& graph, const Options&, Remarks& remarks) {
    Graph result = graph;
    std::vector<Equation> equations;
    for (const Equation& equation : graph.equations) {
        if (equation.schedule.decided()) {
            equations.push_back(equation);
            continue;
        }
        std::vector<Equation> made = Hoisting(result, equation).hoisted();
        if (made.size() > 1) {
            remarks.push_back({"hoist", fmt::format("{}: {} values are computed once", graph.value(equation.result).name,
                                                    made.size() - 1)});
        }
        std::ranges::move(made, std::back_inserter(equations));
    }
    result.equations = std::move(equations);
    result.compact();
    return result;
}

}  // namespace ricci::passes
