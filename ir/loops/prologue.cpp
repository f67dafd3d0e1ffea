// Puts the body of a pointwise equation into a contraction, and finds the factors of a product.
#include "ir/loops/prologue.h"

#include <algorithm>
#include <set>

#include "ir/base/places.h"

namespace ricci::ir {
namespace {

/// The indices with the samples of a batch tile as they lie in memory.
IdVector<IndexId, Index> stored(IdVector<IndexId, Index> indices, std::int64_t samples) {
    for (Index& index : indices) {
        if (index.extent == kOpen) index.extent = samples;
    }
    return indices;
}

/// The only access to a value in the body; null when there are more, or none, or it is padded.
const Access* only_access(const Equation& equation, ValueId value) {
    const Access* only = nullptr;
    for (const Access* access : accesses(equation.body)) {
        if (access->tensor != value) continue;
        if (only != nullptr || access->pad) return nullptr;
        only = access;
    }
    return only;
}

/// True when the equation writes each element of its result once, from operands without padding.
bool is_operand(const Graph& graph, const Equation& equation, std::int64_t samples) {
    if (equation.reduce != Reduce::none || equation.clipped) return false;
    const std::vector<const Access*> reads = accesses(equation.body);
    if (reads.empty() || std::ranges::any_of(reads, [](const Access* read) { return read->pad.has_value(); })) {
        return false;
    }
    return is_bijection(equation.left, stored(equation.indices, samples),
                            graph.value(equation.result).type.extents());
}

/// The contraction over the operand's points, and where each axis of the operand then lies.
struct Joined {
    Equation equation;
    std::vector<Affine> axes;                // of the operand
    IdVector<IndexId, Affine> of_operand;    // by index of the operand's equation
};

std::optional<Joined> join(const Graph& graph, const Equation& operand, const Equation& contraction,
                           std::int64_t samples) {
    const Access* read = only_access(contraction, operand.result);
    if (read == nullptr) return std::nullopt;
    Joined joined{contraction, {}, IdVector<IndexId, Affine>(operand.indices.size())};
    Equation& equation = joined.equation;
    IdVector<IndexId, Affine> with;  // by index of the contraction
    for (const IndexId i : contraction.indices.ids()) with.push_back(Affine::of(i));
    const IdVector<IndexId, Index> indices = stored(contraction.indices, samples);
    const std::vector<std::int64_t> extents = graph.value(operand.result).type.extents();
    std::set<IndexId> told;
    for (std::size_t axis = 0; axis < operand.left.size(); ++axis) {
        const Affine& written = operand.left[axis];
        const Affine& at = read->at[axis];
        const IndexId number = at.bare();
        // Each element of the operand is met: an index runs over the whole axis.
        const std::int64_t extent = number < 0 ? 1 : indices[number].extent;
        if (extent != extents[axis] || (number < 0 ? !at.is_constant() : !told.insert(number).second))
            return std::nullopt;
        if (written.bare() >= 0) {
            joined.of_operand[written.bare()] = at;
        } else if (!written.is_constant()) {
            if (number < 0) return std::nullopt;
            for (const Affine::Term& term : written.terms) {
                const Index& part = operand.indices[term.index];
                joined.of_operand[term.index] =
                    Affine::of(add_index(equation, part.name, part.kind, part.extent));
            }
            with[number] = substitute(written, joined.of_operand);
            equation.indices[number].extent = 1;  // its parts run instead
        }
    }
    for (const Affine& at : read->at) joined.axes.push_back(substitute(at, with));
    for (Affine& at : equation.left) at = substitute(at, with);
    equation.body = substitute(contraction.body, with);
    return joined;
}

/// Where a sum of the operand lies, by level of the nest. Nothing when
/// - it is more than a sum of each element;
/// - it has several results where the contraction adds up, or the other way round.
std::optional<Stream> left_of_sum(const Graph& graph, const Nest& nest, const Joined& joined,
                                 const Equation& operand, const IdVector<LevelId, bool>& levels, const Equation& sum) {
    const Access* read = only_access(sum, operand.result);
    if (read == nullptr || sum.body->form != Expr::Form::access || sum.reduce != Reduce::sum || sum.clipped) {
        return std::nullopt;
    }
    if (!is_bijection(read->at, stored(sum.indices, nest.samples), graph.value(operand.result).type.extents())) {
        return std::nullopt;
    }
    std::vector<Affine> left;
    for (const Affine& at : sum.left) {
        auto axis = std::ranges::find(read->at, at);
        if (axis == read->at.end()) return std::nullopt;
        left.push_back(joined.axes[axis - read->at.begin()]);
    }
    const Address place = address(graph.value(sum.result).type, left, joined.equation.indices.size());
    Stream stream{sum.result, place.offset, {}, {}};
    for (const LevelId level : nest.levels.ids()) {
        stream.strides.push_back(place.strides[nest.levels[level].indices.back()]);
        const bool told = stream.strides.back() != Size{0, 0};
        const bool reduced = nest.levels[level].reduced;
        if (levels[level] ? told == reduced : reduced) return std::nullopt;
    }
    return stream;
}

void collect(const ExprRef& expr, const Expr* operand, std::vector<const Expr*>& factors, bool& product) {
    if (expr.get() == operand) return factors.push_back(operand);
    switch (expr->form) {
        case Expr::Form::constant:
            return;
        case Expr::Form::access:
            product &= expr->access.pad.value_or(0).real() == 0;
            return factors.push_back(expr.get());
        default:
            product &= expr->form == Expr::Form::call && expr->function == Scalar::mul;
            for (const ExprRef& arg : expr->args) {
                if (product) collect(arg, operand, factors, product);
            }
    }
}

/// By level, whether the expression names one of its indices.
IdVector<LevelId, bool> levels_of(const Nest& nest, const ExprRef& expr) {
    std::set<IndexId> named;
    auto name = [&](const Affine& at) {
        for (const Affine::Term& term : at.terms) named.insert(term.index);
    };
    walk(expr, [&](const Expr& node) {
        if (node.form == Expr::Form::index) name(node.affine);
        if (node.form == Expr::Form::access) std::ranges::for_each(node.access.at, name);
    });
    IdVector<LevelId, bool> levels;
    for (const Level& level : nest.levels) {
        levels.push_back(std::ranges::any_of(level.indices, [&](IndexId id) { return named.contains(id); }));
    }
    return levels;
}

}  // namespace

std::vector<Factor> factors_of(const Nest& nest) {
    const Expr* operand = nest.prologue ? nest.prologue->operand : nullptr;
    std::vector<const Expr*> parts;
    bool product = true;
    collect(nest.equation->body, operand, parts, product);
    if (!product) return {};
    std::vector<Access> reads;  // numbered as those of the nest
    for (const Access* access : accesses(nest.equation->body)) {
        if (std::ranges::find(reads, *access) == reads.end()) reads.push_back(*access);
    }
    std::vector<Factor> factors;
    for (const Expr* part : parts) {
        // A handle without ownership: the equation keeps its parts.
        const ExprRef expr(ExprRef(), part);
        Factor factor{.expr = part, .reads = {}, .levels = levels_of(nest, expr), .operations = operations(expr)};
        for (const Access* access : accesses(expr)) {
            const std::size_t number = place_of(reads, *access);
            if (std::ranges::find(factor.reads, number) == factor.reads.end()) factor.reads.push_back(number);
        }
        factors.push_back(std::move(factor));
    }
    return factors;
}

OrReason<Nest> with_prologue(const Graph& graph, const Equation& operand, const Equation& contraction,
                             std::span<const Equation* const> sums, std::int64_t samples,
                             const std::function<Nest(const Equation&)>& nest_of_joined) {
    if (!is_operand(graph, operand, samples)) return NoValue{"it does not compute each element once, point by point"};
    std::optional<Joined> joined = join(graph, operand, contraction, samples);
    if (!joined) return NoValue{"the product does not read it once, all of it, without padding"};
    auto made = std::make_shared<Prologue>();
    const ExprRef inside = substitute(operand.body, joined->of_operand);
    joined->equation.body = rewrite(joined->equation.body, [&](const ExprRef& node) {
        const bool here = node->form == Expr::Form::access && node->access.tensor == operand.result;
        return here ? inside : ExprRef();
    });
    made->equation = joined->equation;
    made->operand = inside.get();
    made->written = operand.result;
    Nest nest = nest_of_joined(made->equation);
    nest.prologue = made;
    const std::vector<Factor> factors = factors_of(nest);
    if (factors.size() < 2) return NoValue{"it is no factor of a product"};
    const Factor& factor = *std::ranges::find(factors, made->operand, &Factor::expr);
    const bool guarded = std::ranges::any_of(nest.reads, [](const Stream& read) { return !read.guards.empty(); });
    for (const Equation* sum : sums) {
        std::optional<Stream> left = left_of_sum(graph, nest, *joined, operand, factor.levels, *sum);
        if (!left || guarded) return NoValue{"a sum of it runs over other points than the product does"};
        made->sums.push_back({sum, std::move(*left), nest.accumulates});
    }
    // What is summed on the way must be met once: the tile holds all results that an element goes into.
    for (LevelId level = 0; !sums.empty() && level < nest.levels.next(); ++level) {
        const bool results = !nest.levels[level].reduced && !factor.levels[level];
        nest.whole.push_back(results ? nest.levels[level].extent.fixed : 1);
    }
    return nest;
}

}  // namespace ricci::ir
