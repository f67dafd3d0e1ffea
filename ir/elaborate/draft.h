/// \file ir/elaborate/draft.h
/// An equation on its way through `elaborate`: names resolved, kinds and extents being found. Internal to ir/.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ir/elaborate/elaborate.h"

namespace ricci::ir {

/// An index of any of the scopes of one written equation; two sums may each have their own `k`.
struct DraftIndex {
    std::string name;
    std::optional<Kind> kind{};
    std::optional<std::int64_t> extent{};
    std::string extent_from{};  // "declared 6", "6 in x (axis 1, channel)"
    bool on_left = false;
    bool bare_left = false;   // stands alone on an axis of the result
    bool bare_right = false;  // stands alone on an axis of some operand
};

/// What stands on one axis: a tuple, or an affine expression.
struct Position {
    Affine affine{};               // over places in Draft::indices; not set for a tuple
    std::vector<IndexId> tuple{};  // members, outermost first
    IndexId whole = -1;            // the index when it stands alone and so runs over the whole axis; `c + 0` does not
    std::string text{};
    std::vector<IndexId> indices() const;
};

/// A tensor with its index expressions: a read, or the result on the left.
struct Use {
    std::string name;  // as messages call it
    ValueId tensor = -1;
    std::optional<TensorType> type{};  // nothing for a result whose type is to be inferred
    std::vector<Position> at{};
    std::optional<Number> pad{};
    bool left = false;
    bool may_leave = false;  // padded or clipped: points outside are allowed
};

/// A scalar expression with its names resolved.
struct Node {
    enum class Form : std::uint8_t { number, truth, access, index, extent, call, cast, reduction, inlined, argument };
    Form form = Form::number;
    Number number{};      // number, truth
    int use = -1;         // access: place in Draft::uses; argument: place among the inlined op's operands
    Position position{};  // index
    IndexId index = -1;   // extent
    Scalar function = Scalar::add;
    DType dtype = DType::f32;  // cast
    Reduce reduce = Reduce::none;
    std::vector<IndexId> indices{};  // reduction
    std::vector<Node> args{};        // inlined: the operands, then the op's body
    std::string name{};              // how a message calls it
};

struct Draft {
    const Graph& graph;
    const surface::Equation& written;
    const Scope& scope;
    std::vector<DraftIndex> indices{};
    std::vector<Use> uses{};  // uses[0] is the left
    Node body{};              // a reduction at the top is the equation's own

    template <typename... Args>
    [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) const {
        throw UserError(written.location.prefix() + subject() + ": " + fmt::format(text, std::forward<Args>(args)...));
    }
    /// The left as written, or the scope's subject.
    std::string subject() const;
    DraftIndex& index(IndexId id) { return indices[static_cast<std::size_t>(id)]; }
    const DraftIndex& index(IndexId id) const { return indices[static_cast<std::size_t>(id)]; }
    std::vector<std::int64_t> extents() const;  // \pre all are known
};

/// "2*y + dy - 1", "(c, y, x)".
std::string spell(const surface::IndexExpr& expr);
/// The value of an integer expression over the scope's constants; '?' is kOpen.
std::int64_t evaluate(const Draft& draft, const surface::IndexExpr& expr);
/// Names in index position, in order, with repetitions.
void collect_names(const surface::IndexExpr& expr, std::vector<std::string>& names);

/// The body with every sum explicit: a compound assignment becomes a reduction at the top, indices absent from the left
/// are summed around their smallest product, and directly nested reductions of one kind become one.
surface::Expr with_explicit_sums(const Draft& draft);

/// Fills indices, uses and body from the text and the graph.
void resolve(Draft& draft);
/// Finds kinds where it can; says nothing.
void infer_kinds(Draft& draft);
/// Finds extents where it can; says nothing.
void infer_extents(Draft& draft);
/// Reports mix-ups and missing kinds, with the extents found by then.
void check_kinds(const Draft& draft);
/// The kinds of the axes of a result without a declared type; their extents stay 0.
void complete_left_kinds(Draft& draft);
/// Reports conflicts, missing extents and reads out of bounds; completes the axes of the result.
void check_extents(Draft& draft);
/// The affine form of a position once extents are known.
Affine affine_of(const Draft& draft, const Position& position);

/// What the body of one equation is built from, given the places of the indices in that equation.
struct BodyContext {
    std::function<Affine(const Position&)> affine;
    std::function<ExprRef(const Node&, std::optional<DType> expected)> reduction;  // reads its result
};
/// The typed tree of a body. Bare numbers take the type of what they meet, else `expected`, else f32.
/// \throws UserError where two types meet.
ExprRef typed(const Draft& draft, const Node& node, std::optional<DType> expected, const BodyContext& context);

}  // namespace ricci::ir
